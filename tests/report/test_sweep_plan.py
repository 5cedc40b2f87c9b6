"""The plan of a sweep as text: counts, values, what runs again, how long."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from small_files import write_small
from sweep_files import BITS, CLOCK, plan_of

from chipsim.report.sweep import cell_of
from chipsim.report.sweep_plan import listed, long, quantity, render_estimate, render_plan, roughly, told
from chipsim.sweep.estimate import Estimate


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def printed(draw) -> str:
    stream = io.StringIO()
    draw(Console(file=stream, width=100, color_system=None))
    return stream.getvalue()


def test_a_plan_says_what_is_run(small):
    text = f"""axes:
  - {{key: {BITS}, low: 2, high: 12}}
  - {{key: {CLOCK}, low: 0.5 GHz, high: 2 GHz, points: 3, scale: log}}
  - {{key: architecture.tile.array.adc.energy, values: [1 fJ]}}
objectives: [{{maximise: accuracy, at: 1 h}}]
limits: [{{measure: accuracy, at: 1 h, at_least: 90 %}}]
repeats: 2
"""
    words = printed(lambda console: render_plan(plan_of(small, text), console))
    assert "33 points = 11 bits x 3 clock x 1 adc.energy; 33 points x 2 repeats = 66 runs; kind: runs" in words
    assert "2, 3, 4, 5 ... 12 (11)" in words
    assert "500 MHz, 1 GHz, 2 GHz" in words
    assert [word in words for word in ("timed run and accuracy", "the timed run", "only the sums")] == [True] * 3
    assert "- maximise accuracy_1h" in words
    assert "- keep accuracy_1h at least 90 %" in words


def test_a_search_has_trials(small):
    text = f"axes: [{{key: {CLOCK}, low: 0.5 GHz, high: 2 GHz, scale: log}}]\nobjectives: [{{minimise: energy}}]\n"
    plan = plan_of(small, text + "search: {type: random, trials: 7}")
    assert told(plan) == "7 points by random in batches of 20"
    assert listed(plan.sweep.axes[0]) == "0.5 GHz ... 2 GHz (log)"


def test_an_estimate_says_where_it_comes_from(small):
    plan = plan_of(small, f"axes: [{{key: {BITS}, values: [4, 5, 6]}}]")
    words = printed(lambda console: render_estimate(plan, Estimate(2, 60.0, "2 points answered before", 120.0), 1, Path("x"), console))
    assert "2 of 3 points have an answer" in words
    assert "time on 1 worker: about 2 min (60 s where everything runs anew; by 2 points answered before)" in words
    words = printed(lambda console: render_estimate(plan, Estimate(3, 60.0, "", 0.0, ("odd",)), 1, Path("x"), console))
    assert "nothing is left to run" in words
    assert "- odd" in words
    words = printed(lambda console: render_estimate(plan, Estimate(0, None, "the first 3 points failed", None), 2, Path("x"), console))
    assert "time on 2 workers: unknown (the first 3 points failed)" in words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.034, "0.034 s"), (12, "12 s"), (89, "89 s"), (90, "1.5 min"), (7200, "2 h"), (200_000, "2.3 d"), (5e7, "579 d")],
)
def test_wall_times_are_short(seconds, words):
    assert long(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.034, "0.035 s"), (1.23, "1 s"), (38.7, "40 s"), (89, "90 s"), (100, "1.5 min"), (5000, "80 min"), (5e7, "600 d")],
)
def test_an_estimate_is_a_round_number(seconds, words):
    assert roughly(seconds) == words


def test_what_counts_by_length_is_told_for_a_millimetre(small):
    assert (quantity(0.08e-9, "J/b/m"), quantity(1e-7, "s/m"), quantity(2e-6, "m2")) == ("80 fJ/b/mm", "100 ps/mm", "2 mm2")
    plan = plan_of(small, "axes: [{key: architecture.network.link_energy, values: [80 fJ/b/mm, 0.1 pJ/b/mm]}]")
    assert listed(plan.sweep.axes[0]) == "80 fJ/b/mm, 100 fJ/b/mm"


def test_truth_is_told_as_in_the_report(small):
    plan = plan_of(small, "axes: [{key: architecture.tile.array.dac.round_first, values: [false, true]}]")
    assert listed(plan.sweep.axes[0]) == "no, yes" == ", ".join(cell_of(plan.column_rows()[0], value) for value in (False, True))
