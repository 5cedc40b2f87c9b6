"""A choice among the nodes of a network: by number, or in a regular pattern.

    named, and first, first + every, first + 2 every, ...

On a grid nodes are counted along the rows, so with 8 columns `every: 4, first: 3` means the columns 3 and 7.
"""

from __future__ import annotations

from typing import Self, final

from chipsim.errors import InputError
from chipsim.spec import Spec, check, key


@final
class Nodes(Spec):
    """Nodes by number, in a pattern, or both."""

    named: tuple[int, ...] = key("numbers of nodes", default=())
    every: int | None = key("distance of the nodes of a pattern in the order of their numbers", default=None, ge=1)
    first: int = key("first node of the pattern", default=0, ge=0)

    def among(self, count: int, where: str) -> tuple[int, ...]:
        """The chosen ones of `count` nodes, in rising order; InputError for one that does not exist, at `where` in the description."""
        beyond = [node for node in self.named if not 0 <= node < count]
        if beyond or self.first >= count:
            wrong = beyond[0] if beyond else self.first
            raise InputError(f"{where}.{'named' if beyond else 'first'}: the network has no node {wrong}; expected 0 to {count - 1}")
        pattern = range(self.first, count, self.every) if self.every else ()
        return tuple(sorted({*self.named, *pattern}))

    @check
    def _chooses_some(self) -> Self:
        if not self.named and self.every is None:
            raise ValueError("no node is chosen; give their numbers under `named`, or a pattern with `every`")
        if self.first and self.every is None:
            raise ValueError(f"first {self.first} is given, but no `every`: there is no pattern to begin")
        return self
