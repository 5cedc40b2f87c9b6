"""Where an answer comes from: versions, platform, date, the time that each phase took, and what was known from before."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Any

from chipsim.version import VERSION

LIBRARIES = ("numpy", "numba", "simpy", "networkx", "scipy", "pydantic")


def provenance(seed: int, wall: Mapping[str, float], reused: Sequence[str] = ()) -> dict[str, Any]:
    """As plain values; `wall` is the time of every phase (s), `reused` what was not done again."""
    return {
        "version": VERSION,
        "python": platform.python_version(),
        "libraries": versions(),
        "seed": seed,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall": {phase: round(seconds, 3) for phase, seconds in wall.items()},
        "platform": platform.platform(),
        "reused": list(reused),
    }


def versions() -> dict[str, str]:
    """Versions of the libraries that compute."""
    return {name: _version(name) for name in LIBRARIES}


@cache
def _version(library: str) -> str:
    return metadata.version(library)
