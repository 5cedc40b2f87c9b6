"""What all figures share: names that fit and are no formulas, hatches that tell apart what colours of a second round do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chipsim.report.figure import HATCHES, hatch, literal, rim, save_figure, time_axis, wrapped


def test_names_fit_their_place() -> None:
    assert literal("control and multiplexers") == "control and multi…"
    assert literal("a$b") == r"a\$b"
    assert wrapped("short") == "short"
    assert wrapped("lenet5-mnist on hung-macro") == "lenet5-mnist on\nhung-macro"
    assert wrapped("one two three four five six seven eight nine ten").count("\n") == 1


def test_hatches_and_colours_repeat_together_after_64() -> None:
    assert len({(index % 8, hatch(index)) for index in range(64)}) == 64
    assert hatch(0) == HATCHES[0] == ""


def test_times_as_ticks(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")

    def draw(axes: Any) -> None:
        time_axis(axes, [0.1, 1.0, 1.001, 3600.0], [0.0, 1.0, 1.001, 3600.0])
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1 h", "1 s", "0 s"]

    save_figure(draw, tmp_path / "times.png", 2.0)


def test_rims_are_seen_on_every_colour() -> None:
    assert [rim(colour) for colour in ("#0072B2", "#F0E442", "#FFFFFF", "#000000")] == ["white", "#777777", "#777777", "white"]
