"""The headline numbers of a run, each with what was counted to get it; all reports print these.

1 MAC = 2 OP, counted from the network: padding and unused cells are not work. Energy includes leakage over the interval,
area is the whole chip. Peak: all tiles busy with full arrays. Sustained: this network, in steady state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from chipsim.report.breakdown import drift, shape_only
from chipsim.report.judged import Judged
from chipsim.report.wording import number, percent, plain, rate_per_area, rate_per_watt
from chipsim.result import Result, weight_precision
from chipsim.units import show

_SYMBOLS = {"latency": "s", "interval": "s", "power": "W", "area": "m2", "programming_time": "s"}
RATES = {"sustained": "this network, steady state", "peak": "all tiles busy, arrays full"}


@final
@dataclass(frozen=True)
class Figure:
    """One headline number: the metric it comes from, its name, its value in words and what was counted."""

    metric: str
    name: str
    value: str
    counted: str


def worded(metric: str, value: float) -> str:
    """A metric's value in the unit that the field prints it in."""
    if metric.endswith("_per_watt"):
        return rate_per_watt(value)
    if metric.endswith("_per_area"):
        return rate_per_area(value)
    if metric == "inferences_per_second":
        return f"{number(value)} /s"
    return show(value, _SYMBOLS.get(metric) or _symbol(metric))


def _symbol(metric: str) -> str:
    return "OP/s" if metric.endswith("_ops") else "J"


def headline(result: Result) -> list[Figure]:
    """The headline numbers in the order in which they are read; a number that the run does not have is left out."""
    metrics = result.metrics
    figures = [
        ("latency", "latency", "one inference on the idle chip, first input to last output"),
        ("interval", "interval", _rate(metrics)),
        ("energy", "energy per inference", _energy(metrics)),
        ("power", "power", "energy per inference / interval"),
        ("area", "area", _area(metrics)),
    ]
    bits = ", ".join(f"{part} {text}" for part, text in precision(result).items())
    for kind, counted in RATES.items():
        work = f"{counted}; {bits}"
        figures += [
            (f"{kind}_ops", f"{kind} rate", f"{work}; 1 MAC = 2 OP"),
            (f"{kind}_ops_per_watt", f"{kind} efficiency", f"{work}; leakage included"),
            (f"{kind}_ops_per_area", f"{kind} density", f"{work}; area of the whole chip"),
        ]
    figures += [
        ("programming_time", "programming time", _until_written(result)),
        ("programming_energy", "programming energy", _programming(result)),
    ]
    found = [Figure(key, name, worded(key, metrics[key]), counted) for key, name, counted in figures if key in metrics]
    return [*found, *_accuracy(result)]


def precision(result: Result) -> dict[str, str]:
    """Bits of input, weight and output as the architecture states them: bits of an input or output count its sign, unless it has none."""
    array = result.experiment.get("architecture", {}).get("tile", {}).get("array", {})
    device = _block(array.get("cell"), "device")
    kind = device.get("type") if isinstance(device, dict) else device
    weight = weight_precision(array.get("cell") or {})
    return {
        "input": _bits(array.get("dac")),
        "weight": f"{weight} ({plain(kind)})" if kind else weight,
        "output": _bits(array.get("adc")),
    }


def work(result: Result) -> str:
    """What one inference computes, in a sentence, and where its numbers were drawn."""
    macs = result.metrics.get("macs")
    if macs is None:
        return "Operations were not counted."
    counted = f"One inference is {show(macs, 'MAC')} = {show(2 * macs, 'OP')} (1 MAC = 2 OP), counted from the network."
    return f"{counted} {shape_only(result)}".rstrip()


def title(result: Result) -> str:
    """What ran on what: `lenet on pcm-64`."""
    workload = _block(result.experiment.get("workload"), "name")
    architecture = _block(result.experiment.get("architecture"), "name")
    return f"{plain(workload)} on {plain(architecture)}" if workload and architecture else plain(result.name)


def _accuracy(result: Result) -> list[Figure]:
    """The accuracy at the last time of the run, with the first and the float network to judge it by."""
    rows = drift(result)
    if not rows:
        return []
    reference = result.metrics.get("float_accuracy")
    judged = Judged.of(result)
    parts = [] if reference is None else [f"float network {judged.value(reference)}"]
    parts += [f"{rows[0].accuracy} after {rows[0].time}"] if len(rows) > 1 else []
    last = rows[-1]
    parts += [f"{last.limits}{' %' if judged.percent else ''} with 95 % confidence"] if last.limits != "-" else []
    parts += [f"{last.good} of {last.chips} chips good"] if last.chips > 1 else []
    parts.append(f"{last.repeats} repeat{'s' if last.repeats > 1 else ''}")
    return [Figure("accuracy", f"{judged.called} after {rows[-1].time}", rows[-1].accuracy, "; ".join(parts))]


def _until_written(result: Result) -> str:
    """What the time of programming is, in words; written once, a device gets one pulse, fewer than any published scheme gave."""
    text = "from the first weight at the host until the last tile is written"
    once = result.programming and not any(row["reads"] for row in result.programming)
    return f"{text}; one pulse for each device, a lower bound" if once else text


def _programming(result: Result) -> str:
    """What programming all devices took, in words."""
    text = "all pulses and reads, the weights' way to their tiles included"
    if not result.programming:
        return text
    pulses, reads = (sum(row[name] for row in result.programming) for name in ("pulses", "reads"))
    return f"{number(pulses)} pulses and {number(reads)} reads; the weights' way to their tiles included"


def _block(block: Any, name: str) -> Any:
    return block.get(name) if isinstance(block, dict) else None


def _bits(converter: Any) -> str:
    """The bits of a converter block; one without the key does not quantise."""
    if not isinstance(converter, dict):
        return "not stated"
    bits = converter.get("bits")
    unsigned = " without sign" if converter.get("sign") == "none" else ""
    return "not quantised" if bits is None else f"{bits} b{unsigned}"


def _rate(metrics: dict[str, float]) -> str:
    rate = metrics.get("inferences_per_second")
    text = "between results in steady state"
    return text if rate is None else f"{text}: {number(rate)} inferences/s"


def _energy(metrics: dict[str, float]) -> str:
    if not {"energy", "dynamic_energy", "leakage_energy"} <= metrics.keys():
        return "leakage over the interval included"
    share = metrics["leakage_energy"] / metrics["energy"] if metrics["energy"] else 0.0
    dynamic, leakage = show(metrics["dynamic_energy"], "J"), show(metrics["leakage_energy"], "J")
    return f"{dynamic} dynamic + {leakage} leakage over the interval ({percent(share)})"


def _area(metrics: dict[str, float]) -> str:
    if not {"tiles", "tiles_used"} <= metrics.keys():
        return "whole chip"
    one = metrics["tiles"] == 1
    tiles = "whole chip: 1 tile" if one else f"whole chip: {metrics['tiles']:.0f} tiles, {metrics['tiles_used']:.0f} of them used"
    if metrics.get("arrays", 0) <= metrics["tiles"]:
        return tiles
    return f"{tiles}; {metrics['arrays_used']:,.0f} of {metrics['arrays']:,.0f} arrays"
