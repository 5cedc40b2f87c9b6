"""All charts of a run; of several runs on common axes, so that they can be held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chipsim.report.breakdown import area_by_part, bottleneck, energy_by_part, shape_only
from chipsim.report.headline import headline, title
from chipsim.report.page.accuracy import accuracy_chart, reach
from chipsim.report.page.chart import Chart
from chipsim.report.page.floorplan import floorplan_chart
from chipsim.report.page.gantt import gantt_chart
from chipsim.report.page.injection import injection_chart
from chipsim.report.page.load import load_chart
from chipsim.report.page.roofline import roofline_chart
from chipsim.report.page.stacked import area_chart, energy_chart, layer_parts, layers_chart
from chipsim.report.wording import plain
from chipsim.result import Result


def details(results: Sequence[Result], names: Sequence[str], studied: int, seconds: float) -> list[dict[str, Any]]:
    """Every run as plain values: its name, what it is, headline numbers, sentences, charts.

    The networks of the first `studied` runs are put under load, for at most so many seconds each.
    """
    found = []
    for index, (result, name, charts) in enumerate(zip(results, names, charts_of(results), strict=True)):
        loaded, why = injection_chart(result, seconds) if index < studied else (None, "")
        found.append(_details(result, name, [*charts, *([loaded] if loaded else [])], why))
    return found


def _details(result: Result, name: str, charts: Sequence[Chart], why: str) -> dict[str, Any]:
    figures = [{"name": figure.name, "value": figure.value, "counted": figure.counted} for figure in headline(result)]
    failed = [f"failed check: {plain(row['name'])}" for row in result.checks if not row["passed"]]
    said = [f"Bottleneck: {bottleneck(result)}" if result.bottleneck else "", plain(result.network.get("warning") or "")]
    sentences = [sentence for sentence in (*failed, *said, missing(charts, result), why) if sentence]
    head = {"name": plain(name), "title": title(result), "digest": plain(result.digest)}
    return head | {"figures": figures, "sentences": sentences, "charts": [chart.plain() for chart in charts]}


def missing(charts: Sequence[Chart], result: Result) -> str:
    """Which charts there are not, and why."""
    drawn = {chart.name for chart in charts}
    reasons = {
        "accuracy": shape_only(result) or "No accuracy: the run had no data.",
        "roofline": "No roofline: the run was not compared with other machines.",
        "gantt": "No Gantt chart: the run recorded no spans.",
    }
    return " ".join(reason for name, reason in reasons.items() if name not in drawn)


def charts_of(results: Sequence[Result]) -> list[list[Chart]]:
    """The charts of every run."""
    energy = max((share.amount for result in results for share in energy_by_part(result)), default=0.0)
    area = max((share.amount for result in results for share in area_by_part(result)), default=0.0)
    busiest = max((link["utilisation"] for result in results for link in result.links), default=0.0)
    parts, layer = layer_parts(results)
    found = []
    for result in results:
        charts = (
            energy_chart(result, energy),
            area_chart(result, area),
            layers_chart(result, parts, layer),
            load_chart(result),
            floorplan_chart(result, busiest),
            accuracy_chart(result, *reach([run for run in results if run.metric.get("name") == result.metric.get("name")])),
            roofline_chart(result),
            gantt_chart(result),
        )
        found.append([chart for chart in charts if chart is not None])
    return found
