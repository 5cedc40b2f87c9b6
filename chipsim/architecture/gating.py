"""Power gating of tiles: how much of their leakage is left while they have nothing to do.

    static power of the tiles = P (s unused + sum over used tiles of (u + (1 - u) idle)) / n

P leakage of all n tiles (W); s tiles that hold nothing; u share of the time for which the arrays of a tile work: the sum over its arrays,
at most 1. Clock gating needs no key: a part with `power` is charged while an array works. Not modelled: time and energy of waking up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from chipsim.spec import Spec, key


@final
class Gating(Spec):
    """Shares of a tile's leakage."""

    unused: float = key("share of the leakage left in tiles that hold nothing", default=1.0, ge=0, le=1)
    idle: float = key("share of the leakage left while the arrays of a used tile do nothing", default=1.0, ge=0, le=1)

    def awake(self, used: Iterable[float], tiles: int) -> float:
        """Share of the leakage of `tiles` tiles that is left; `used` are the shares of time for which each used tile works."""
        shares = [min(share, 1.0) for share in used]
        left = sum(share + (1 - share) * self.idle for share in shares) + (tiles - len(shares)) * self.unused
        return left / tiles
