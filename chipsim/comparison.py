"""A run beside others: ratios to named comparators, places on the roofline, and what a von Neumann machine would take.

    less energy       energy of an inference there / here
    more on an area   inferences in a second on an area here / there
    intensity         operations / bits that cross the border of the chip

Three ways to compare, none of them measured:

    peaks      peak rates of this chip against the rating of the comparator; no network reaches either
    rated      this network, in steady state here, against the rating there, as far as it is taken to be used
    roofline   this network on both; there what `Comparator.inference` allows at most, for several sizes of a batch

Tables are lists of rows of plain numbers in SI, as `Result` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from chipsim.architecture import Architecture
from chipsim.comparators.comparator import Comparator, comparators
from chipsim.comparators.von_neumann import VonNeumann, von_neumann
from chipsim.comparators.work import Work
from chipsim.errors import InputError
from chipsim.question import Question
from chipsim.result import Result, Row

BATCHES = (1, 64)


def others_of(question: Question) -> list[Comparator]:
    """The comparators that a question asks for, the usual ones where it names none."""
    return comparators() if question.comparators is None else list(question.comparators)


def compared(question: Question, network: Sequence[Work], metrics: Mapping[str, float]) -> dict[str, list[Row]]:
    """The tables `work`, `comparators`, `roofline` and `saved` of a Result; the last three empty where no comparators are wanted."""
    others, chip = others_of(question), question.architecture
    table = {"work": [asdict(work) for work in network]}
    if not others or not any(work.macs for work in network):
        return table
    return table | {
        "comparators": comparator_rows(others, network, metrics),
        "roofline": roofline_rows(own_place(chip, network, metrics), others, network),
        "saved": saved_rows(question.von_neumann or von_neumann(), network),
    }


def against(result: Result, others: Sequence[Comparator]) -> Result:
    """The result of a run held against others; InputError for one of an older version, which does not know its network's work."""
    if not result.work:
        raise InputError(f"{result.name}: the run does not say what its network asks of others; run it again")
    network = [Work(**row) for row in result.work]
    rows = roofline_rows(result.roofline[0], others, network) if result.roofline else []
    return replace(result, comparators=comparator_rows(others, network, result.metrics), roofline=rows)


def works_of(question: Question) -> set[str]:
    """Keys of the works that the comparison rests on."""
    others = others_of(question)
    return {*VonNeumann.cites, *(work for other in others for work in other.cites)} if others else set()


def comparator_rows(others: Iterable[Comparator], network: Sequence[Work], metrics: Mapping[str, float]) -> list[Row]:
    """Ratios of the run with these headline numbers to each of the others, in each way; all of one inference."""
    operations = 2.0 * sum(work.macs for work in network)
    rows = []
    for other in others:
        head: Row = {"comparator": other.name, "kind": other.kind, "precision": other.precision, "utilisation": other.utilisation}
        peak = operations / metrics["peak_ops_per_watt"], metrics["peak_ops_per_area"] / operations
        sustained = metrics["energy"], metrics["inferences_per_second"] / metrics["area"]
        rating = operations / other.rate, operations * other.energy
        rows.append(head | {"way": "peaks", "batch": None} | _against(other, peak, *rating, 1.0))
        rows.append(head | {"way": "rated", "batch": None} | _against(other, sustained, *rating, 1.0))
        for batch in BATCHES:
            found = other.inference(network, batch)
            there = found.time / batch, found.energy / batch, found.efficiency
            rows.append(head | {"way": "roofline", "batch": batch} | _against(other, sustained, *there))
    return rows


def _against(other: Comparator, here: tuple[float, float], time: float, energy: float, share: float) -> Row:
    """`here`: energy of an inference (J), inferences in a second on an area (1/s/m2)."""
    density = 1 / time / other.area
    there = {"time": time, "energy": energy, "density": density, "share": share}
    return there | {"own_energy": here[0], "own_density": here[1], "less_energy": energy / here[0], "more_on_area": here[1] / density}


def roofline_rows(own: Row, others: Iterable[Comparator], network: Sequence[Work]) -> list[Row]:
    """Places on the roofline: first that of this chip, then those of the others with the same network."""
    rows = [own]
    for other in others:
        for batch in BATCHES:
            found = other.inference(network, batch)
            point = {"name": other.name, "kind": other.kind, "batch": batch, "intensity": found.operations / found.moved}
            rows.append(point | {"reached": found.operations / found.time, "peak": other.rate, "bandwidth": other.bandwidth})
    return rows


def own_place(chip: Architecture, network: Sequence[Work], metrics: Mapping[str, float]) -> Row:
    """Where this chip stands with a network: what crosses its border goes through the host interface, the busier direction counts."""
    operations = 2.0 * sum(work.macs for work in network)
    moved = chip.activation_bits * max(sum(work.entering for work in network), sum(work.leaving for work in network))
    place = {"name": chip.name, "kind": "chip", "batch": 1, "intensity": operations / moved}
    return place | {"reached": operations / metrics["interval"], "peak": metrics["peak_ops"], "bandwidth": chip.host.bandwidth}


def saved_rows(machine: VonNeumann, network: Sequence[Work]) -> list[Row]:
    """What one inference takes on a von Neumann machine, for several places of the weights: way, part, count (b, or MAC), energy."""
    ways = [(f"DRAM, batch {batch}", batch, False) for batch in BATCHES]
    ways += [("SRAM", 1, True)] if machine.fits(network) else []
    return [
        {"machine": machine.name, "way": way, "part": share.part, "count": share.count, "energy": share.energy}
        for way, batch, kept in ways
        for share in machine.inference(network, batch, kept)
    ]
