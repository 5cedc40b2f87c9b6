"""What a run was judged by, in words: values, losses and limits of its metric, the axis it is drawn on. By default accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from chipsim.report.wording import accuracy, interval, number, percent, plain, points
from chipsim.result import Result


@final
@dataclass(frozen=True)
class Judged:
    """A metric as a report needs it (see `metric` of a Result)."""

    name: str = "accuracy"
    called: str = "accuracy"
    higher: bool = True
    percent: bool = True
    least: float | None = 0.0
    most: float | None = 1.0

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> Judged:
        """The metric of facts as a Result keeps them; accuracy where there are none."""
        if not facts:
            return cls()
        name, called = (plain(facts.get(key) or "metric") for key in ("name", "called"))
        return cls(name, called, bool(facts.get("higher", True)), bool(facts.get("percent")), facts.get("least"), facts.get("most"))

    @classmethod
    def of(cls, result: Result) -> Judged:
        """What a run was judged by."""
        return cls.told(result.metric)

    @property
    def heading(self) -> str:
        """The name at the beginning of a line."""
        return self.called[:1].upper() + self.called[1:]

    @property
    def scale(self) -> float:
        """What a value is multiplied by on an axis."""
        return 100.0 if self.percent else 1.0

    @property
    def axis(self) -> str:
        """The name of an axis."""
        return f"{self.called} (%)" if self.percent else self.called

    @property
    def share(self) -> str:
        """What stands behind a name whose numbers are given without their unit."""
        return " (%)" if self.percent else ""

    def value(self, value: float) -> str:
        """`97.83 %`, or four digits of a number that is no share."""
        return percent(value, 2) if self.percent else number(value, 4)

    def mean(self, mean: float, spread: float, repeats: int) -> str:
        """`97.83 +- 0.12 %`; without the spread where there is one repeat, which has none."""
        if self.percent:
            return accuracy(mean, spread, repeats)
        return f"{number(mean, 4)} +- {number(spread, 2)}" if repeats > 1 else number(mean, 4)

    def worse(self, reference: float, value: float) -> float:
        """By how much a value is worse than the reference; a gain is negative."""
        return reference - value if self.higher else value - reference

    def difference(self, loss: float) -> str:
        """A loss: in points (hundredths) of a share, else as a number."""
        return points(loss) if self.percent else number(loss)

    def loss(self, reference: float, mean: float) -> str:
        """What is lost against the float network."""
        return self.difference(self.worse(reference, mean))

    def limits(self, low: float | None, high: float | None) -> str:
        """`97.60 - 98.05`; `-` where they are not known."""
        if low is None or high is None or self.percent:
            return interval(low, high)
        return f"{number(low, 4)} - {number(high, 4)}"

    def inside(self, value: float) -> float:
        """The nearest number that the metric can be."""
        value = value if self.least is None else max(value, self.least)
        return value if self.most is None else min(value, self.most)


ACCURACY = Judged()
