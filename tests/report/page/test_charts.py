"""Each chart of the pages: which numbers it draws, in which unit, what is told under the pointer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chipsim.report.breakdown import energy_by_layer, energy_by_part
from chipsim.report.page.accuracy import accuracy_chart, reach
from chipsim.report.page.chart import Chart, checked, lines, names_axis, safe
from chipsim.report.page.columns import columns_of
from chipsim.report.page.details import charts_of, missing
from chipsim.report.page.floorplan import floorplan_chart
from chipsim.report.page.gantt import gantt_chart
from chipsim.report.page.injection import injection_chart
from chipsim.report.page.load import load_chart
from chipsim.report.page.points import FRONT, shown_rows
from chipsim.report.page.roofline import roofline_chart
from chipsim.report.page.search import hypervolume_chart, importance_chart
from chipsim.report.page.stacked import area_chart, energy_chart, layer_parts, layers_chart, side_by_side
from chipsim.report.page.words import failures, goals, numbers_of, swept
from chipsim.result import Result

from .. import sweeps
from . import pages


def bars(chart: Chart, name: str) -> list[float]:
    return list(next(trace["x"] for trace in chart.data if trace.get("name") == name))


def test_texts_are_printed_as_they_are() -> None:
    assert safe("<b>a & b</b>\n") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    assert lines(["<a>", 1]) == "&lt;a&gt;<br>1"
    assert names_axis(["<i>", "2"])["ticktext"] == ["&lt;i&gt;", "2"]


def test_plotly_refuses_what_is_no_chart() -> None:
    pytest.importorskip("plotly")
    assert checked([{"type": "bar", "x": [1.0], "y": [2.0]}], {"height": 100})["data"] == [{"type": "bar", "x": [1.0], "y": [2.0]}]
    with pytest.raises(ValueError, match="colour"):
        checked([{"type": "bar", "colour": "red"}], {})


def test_energy_and_area_by_part(result: Result) -> None:
    shares = energy_by_part(result)
    chart = energy_chart(result, shares[0].amount)
    assert bars(chart, "energy per inference") == pytest.approx([share.amount * 1e9 for share in shares])
    assert chart.layout["xaxis"]["title"]["text"] == "energy per inference (nJ)"
    assert area_chart(result, 1.4e-5).layout["xaxis"]["title"]["text"] == "area (mm2)"


def test_layers_are_stacked_to_their_energy(result: Result) -> None:
    parts, top = layer_parts([result])
    chart = layers_chart(result, parts, top)
    sums = [sum(trace["x"][row] for trace in chart.data if trace["type"] == "bar") for row in range(6)]
    assert sums == pytest.approx([1e9 * sum(found.values()) for found in energy_by_layer(result).values()])
    assert max(sums) == pytest.approx(1e9 * top)


def test_runs_side_by_side_share_an_axis(result: Result) -> None:
    energies, areas = side_by_side([("one", result), ("<two>", pages.slower(3.0, "two"))], "the runs")
    assert energies.layout["yaxis"]["ticktext"] == ["one", "&lt;two&gt;"]
    assert bars(energies, "adc")[1] == pytest.approx(3 * bars(energies, "adc")[0])
    assert bars(areas, "adc")[1] == bars(areas, "adc")[0]
    one, other = charts_of([result, pages.slower(3.0, "two")])
    assert one[0].layout["xaxis"]["range"] == other[0].layout["xaxis"]["range"]


def test_load_and_its_bottleneck(result: Result) -> None:
    chart = load_chart(result)
    assert chart is not None
    assert chart.data[0]["x"][0] == pytest.approx(100 * 18.7 / 18.9)
    assert chart.data[0]["marker"]["color"][0] != chart.data[0]["marker"]["color"][1]
    assert load_chart(replace(result, layers=[])) is None


def test_roofs_and_points(result: Result) -> None:
    chart = roofline_chart(result)
    assert chart is not None
    points = [trace for trace in chart.data if trace["mode"] == "markers"]
    assert len(points) == len(result.roofline)
    assert points[0]["y"] == [result.roofline[0]["reached"]]
    assert points[0]["marker"]["symbol"] == "diamond"
    assert roofline_chart(replace(result, roofline=[])) is None


def test_accuracy_in_percent_with_its_band(result: Result) -> None:
    chart = accuracy_chart(result, *reach([result]))
    assert chart is not None
    mean = next(trace for trace in chart.data if trace["name"] == "mean")
    assert mean["y"] == pytest.approx([100 * row["mean"] for row in result.accuracy])
    assert "loss" in mean["hovertext"][0]
    assert next(trace for trace in chart.data if trace["name"] == "float network")["y"] == pytest.approx([98.93, 98.93])
    assert chart.layout["xaxis"]["ticktext"][0] == "1 y"


def test_tiles_and_links_have_their_colour_and_words(result: Result) -> None:
    chart = floorplan_chart(result, 0.3)
    assert chart is not None
    squares = sum(sum(x is None for x in trace["x"]) for trace in chart.data if trace.get("fill") == "toself")
    assert squares == 64
    links = [trace for trace in chart.data if trace["mode"] == "lines" and "fill" not in trace]
    assert sum(sum(x is None for x in trace["x"]) for trace in links) == len(result.links)
    assert floorplan_chart(replace(result, tiles=[], links=[]), 0.0) is None


def test_the_gantt_chart_has_a_trace_for_each_layer(result: Result) -> None:
    chart = gantt_chart(result)
    assert chart is not None
    assert [trace["name"].split()[0] for trace in chart.data][:1] == ["conv1"]
    first = chart.data[0]
    assert first["base"][0] == 0
    assert "sample 0" in first["hovertext"][0]
    assert gantt_chart(replace(result, spans=[])) is None


def test_latency_against_injection_is_left_out_where_it_takes_too_long(result: Result) -> None:
    chart, why = injection_chart(result)  # its architecture is no whole description
    assert chart is None
    assert why.startswith("No latency against injection: ")
    assert "no spans" in missing([], replace(result, spans=[]))


def test_importance_and_hypervolume() -> None:
    table = sweeps.grid()
    chart = importance_chart(table)
    assert chart is not None
    assert chart.layout["yaxis"]["ticktext"] == ["bits", "device", "network.clock"]
    assert chart.data[0]["x"] == pytest.approx([60, 10, 30])
    grown = hypervolume_chart(table)
    assert grown is not None
    assert grown.data[0]["y"] == pytest.approx([50, 75, 90, 100 - 50 / 9])
    assert importance_chart(replace(table, importance=[])) is None
    estimated = importance_chart(replace(table, importance=[row | {"method": "ped-anova"} for row in table.importance]))
    assert estimated is not None
    assert "best quarter" in estimated.layout["xaxis"]["title"]["text"]
    assert "PED-ANOVA" in estimated.note
    assert "share of the variance" in chart.layout["xaxis"]["title"]["text"]
    assert hypervolume_chart(replace(table, hypervolume=[])) is None


def test_columns_have_units_and_directions() -> None:
    columns = {column["name"]: column for column in columns_of(sweeps.grid())}
    assert columns["network.clock"]["unit"] == "GHz"
    assert columns["network.clock"]["log"]
    assert columns["device"]["text"]
    assert columns["energy"]["better"] == "minimise"
    assert columns["accuracy_1d"]["better"] == "maximise"
    assert columns["bits"]["better"] == ""
    assert columns["area"]["values"][0] == pytest.approx(8.8)


def test_the_front_is_shown_evenly_and_the_knee_first() -> None:
    table = sweeps.search()
    rows = [row | {"folder": "x"} for row in table.rows]
    many = replace(table, rows=rows, front=list(range(0, 150, 2)), knee=[10])
    shown = shown_rows(many)
    assert shown[0] == 10
    assert len(shown) == len(set(shown)) == FRONT
    energies = [rows[index]["energy"] for index in shown[1:]]
    assert energies == sorted(energies)
    assert energies[0] == min(row["energy"] for row in rows[::2] if row["point"] != 10)
    without = shown_rows(replace(many, front=[], knee=[]))
    assert without == [min(range(150), key=lambda index: rows[index]["energy"])]


def test_words_of_a_sweep() -> None:
    table = pages.sweep(30)
    columns = columns_of(table)
    told = {name: value for name, value, _ in numbers_of(table, columns)}
    assert told["points"] == "30"
    assert told["failed"] == "3"
    assert told["best energy"].endswith(" nJ")
    assert swept(columns)[0] == ("bits", "3, 4, 5, 6, 7, 8, 9, 10", "bits")
    assert goals(table, columns)[-1] == "area at most 13 mm2"
    assert [(count, which) for _, count, which in failures(table)] == [(3, "9, 19, 29")]  # they differ in a number


def test_a_page_needs_no_run_folder(tmp_path: Path) -> None:
    from chipsim.report.page.points import front_data

    assert front_data(pages.sweep(20), tmp_path) == {"details": [], "stacks": [], "rows": []}
