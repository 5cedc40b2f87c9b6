"""What every circuit of the periphery has: the area and leakage of one unit, and a cost for each thing it can do.

    cost of an action = (energy, latency, interval)

energy of all `count` items (J); latency from the first input to the last result (s); interval until the unit can take the
next batch (s). `takes` tells the times alone, for those who count actions and price them later. The figures are those of the
description; only where a `scaling` is named are they carried to another node. An energy, area or leakage of 0 means that it is not
counted here, such as when a tile gives the total of a measured core.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from chipsim.circuits.scaling import Factors, Scaling
from chipsim.errors import InputError, did_you_mean
from chipsim.spec import Spec, key
from chipsim.units import Area, Frequency, Power


class Cost(NamedTuple):
    """Energy of all items (J), latency until the last result is out (s), interval until the next batch may start (s)."""

    energy: float
    latency: float
    interval: float


class Takes(NamedTuple):
    """Latency until the last result is out (s), interval until the next batch may start (s)."""

    latency: float
    interval: float

    def then(self, other: Takes) -> Takes:
        """Both, one after the other, for one batch."""
        return Takes(self.latency + other.latency, self.interval + other.interval)


NO_TIME = Takes(0.0, 0.0)


class Circuit(Spec):
    """Base of the families of circuits."""

    actions: ClassVar[dict[str, str]] = {}
    """Names of the actions that `cost` knows, with their meaning."""

    area: Area = key("area of one unit, before any scaling", default=0.0, ge=0)
    leakage: Power = key("static power of one unit, before any scaling", default=0.0, ge=0)
    scaling: Scaling | None = key("carries the figures to another technology node; without it they stay as given", default=None)

    @property
    def factors(self) -> Factors:
        """What energy, area, delay and leakage are multiplied with: 1 without a scaling."""
        return self.scaling.factors if self.scaling else Factors()

    @property
    def unit_area(self) -> float:
        """Area of one unit after scaling (m2)."""
        return self.area * self.factors.area

    @property
    def unit_leakage(self) -> float:
        """Static power of one unit after scaling (W)."""
        return self.leakage * self.factors.leakage

    def cost(self, action: str, count: int = 1) -> Cost:
        """What doing `action` for `count` items takes; InputError for an unknown action or a negative count."""
        self._known(action, count)
        return Cost(self._energy(action, count), *self._times(action, count)) if count else Cost(0.0, 0.0, 0.0)

    def takes(self, action: str, count: int = 1) -> Takes:
        """The times of `cost`, without a look at its energy."""
        self._known(action, count)
        return Takes(*self._times(action, count)) if count else NO_TIME

    def _known(self, action: str, count: int) -> None:
        name = type(self).__name__
        if action not in self.actions:
            raise InputError(f"{name}.cost: unknown action '{action}' ({did_you_mean(action, self.actions)})")
        if count < 0:
            raise InputError(f"{name}.cost: {count} times '{action}'; expected a count of 0 or more")

    @property
    def batch(self) -> int:
        """Items of an action that keep one unit busy."""
        return 1

    @property
    def full_power(self) -> float:
        """Dynamic power of one unit that does the costliest of its actions all the time (W); 0 where an action takes no time."""
        return max(self._power(action) for action in self.actions)

    def _power(self, action: str) -> float:
        cost = self.cost(action, self.batch)
        return cost.energy / cost.interval if cost.interval > 0 else 0.0

    @abstractmethod
    def _energy(self, action: str, count: int) -> float:
        """Energy (J) of a known action for one item or more, scaling included."""

    @abstractmethod
    def _times(self, action: str, count: int) -> tuple[float, float]:
        """Latency and interval (s) of a known action for one item or more, scaling included."""


class ClockedCircuit(Circuit):
    """Base of digital circuits that take `lanes` items at every clock tick and return them `depth` ticks later."""

    lanes: int = key("items handled at the same time", default=1, ge=1)
    clock: Frequency = key("clock", default=1e9, gt=0, source="assumed; 1 GHz as in Khaddam-Aljameh et al., JSSC 2022")
    depth: int = key("clock ticks from an item to its result", default=1, ge=1, source="assumed")

    @property
    def batch(self) -> int:
        """All lanes at once."""
        return self.lanes

    @property
    def tick(self) -> float:
        """One clock period (s)."""
        return self.factors.delay / self.clock

    def _times(self, action: str, count: int) -> tuple[float, float]:
        return self._pipelined(-(-count // self.lanes))

    def _pipelined(self, batches: int) -> tuple[float, float]:
        """Latency and interval (s) of so many batches, one at each tick."""
        return (batches + self.depth - 1) * self.tick, batches * self.tick
