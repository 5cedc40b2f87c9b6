"""What an answer rests on: sentences next to the headline numbers, numbers without a published source, works to cite."""

from __future__ import annotations

import math
from collections.abc import Iterator

from chipsim.architecture import Architecture
from chipsim.described import numbers_of
from chipsim.question import Question
from chipsim.result import Row, weight_precision
from chipsim.spec import Spec
from chipsim.units import show
from chipsim.workload.layers import Embedding, Operator

ALWAYS = ("chipsim", "salmon2011")


def sentences(question: Question) -> list[str]:
    """What was counted and how, in words."""
    architecture, array = question.architecture, question.architecture.tile.array
    outputs = _steps(array.adc.levels_in(array.dac.total_time))
    inputs = _steps(array.dac.levels, signs=not array.dac.unsigned) + (" without sign" if array.dac.unsigned else "")
    texts = [
        f"1 MAC = 2 OP, counted from the network; inputs {inputs}, outputs {outputs}, weights {weight_precision(array.cell.plain())} "
        f"({array.cell.devices} {array.cell.device.type_name} devices in a cell of type '{array.cell.type_name}').",
        "Latency is one sample in an idle chip, from the first input at the host interface to the last output there.",
        "Interval, energy and power are those of the steady state; energy contains the leakage of the whole chip over one interval.",
        "Sustained rates count the network's operations only; peak rates assume all tiles busy with full arrays, cells as in this "
        "run, neuron circuits included, network and host excluded.",
        "Area is the whole chip: all tiles (also the unused), routers, host interface.",
        f"Values between tiles are kept as 32-bit floats and rounded by the DAC of the next array; {architecture.activation_bits} "
        f"bits of an activation and {architecture.partial_sum_bits} bits of a partial sum are moved and paid for.",
        f"Shape only: random {question.workload.drawn}, no accuracy. Energy and clipping depend on the values; trained ones differ."
        if question.workload.drawn
        else f"Accuracy is the mean over {_counted(question.chips * question.repeats, 'programming')} of "
        f"{_counted(question.chips, 'chip')}; the spread is the standard deviation between them.",
        f"Programming ('{question.programming.type_name}') counts the pulses and reads of every device, the way of the weights from "
        "the host and all tiles together; what a pulse takes is that of the device's `pulse`.",
    ]
    if question.token == "row":
        texts.append("Rows of vectors travel with two time stamps (first and last vector), evenly spaced between.")
    if architecture.tile.measured:
        texts.append("A product is charged the measured core's whole energy even when the array is partly used; what its known "
                     "parts do not explain is 'unaccounted'.")  # fmt: skip
    if architecture.node or architecture.supply:
        given = [show(value, unit) for value, unit in ((architecture.node, "m"), (architecture.supply, "V")) if value]
        described = " and ".join(given)
        texts.append(f"The chip is described at {described}; figures of other nodes are converted only where a scaling is named.")
    if architecture.tile.gating:
        texts.append("Leakage of the tiles is gated: what is left of it is the share given, for the tiles that hold nothing, and for the "
                     "time in which the arrays of a tile do nothing; waking up costs nothing.")  # fmt: skip
    tables = [layer for layer in question.workload.layers if isinstance(layer, Embedding)]
    if tables:
        numbers = sum(layer.tokens * layer.features for layer in tables)
        texts.append(
            f"Tables of embeddings ({', '.join(layer.name for layer in tables)}: {show(numbers * architecture.activation_bits, 'b')}) "
            "lie in a memory whose area and leakage are not counted; a row is charged as a read of the buffer, without time."
        )
    operators = [layer for layer in question.workload.layers if isinstance(layer, Operator)]
    if operators:
        told = ", ".join(f"{layer.name}: {layer.each}" for layer in operators[:8]) + (" ..." if len(operators) > 8 else "")
        texts.append(
            f"Operators without a layer of their own are computed by the digital unit; elementary operations for each number of their "
            f"outputs are assumed ({told}), and so are their energy and time."
        )
    if question.workload.given:
        brought = " and ".join(question.workload.given)
        texts.append(f"{brought} came from a program and lie in no file; experiment.yaml does not run alone.")
    if question.maintenance.statistics:
        texts.append(f"Statistics are recalibrated over the first {question.maintenance.statistics} images of the data, without labels.")
    return texts


def assumed_numbers(
    architecture: Architecture, energy: list[Row], area: list[Row], programmer: Spec | None = None, rule: Spec | None = None
) -> list[Row]:
    """Numbers that are assumed or have no source, those of parts with large shares of energy or area first."""
    weights = {row["part"]: row["share"] for row in area}
    total = sum(row["energy"] for row in energy)
    for row in energy:
        weights[row["part"]] = weights.get(row["part"], 0.0) + row["energy"] / total
    numbers = [*numbers_of(architecture), *(numbers_of(programmer, steps=("programming",)) if programmer else ())]
    numbers += numbers_of(rule, steps=("rule",)) if rule else ()
    rows = [
        {"key": number.path, "value": number.shown, "source": number.source or "no source given", "weight": _weight(number.path, weights)}
        for number in numbers
        if number.assumed
    ]
    return sorted(rows, key=lambda row: (-float(row["weight"]), row["key"]))


def share_assumed(architecture: Architecture) -> float:
    """Share of the numbers of a chip that are assumed or have no source."""
    numbers = [number for number in numbers_of(architecture) if number.sourced]
    return sum(number.assumed for number in numbers) / len(numbers) if numbers else 0.0


def citations(question: Spec) -> list[str]:
    """Keys of the works whose models or numbers were used, from the specs that take part."""
    return sorted({*ALWAYS, *(work for spec in specs_in(question) for work in spec.cites)})


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' if count > 1 else ''}"


def _steps(levels: int | None, signs: bool = True) -> str:
    return "not rounded" if levels is None else f"{math.log2(levels + 2) - (not signs):.3g} bits"


def _weight(path: str, weights: dict[str, float]) -> float:
    words = {"buffer": "buffers", "network": "network routers", "host": "host interface", "cell": "array"}
    found = [share for part, share in weights.items() if part.split()[0] in path]
    found += [weights.get(part, 0.0) for word, part in words.items() if word in path]
    return max(found, default=0.0)


def specs_in(spec: Spec) -> Iterator[Spec]:
    """A description and every description inside it."""
    yield spec
    for name in type(spec).model_fields:
        value = getattr(spec, name)
        for item in value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else (value,):
            if isinstance(item, Spec):
                yield from specs_in(item)
