"""Which layers a network loses its accuracy in, and what it brings to compute some of the weights without analog errors.

    gain of a layer     A* with this layer alone exempt of all effects that can be switched off, less A* of the chip as it is
    exempted            layers in the order of gain for a weight, each taken as long as it fits into the share of the weights that is
                        allowed: A* of the chip with these exempt; only layers that gained are taken

Greedy: another choice of layers may be better, as what layers gain together is not the sum of what each gains alone. An exempt layer
keeps its place and its converters' time; in a product it would be one on a digital core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chipsim.circuits.effects import Effect
from chipsim.studies.sensitivity_judge import Estimate, Judge
from chipsim.studies.sensitivity_terms import Setting
from chipsim.tabular import Row

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
Progress = Callable[[str, float], None]


def layer_rows(judge: Judge, setting: Setting, age: float, switches: tuple[Effect, ...], chip: Estimate, progress: Progress) -> list[Row]:
    """One row for each layer with weights, the largest gain first: layer, type, weights, share (of all), kept, gain, error."""
    workload = judge.workload
    counts = {name: _count(judge, name) for name in workload.steps if name in workload.weights}
    rows = []
    for place, (name, count) in enumerate(counts.items()):
        progress(f"{workload.name}: layer {name} ideal", place / len(counts))
        found = judge(setting, age, {name: switches})
        gain, error = found.gain_over(chip)
        rows.append({
            "layer": name, "type": workload.layers[name].type_name, "weights": count, "share": count / sum(counts.values()),
            "kept": found.mean, "gain": gain, "error": error,
        })  # fmt: skip
    return sorted(rows, key=lambda row: -row["gain"])


def exempted_rows(
    judge: Judge, setting: Setting, age: float, switches: tuple[Effect, ...], layers: Sequence[Row], level: float, progress: Progress
) -> list[Row]:
    """One row for each allowed share that takes other layers than a smaller one: allowed, share, layers, kept, error, enough."""
    rows: list[Row] = []
    for place, allowed in enumerate(SHARES):
        chosen = taken(layers, allowed)
        names = [row["layer"] for row in chosen]
        if not names or (rows and rows[-1]["layers"] == names):
            continue
        progress(f"{judge.workload.name}: {', '.join(names)[:40]} ideal", place / len(SHARES))
        found = judge(setting, age, dict.fromkeys(names, switches))
        share = sum(row["share"] for row in chosen)
        rows.append({"allowed": allowed, "share": share, "layers": names, "kept": found.mean, "error": found.error,
                     "enough": found.mean >= level})  # fmt: skip
    return rows


def taken(layers: Sequence[Row], allowed: float) -> list[Row]:
    """The layers that an allowed share of the weights has room for, best gain for a weight first."""
    chosen: list[Row] = []
    for row in sorted((row for row in layers if row["gain"] > 0), key=_worth, reverse=True):
        if sum(other["share"] for other in chosen) + row["share"] <= allowed * (1 + 1e-9):
            chosen.append(row)
    return chosen


def _worth(row: Mapping[str, float]) -> float:
    return row["gain"] / row["share"]


def _count(judge: Judge, name: str) -> int:
    """Weights of a layer; those of a convolution in groups without the zeros between."""
    layer = judge.workload.layers[name]
    matrix = judge.workload.weights[name].matrix
    return matrix.size // getattr(layer, "bands", 1)
