"""All combinations of the values of the axes, in the order of the file, or some of them in random order."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, final

from chipsim.errors import InputError
from chipsim.sweep.description import Sweep
from chipsim.sweep.space import Point, names, point_of, values_of

if TYPE_CHECKING:
    from chipsim.sweep.search.method import Search
    from chipsim.sweep.search.score import Score

LARGEST = 1_000_000  # combinations that are shuffled as a whole; of more, numbers are drawn


@final
class Listed:
    """Points of a grid, one after the other."""

    def __init__(self, sweep: Sweep, method: Search) -> None:
        for number, axis in enumerate(sweep.axes):
            if axis.values is None and axis.points is None and not axis.whole:
                raise InputError(f"axes[{number}].points: a grid needs a number of points from 'low' to 'high'")
        self.sweep, self.names = sweep, names(sweep)
        self.values = [values_of(axis) for axis in sweep.axes]
        self.indices = _order(math.prod(map(len, self.values)), method)

    def ask(self, anew: bool) -> tuple[Any, Point] | None:
        """The next point; None after the last."""
        index = next(self.indices, None)
        if index is None:
            return None
        picks = []
        for found in reversed(self.values):
            index, pick = divmod(index, len(found))
            picks.append(pick)
        return None, point_of(self.sweep, self.names, self.values, picks[::-1])

    def put_aside(self, proposal: Any) -> None:
        """Nothing: two combinations may be one point, where a condition does not hold."""

    def tell(self, proposal: Any, score: Score) -> None:
        """Nothing: a grid does not learn."""

    def journal(self) -> str:
        """Nothing: this is no search."""
        return ""


def _order(total: int, method: Search) -> Iterator[int]:
    if method.trials is None:
        return iter(range(total))
    draw = random.Random(method.seed)
    if total <= LARGEST:
        return iter(draw.sample(range(total), total))
    return iter(lambda: draw.randrange(total), None)
