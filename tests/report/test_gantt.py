"""Gantt chart: which lines, how long, what is joined, what is left out and said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chipsim.report.gantt import LINES, chosen, line_of, plot_gantt
from chipsim.result import Result


def span(track: str, layer: str, start: float, end: float, sample: int = 0) -> dict[str, Any]:
    return {"track": track, "name": layer, "start": start, "end": end, "sample": sample}


@pytest.mark.parametrize(
    ("track", "line"),
    [
        ("tile[3].conv1.copy0.block1-0", "tile 3 arrays"),
        ("tile[3].conv1.copy0.neuron[0:6]", "tile 3 neurons"),
        ("tile[12].pool1.copy0.vector[0:6]", "tile 12 vector unit"),
        ("heavy[149].0.attention.copy0.vector[384:448]", "heavy 149 vector unit"),
        ("tile[0].lstm.copy0.cell[0:64]", "tile 0 state cells"),
        ("host.sink", "host.sink"),
    ],
)
def test_tracks_become_lines(track: str, line: str) -> None:
    assert line_of(track) == line


def test_blocks_and_copies_of_a_tile_share_a_line(changed: Callable[..., Result]) -> None:
    spans = [span("tile[0].a.copy0.block0-0", "a", 0, 2), span("tile[0].a.copy1.block0-0", "a", 1, 3), span("host.sink", "a", 3, 9)]
    lines, note, end = chosen(changed(spans=spans))
    assert list(lines) == ["tile 0 arrays"]
    assert [(bar.start, bar.end) for bar in lines["tile 0 arrays"]] == [(0, 3)]
    assert end == 3
    assert note == "until the first sample is done"


def test_layers_at_the_same_time_have_lines_of_their_own(changed: Callable[..., Result]) -> None:
    spans = [span("tile[0].a.copy0.block0-0", "a", 0, 2), span("tile[0].b.copy0.block0-0", "b", 1, 3)]
    assert list(chosen(changed(spans=spans))[0]) == ["tile 0 arrays, a", "tile 0 arrays, b"]
    after = [span("tile[0].a.copy0.block0-0", "a", 0, 2), span("tile[0].b.copy0.block0-0", "b", 2, 3)]
    assert list(chosen(changed(spans=after))[0]) == ["tile 0 arrays"]


def test_every_layer_has_its_busiest_line_before_another_its_second(changed: Callable[..., Result]) -> None:
    many = [span(f"tile[{k}].a.copy{k}.block0-0", "a", 0, 100 + k) for k in range(60)]
    lines, note, _ = chosen(changed(spans=[*many, span("tile[60].b.copy0.block0-0", "b", 5, 6)]))
    assert len(lines) == LINES
    assert "tile 60 arrays" in lines
    assert "tile 59 arrays" in lines
    assert note.endswith(f"{LINES} of 61 lines, the busiest of each layer")


def test_later_samples_lie_beyond_the_axis(changed: Callable[..., Result]) -> None:
    spans = [span("tile[0].a.copy0.block0-0", "a", k, k + 1, k) for k in range(9)]
    lines, note, end = chosen(changed(spans=spans))
    assert end == 3
    assert [bar.sample for bar in lines["tile 0 arrays"]] == [0, 1, 2]
    assert note == "until the third sample is done, every second pale"


def test_the_picture_names_lines_and_layers(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    text = plot_gantt(result, tmp_path / "gantt.svg").read_text(encoding="utf-8")
    said = "until the third sample is done, every second pale"
    assert all(f">{word}<" in text for word in ("tile 0 conv1", "conv1 rows 0", "14 others", said))
    assert "simulated time (us)" in text
