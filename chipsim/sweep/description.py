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
from chipsim.units import Time

Number = str | int | float


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
        ranged = self.low is not None and self.high is not None
        if (self.values is None) != ranged or ((self.low is None) != (self.high is None)):
            raise ValueError("values: an axis needs either 'values', or 'low' and 'high'")
        if self.values is not None and not self.values:
            raise ValueError("values: is empty, expected at least one value")
        if self.labels is not None and len(self.labels) != len(self.values or ()):
            raise ValueError(f"labels: {len(self.labels)} for {len(self.values or ())} values; expected one for each")
        if self.keys:
            self._check_linked()
        return self

    def _check_linked(self) -> None:
        for number, value in enumerate(self.values or ()):
            if not isinstance(value, (list, tuple)) or len(value) != len(self.keys):
                raise ValueError(f"values[{number}]: {value!r:.60}; expected a list of {len(self.keys)} values, one for each of 'keys'")

    @property
    def paths(self) -> tuple[str, ...]:
        """The keys that it changes."""
        return self.keys or (self.key,)


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
    """A sweep without its experiment, which is read beside it (`sweep.plan`)."""

    name: str = entry("name of the sweep, of its folder; by default that of the file", default="")
    axes: tuple[Axis, ...] = entry("what is changed", min_length=1)
    measures: tuple[str, ...] = entry("further columns of the table: measures of a run or of its chip, such as area.adc", default=())
    objectives: tuple[Objective, ...] = entry("what is sought", default=())
    limits: tuple[Limit, ...] = entry("what a good point must keep", default=())
    repeats: int = entry("how often each point is run, each time with the next seed", default=1, ge=1, le=10_000)
