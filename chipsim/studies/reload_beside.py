"""A reloaded network beside chips that hold all of it: as many tiles as it needs, or several chips with a link. Their weights stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.mapping.rounds import Round, tiles_of
from chipsim.mapping.ways_out import more_tiles, needed_tiles, several_chips
from chipsim.result import Row
from chipsim.studies.reload_costs import cost_of
from chipsim.workload.layers.layer import INPUT

Progress = Callable[[str, float], None]


def beside_rows(experiment: Experiment, batch: int, memory: float, progress: Progress = lambda text, share: None) -> list[Row]:
    """A row for each chip that holds the network: name, tiles, area, time of a batch, energy (of a sample), why (it could not be)."""
    found = []
    for name, chip in _chips(experiment):
        progress(name, 1.0)
        head = {"name": name, "tiles": tiles_of(chip), "area": area_of(chip)}
        try:
            found.append(head | _taken(experiment, chip, batch, memory))
        except InputError as error:
            found.append(head | {"time": None, "energy": None, "why": error.problems[0].message})
    return found


def _chips(experiment: Experiment) -> Iterator[tuple[str, Architecture]]:
    question = experiment.question
    chip = question.architecture
    needed = needed_tiles(experiment.workload, chip, question.mapping)
    if needed <= tiles_of(chip):
        yield "the whole network on this chip", chip
        return
    for way in (more_tiles(chip, needed), several_chips(chip, needed)):
        if way.chip is not None:
            yield way.name, way.chip


def _taken(experiment: Experiment, chip: Architecture, batch: int, memory: float) -> Row:
    question, workload = experiment.question, experiment.workload
    short = {"chips": 1, "repeats": 1, "times": question.times[:1], "stream": min(question.stream, batch)}
    own = Experiment(question.model_copy(update={"architecture": chip} | short), workload, threads=experiment.threads)
    whole = Round(workload.steps, (INPUT,), (workload.output,))
    cost = cost_of(own.play(own.map()), workload, whole, chip, memory)
    spent = cost.energy(batch)
    stays = cost.writing_energy + cost.leakage_writing * cost.writing_time
    return {"time": cost.samples(batch), "energy": (sum(spent.values()) - stays) / batch, "why": ""}


def area_of(chip: Architecture) -> float:
    """Area of a chip (m2)."""
    graph = chip.network.graph()
    tiles, routers = (sum(1 for _, kept in graph.nodes(data=kind) if kept) for kind in ("tile", "router"))
    return sum(area for _, area in chip.area_parts(tiles, routers).values())
