"""All combinations of the values of the axes; or, with `trials`, that many of them in random order."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from chipsim.spec import key
from chipsim.sweep.search.method import Proposer, Search

if TYPE_CHECKING:
    from chipsim.sweep.description import Sweep


@final
class Grid(Search, type="grid"):
    """Every point, or a part of all points without preference."""

    batch: int = key("points that are proposed at once, where there is something to choose", default=20, ge=1, le=10_000)

    @property
    def size(self) -> int:
        return self.batch

    @property
    def whole(self) -> bool:
        return self.trials is None and self.prune is None

    def proposer(self, sweep: Sweep) -> Proposer:
        from chipsim.sweep.search.listed import Listed  # here, as it knows the description of a sweep, which holds this method

        return Listed(sweep, self)
