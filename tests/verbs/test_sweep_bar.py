"""The progress of a sweep: what is said, when, and what is best so far."""

from __future__ import annotations

import pytest
from small_files import write_small
from sweep_files import BITS, plan_of

from chipsim import terminal
from chipsim.sweep.point import Answered
from chipsim.verbs import sweep_bar as bars
from chipsim.verbs.sweep_bar import sweep_bar


@pytest.fixture
def plan(tmp_path):
    text = f"axes: [{{key: {BITS}, values: [4, 5, 6, 7]}}]\nobjectives: [{{maximise: accuracy}}]\n"
    return plan_of(write_small(tmp_path), text + "limits: [{measure: energy, at_most: 1 nJ}]")


def done(number: int, accuracy: float | None, energy: float = 1e-12) -> Answered:
    return Answered(number, "done", values={"accuracy": accuracy, "energy": energy})


def test_the_best_keeps_the_limits(plan):
    with sweep_bar(plan) as watch:
        for place, found in enumerate((done(0, 0.5), done(1, 0.9), done(2, 0.99, 2e-9), Answered(3, "failed", "no")), 1):
            watch(found, place, 4)
        words = watch.words(4, 4)
    assert words.startswith("4 of 4 points, ")
    assert words.endswith("1 failed, best accuracy 90.00 % (point 1)")


def test_without_a_terminal_a_line_comes_now_and_then(plan, capsys, monkeypatch):
    with sweep_bar(plan) as watch:
        watch(done(0, 0.5), 1, 4)
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(bars, "EVERY", 0.0)
        watch(done(1, None), 2, 4)
        assert capsys.readouterr().err.startswith("2 of 4 points, ")


def test_time_left_follows_from_the_rate_of_fresh_points(plan, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(bars.time, "monotonic", lambda: now[0])
    with sweep_bar(plan) as watch:
        now[0] += 10
        watch(done(0, 0.5), 1, 4)
        assert watch.words(1, 4) == "1 of 4 points, 6/min, 30 s left, best accuracy 50.00 % (point 0)"
        assert "left" not in watch.words(4, 4)


def test_ctrl_c_that_a_library_has_swallowed_is_noticed(plan):
    terminal.interrupted.set()
    try:
        with sweep_bar(plan) as watch, pytest.raises(KeyboardInterrupt):
            watch(done(0, 0.5), 1, 4)
    finally:
        terminal.interrupted.clear()
