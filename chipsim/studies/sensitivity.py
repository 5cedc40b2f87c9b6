"""Which non-ideality should be fixed first? At which value of each a network falls to 99 % of what the float network knows.

Each number of `sensitivity_terms.py` is made worse until A* (`sensitivity_judge.py`) is 0.99,

    alone     all other effects of the arrays switched off          on top    all others as the chip has them

found by bisection with an interval (`sensitivity_search.py`). margin = threshold / now, by what factor the chip's own number may get
worse (of bits: how much coarser the steps may be; of what is worse when it is smaller: now / threshold): below 1 it costs more than 1 %
already. Terms are ranked by the smaller of their two margins; where the chip has fallen whichever of them it is freed of, by what it
gains without them. Tables of plain numbers, None where there is nothing to say:

    networks   network, chip, topology, layers, weights, metric, percent (whether it is a share), samples, repeats, seed, age, late (s),
               reference, chance, ideal (A* of no term at all), least_error (A* of one sample, which no standard error is below),
               chip_kept, chip_error, late_kept, late_error (A* of the chip at the first and the last time), widened, stressed_by,
               stressed_to, stressed_unit, stressed_kept, stressed_error, judged
    terms      network, term, key, unit, rank, now, missing (why there is no such number), age; of `alone` and `top` each: verdict
               (found, already, never), value, low (surely kept), high (surely fallen), margin, beyond (margin at the last value
               tried, where it never falls); kept and kept_error (A* alone with the chip's own value), gain and gain_error (of A*
               of the chip without the term), layer_error (alone, at the threshold: relative error of a layer's output, mean of
               the layers), weight_error (programming error alone at the threshold, share of the conductance range)
    layers     network, and as in `sensitivity_layers.py`           exempted   likewise
    notes      network, note: what could not be switched off, what was assumed

Layers are compared on the chip as it is where that has fallen to 99 %. Else there is little to gain, and they are compared on a chip
that is `stressed` by one of the terms, twice as bad as at its threshold or one bit coarser: the first of those ranked that is a random
error (RANDOM), else the first that a layer can be freed of. What is cut off in one layer may make good what is cut off in the next.

All terms are judged at the first of the experiment's times; drift at the last. `widened`: alone, the ranges of the inputs are this many
times as wide as the chip's, where those would cost more than a quarter of a per cent by themselves. It stands for a training that finds
ranges; `input_range` is the term for what it would otherwise cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from chipsim.circuits.effects import Effect, without
from chipsim.circuits.encoding import Fixed
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.studies.sensitivity_judge import Estimate, Judge, covered_times
from chipsim.studies.sensitivity_layers import exempted_rows, layer_rows
from chipsim.studies.sensitivity_search import ALREADY, FOUND, NEVER, Threshold, threshold
from chipsim.studies.sensitivity_terms import TERMS, Setting, Term, alone, buildable, switches_of, weight_error
from chipsim.tabular import Row, Tabular
from chipsim.workload.graph import Workload
from chipsim.workload.layers import Recurrent
from chipsim.workload.metrics import ISO

SAMPLES, REPEATS = 1000, 3
NAMES = tuple(term.name for term in TERMS)
RANDOM = ("programming", "read_noise", "short_term_noise", "output_noise", "input_noise")
WIDEST = 256.0
_CLEAN = 1 - (1 - ISO) / 4  # A* of an otherwise ideal chip whose input ranges do not matter
Progress = Callable[[str, float], None]


@final
@dataclass(frozen=True)
class SensitivityStudy(Tabular):
    """What one or several networks bear on a chip; tables as in the docstring of this file."""

    name: str
    level: float
    networks: list[Row]
    terms: list[Row]
    layers: list[Row]
    exempted: list[Row]
    notes: list[Row]


def study(
    experiments: Sequence[Experiment],
    of: Sequence[str] = (),
    samples: int | None = None,
    repeats: int = REPEATS,
    progress: Progress = lambda text, share: None,
) -> SensitivityStudy:
    """The study of one or several networks, of the terms named `of` (none: all), on the first `samples` samples of each.

    InputError for an unknown term, for drawn weights, and where a network is no better than chance.
    """
    for name in of:
        if name not in NAMES:
            raise InputError(f"--of: '{name:.40}' is no non-ideality that can be scaled ({did_you_mean(name, NAMES)})")
    if repeats < 1 or (samples is not None and samples < 1):
        raise InputError(f"sensitivity: {samples} samples and {repeats} repeats; expected 1 or more of each")
    terms = [term for term in TERMS if not of or term.name in of]
    parts = [_Network(experiment, terms, samples, repeats) for experiment in experiments]
    for place, part in enumerate(parts):
        part.run(lambda text, share, place=place: progress(text, (place + share) / len(parts)))  # type: ignore[misc]
    return SensitivityStudy(
        name=", ".join(part.name for part in parts), level=ISO, networks=[part.row for part in parts],
        terms=[row for part in parts for row in part.terms], layers=[row for part in parts for row in part.layers],
        exempted=[row for part in parts for row in part.exempted], notes=[row for part in parts for row in part.notes],
    )  # fmt: skip


def topology(workload: Workload) -> str:
    """What kind of network it is, by the kinds of its layers: recurrent, attention, convolutional or fully connected."""
    kinds = {layer.type_name for layer in workload.layers.values()}
    if any(isinstance(layer, Recurrent) for layer in workload.layers.values()):
        return "recurrent"
    if kinds & {"attention", "product"}:
        return "attention"
    return "convolutional" if "conv2d" in kinds else "fully connected"


@final
class _Network:
    """The study of one network."""

    def __init__(self, experiment: Experiment, wanted: Sequence[Term], samples: int | None, repeats: int) -> None:
        workload, question = experiment.workload, experiment.question
        if workload.spec.drawn:
            drawn = f"the {workload.spec.drawn} of '{workload.name}' are drawn"
            raise InputError(f"sensitivity: {drawn}, so it has no accuracy to lose; name files")
        most = len(workload.inputs)
        if samples is not None and samples > most:
            raise InputError(f"--samples {samples}: the data of '{workload.name}' has {most}; expected at most as many")
        self.name, self.wanted, self.question = experiment.name, wanted, question
        self.judge = Judge(experiment, samples or question.samples or min(SAMPLES, most), repeats)
        self.array = question.architecture.tile.array
        self.switches, reasons = switches_of(self.array)
        self.notes: list[Row] = [{"network": self.name, "note": f"stays on: {reason}"} for reason in reasons]
        covered = covered_times(question)
        if len(covered) < len(question.times):
            told = f"device type '{self.array.cell.device.type_name}' does not cover all of the times; those that it does are taken"
            self.notes.append({"network": self.name, "note": told})
        self.ages = {False: covered[0], True: covered[-1]}
        self.row: Row = {}
        self.terms: list[Row] = []
        self.layers: list[Row] = []
        self.exempted: list[Row] = []

    def run(self, progress: Progress) -> None:
        """All tables."""
        progress(f"{self.name}: as described", 0.0)
        chip = {late: self.judge(Setting(self.array), age) for late, age in self.ages.items()}
        widened, ideal = self._ideal()
        for place, term in enumerate(self.wanted):
            progress(f"{self.name}: {term.name}", 0.05 + 0.75 * place / len(self.wanted))
            self.terms.append({"network": self.name} | self._term(term, chip[term.late], ideal, widened))
        _rank(self.terms)
        stress, setting = self._stress(chip[False])
        age = self.ages[False]
        base = self.judge(setting, age) if stress["stressed_by"] else chip[False]
        rows = layer_rows(self.judge, setting, age, self.switches, base, lambda text, part: progress(text, 0.8 + 0.1 * part))
        best = exempted_rows(self.judge, setting, age, self.switches, rows, ISO, lambda text, part: progress(text, 0.9 + 0.1 * part))
        self.layers, self.exempted = ([{"network": self.name} | row for row in table] for table in (rows, best))
        self.row = self._row(chip, ideal, widened) | stress | {"stressed_kept": base.mean, "stressed_error": base.error}

    def _stress(self, chip: Estimate) -> tuple[Row, Setting]:
        """What a chip on which layers can be told apart is made of: the term, its value and unit, the setting."""
        named = {term.name: term for term in self.wanted if term.effect in self.switches and not term.late}
        ranked = [row for row in self.terms if row["top_verdict"] == FOUND and row["term"] in named]
        ranked.sort(key=lambda row: row["term"] not in RANDOM)
        first = ranked[0] if ranked and chip.mean >= ISO else None
        if first is None:
            return {"stressed_by": "", "stressed_to": None, "stressed_unit": ""}, Setting(self.array)
        term = named[first["term"]]
        value = first["top_value"] - 1 if term.scale == "bits" else first["top_value"] * (0.5 if term.falling else 2.0)
        value = max(value, term.values[-1]) if term.falling else min(value, term.values[-1])
        return {"stressed_by": term.name, "stressed_to": value, "stressed_unit": term.unit}, term.put(Setting(self.array), value)

    def _ideal(self) -> tuple[float, Estimate]:
        """The factor on the input ranges without which nothing alone could be judged, and A* of the chip with nothing else."""
        setting = Setting(without(self.array, self.switches), exempt=_unwritten(self.switches))
        widened, found = 1.0, self.judge(setting, self.ages[False])
        while found.mean < _CLEAN and isinstance(self.array.input_scaling, Fixed) and widened < WIDEST:
            widened *= 2
            found = self.judge(setting._replace(inputs=widened), self.ages[False])
        if widened > 1:
            note = f"the inputs are cut off by their range; alone, terms are judged with ranges {widened:g} times as wide"
            self.notes.append({"network": self.name, "note": note})
        return widened, found

    def _term(self, term: Term, chip: Estimate, ideal: Estimate, widened: float) -> Row:
        """The row of a term; without numbers where the chip does not have it."""
        own, possible, missing = self._alone(term, widened)
        row: Row = {"term": term.name, "key": term.key, "unit": term.unit, "rank": None, "now": None, "missing": missing}
        row["age"] = self.ages[term.late]
        if missing:
            return row | _side("alone", None, None) | _side("top", None, None) | dict.fromkeys(_COSTS)
        row["now"] = now = term.now(self.array)
        values, start = self._on_top(term, now, chip)
        single, above = self._search(term, own, possible, ideal), self._search(term, Setting(self.array), values, start)
        sides = _side("alone", term, single, now, possible) | _side("top", term, above, now, values)
        return row | sides | self._costs(term, own, now, single) | self._gain(term, chip, start)

    def _alone(self, term: Term, widened: float) -> tuple[Setting, tuple[float, ...], str]:
        """The chip with nothing but a term, the values that it can have, and why it has none."""
        if reason := term.missing(self.array):
            return Setting(self.array), (), reason
        own = alone(self.array, term, self.switches)
        own = own if term.name == "input_range" else own._replace(inputs=widened)
        possible, reason = buildable(term, own, term.values)
        return own, possible, "" if possible else reason

    def _search(self, term: Term, setting: Setting, values: Sequence[float], zero: Estimate) -> Threshold:
        def judged(value: float) -> Estimate:
            return self.judge(term.put(setting, value), self.ages[term.late], level=ISO)

        return threshold(values, judged, zero, ISO, term.scale == "bits")

    def _costs(self, term: Term, own: Setting, now: float, single: Threshold) -> Row:
        """What a term costs alone at the chip's own value, and how large the errors are at its threshold."""
        age, value = self.ages[term.late], single.value
        kept = self.judge(term.put(own, now) if now else term.off(own), age)
        error = None if value is None else self.judge.layer_error(term.put(own, value), age)
        share = weight_error(self.array.cell.device, value) if term.name == "programming" and value else None
        return {"kept": kept.mean, "kept_error": kept.error, "layer_error": error, "weight_error": share}

    def _gain(self, term: Term, chip: Estimate, start: Estimate) -> Row:
        """What A* gains without the term; nothing is known of what no effect can be switched off for."""
        gain, error = None, None
        if term.effect is not None:
            without_it = self.judge(term.off(Setting(self.array)), self.ages[term.late]) if term.from_now else start
            gain, error = without_it.gain_over(chip)
        return {"gain": gain, "gain_error": error}

    def _on_top(self, term: Term, now: float, chip: Estimate) -> tuple[tuple[float, ...], Estimate]:
        """The values to try on top of the rest, and A* before the first of them."""
        whole = Setting(self.array)
        possible, _ = buildable(term, whole, term.values)
        if not term.from_now:
            return possible, self.judge(term.off(whole), self.ages[term.late])
        return tuple(value for value in possible if (value < now if term.falling else value > now)), chip

    def _row(self, chip: dict[bool, Estimate], ideal: Estimate, widened: float) -> Row:
        judge, workload = self.judge, self.judge.workload
        if not judge.chance_is_known:
            note = f"metric '{workload.metric.type_name}' does not know what chance is; 0 was taken"
            self.notes.append({"network": self.name, "note": note})
        return {
            "network": self.name, "chip": self.question.architecture.name, "topology": topology(workload), "layers": len(self.layers),
            "weights": sum(row["weights"] for row in self.layers), "metric": workload.metric.called, "percent": workload.metric.percent,
            "samples": judge.samples, "least_error": judge.least_error,
            "repeats": judge.repeats, "seed": self.question.seed, "age": self.ages[False], "late": self.ages[True],
            "reference": judge.reference, "chance": judge.chance, "ideal": ideal.mean, "chip_kept": chip[False].mean,
            "chip_error": chip[False].error, "late_kept": chip[True].mean, "late_error": chip[True].error, "widened": widened,
            "judged": judge.judged,
        }  # fmt: skip


