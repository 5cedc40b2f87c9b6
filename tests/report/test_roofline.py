"""The roofline chart: corners by hand, places on the axes, both formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chipsim.errors import InputError
from chipsim.report.plots import plot_roofline, write_plots
from chipsim.report.roofline import Frame, colours_of, intensity, ridge, roof, roofline
from chipsim.result import Result

ROW = {"name": "m", "kind": "gpu", "batch": 1, "intensity": 2.0, "reached": 3e9, "peak": 4e9, "bandwidth": 1.6e9}  # 0.2 GB/s


def test_corners_by_hand() -> None:
    assert (intensity(ROW), ridge(ROW)) == (16, 20)  # OP/B
    assert roof(ROW, 1, 100, 1e6) == [(1, 2e8), (20, 4e9), (100, 4e9)]
    assert roof(ROW, 1, 100, 1e9) == [(5, 1e9), (20, 4e9), (100, 4e9)]  # below, it lies under the picture
    assert roof(ROW, 1, 10, 1e6) == [(1, 2e8), (10, 2e9)]
    assert roof(ROW, 50, 100, 1e6) == [(50, 4e9), (100, 4e9)]


def test_axes_are_logarithmic_and_hold_everything(result: Result) -> None:
    frame = Frame.of(result.roofline)
    for row in result.roofline:
        assert frame.left < intensity(row) < frame.right
        assert frame.left < ridge(row) < frame.right
        assert frame.low < row["reached"] <= row["peak"] < frame.high
    assert frame.x(10 * frame.left) - frame.x(frame.left) == pytest.approx(frame.x(frame.right) - frame.x(frame.right / 10))
    assert frame.y(frame.high) == 0 < frame.y(frame.high / 10) < frame.y(frame.low)


def test_a_roof_for_each_machine_a_mark_for_each_point(result: Result) -> None:
    root = ElementTree.fromstring(str(roofline(result)))
    names = {row["name"] for row in result.roofline}
    assert len(root.findall("polyline")) == len(names) == 4
    tips = [item.attrib["data-tip"] for item in root if "data-tip" in item.attrib]
    assert len(tips) == len(result.roofline)
    assert tips[0].startswith("pcm-64: ")
    assert any(tip.startswith("V100 with tensor cores, batch 64: ") for tip in tips)
    assert len({item.attrib["stroke"] for item in root.findall("polyline")}) == 4


def test_points_lie_where_the_axes_say(result: Result) -> None:
    root = ElementTree.fromstring(str(roofline(result)))
    frame = Frame.of(result.roofline, 0)
    circle, row = root.find("circle"), result.roofline[1]
    assert circle is not None
    assert float(circle.attrib["cx"]) == pytest.approx(frame.x(intensity(row)), abs=0.01)
    base = max(float(item.attrib["y2"]) for item in root.findall("line"))
    assert base - float(circle.attrib["cy"]) == pytest.approx(frame.y(frame.low) - frame.y(row["reached"]), abs=0.01)


def test_units_are_on_the_axes(result: Result) -> None:
    text = str(roofline(result))
    assert "operations per byte of off-chip traffic (OP/B)" in text
    assert "TOP/s" in text


def test_colours_begin_anew_with_dashes(result: Result, changed: Callable[..., Result]) -> None:
    rows = [ROW | {"name": f"m{index}"} for index in range(10)]
    root = ElementTree.fromstring(str(roofline(changed(roofline=rows))))
    assert [("stroke-dasharray" in item.attrib) for item in root.findall("polyline")] == [False] * 8 + [True] * 2
    assert colours_of(rows)["m0"] == colours_of(rows)["m8"]


def test_a_name_is_not_markup(changed: Callable[..., Result]) -> None:
    text = str(roofline(changed(roofline=[ROW | {"name": "<script>"}])))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_figures(result: Result, changed: Callable[..., Result], tmp_path: Path) -> None:
    first = plot_roofline(result, tmp_path / "a.svg")
    second = plot_roofline(result, tmp_path / "b.svg")
    assert first.read_bytes() == second.read_bytes()
    assert "operations per byte" in first.read_text()
    assert tmp_path / "roofline.svg" in write_plots(result, tmp_path, "svg")
    alone = changed(roofline=[])
    assert roofline(alone) == ""
    assert not any("roofline" in path.name for path in write_plots(alone, tmp_path, "svg"))
    with pytest.raises(InputError, match="not compared with anything"):
        plot_roofline(alone, tmp_path / "c.svg")
