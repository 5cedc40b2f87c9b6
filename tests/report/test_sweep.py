"""The report of a sweep: fronts, best points, effects of axes, failures by message, numbers in words."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from chipsim.report.sweep import cell_of, lines, render
from chipsim.sweep.pareto import judged
from chipsim.sweep.table import SweepTable


def column(name: str, unit: str = "", role: str = "measure", **more: str) -> dict[str, Any]:
    return {"name": name, "unit": unit, "meaning": name, "role": role, "better": "", "scale": "linear"} | more


def row(point: int, repeat: int, bits: Any, clock: Any, **values: Any) -> dict[str, Any]:
    known = {"status": "done", "message": "", "digest": "", "folder": "", "seconds": 0.5, "bits": bits, "clock": clock}
    return {"point": point, "repeat": repeat} | known | values


def table(rows: list[dict[str, Any]], objectives: tuple[tuple[str, str], ...] = (), **more: Any) -> SweepTable:
    columns = [column("bits", role="axis"), column("clock", "Hz", "axis")]
    columns += [column("energy", "J"), column("accuracy"), column("area", "m2")]
    sought = [{"column": name, "better": better} for better, name in objectives]
    return SweepTable("small", "abc", {}, columns, rows, objectives=sought, **more)


def grid() -> list[dict[str, Any]]:
    values = [(bits, clock) for bits in (4, 6, 8) for clock in (1e9, 2e9)]
    return [
        row(number, 0, bits, clock, energy=bits * 1e-12 * (2 if clock > 1e9 else 1), accuracy=0.9 + bits / 100, area=1e-6)
        for number, (bits, clock) in enumerate(values)
    ]


def text(found: SweepTable, width: int = 100) -> str:
    stream = io.StringIO()
    render(found, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def section(found: SweepTable, title: str) -> list[list[str]]:
    """The words of the lines of one section."""
    after = text(found).split(title, 1)[1].splitlines()[1:]
    end = next((place for place, line in enumerate(after) if not line.strip()), len(after))
    return [line.split() for line in after[:end]]


def test_two_objectives_give_the_front_with_its_knee():
    found = judged(table(grid(), (("minimise", "energy"), ("maximise", "accuracy"))))
    words = text(found)
    assert "3 points that nothing beats in all of energy, accuracy" in words
    shown = section(found, "BEST: THE PARETO FRONT")[3:6]
    assert [line[0] for line in shown] == ["0", "2", "4"]
    assert shown[0][1:] == ["4", "1", "GHz", "4", "pJ", "94.00", "%"]


def test_one_objective_gives_the_best_few_of_those_that_keep_the_limits():
    limits = [{"column": "accuracy", "at_most": None, "at_least": 0.955}]
    found = table(grid(), (("minimise", "energy"),), limits=limits)
    shown = section(found, "BEST: MINIMISE ENERGY")
    assert [line[0] for line in shown[2:6]] == ["2", "4", "3", "5"]
    assert "4 of 6 points keep the limits" in text(found)


def test_what_an_axis_does_is_the_mean_over_the_rest():
    shown = section(table(grid(), (("minimise", "energy"),)), "WHAT EACH AXIS DOES")[2:]
    assert shown[0] == ["energy", "bits", "6", "pJ", "4", "12", "pJ", "8", "100.0", "%"]
    assert shown[1] == ["energy", "clock", "6", "pJ", "1", "GHz", "12", "pJ", "2", "GHz", "100.0", "%"]


def test_without_objectives_the_usual_measures_are_shown():
    words = text(table(grid()))
    assert "BEST" not in words
    assert all(name in words for name in ("accuracy", "energy", "area"))
    assert "4.00 points" in words  # of accuracy, along bits
    assert "none" in words  # of area, along everything


def test_repeats_are_one_line_with_their_mean():
    rows = [row(0, 0, 4, 1e9, energy=1e-12, accuracy=0.9, area=1e-6), row(1, 1, 4, 1e9, energy=3e-12, accuracy=None, area=1e-6)]
    (line,) = lines(table(rows))
    assert line.numbers == (0, 1)
    assert line.means == {"energy": pytest.approx(2e-12), "accuracy": 0.9, "area": pytest.approx(1e-6)}
    assert "means over the repeats" in text(table(rows))


def test_long_tables_are_cut_and_say_so():
    rows = [row(number, 0, number, 1e9, energy=1e-12, accuracy=0.9, area=1e-6) for number in range(30)]
    assert "... and 10 more; table.csv has all" in text(table(rows))


def test_failures_are_told_by_message_with_their_number():
    failed = [row(n, 0, n, 1e9) | {"status": "failed", "message": "bits: too many" if n else "odd [red]"} for n in range(4)]
    waiting = [row(4, 0, 9, 1e9) | {"status": "waiting"}]
    words = text(table([*failed, *waiting]))
    assert "5 points: 0 answered, 4 failed, 1 waiting" in words
    assert "FAILED: 4 POINTS" in words
    assert "- 3 points, such as 1: bits: too many" in words
    assert "- point 0: odd [red]" in words
    assert words.index("bits: too many") < words.index("odd [red]")


def test_repeats_are_runs_of_a_point():
    rows = [row(2 * bits + repeat, repeat, bits, 1e9, energy=1e-12) for bits in range(3) for repeat in range(2)]
    rows[5] |= {"status": "failed", "message": "too hot"}
    words = text(table(rows))
    assert "3 points x 2 repeats = 6 runs: 5 answered, 1 failed" in words
    assert "FAILED: 1 RUN" in words
    assert "- run 5: too hot" in words


def test_a_measure_that_no_point_has_is_told():
    found = table([row(0, 0, 4, 1e9, energy=1e-12)])
    found.columns.append(column("inference_energy.bogus", "J"))
    found.sweep["measures"] = ["inference_energy.bogus", "energy"]
    assert "- 'inference_energy.bogus' is empty at every point" in text(found)
    found.rows[0]["inference_energy.bogus"] = 1e-12
    assert "is empty" not in text(found)


def test_an_empty_table_is_reported_too():
    assert "0 points" in text(table([]))


@pytest.mark.parametrize(
    ("name", "unit", "value", "words"),
    [
        ("energy", "J", 1.5e-12, "1.5 pJ"),
        ("accuracy_1d", "", 0.98765, "98.77 %"),
        ("accuracy / energy", "1/J", 5e11, "500 G1/J"),
        ("sustained_ops_per_watt", "OP/s/W", 2e12, "2,000 GOP/s/W"),
        ("tiles_used", "", 3.0, "3"),
        ("bits", "", 6, "6"),
        ("link_energy", "J/b/m", 8e-11, "80 fJ/b/mm"),
        ("adc", "", "sar", "sar"),
        ("energy", "J", None, "-"),
    ],
)
def test_numbers_in_the_words_of_their_column(name, unit, value, words):
    assert cell_of(column(name, unit), value) == words


def test_it_is_legible_at_80_columns():
    assert max(map(len, text(judged(table(grid(), (("minimise", "energy"), ("maximise", "accuracy")))), 80).splitlines())) <= 80
