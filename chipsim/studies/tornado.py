"""What should be improved first? How the measures of a run change with every number of the chip.

Each number that is not 0 goes a step up and a step down, all others stay, and the run is made again with the same seeds. Of a measure y
and a number x,

    elasticity = dy/dx x/y       per cent of y for a per cent of x; dy/dx is the central difference (y+ - y-) / (x+ - x-)

A whole number goes by whole steps, a power of two to its neighbours where nothing nearer is allowed; where the two steps differ, the
elasticity is that of the logarithms, (ln y+ - ln y-) / (ln x+ - ln x-). Where one side is refused, the difference is one-sided.
Numbers are ranked by their gain: what a step in the better direction brought. Only steps that were run count, as they are: nothing is
scaled to another step, as it may be a cliff (one array, two arrays). The tables' keys, plain numbers in SI:

    measures   measure, unit, better (less, more), value, noise (standard error of an accuracy; 0 for all others)
    effects    measure, key, elasticity (None: the measure is 0), down, up (change for a step, None: refused; relative, of an accuracy in
               absolute terms), improve (less, more of the number; empty: neither), gain (of the measure by that step; 0 where it was not
               run), tried (False: that side is refused, only the other one says that it would be better), within_noise (a change of an
               accuracy that is less than two standard errors)
    numbers    key, value, unit, dimension, source, assumed, low, high (after a step down and up, None: refused), reason,
               affects (values, time, prices, report: what of a run depends on it, as in `facets`)
    refused    key, value, unit, reason: numbers for which both sides are refused

The noise of an accuracy is that of one run. Two runs with the same random numbers differ by less, so `within_noise` is said too often
rather than too seldom. Tables (lists of numbers) and what is zero are not varied; nor are keys that name something (a node, a seed).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

from chipsim.described import Described, numbers_of
from chipsim.errors import ChipsimError, InputError
from chipsim.experiment import Experiment
from chipsim.facets import FACETS, facet_of
from chipsim.studies.asked import ACCURACIES, Asked, better, chosen
from chipsim.tabular import Row, Tabular
from chipsim.validation.measures import unit_of

STEP = 0.1
MEASURES = ("energy", "latency", "interval", "area", "sustained_ops_per_watt", "sustained_ops_per_area")  # and accuracy
Progress = Callable[[str, float], None]
_NAMES = {"node", "seed"}  # numbers that name something
SURE = 2.0  # standard errors
ROUNDED = 0.02  # of a step: 203 of 2032 is 10 %
_TINY = 1e-9  # relative changes that are rounding


@final
@dataclass(frozen=True)
class TornadoStudy(Tabular):
    """How measures depend on the numbers of a chip; tables as in the docstring of this file."""

    name: str
    chip: str
    step: float
    seed: int
    age: float  # s after programming, of an accuracy
    samples: int  # of an accuracy
    runs: int  # programmed chips that an accuracy is the mean of
    measures: list[Row]
    effects: list[Row]
    numbers: list[Row]
    refused: list[Row]


@final
@dataclass(frozen=True)
class Side:
    """A number after a step, and what the run said; no answer where it was refused, with the reason."""

    value: float
    answer: dict[str, float] | None
    reason: str = ""


def study(
    experiment: Experiment,
    measures: Sequence[str] = (),
    step: float = STEP,
    only: Sequence[str] = (),
    progress: Progress = lambda text, share: None,
) -> TornadoStudy:
    """The study of an experiment's chip, of the numbers whose paths begin with `only`; InputError where the chip itself cannot be run,
    for a step that is none, and for a beginning of no number."""
    if not 0 < step < 1:
        raise InputError(f"--step {step:g}: expected more than 0 and less than 1, such as 10%")
    accuracy = ("accuracy",) if experiment.workload.spec.drawn == "" and experiment.workload.metric.column == "accuracy" else ()
    asked = Asked(experiment, measures or (*MEASURES, *accuracy))
    progress("as described", 0.0)
    base, noise = asked(), asked.noise
    numbers = [number for number in numbers_of(experiment.question.architecture) if number.steps[-1] not in _NAMES]
    wanted = chosen([number.path for number in numbers], only)
    numbers = [number for number in numbers if number.path in wanted]
    affects = {number.path: facet_of(f"architecture.{number.path}", asked.question) for number in numbers}
    found: list[tuple[Described, Side, Side]] = []
    for place, number in enumerate(sorted(numbers, key=lambda number: FACETS.index(affects[number.path]))):
        progress(number.path, (1 + place) / (1 + len(numbers)))
        found.append((number, _side(asked, number, step, -1), _side(asked, number, step, 1)))
    found.sort(key=lambda sides: numbers.index(sides[0]))
    kept = [(number, down, up) for number, down, up in found if down.answer or up.answer]
    effects = [_effect(measure, base, *sides, noise) for measure in asked.measures for sides in kept]
    return TornadoStudy(
        name=experiment.name, chip=experiment.question.architecture.name, step=step, seed=experiment.question.seed,
        age=asked.question.times[0], samples=asked.samples, runs=asked.runs,
        measures=[_measure(measure, base[measure], noise) for measure in asked.measures],
        effects=sorted(effects, key=lambda row: (asked.measures.index(row["measure"]), -row["gain"], -abs(row["elasticity"] or 0.0))),
        numbers=[_number(*sides) | {"affects": affects[sides[0].path]} for sides in kept],
        refused=[_refused(*sides) for sides in found if sides not in kept],
    )  # fmt: skip


def steps_of(value: float, step: float, sign: int) -> Iterator[float]:
    """Where a number may go in one step, the nearest first."""
    whole = isinstance(value, int)
    if not whole:
        yield value * (1 + sign * step)
    if whole or (float(value).is_integer() and abs(value) > 1):
        yield value + sign * math.copysign(max(1, round(abs(value) * step)), value)
    if abs(value) >= 1 and math.frexp(value)[0] in (0.5, -0.5) and (sign > 0 or abs(value) > 1):
        yield value * 2.0**sign


def _side(asked: Asked, number: Described, step: float, sign: int) -> Side:
    """The answer after a step; of several steps the first that is allowed."""
    reason, first = "", number.value
    for place, value in enumerate(steps_of(number.value, step, sign)):
        taken = int(value) if isinstance(number.value, int) else value
        try:
            return Side(taken, asked({number.steps: taken}))
        except ChipsimError as error:
            if place == 0:
                reason, first = str(error).partition("\n")[0], taken
    return Side(first, None, reason)


def elasticity(x: float, y: float, down: tuple[float, float] | None, up: tuple[float, float] | None) -> float | None:
    """dy/dx x/y at (x, y) between the points `down` and `up`, one of which may be missing; None where y is 0."""
    (x0, y0), (x1, y1) = down or (x, y), up or (x, y)
    if not y:
        return None
    one_sided = down is None or up is None
    if one_sided or math.isclose(x - x0, x1 - x, rel_tol=1e-9) or y0 * y1 <= 0 or x0 * x1 <= 0:
        return (y1 - y0) / (x1 - x0) * x / y
    return math.log(y1 / y0) / math.log(x1 / x0)


def _effect(measure: str, base: dict[str, float], number: Described, down: Side, up: Side, noise: float) -> Row:
    value, absolute = base[measure], measure in ACCURACIES
    ends = [(side.value, side.answer[measure]) if side.answer else None for side in (down, up)]
    changes = [None if end is None else _change(value, end[1], absolute) for end in ends]
    slope = elasticity(number.value, value, *ends) if any(changes) else 0.0
    gain, improve, tried = _best(measure, changes)
    return {
        "measure": measure, "key": number.path, "elasticity": slope, "down": changes[0], "up": changes[1], "improve": improve,
        "gain": gain, "tried": tried, "within_noise": absolute and 0 < max(abs(change or 0.0) for change in changes) < SURE * noise,
    }  # fmt: skip


def _best(measure: str, changes: list[float | None]) -> tuple[float, str, bool]:
    """The largest gain of a step that was run, on which side; else the side that is refused where the other one is worse (False)."""
    sign = -1.0 if better(measure) == "less" else 1.0
    gains = {word: sign * change for word, change in zip(("less", "more"), changes, strict=True) if change is not None}
    word = max(gains, key=lambda word: gains[word], default="")
    if word and gains[word] > 0:
        return gains[word], word, True
    if len(gains) == 1 and gains[word] < 0:
        return 0.0, "more" if word == "less" else "less", False
    return 0.0, "", True


def usual(number: Row, end: str, step: float) -> bool:
    """Whether a row of numbers went by the step that was wanted on the side `end` (low, high), but for rounding."""
    return number[end] is None or math.isclose(abs(number[end] / number["value"] - 1), step, rel_tol=ROUNDED)


def _change(before: float, after: float, absolute: bool) -> float | None:
    """What a step changes; rounding is no change, and what was 0 has no relative change."""
    if absolute or after == before:
        return after - before
    if before == 0:
        return None
    change = after / before - 1
    return change if abs(change) > _TINY else 0.0


def _measure(measure: str, value: float, noise: float) -> Row:
    row = {"measure": measure, "unit": unit_of(measure, runs=True), "better": better(measure), "value": value}
    return row | {"noise": noise if measure in ACCURACIES else 0.0}


def _number(number: Described, down: Side, up: Side) -> Row:
    ends = {"low": down.value if down.answer else None, "high": up.value if up.answer else None}
    return _named(number) | {
        "dimension": number.dimension.name if number.dimension else "", "source": number.source or "", "assumed": number.assumed,
        **ends, "reason": down.reason or up.reason,
    }  # fmt: skip


def _refused(number: Described, down: Side, up: Side) -> Row:
    return _named(number) | {"reason": up.reason or down.reason or "no step is possible"}


def _named(number: Described) -> Row:
    return {"key": number.path, "value": number.value, "unit": number.unit}
