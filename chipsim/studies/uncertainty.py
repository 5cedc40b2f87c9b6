"""How much of an answer hangs on assumed numbers: all of them drawn at once, the run made again for each draw.

Numbers that are assumed lie in the range that the description gives them (`ranges`), else within a factor FACTOR both ways (bits: one
more or less), on the sides on which the description allows that while all others stay. They are drawn independently, evenly in their
logarithm (in the number itself where its range holds 0), by a Latin hypercube: of N draws one lies in each N-th of every number's range.
M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21, 239, 1979, DOI 10.1080/00401706.1979.10489755. All else stays, the random
numbers of the runs too.

Which numbers the width hangs on says a linear model of the logarithms (of an accuracy: of the accuracy itself),

    ln y = c + sum_j b_j ln x_j + rest,    share_j = b_j cov(ln x_j, ln y) / var(ln y)

For independent numbers that is r_j^2, r_j the standardised slope; in any draws the shares add up to R^2. Of N draws and p numbers the
model explains 1 - (1 - R^2) (N - 1) / (N - p - 1) (adjusted: N numbers fit any N draws). With s_j the standard error of r_j, the share of
a number that does not matter is s_j^2 chi^2; so, with the correlation of the draws by chance,

    error_j^2 = 4 r_j^2 s_j^2 + 2 s_j^4 + r_j^2 (R^2 - r_j^2) / N        a share is sure where it is more than SURE errors

There are no shares of fewer than SHARED draws for each number. What knowing a number would leave is not inferred but run: all draws again
with this number as described, for the first sure numbers of the measures, KNOWN at the most. The tables' keys, plain numbers in SI:

    measures   measure, unit, better, value (as described), low, middle, high (5, 50, 95 % quantiles), width (high / low; of an accuracy
               high - low), explained (adjusted R^2, at least 0; None where nothing varies, or there are no shares)
    shares     measure, key, share, error, sure, slope (b_j), left (the width with this number alone as described; None: not run)
    numbers    key, value, unit, low, high, origin (described, assumed, cut), source
    refused    draw, reason

Not drawn: numbers with a source, unless the description gives them a range; networks, data, programming and comparators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.described import Described, Steps, numbers_of, with_numbers
from chipsim.errors import ChipsimError, InputError
from chipsim.experiment import Experiment
from chipsim.studies.asked import ACCURACIES, Asked, better, chosen
from chipsim.tabular import Row, Tabular
from chipsim.validation.measures import unit_of

DRAWS = 200
FACTOR = 2.0  # of an assumed range, both ways
MEASURES = ("energy", "latency", "area", "power", "sustained_ops_per_watt", "sustained_ops_per_area")
Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]
_FIRST, _LAST = 0.05, 0.95  # quantiles
_EACH = 2  # draws for each number at the least
SHARED = 5  # draws for each number at the least where shares are told: else a linear model fits anything
SURE = 2.0  # standard errors
KNOWN = 3  # numbers at the most that are taken as known


@final
class Uncertain(NamedTuple):
    """A number and between what and what it lies; where that is from: described, assumed, or cut (assumed, and not on both sides)."""

    number: Described
    low: float
    high: float
    origin: str

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense here."""
        value = self.number.value
        return isinstance(value, int) or (self.number.unit == "b" and float(value).is_integer())

    @property
    def logarithmic(self) -> bool:
        """Whether it is drawn evenly in its logarithm."""
        return self.low * self.high > 0

    def at(self, share: float) -> float:
        """The number below which `share` of the range lies (0 to 1)."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        if low * high > 0:
            value = math.copysign(math.exp(math.log(abs(low)) + share * math.log(high / low)), low)
        else:
            value = low + share * (high - low)
        if not self.whole:
            return min(max(value, self.low), self.high)
        return type(self.number.value)(min(max(round(value), self.low), self.high))


@final
@dataclass(frozen=True)
class UncertaintyStudy(Tabular):
    """What assumed numbers make of the measures; tables as in the docstring of this file."""

    name: str
    chip: str
    draws: int
    answers: int
    seed: int
    samples: int  # of an accuracy
    runs: int  # programmed chips that an accuracy is the mean of
    age: float  # s after programming, of an accuracy
    measures: list[Row]
    shares: list[Row]
    numbers: list[Row]
    refused: list[Row]


def study(
    experiment: Experiment,
    measures: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
    only: Sequence[str] = (),
    progress: Progress = lambda text, share: None,
) -> UncertaintyStudy:
    """The study of an experiment's chip, of the numbers whose paths begin with `only`.

    InputError where nothing is assumed, for a beginning of no such number, for too few draws, and where too few of them can be run.
    """
    numbers = uncertain(experiment.question.architecture)
    if not numbers:
        raise InputError("uncertainty: no number of the chip is assumed or has a range; give `ranges` to those that are uncertain")
    wanted = chosen([number.number.path for number in numbers], only)
    numbers = [number for number in numbers if number.number.path in wanted]
    least = _EACH * len(numbers)
    if draws < least:
        raise InputError(f"--samples {draws}: {len(numbers)} numbers are drawn; expected at least {least}, {_EACH} for each")
    asked = Asked(experiment, measures or MEASURES)
    progress("as described", 0.0)
    base = asked()
    cube = hypercube(len(numbers), draws, seed)
    taken, answers, refused = _answers(asked, numbers, cube, _told(progress, draws, 0))
    if len(answers) < least:
        few = f"uncertainty: only {len(answers)} of {draws} draws can be run; give closer `ranges`, or draw fewer numbers with --only"
        raise InputError(f"{few}; the first that cannot: {refused[0]['reason']}")
    found = _columns(asked, answers)
    inputs = np.column_stack([_straight(*column) for column in zip(numbers, taken.T, strict=True)])
    fits = {measure: _Fit.of(inputs, values, measure in ACCURACIES) for measure, values in found.items()}
    shares = [row for measure in found for row in _shares(measure, numbers, fits[measure])]
    for rank, place in enumerate(_leaders(shares, numbers)):
        _, known, _ = _answers(asked, numbers, cube, _told(progress, draws, 1 + rank), place)
        for row in shares:
            if row["key"] == numbers[place].number.path and len(known) >= least:
                row["left"] = _width(_columns(asked, known)[row["measure"]], fits[row["measure"]].logarithmic)
    return UncertaintyStudy(
        name=experiment.name, chip=experiment.question.architecture.name, draws=draws, answers=len(answers), seed=seed,
        samples=asked.samples, runs=asked.runs, age=asked.question.times[0],
        measures=[_measure(measure, base[measure], found[measure], fits[measure]) for measure in found],
        shares=shares, numbers=[_number(number) for number in numbers], refused=refused,
    )  # fmt: skip


def _told(progress: Progress, draws: int, before: int) -> Progress:
    """Progress of one round of draws, after `before` others."""
    return lambda text, share: progress(text, (1 + draws * (before + share)) / (1 + draws * (1 + KNOWN)))


def _columns(asked: Asked, answers: Sequence[dict[str, float]]) -> dict[str, Floats]:
    return {measure: np.array([answer[measure] for answer in answers]) for measure in asked.measures}


def _leaders(shares: Sequence[Row], numbers: Sequence[Uncertain]) -> list[int]:
    """Places of the numbers with the largest share of a measure, where that is sure."""
    first: dict[str, Row] = {}
    for row in shares:
        first.setdefault(row["measure"], row)
    paths = [number.number.path for number in numbers]
    return [paths.index(key) for key in dict.fromkeys(row["key"] for row in first.values() if row["sure"])][:KNOWN]


def uncertain(chip: Architecture) -> list[Uncertain]:
    """The numbers of a chip that are drawn, with their ranges; not those that can only be what they are."""
    found = [_allowed(chip, _ranged(number)) for number in numbers_of(chip) if number.assumed or number.ends]
    return [number for number in found if number.low < number.high]


def _ranged(number: Described) -> Uncertain:
    if number.ends:
        return Uncertain(number, *number.ends, "described")
    value = number.value
    ends = [value / FACTOR, value * FACTOR]
    if isinstance(value, int):
        ends = [value - 1, value + 1] if "bits" in str(number.steps[-1]) else [math.ceil(value / FACTOR), round(value * FACTOR)]
    low, high = sorted(ends)
    least, most = number.limits
    return Uncertain(number, low if least is None else max(low, least), high if most is None else min(high, most), "assumed")


def _allowed(chip: Architecture, range_: Uncertain) -> Uncertain:
    """An assumed range without the side on which the description refuses its end while all other numbers stay."""
    if range_.origin != "assumed":
        return range_
    low, high = (_end(chip, range_, end) for end in (range_.low, range_.high))
    cut = not (math.isclose(low, range_.low) and math.isclose(high, range_.high))
    return Uncertain(range_.number, low, high, "cut" if cut else "assumed")


def _end(chip: Architecture, range_: Uncertain, end: float) -> float:
    """An end of a range, or a place just before it (where a key is to be less than 1, say), or the number itself."""
    value = range_.number.value
    for place in (end,) if range_.whole else (end, end + (value - end) * 1e-9):
        try:
            with_numbers(chip, {range_.number.steps: place})
            return place
        except InputError:
            continue
    return value


def hypercube(numbers: int, draws: int, seed: int) -> Floats:
    """Latin hypercube (draws, numbers): in every column one share of 0 to 1 in each of `draws` equal intervals."""
    random = np.random.default_rng(seed)
    places = random.permuted(np.tile(np.arange(draws)[:, None], (1, numbers)), axis=0)
    found: Floats = (places + random.random((draws, numbers))) / draws
    return found


def _answers(
    asked: Asked, numbers: Sequence[Uncertain], shares: Floats, progress: Progress, known: int | None = None
) -> tuple[Floats, list[dict[str, float]], list[Row]]:
    """Numbers drawn (answers, numbers), what the runs say, and which draws were refused; the number `known` is as described in all."""
    taken, answers, refused = [], [], []
    again = "" if known is None else f" with {numbers[known].number.path} known"
    for draw, row in enumerate(shares):
        progress(f"draw {draw + 1} of {len(shares)}{again}", draw / len(shares))
        values = [number.at(float(share)) for number, share in zip(numbers, row, strict=True)]
        changes: dict[Steps, float] = {number.number.steps: value for number, value in zip(numbers, values, strict=True)}
        if known is not None:
            del changes[numbers[known].number.steps]
        try:
            answers.append(asked(changes))
            taken.append(values)
        except ChipsimError as error:
            refused.append({"draw": draw, "reason": str(error).partition("\n")[0]})
    return np.array(taken, np.float64).reshape(len(taken), len(numbers)), answers, refused


def _straight(number: Uncertain, values: Floats) -> Floats:
    """Drawn numbers on the scale on which they are even."""
    return np.log(np.abs(values)) if number.logarithmic else values


@final
class _Fit(NamedTuple):
    """A linear model of one measure: slopes, shares of the variance with their errors, whether of logarithms, what it explains."""

    slopes: Floats
    shares: Floats
    errors: Floats
    logarithmic: bool
    explained: float | None

    @classmethod
    def of(cls, inputs: Floats, found: Floats, absolute: bool) -> _Fit:
        logarithmic = not absolute and bool(found.min() > 0)
        values = np.log(found) if logarithmic else found
        draws, count = inputs.shape
        total, nothing = float(np.var(values)), np.zeros(count)
        if total <= (1e-12 * float(np.abs(values).max())) ** 2 or draws < max(SHARED * count, count + 2):
            return cls(nothing, nothing, nothing, logarithmic, None)
        centred, values = inputs - inputs.mean(axis=0), values - values.mean()
        slopes: Any = np.linalg.lstsq(centred, values, rcond=None)[0]
        rest = float(np.var(values - centred @ slopes)) / total
        shares, spread = slopes * (values @ centred) / draws / total, np.var(centred, axis=0)
        squares = slopes**2 * spread / total
        noise = np.diag(np.linalg.pinv(centred.T @ centred)) * spread * rest * draws / (draws - count - 1)
        errors = np.sqrt(4 * squares * noise + 2 * noise**2 + squares * np.maximum(1 - rest - squares, 0) / draws)
        return cls(slopes, shares, errors, logarithmic, max(1 - rest * (draws - 1) / (draws - count - 1), 0.0))


def _width(found: Floats, logarithmic: bool) -> float:
    """How far the quantiles are apart: of positive measures their quotient."""
    low, high = (float(end) for end in np.quantile(found, (_FIRST, _LAST)))
    return high / low if logarithmic and low > 0 else high - low


def _measure(measure: str, value: float, found: Floats, fit: _Fit) -> Row:
    low, middle, high = (float(end) for end in np.quantile(found, (_FIRST, 0.5, _LAST)))
    row = {"measure": measure, "unit": unit_of(measure, runs=True), "better": better(measure), "value": value}
    return row | {"low": low, "middle": middle, "high": high, "width": _width(found, fit.logarithmic), "explained": fit.explained}


def _shares(measure: str, numbers: Sequence[Uncertain], fit: _Fit) -> list[Row]:
    if fit.explained is None:
        return []
    return [
        {"measure": measure, "key": numbers[place].number.path, "share": float(fit.shares[place]), "error": float(fit.errors[place]),
         "sure": bool(fit.shares[place] > SURE * fit.errors[place]), "slope": float(fit.slopes[place]), "left": None}
        for place in np.argsort(-fit.shares, kind="stable")
    ]  # fmt: skip


def _number(number: Uncertain) -> Row:
    told = number.number
    return {"key": told.path, "value": told.value, "unit": told.unit, "low": number.low, "high": number.high, "origin": number.origin,
            "source": told.source or ""}  # fmt: skip
