"""What a sweep file says: an experiment, the axes along which it is changed, what is sought, and how.

    experiment: mlp.yaml                       # an experiment or a training: a file, or a block of its keys
    axes:
      - {key: architecture.tile.array.adc.bits, values: [6, 7, 8]}
      - {key: architecture.network.clock, low: 0.5 GHz, high: 2 GHz, points: 3, scale: log}
    objectives:
      - {minimise: energy}
      - {maximise: accuracy, at: 1 d}
    limits:
      - {measure: area, at_most: 100 mm2}
"""

from __future__ import annotations

from typing import Any, Literal, Self, final

from chipsim.spec import Spec, check
from chipsim.spec import key as entry
from chipsim.sweep.search import Grid, Search
from chipsim.units import Time, measured
from chipsim.workload.metrics.named import metric_measure

Number = str | int | float
LOOKED = 100_000  # numbers of points among which a better one is looked for
LARGEST = 10**12  # whole numbers of a range


@final
class Axis(Spec):
    """Values that one key takes, or several keys that change together; keys are counted from the top of the experiment."""

    key: str = entry("dotted path of the key, as for --set", default="")
    keys: tuple[str, ...] = entry("several keys that change together; each value is then a list with one value for each", default=())
    name: str = entry("name of the axis in tables; by default the last words of its key", default="")
    values: tuple[Any, ...] | None = entry("the values, as they would stand in the file: numbers with units, texts, blocks", default=None)
    labels: tuple[str, ...] | None = entry("names of the values in tables, for blocks", default=None)
    low: Number | None = entry("in place of values: the lowest", default=None)
    high: Number | None = entry("the highest", default=None)
    points: int | None = entry("how many values from low to high, both included; a search needs none", default=None, ge=1, le=100_000)
    scale: Literal["linear", "log"] = entry("how points and draws of a search are spread", default="linear")
    when: dict[str, Any] = entry("the axis exists only where these keys have these values (or one of a list)", default={})

    @check
    def _one_way_to_say_it(self) -> Self:
        if bool(self.key) == bool(self.keys):
            raise ValueError("key: an axis needs either 'key' or 'keys'")
        ends = (self.low is not None) + (self.high is not None)
        if (self.values is None and ends != 2) or (self.values is not None and ends):
            raise ValueError("values: an axis needs either 'values', or 'low' and 'high'")
        if self.values is None:
            self._check_range()
        else:
            self._check_values(self.values)
        return self

    def _check_values(self, values: tuple[Any, ...]) -> None:
        if not values:
            raise ValueError("values: is empty, expected at least one value")
        if self.points is not None or self.scale != "linear":
            name = "scale" if self.points is None else "points"
            raise ValueError(f"{name}: belongs to 'low' and 'high'; 'values' are taken as they are")
        if self.labels is not None and len(self.labels) != len(values):
            raise ValueError(f"labels: {len(self.labels)} for {len(values)} values; expected one for each")
        if self.labels is not None and len(set(self.labels)) != len(self.labels):
            raise ValueError("labels: one stands twice, expected a name of its own for each value")
        for number, value in enumerate(values if self.keys else ()):
            if not isinstance(value, (list, tuple)) or len(value) != len(self.keys):
                raise ValueError(f"values[{number}]: {value!r:.60}; expected a list of {len(self.keys)} values, one for each of 'keys'")
        first: dict[Any, int] = {}
        for number, value in enumerate(values):
            earlier = first.setdefault(repr(in_numbers(value)), number)
            if earlier != number:
                raise ValueError(f"values[{number}]: {value!r:.60} stands there already, as values[{earlier}]; leave one out")
        if not self.keys:
            self._check_units(values)

    def _check_units(self, values: tuple[Any, ...]) -> None:
        units = [(number, value, unit) for number, value in enumerate(values) if (unit := unit_of(value))]
        for number, value, unit in units:
            if unit != units[0][2]:
                raise ValueError(f"values[{number}]: '{value}' is in {unit}, but '{units[0][1]}' is in {units[0][2]}; expected one unit")

    def _check_range(self) -> None:
        if self.keys:
            raise ValueError("keys: several keys change together by 'values' only, a list with one value for each key")
        if self.labels is not None:
            raise ValueError("labels: belong to 'values'")
        (low, unit), (high, other) = self._end("low"), self._end("high")
        if unit != other and low and high:
            raise ValueError(f"high: '{self.high}' is {_in(other)}, but low '{self.low}' is {_in(unit)}; expected the same unit")
        if low >= high:
            raise ValueError(f"low: {self.low} is not below high, {self.high}; expected low < high")
        if self.scale == "log" and low <= 0:
            raise ValueError(f"low: {self.low} has no logarithm; a log range needs low above 0, or take 'scale: linear'")
        if self.whole and high - low >= LARGEST:
            raise ValueError(f"high: {high - low + 1:.3g} whole numbers are too many; give 'points'")
        if self.points == 1:
            raise ValueError("points: 1 is no range; expected at least 2, low and high, or 'values' with one value")
        if self.whole and self.points is not None and self.scale == "linear":
            self._check_whole(int(high - low), self.points)

    def _check_whole(self, span: int, points: int) -> None:
        """Whole numbers that are equally far from each other."""
        if span % (points - 1) == 0:
            return
        fewer = next(count for count in range(points - 1, 1, -1) if span % (count - 1) == 0)
        more = next((count for count in range(points + 1, min(span + 1, points + LOOKED) + 1) if span % (count - 1) == 0), None)
        take = f"{fewer} points" if more is None else f"{fewer} or {more} points"
        raise ValueError(f"points: {self.low} to {self.high} in {points} points are no whole numbers: take {take}, or 'values'")

    def _end(self, name: str) -> tuple[float, str]:
        try:
            return measured(getattr(self, name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}; expected a number with its unit") from None

    @property
    def whole(self) -> bool:
        """Whether it is a range of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def unit(self) -> str:
        """SI unit of its values; empty for counts and texts."""
        given = self.values if self.values is not None else (self.low, self.high)
        return "" if self.keys else next((unit for value in given if (unit := unit_of(value))), "")

    @property
    def paths(self) -> tuple[str, ...]:
        """The keys that it changes."""
        return self.keys or (self.key,)


def unit_of(value: Any) -> str:
    """The SI unit of a value such as `1 GHz`; empty for bare numbers, texts and blocks."""
    try:
        return measured(value)[1] if isinstance(value, str) else ""
    except ValueError:
        return ""


def in_numbers(value: Any) -> Any:
    """A value with quantities as SI numbers, so that `1 GHz` and `1000 MHz` are the same."""
    if isinstance(value, dict):
        return {name: in_numbers(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_numbers(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value), ""
    return (float(f"{measured(value)[0]:.12g}"), unit_of(value)) if unit_of(value) else value


def _in(unit: str) -> str:
    return f"in {unit}" if unit else "a bare number"


@final
class Objective(Spec):
    """What is to be small or large."""

    minimise: str = entry("a measure that is to be small", default="")
    maximise: str = entry("a measure that is to be large", default="")
    at: Time | None = entry("of an accuracy: the time after programming; by default the first", default=None)

    @check
    def _one_direction(self) -> Self:
        if bool(self.minimise) == bool(self.maximise):
            raise ValueError("minimise: an objective needs either 'minimise' or 'maximise'")
        return self

    @property
    def measure(self) -> str:
        """The measure."""
        return self.minimise or self.maximise


@final
class Limit(Spec):
    """What a good point must not exceed or fall below."""

    measure: str = entry("the measure", min_length=1)
    at: Time | None = entry("of an accuracy: the time after programming; by default the first", default=None)
    at_most: Number | None = entry("the largest allowed value, with its unit", default=None)
    at_least: Number | None = entry("the least allowed value, with its unit", default=None)

    @check
    def _a_bound(self) -> Self:
        if self.at_most is None and self.at_least is None:
            raise ValueError("at_most: a limit needs 'at_most' or 'at_least'")
        return self


@final
class Sweep(Spec):
    """An experiment or a training, run at many points."""

    experiment: str | dict[str, Any] = entry(
        "what is run: the path of an experiment, a training or a workload, or a block of its keys", default=""
    )
    name: str = entry("name of the sweep, of its folder; by default that of the file", default="")
    axes: tuple[Axis, ...] = entry("what is changed", min_length=1)
    measures: tuple[str, ...] = entry("further columns of the table: measures of a run or of its chip, such as area.adc", default=())
    objectives: tuple[Objective, ...] = entry("what is sought", default=())
    limits: tuple[Limit, ...] = entry("what a good point must keep", default=())
    repeats: int = entry("how often each point is run, each time with the next seed", default=1, ge=1, le=10_000)
    search: Search = entry("how points are chosen: grid (all of them), random, nsga2, tpe", default=Grid())

    @check
    def _a_search_seeks_something(self) -> Self:
        method = self.search
        if method.whole:
            return self
        if not self.objectives and (method.type_name != "grid" or method.prune):
            raise ValueError("search: nothing is sought; expected 'objectives', such as [{minimise: energy}]")
        if method.prune:
            sought = [*(one.measure for one in self.objectives), *(one.measure for one in self.limits)]
            if "accuracy" not in sought:
                raise ValueError("search: prune: accuracy is neither an objective nor a limit; all else is known without a cheap look")
            odd = [measure for measure in sought if "accuracy" in measure and measure != "accuracy"]
            odd += [measure for measure in sought if metric_measure(measure) and measure != "accuracy"]
            if odd:
                raise ValueError(f"search: prune: {odd[0]}: few samples bound an accuracy only; seek 'accuracy', or leave 'prune' out")
        return self
