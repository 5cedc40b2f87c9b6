"""Training in simulated time, as far as it is played: what the mini-batches of a moment took, and what that says of everything.

    epoch:    time = T N / n,   energy = (E + P T) N / n          N samples, mini-batches of n; T, E: time and energy of a mini-batch,
                                                                  P: leakage of the chip
Means over the moments of the epoch, with their standard errors (training/moments.py). A mini-batch that is smaller counts for its part.
What a rule does seldom has moments of its own, and is added to the others for the share of mini-batches in which it happens.
Neither the test at the end of an epoch, nor the writing of the first weights, nor what a rule does before it begins is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

from chipsim.insitu.metrics import Pulsed, Spent, metrics, wear_rows
from chipsim.insitu.question import TrainingQuestion
from chipsim.learning import Lessons
from chipsim.mapping.mapping import Mapping
from chipsim.result import Row
from chipsim.summary import area_rows, leakage_rows
from chipsim.training.moments import Figures, Mean, Moment, Moments, mean, means
from chipsim.training.rules.rule import Footprint
from chipsim.training.work import StepWork

ALL = "all"  # the busiest circuit of all stages
LEAKAGE = "leakage"
NO_SUMS = ("samples", "batches", "latency", "critical_path", "fill")  # figures that what happens seldom adds nothing to
COUNTED = ("pulses", "reads", "operations")  # what is also counted in all mini-batches, played or not


@final
class TrainingClock:
    """A chip that learns, on the clock; InputError where it cannot, or has no room for the network."""

    def __init__(self, question: TrainingQuestion, mapping: Mapping, footprint: Footprint, samples: int, period: int = 1) -> None:
        """`samples`: of the training data; `period`: of what the rule does seldom, in samples."""
        self.lessons = Lessons(question.architecture, question.workload, mapping, footprint)
        self.samples = min(question.schedule.batch, samples)  # of a mini-batch that is played
        self.batches = samples / question.schedule.batch  # of an epoch
        self.moments = Moments(question.timing.moments, question.timing.batches, self.play, period)
        self._total, self._batch = samples, question.schedule.batch
        self.area, self.leakage = self._area(), self._leakage()
        self.power = float(sum(row["power"] for row in self.leakage))

    def play(self, works: Sequence[StepWork]) -> Figures:
        """What consecutive mini-batches took: figures for one mini-batch, by name."""
        played = self.lessons.play(works)
        found = _flat(Spent.of(played, works)) | {"latency": played.latency, "critical_path": played.critical_path}
        updates = [done for work in works for array in work.arrays for done in array.updates]
        found |= {name: sum(getattr(done, name) for done in updates) / played.batches for name in COUNTED} | {"batches": played.batches}
        found["fill"] = max((row["peak"] / row["room"] for row in played.stores if row["room"]), default=0.0)
        return found | {f"busiest/{stage}": time / played.batches for stage, time in _busiest(played.busy).items()}

    def blended(self, moments: Sequence[Moment]) -> list[Moment]:
        """The ordinary moments, each with its epoch's share of what happens seldom."""
        calm, special = [one for one in moments if not one.seldom], [one for one in moments if one.seldom]
        if not calm or not special:
            return list(moments)
        found = []
        for one in calm:
            own = [other for other in special if other.epoch == one.epoch] or special
            usual = means([other for other in calm if other.epoch == one.epoch])
            events = self.moments.events(self._total, self._batch, (one.epoch - 1) * self._total)
            share = len(events) / max(self._total // self._batch, 1) / len(own)
            figures = dict(one.figures)
            for name in {name for other in own for name in other.figures}.difference(NO_SUMS):
                surplus = sum(_times_of(name, other) * (other.figures.get(name, 0.0) - _value(usual, name)) for other in own)
                figures[name] = figures.get(name, 0.0) + share * surplus
            found.append(one._replace(figures=figures))
        return found

    def energy(self, found: Figures) -> float:
        """Energy of a mini-batch (J), leakage included."""
        return sum(value for name, value in found.items() if name.startswith("energy/")) + self.power * found["time"]

    def spent(self, moments: Sequence[Moment], epochs: float = 1.0) -> tuple[Mean, Mean]:
        """Time (s) and energy (J) of so many epochs, all like the moments."""
        batches, moments = epochs * self.batches, self.blended(moments)
        time, energy = mean([one.figures["time"] for one in moments]), mean([self.energy(one.figures) for one in moments])
        return _times(time, batches), _times(energy, batches)

    def metrics(self, moments: Sequence[Moment]) -> dict[str, float]:
        """Headline numbers, from the means over all moments."""
        moments, area = self.blended(moments), float(sum(row["area"] for row in self.area))
        latency = mean([one.figures["latency"] for one in moments]).value
        return metrics(self.lessons, _spent(moments), area, self.power) | {"area": area, "latency": latency}

    def wear_rows(self, moments: Sequence[Moment]) -> list[Row]:
        """Work and wear of each layer, from the means over all moments."""
        return wear_rows(self.lessons, _spent(self.blended(moments)))

    def energy_rows(self, moments: Sequence[Moment]) -> list[Row]:
        """Energy of one example by part, layer and stage with its standard error, zeros left out; leakage is a stage of its own."""
        rows: list[Row] = []
        for name, (value, error) in means(self._examples(moments)).items():
            kind, *where = name.split("/")
            if kind == "energy" and value:
                rows.append(dict(zip(("part", "layer", "stage"), where, strict=True)) | {"energy": value, "error": error})
        return sorted(rows, key=lambda row: (row["stage"], row["part"], row["layer"]))

    def stage_rows(self, moments: Sequence[Moment]) -> list[Row]:
        """Stages of one example: energy with its standard error, share of all, and how long the busiest circuit works on it."""
        examples = [one.figures for one in self._examples(moments)]
        sums = {stage: mean([_sum(found, stage) for found in examples]) for stage in _stages(examples)}
        total = sum(one.value for one in sums.values()) or 1.0
        return [
            {
                "stage": stage, "energy": value, "error": error, "share": value / total,
                "busy": mean([found.get(f"busiest/{stage}", 0.0) for found in examples]).value,
            }
            for stage, (value, error) in sums.items()
        ]  # fmt: skip

    def moment_row(self, seed: int, one: Moment) -> Row:
        """One moment for the table of them."""
        found = one.figures
        row: Row = {"seed": seed, "epoch": one.epoch, "sample": one.sample, "seldom": one.seldom, "interval": found["time"]}
        row |= {name: found[name] for name in ("latency", "critical_path", "fill")}
        return row | {"energy": self.energy(found)}

    def _examples(self, moments: Sequence[Moment]) -> list[Moment]:
        """The moments with their figures for one example, leakage among its energies."""
        found = []
        for one in self.blended(moments):
            leaked = {f"energy/{LEAKAGE}//{LEAKAGE}": self.power * one.figures["time"]} if self.power else {}
            found.append(one._replace(figures={name: value / self.samples for name, value in (one.figures | leaked).items()}))
        return found


    def _area(self) -> list[Row]:
        """Area of the whole chip by part, what the rule needs included."""
        lessons = self.lessons
        tile, learning, tiles = lessons.architecture.tile, lessons.costs.learning, lessons.tiles
        rows = area_rows(lessons.architecture, tiles, lessons.routers)
        own = learning.rule_area(tile.array, *lessons.costs.footprint)
        rows += [{"part": part, "count": tiles, "area": tiles * area} for part, area in own.items() if area]
        total = sum(row["area"] for row in rows)
        return [row | {"share": row["area"] / total} for row in rows]

    def _leakage(self) -> list[Row]:
        """Static power of the whole chip by part, what the rule needs included."""
        lessons = self.lessons
        own = lessons.costs.learning.rule_leakage(lessons.architecture.tile.array, lessons.costs.footprint.digital_bits)
        rows = leakage_rows(lessons.architecture, lessons.tiles, lessons.routers)
        return rows + [{"part": part, "power": lessons.tiles * power} for part, power in own.items() if power]


def _flat(spent: Spent) -> Figures:
    """What a mini-batch took as figures with names, of which means can be taken."""
    found: Figures = {"samples": spent.samples, "time": spent.time}
    found |= {f"energy/{row['part']}/{row['layer']}/{row['stage']}": row["energy"] for row in spent.energy}
    return found | {f"{name}/{layer}": value for layer, done in spent.updates.items() for name, value in done._asdict().items()}


def _spent(moments: Sequence[Moment]) -> Spent:
    """The mean mini-batch of all moments."""
    found = {name: one.value for name, one in means(moments).items()}
    energy: list[Row] = []
    for name, value in found.items():
        if name.startswith("energy/"):
            energy.append(dict(zip(("part", "layer", "stage"), name.split("/")[1:], strict=True)) | {"energy": value})
    layers = [name.partition("/")[2] for name in found if name.startswith("pulses/")]
    updates = {layer: Pulsed(*(found[f"{name}/{layer}"] for name in Pulsed._fields)) for layer in layers}
    return Spent(found["samples"], found["time"], energy, updates)


def _times_of(name: str, one: Moment) -> float:
    """How often a figure of a moment holds what one mini-batch did: times between ends of mini-batches are one fewer than those."""
    count = one.figures["batches"]
    return max(count - 1, 1.0) if name == "time" else count


def _value(found: dict[str, Mean], name: str) -> float:
    return found[name].value if name in found else 0.0


def _times(one: Mean, factor: float) -> Mean:
    return Mean(one.value * factor, None if one.error is None else one.error * factor)


def _stages(examples: Iterable[Figures]) -> list[str]:
    """The stages that have an energy, in order of their first appearance."""
    order = ("forward", "backward", "update", "transfer", LEAKAGE)
    names = {name.split("/")[3] for found in examples for name in found if name.startswith("energy/")}
    return [stage for stage in order if stage in names] + sorted(names.difference(order))


def _sum(found: Figures, stage: str) -> float:
    return sum(value for name, value in found.items() if name.startswith("energy/") and name.split("/")[3] == stage)


def _busiest(rows: Iterable[Row]) -> dict[str, float]:
    """How long the busiest circuit of each stage worked, and that of all of them."""
    sums: dict[tuple[str, str], float] = {}
    for row in rows:
        for stage in (row["stage"], ALL):
            sums[stage, row["track"]] = sums.get((stage, row["track"]), 0.0) + row["busy"]
    found: dict[str, float] = {}
    for (stage, _), time in sums.items():
        found[stage] = max(found.get(stage, 0.0), time)
    return found
