"""Latency against injection of a run's network, measured when the page is made, as far as that takes a few seconds."""

from __future__ import annotations

import time as wall_clock
from pathlib import Path
from typing import Any

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.reading import build
from chipsim.report.injection_plots import HEIGHT
from chipsim.report.page.chart import Chart, Trace, axis, lines, safe, tipped
from chipsim.report.palette import CATEGORIES
from chipsim.report.svg import scaled
from chipsim.report.wording import number, percent, plain
from chipsim.result import Result, Row
from chipsim.studies.injection import TIMES, InjectionStudy, Wish, loads_of_run, study
from chipsim.tree import plain_node
from chipsim.units import show

SECONDS = 5.0  # the study is left out where it takes longer
_FEW = Wish(points=6, packets=300)  # a curve to look at; `chipsim injection` measures better ones


class _TooLongError(Exception):
    """The study takes longer than a page may wait."""


def injection_chart(result: Result, seconds: float = SECONDS) -> tuple[Chart | None, str]:
    """Uniform traffic on the run's network, and where the run stands; or None, and in a sentence why not."""
    end = wall_clock.monotonic() + seconds

    def watch(text: str, share: float) -> None:
        if wall_clock.monotonic() > end:
            raise _TooLongError

    try:
        chip = build(Architecture, plain_node(result.experiment["architecture"], "result.json", Path()))
        watch("", 0.0)
        found = study(chip.network, plain(chip.name), wish=_FEW, progress=watch)
        here = loads_of_run(found, result)
    except _TooLongError:
        return None, f"No latency against injection: its study takes longer than {seconds:g} s; see `chipsim injection`."
    except (InputError, KeyError) as error:
        return None, plain(f"No latency against injection: {error}")
    return _chart(found, here), ""


def _chart(found: InjectionStudy, here: list[Row]) -> Chart:
    limit = found.limits[0]
    factor, unit = scaled(2 * limit["zero_load"], "s")
    top, right = HEIGHT * limit["zero_load"] * factor, 1.04 * max(row["load"] for row in [*found.curves, *here])
    data = [*_curves(found.curves, factor), *_saturation(limit, factor), *(_line(row, top) for row in here)]
    what = "vectors per tile and step" if found.circuits else "flits per tile and cycle"
    layout = {"xaxis": axis(f"offered load ({what})", {"range": [0, right]})}
    layout["yaxis"] = axis(f"packet latency ({unit})", {"range": [0, top]})
    note = f"Uniform traffic, packets of {found.bits:,} b, {limit['control']}; measured quickly, {_FEW.packets} packets a point."
    return Chart("injection", "Latency against injection", note, data, layout)


def _curves(rows: list[Row], factor: float) -> list[Trace]:
    loads, base = [row["load"] for row in rows], {"type": "scatter"} | tipped([_words(row) for row in rows])
    wide = {"type": "data", "array": [(row["high"] - row["latency"]) * factor for row in rows], "thickness": 1, "width": 3}
    mean: Trace = {"x": loads, "y": [row["latency"] * factor for row in rows], "mode": "lines+markers", "error_y": wide}
    late = {"x": loads, "y": [row["late"] * factor for row in rows], "mode": "lines", "name": "95 % quantile"}
    thin: dict[str, Any] = {"color": CATEGORIES[0], "width": 1, "dash": "dot"}
    mean |= {"name": "mean (95 % limits)", "line": {"color": CATEGORIES[0], "width": 2}, "marker": {"size": 7}}
    return [base | mean, base | late | {"line": thin}]


def _words(row: Row) -> str:
    latency = f"mean {show(row['latency'], 's')}, 95 % of packets within {show(row['late'], 's')}"
    return lines([f"load {number(row['load'])}, {percent(row['share'])} of the bound", latency])


def _saturation(limit: Row, factor: float) -> list[Trace]:
    if limit["saturation"] is None:
        return []
    tip = lines(["saturation", f"load {number(limit['saturation'])}", f"{TIMES:g} x the latency without load"])
    look = {"mode": "markers", "name": "saturation", "marker": {"symbol": "x", "size": 11, "color": CATEGORIES[3]}}
    return [{"type": "scatter", "x": [limit["saturation"]], "y": [TIMES * limit["zero_load"] * factor]} | tipped(tip) | look]


def _line(row: Row, top: float) -> Trace:
    """A load at which links would be as busy as in the run."""
    what = "mean link" if row["what"] == "mean" else "busiest link"
    tip = lines([f"links as busy as the {what} of the run", f"load {number(row['load'])}"])
    colour, dash = (CATEGORIES[2], "dash") if row["what"] == "mean" else (CATEGORIES[1], "dashdot")
    base: Trace = {"type": "scatter", "mode": "lines", "x": [row["load"]] * 2, "y": [0, top]} | tipped(tip)
    return base | {"line": {"color": colour, "width": 2, "dash": dash}, "name": safe(f"as busy as the run's {what}")}
