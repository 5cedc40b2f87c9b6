"""Pictures of a sweep: which there are, what is written in them, few and many points."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from chipsim.report.sweep_charts import plot_axis, plot_heat, plot_importance, plot_stacked_front, runs_of_front
from chipsim.report.sweep_plots import _apart, pairs_of, plot_front, plot_parallel, write_sweep_plots
from chipsim.result import Result

from . import sweeps

pytest.importorskip("matplotlib")


def words(path: Path) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def test_every_picture_of_a_grid(result: Result, tmp_path: Path) -> None:
    table = sweeps.grid()
    files = write_sweep_plots(table, tmp_path, "svg", dict.fromkeys(table.front[:2], result))
    assert [file.stem for file in files] == [
        "pareto-energy-accuracy_1d", "pareto-area-inferences_per_second", "parallel",
        "axis-bits", "axis-network.clock", "axis-device",
        "heat-bits-network.clock-energy", "heat-bits-network.clock-accuracy_1d", "heat-bits-device-energy",
        "heat-bits-device-accuracy_1d",
        "heat-network.clock-device-energy", "heat-network.clock-device-accuracy_1d", "front-energy", "front-area", "importance",
        "hypervolume",
    ]  # fmt: skip
    assert all(file.read_bytes().startswith(b"<?xml") for file in files)


def test_few_points_have_few_pictures(tmp_path: Path) -> None:
    files = write_sweep_plots(sweeps.few(), tmp_path, "png")
    assert [file.stem for file in files] == ["pareto-energy-accuracy_1d", "parallel", "axis-bits"]


def test_nothing_answered_no_picture(tmp_path: Path) -> None:
    waiting = [row | {"status": "waiting"} for row in sweeps.few().rows]
    assert write_sweep_plots(replace(sweeps.few(), rows=waiting), tmp_path) == []


def test_a_front_says_what_is_in_it(tmp_path: Path) -> None:
    table = sweeps.grid()
    shown = words(plot_front(table, "energy", "accuracy_1d", tmp_path / "front.svg"))
    bad = sum(row["area"] > 1.3e-5 for row in table.done)
    assert {"energy (nJ), less is better", "accuracy after 1 d (%), more is better", "knee", f"misses a limit ({bad})"} <= set(shown)
    assert f"front ({len(table.front)})" in shown
    assert f"points ({len(table.done) - bad - len(table.front)})" in shown


def test_pairs_are_those_of_the_objectives_and_the_usual_ones() -> None:
    table = sweeps.grid()
    assert pairs_of(table) == [("energy", "accuracy_1d"), ("area", "inferences_per_second")]
    three = replace(table, objectives=[{"column": name} for name in ("energy", "area", "inferences_per_second")])
    assert pairs_of(three)[:3] == [("energy", "area"), ("energy", "inferences_per_second"), ("area", "inferences_per_second")]
    assert pairs_of(three)[3:] == [("energy", "accuracy_1d")]


def test_parallel_coordinates_name_axes_and_values(tmp_path: Path) -> None:
    shown = words(plot_parallel(sweeps.search(), tmp_path / "parallel.svg"))
    assert {"bits", "device", "pcm", "reram", "-", "misses a limit", "knee"} <= set(shown)
    assert "front, dark to light: least to most energy" in shown


def test_a_line_for_each_value_of_the_only_other_axis(tmp_path: Path) -> None:
    table = sweeps.grid()
    flat = replace(table, rows=[row for row in table.rows if row["network.clock"] == 1e9 and row["status"] == "done"])
    assert {"device", "pcm", "reram", "bits"} <= set(words(plot_axis(flat, "bits", ["energy"], tmp_path / "axis.svg")))
    assert "mean; band: least to most" in words(plot_axis(table, "bits", ["energy"], tmp_path / "axis.svg"))
    assert "points (150)" in words(plot_axis(sweeps.search(), "network.clock", ["energy"], tmp_path / "axis.svg"))


def test_maps_show_means_in_their_cells(tmp_path: Path) -> None:
    table = sweeps.grid()
    shown = words(plot_heat(table, "bits", "device", "accuracy_1d", tmp_path / "map.svg"))
    assert f"{100 * (0.98 - 0.3 * 2.0 ** (3 - 4)):.3g}" in shown  # four bits, pcm, the mean over the clocks
    assert "accuracy after 1 d (%), mean" in shown
    crowded = words(plot_heat(sweeps.search(), "network.clock", "bits", "energy", tmp_path / "map.svg"))
    assert {"network.clock (GHz)", "bits"} <= set(crowded)


def test_parts_of_the_front_are_in_the_order_of_their_sums(result: Result, tmp_path: Path) -> None:
    table = sweeps.grid()
    one, two = table.front[:2]
    double = replace(result, energy=[row | {"energy": 2 * row["energy"]} for row in result.energy])
    shown = words(plot_stacked_front(table, {one: double, two: result}, "energy", tmp_path / "stack.svg"))
    ends = [next(place for place, word in enumerate(shown) if re.match(rf"{point}(,|:)", word)) for point in (two, one)]
    assert ends == sorted(ends)
    assert "adc" in shown


def test_importance_in_percent(tmp_path: Path) -> None:
    shown = words(plot_importance(sweeps.grid(), tmp_path / "importance.svg"))
    assert {"60 %", "80 %", "0 %", "importance of the axis (%)", "accuracy after 1 d"} <= set(shown)


def test_runs_of_the_front_are_found_in_the_folder(result: Result, tmp_path: Path) -> None:
    table = sweeps.grid()
    kept = tmp_path / "points" / "a-run"
    kept.mkdir(parents=True)
    (kept / "result.json").write_text(result.to_json(), encoding="utf-8")
    folders = {table.front[0]: "a-run", table.front[1]: "gone"}
    placed = replace(table, rows=[row | {"folder": folders.get(row["point"], "a-run")} for row in table.rows])
    placed = replace(placed, front=table.front[:2])
    assert runs_of_front(placed, tmp_path) == {table.front[0]: result}


def test_a_constant_measure_has_one_colour_and_no_bar(tmp_path: Path) -> None:
    table = sweeps.grid()
    level = replace(table, rows=[row | {"area": 4e-6} for row in table.rows])
    assert "area (mm2), mean: 4 everywhere" in words(plot_heat(level, "bits", "device", "area", tmp_path / "level.svg"))
    near = replace(table, rows=[row | {"area": 4e-6 * (1 + 1e-4 * row["bits"])} for row in table.rows])
    shown = words(plot_heat(near, "bits", "device", "area", tmp_path / "near.svg"))
    assert any(re.fullmatch(r"differs by 0\.0\d+ %", word) for word in shown)


def test_limits_and_points_that_lie_on_each_other_are_drawn(tmp_path: Path) -> None:
    table = sweeps.grid()
    twice = replace(table, rows=[*table.rows, table.rows[0] | {"point": 99}])
    shown = words(plot_front(twice, "area", "energy", tmp_path / "front.svg"))
    assert {"limit", "x2"} <= set(shown)


def test_labels_of_a_pole_do_not_touch() -> None:
    assert [value for value, _ in _apart({"a": 1.0, "b": 0.95, "c": 0.5, "d": 0.0})] == ["a", "d", "c"]


def test_the_hypervolume_of_one_point_or_one_objective_is_not_drawn(tmp_path: Path) -> None:
    table = sweeps.grid()
    for less in (replace(table, hypervolume=table.hypervolume[:1]), replace(table, objectives=table.objectives[:1])):
        assert "hypervolume" not in [file.stem for file in write_sweep_plots(less, tmp_path, "svg")]