_COSTS = ("kept", "kept_error", "gain", "gain_error", "layer_error", "weight_error")
_SIDE = ("verdict", "value", "low", "high", "margin", "beyond")


def _unwritten(switches: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(effect for effect in switches if effect == "programming")


def _side(name: str, term: Term | None, found: Threshold | None, now: float = 0.0, values: Sequence[float] = ()) -> Row:
    """The columns of one of the two searches; a number that the chip does not have has no margin."""
    if term is None or found is None:
        return {f"{name}_{key}": None for key in _SIDE}
    margin = term.margin(now, found.value) if found.verdict == FOUND and found.value and now else None
    beyond = term.margin(now, values[-1]) if found.verdict == NEVER and now and values else None
    cells = (found.verdict, found.value, found.low, found.high, margin, beyond)
    return {f"{name}_{key}": cell for key, cell in zip(_SIDE, cells, strict=True)}


def smallest_margin(row: Row) -> float:
    """The smaller of the margins of a term; infinite where it has none."""
    found = [row[f"{side}_margin"] for side in ("alone", "top") if row[f"{side}_margin"] is not None]
    return min(found, default=float("inf"))


def fallen(rows: Sequence[Row]) -> bool:
    """Whether the chip is below the level whichever one of its terms it is freed of, so that nothing can be said on top of the rest."""
    return bool(found := [row for row in rows if not row["missing"]]) and all(row["top_verdict"] == ALREADY for row in found)


def _rank(rows: list[Row]) -> None:
    """Rank the terms that have a margin, then those never falling, not on this chip, not applicable; by gain where all have fallen."""
    if fallen(rows):
        rows.sort(key=lambda row: (bool(row["missing"]), not row["now"], row["gain"] is None, -(row["gain"] or 0.0)))
        for place, row in enumerate(row for row in rows if row["now"] and row["gain"] is not None):
            row["rank"] = place + 1
        return
    rows.sort(key=lambda row: (smallest_margin(row), bool(row["missing"]), row["alone_verdict"] != ALREADY, not row["now"]))
    for place, row in enumerate(row for row in rows if smallest_margin(row) < float("inf")):
        row["rank"] = place + 1
