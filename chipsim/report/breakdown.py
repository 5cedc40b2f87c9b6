"""What several reports show of a Result's tables: energy by part and by layer, blocks by layer, accuracy in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import final

from chipsim.report.judged import Judged
from chipsim.report.wording import cell, duration, percent, plain, runs
from chipsim.result import Result, Row
from chipsim.units import show


@final
@dataclass(frozen=True)
class Share:
    """One row of a breakdown: its name, its amount (SI) and its share of the whole."""

    name: str
    amount: float
    share: float


def energy_by_part(result: Result) -> list[Share]:
    """Energy per inference (J) of every part over all layers, largest first."""
    return _shares([(str(row["part"]), row["energy"]) for row in result.energy])


def clipped_inputs(result: Result) -> str:
    """Which layers lose inputs beyond the range of their DACs, and what to do about it; empty where none does."""
    cut = [(row["layer"], row.get("inputs_clipped") or 0.0) for row in result.layers]
    named = ", ".join(f"{percent(share)} in {layer}" for layer, share in cut if share >= 0.001)
    return f"Inputs clipped: {named}. Give these layers an input_range, or the arrays a larger input_scaling.range." if named else ""


def area_by_part(result: Result) -> list[Share]:
    """Area (m2) of every part, largest first."""
    return _shares([(str(row["part"]), row["area"]) for row in result.area])


def leakage_by_part(result: Result) -> list[Share]:
    """Static power (W) of every part, largest first."""
    return _shares([(str(row["part"]), row["power"]) for row in result.leakage])


def energy_by_layer(result: Result) -> dict[str, dict[str, float]]:
    """Energy per inference (J) by layer and part; what belongs to no layer stands under `chip`."""
    table: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in result.energy:
        table[str(row.get("layer") or "chip")][str(row["part"])] += row["energy"]
    return {layer: dict(parts) for layer, parts in table.items()}


@final
@dataclass(frozen=True)
class Blocks:
    """How one layer lies on the chip: copies, blocks along rows and columns, largest block, tiles, mean use of cells."""

    layer: str
    copies: int
    row_blocks: int
    column_blocks: int
    rows: int
    columns: int
    tiles: str
    used: float


def blocks_by_layer(result: Result) -> list[Blocks]:
    """One row for every layer that lies on arrays, in the order of the mapping."""
    layers: dict[str, list[Row]] = defaultdict(list)
    for row in result.mapping:
        layers[str(row["layer"])].append(row)
    return [_blocks(layer, rows) for layer, rows in layers.items()]


def _blocks(layer: str, rows: list[Row]) -> Blocks:
    return Blocks(
        layer=layer,
        copies=len({row["copy"] for row in rows}),
        row_blocks=len({row["row_block"] for row in rows}),
        column_blocks=len({row["column_block"] for row in rows}),
        rows=max(row["rows"] for row in rows),
        columns=max(row["columns"] for row in rows),
        tiles=runs(row["tile"] for row in rows),
        used=sum(row["utilisation"] for row in rows) / len(rows),
    )


def bottleneck(result: Result) -> str:
    """What bounds the rate, in a sentence; empty where that is not known."""
    found = result.bottleneck
    if not found:
        return ""
    layer = f" of layer {found['layer']}" if found.get("layer") and not found.get("shared") else ""
    return plain(f"{found.get('stage', '-')}{layer}, busy {cell(found.get('utilisation'), 'fraction')} of the interval.")


def shape_only(result: Result) -> str:
    """That weights or inputs were drawn, in a sentence; empty where they were not."""
    workload = result.experiment.get("workload")
    given = workload if isinstance(workload, dict) else {}
    named = {"weights": given.get("weights") or given.get("onnx"), "inputs": given.get("data")}
    missing = " and ".join(name for name, file in named.items() if file is None)
    return f"Shape only: random {missing}, no accuracy." if missing and given.get("random") is not None else ""


@final
@dataclass(frozen=True)
class Drift:
    """The accuracy, or another metric, at one time after programming in words: mean and spread, the loss against the float network,
    the limits of the mean (of a share in percent), the yield (`-` where they are not known), the means of further metrics by name; and
    over how many chips, each with how many programmings."""

    time: str
    accuracy: str
    loss: str
    limits: str
    good: str
    chips: int
    repeats: int
    also: dict[str, str] = field(default_factory=dict)


def drift(result: Result) -> list[Drift]:
    """One row for every time after programming."""
    reference, judged = result.metrics.get("float_accuracy"), Judged.of(result)
    others = [Judged.told(facts) for facts in result.metric.get("also", ())]
    return [
        Drift(
            time=duration(row["time"]),
            accuracy=judged.mean(row["mean"], row["spread"], len(row["values"])),
            loss="-" if reference is None else judged.loss(reference, row["mean"]),
            limits=judged.limits(row.get("low"), row.get("high")),
            good=percent(row["yield"], 0) if "yield" in row else "-",
            chips=len(row.get("chips") or [0]),
            repeats=len(row["values"]) // len(row.get("chips") or [0]),
            also={other.called: other.value(row[other.name]) for other in others if row.get(other.name) is not None},
        )
        for row in result.accuracy
    ]


def judged_by(result: Result) -> list[str]:
    """In sentences: which side of the metric is better, what chance reaches, and the float network by further metrics; none for accuracy
    alone."""
    facts, judged = result.metric, Judged.of(result)
    also = facts.get("also") or []
    if not result.accuracy or (judged.name == "accuracy" and not also):
        return []
    chance = facts.get("chance")
    known = "" if chance is None else f"; an answer that knows nothing of the input: {judged.value(chance)}"
    floats = ", ".join(f"{other.called} {other.value(row['float'])}" for row in also for other in (Judged.told(row),))
    sentences = [f"{judged.heading}: {'higher' if judged.higher else 'lower'} is better{known}."]
    return sentences + ([f"Float network: {floats}."] if floats else [])


@final
@dataclass(frozen=True)
class Upkeep:
    """One upkeep in words: what is done, how often, what it takes each time, and in the long run."""

    action: str
    every: str
    time: str
    energy: str
    downtime: str
    power: str


def upkeep(result: Result) -> list[Upkeep]:
    """One row for every upkeep that is due."""
    return [
        Upkeep(
            action=str(row["action"]),
            every=duration(row["every"]),
            time=show(row["time"], "s"),
            energy=show(row["energy"], "J"),
            downtime=percent(row["downtime"]),
            power=show(row["power"], "W"),
        )
        for row in result.upkeep
    ]


def _shares(amounts: list[tuple[str, float]]) -> list[Share]:
    sums: dict[str, float] = defaultdict(float)
    for name, amount in amounts:
        sums[name] += amount
    whole = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return [Share(name, amount, amount / whole if whole else 0.0) for name, amount in ordered]
