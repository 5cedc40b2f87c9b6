"""Keys of random streams: who draws, and what for, decides which numbers are drawn, never when.

Every random number in chipsim is a pure function of (seed, path of the component, purpose) and of a counter (sample, vector,
output, ...). This file makes the key; the Philox 4x32 generator that turns key and counter into numbers is in
`kernels/philox.py` (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Stream:
    """The key of one random stream: `Stream(seed=7).child("chip.tile[3]").child("read noise").key`."""

    seed: int = 0
    path: tuple[str, ...] = ()

    def child(self, name: str) -> Stream:
        """The stream of a part or a purpose; adding one never changes the numbers of another."""
        return Stream(self.seed, (*self.path, name))

    @property
    def key(self) -> tuple[int, int]:
        """Two 32-bit words for the generator, from a hash of the seed and the whole path."""
        text = "\x1f".join([str(self.seed), *self.path])
        digest = hashlib.blake2b(text.encode(), digest_size=8, person=b"chipsim").digest()
        return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
