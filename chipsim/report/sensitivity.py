"""The study of what a network bears, for a reader: text of 80 columns, CSV and JSON, and the pictures of `sensitivity_plots.py`."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console

from chipsim.report.console import heading, item, say, table
from chipsim.report.sensitivity_plots import margin_at, write_plots
from chipsim.report.study import plain_text, write_study
from chipsim.report.tables import Column
from chipsim.report.wording import duration, number, percent
from chipsim.studies.sensitivity import SensitivityStudy, fallen, smallest_margin
from chipsim.studies.sensitivity_search import ALREADY, NEVER, Z
from chipsim.tabular import Row

UNITS = {"x": " x", "b": " b", "share": " %", "relative": " %"}  # all others are told below the table
SHARES = ("share", "relative")
_SEARCH = {"verdict": "verdict", "value": "falls at", "low": "surely kept at", "high": "surely fallen at", "margin": "margin",
           "beyond": "margin tried"}  # fmt: skip
_SIDES = {f"{side}_{key}": f"{word}: {title}" for side, word in (("alone", "alone"), ("top", "on top")) for key, title in _SEARCH.items()}


def _columns(titles: dict[str, str]) -> tuple[Column, ...]:
    return tuple(Column(key, title, "s" if key in ("age", "late") else "") for key, title in titles.items())


COLUMNS: dict[str, tuple[Column, ...]] = {
    "networks": _columns({
        "network": "network", "chip": "chip", "topology": "topology", "layers": "layers", "weights": "weights", "metric": "metric",
        "percent": "share",
        "samples": "samples", "repeats": "programmed chips", "seed": "seed", "age": "age", "late": "age of drift",
        "reference": "float network", "chance": "chance", "ideal": "A* without any term",
        "least_error": "A* of one sample", "chip_kept": "A* of the chip",
        "chip_error": "standard error", "late_kept": "A* late", "late_error": "standard error late", "widened": "input ranges alone",
        "stressed_by": "layers compared with", "stressed_to": "at", "stressed_unit": "unit", "stressed_kept": "A* then",
        "stressed_error": "standard error then", "judged": "chips judged",
    }),
    "terms": _columns({
        "network": "network", "term": "non-ideality", "key": "key", "unit": "unit", "rank": "rank", "now": "now",
        "missing": "not applicable", "age": "age", **_SIDES, "kept": "A* with this alone", "kept_error": "standard error",
        "gain": "gain without", "gain_error": "standard error of the gain", "layer_error": "error of a layer at the threshold",
        "weight_error": "programming error at the threshold",
    }),
    "layers": _columns({
        "network": "network", "layer": "layer", "type": "type", "weights": "weights", "share": "share of the weights",
        "kept": "A* with it ideal", "gain": "gain", "error": "standard error of the gain",
    }),
    "exempted": _columns({
        "network": "network", "allowed": "allowed share", "share": "share exempt", "layers": "layers", "kept": "A*",
        "error": "standard error", "enough": "iso-accuracy",
    }),
    "notes": _columns({"network": "network", "note": "note"}),
}  # fmt: skip


def render(study: SensitivityStudy, console: Console) -> None:
    """Print the study: networks side by side where there are several, then each by itself."""
    if len(study.networks) > 1:
        _side_by_side(study, console)
    for network in study.networks:
        _network(study, network, console)


def _network(study: SensitivityStudy, network: Row, console: Console) -> None:
    own = {name: [row for row in getattr(study, name) if row["network"] == network["network"]] for name in COLUMNS}
    heading(console, network["network"])
    say(console, f"{network['topology']}, {network['layers']} layers with {network['weights']:,} weights; {_measured(network)}")
    say(console, f"A* (1: the float network, 0: chance) of the chip {_kept(network['chip_kept'], network['chip_error'])} after "
                 f"{duration(network['age'])}, {_kept(network['late_kept'], network['late_error'])} after {duration(network['late'])}; "
                 f"without any of the terms {percent(network['ideal'], 2)}")  # fmt: skip
    say(console, _errors(network), "dim")
    rows = [row for row in own["terms"] if not row["missing"]]
    _margins(study, network, rows, console)
    _costs(rows, console)
    _layers(network, own["layers"], own["exempted"], console)
    missing = [f"{title(row['term'])}: not applicable, {row['missing']}" for row in own["terms"] if row["missing"]]
    if missing or own["notes"]:
        heading(console, "notes")
    for sentence in [*missing, *(row["note"] for row in own["notes"])]:
        item(console, sentence)


def _measured(network: Row) -> str:
    chips = f"{network['repeats']} programmed chip{'s' if network['repeats'] > 1 else ''}, seed {network['seed']}"
    def told(value: float) -> str:
        return percent(value, 2) if network["percent"] else number(value, 4)

    known = f"{network['metric']} {told(network['reference'])} of the float network, chance {told(network['chance'])}"
    return f"{known}, on {network['samples']:,} samples, {chips}"


def _kept(value: float, error: float) -> str:
    return f"{100 * value:.2f} +- {100 * error:.2f} %"


def _errors(network: Row) -> str:
    """What stands behind +-, and whether it is no more than one sample."""
    told, least = "+-: standard error, of the choice of samples and of programmed chips", network["least_error"]
    if least and network["chip_error"] == network["late_error"] == least:
        told += f"; {100 * least:.2f} % is one sample, less cannot be told on {network['samples']:,}"
    return told


def _margins(study: SensitivityStudy, network: Row, rows: list[Row], console: Console) -> None:
    heading(console, f"where it falls to {percent(study.level, 0)} of float: which to fix first")
    every, cells = fallen(rows), []
    if every:
        kept = _kept(network["chip_kept"], network["chip_error"])
        say(console, f"the chip keeps {kept} and stays below {percent(study.level, 0)} whichever of these it is freed of, so nothing can "
                     "be said on top of the rest: rows are ranked by the gain without each")  # fmt: skip
    for row in rows:
        top = [_gain(row["gain"], row["gain_error"])] if every else [falls(row, "top"), margin(row, "top")]
        cells.append((title(row["term"]), value_of(row, row["now"]), falls(row, "alone"), margin(row, "alone"), *top))
    last = ("gain without it",) if every else ("on top", "margin")
    table(console, ("non-ideality", "now", "alone", "margin", *last), cells, "lrrrrr"[: 4 + len(last)])
    if near := near_the_first(rows):
        others = ", ".join(map(title, near))
        say(console, f"not told apart from {title(rows[0]['term'])} (intervals overlap): {others}; take more --samples")
    say(console, "margin: by what factor the number may get worse (of bits, the size of a step); below 1 it costs too much already. "
                 "(a-b): surely kept at a, surely lost at b (95 %). x: factor on the chip's own; b: bits; noise, offset and range of the "
                 "ADC in full-scale cells, of inputs in full-scale inputs", "dim")  # fmt: skip


def near_the_first(rows: list[Row]) -> list[str]:
    """Terms whose margin (gain, where the chip has fallen without each) cannot be told apart from that of the first row."""
    if fallen(rows):
        first, *others = [row for row in rows if row["rank"] is not None] or [{}]
        return [row["term"] for row in others if first["gain"] - row["gain"] < Z * math.hypot(first["gain_error"], row["gain_error"])]
    known = [row for row in rows if smallest_margin(row) < math.inf]
    return [row["term"] for row in known[1:] if _ends(row)[0] <= _ends(known[0])[1]]


def _ends(row: Row) -> tuple[float, float]:
    """Between which margins the smaller one of a term surely lies."""
    side = min((side for side in ("alone", "top") if row[f"{side}_margin"] is not None), key=lambda side: row[f"{side}_margin"])
    low, high = row[f"{side}_low"], row[f"{side}_high"]
    return 0.0 if low is None else margin_at(row, side, low), math.inf if high is None else margin_at(row, side, high)


def _costs(rows: list[Row], console: Console) -> None:
    heading(console, "what each costs now, and how large an error is borne")
    kept = [(_kept(row["kept"], row["kept_error"]), _gain(row["gain"], row["gain_error"]), _borne(row)) for row in rows]
    cells = [(title(row["term"]), *found) for row, found in zip(rows, kept, strict=True)]
    table(console, ("non-ideality", "A* with it alone", "gain without it", "error of a layer at 99 %"), cells, "lrrr")
    for row in rows:
        if row["weight_error"] is not None:
            say(console, f"programming falls alone at an error of {percent(row['weight_error'])} of the conductance range (rms)", "dim")


def title(term: str) -> str:
    """The name of a term for a reader."""
    return {"nonlinearity": "non-linearity"}.get(term, term.replace("_", " "))


def _gain(value: float | None, error: float | None) -> str:
    """A gain in points of A*."""
    return "-" if value is None or error is None else f"{100 * value:+.2f} +- {100 * error:.2f} points"


def _borne(row: Row) -> str:
    return "-" if row["layer_error"] is None else percent(row["layer_error"])


def _layers(network: Row, layers: list[Row], exempted: list[Row], console: Console) -> None:
    heading(console, "which layers it loses in")
    if network["stressed_by"]:
        value = f"{title(network['stressed_by'])} at {number(network['stressed_to'])}{UNITS.get(network['stressed_unit'], '')}"
        kept = _kept(network["stressed_kept"], network["stressed_error"])
        say(console, f"as the chip itself loses next to nothing, layers are compared on one with {value}: A* {kept}")
    gains = [_gain(row["gain"], row["error"]) for row in layers]
    told = [(row["layer"], row["type"], percent(row["share"]), percent(row["kept"], 2)) for row in layers]
    cells = [(*words, gain) for words, gain in zip(told, gains, strict=True)]
    table(console, ("layer", "type", "weights", "A* with it ideal", "gain"), cells, "llrrr")
    heading(console, "what it brings to leave some weights out")
    if not exempted:
        return say(console, "no layer gains anything by being ideal")
    shown = [(f"{100 * row['allowed']:g} %", percent(row["share"]), _kept(row["kept"], row["error"]), "yes" if row["enough"] else "no",
              ", ".join(row["layers"])) for row in exempted]  # fmt: skip
    return table(console, ("allowed", "exempt", "A*", ">= 99 %", "layers"), shown, "rrrll")


def _side_by_side(study: SensitivityStudy, console: Console) -> None:
    """Rows non-idealities, columns networks: where each falls alone, with the error that its layers then have."""
    heading(console, f"alone, where each falls to {percent(study.level, 0)} of float (error of a layer there)")
    names = [row["network"] for row in study.networks]
    found = {(row["network"], row["term"]): row for row in study.terms}
    terms = list(dict.fromkeys(row["term"] for row in study.terms))
    cells = [(title(term), *(_alone(found[name, term]) for name in names)) for term in terms]
    table(console, ("non-ideality", *names), cells, "l" + "r" * len(names))
    told = [(row["network"], row["topology"], _kept(row["chip_kept"], row["chip_error"]), _smallest(study, row))
            for row in study.networks]  # fmt: skip
    table(console, ("network", "topology", "A* of the chip", "smallest margin"), told, "llrl")


def _smallest(study: SensitivityStudy, network: Row) -> str:
    """The smallest margin of a network, and whose it is."""
    rows = [row for row in study.terms if row["network"] == network["network"] and smallest_margin(row) < math.inf]
    first = min(rows, key=smallest_margin, default=None)
    return "-" if first is None else f"{number(smallest_margin(first), 2)} ({title(first['term'])})"


def _alone(row: Row) -> str:
    if row["missing"]:
        return "n/a"
    error = "" if row["layer_error"] is None else f" ({percent(row['layer_error'], 0)})"
    return (value_of(row, row["alone_value"]) if row["alone_value"] is not None else falls(row, "alone")) + error


def value_of(row: Row, value: float | None) -> str:
    """A value of a term with its unit; `off` for none."""
    if value is None:
        return "-"
    return f"{_told(row, value, 3)}{UNITS.get(row['unit'], '')}" if value else "off"


def falls(row: Row, side: str) -> str:
    """Where a term falls, with its interval."""
    if row[f"{side}_verdict"] == ALREADY:
        return "fallen without it"
    if row[f"{side}_verdict"] == NEVER:
        return "never"
    low, high = ("..." if row[f"{side}_{end}"] is None else _told(row, row[f"{side}_{end}"], 2) for end in ("low", "high"))
    return f"{_told(row, row[f'{side}_value'], 2)}{' %' if row['unit'] in SHARES else ''} ({low}-{high})"


def _told(row: Row, value: float, digits: int) -> str:
    """A number of a term; shares in percent."""
    return number(100 * value if row["unit"] in SHARES else value, digits)


def margin(row: Row, side: str) -> str:
    """The margin of a term, or beyond what it is."""
    if row[f"{side}_margin"] is not None:
        return number(row[f"{side}_margin"], 2)
    return "-" if row[f"{side}_beyond"] is None else f"> {number(row[f'{side}_beyond'], 2)}"


def write(study: SensitivityStudy, folder: Path) -> list[Path]:
    """Everything into a folder: text, JSON, a CSV file for each table, the pictures; InputError where that fails."""
    return write_study(study, folder, plain_text(study, render), COLUMNS, write_plots)
