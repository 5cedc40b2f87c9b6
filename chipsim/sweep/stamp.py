"""Who is at work: which chipsim a process runs, and whether it shares a folder."""

from __future__ import annotations

import hashlib
import uuid
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from chipsim.version import VERSION


@lru_cache(maxsize=1)
def stamp() -> str:
    """Version of chipsim and a hash of its sources: the same in two processes that give the same answers."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for file in sorted([*root.rglob("*.py"), *(root / "technology").glob("*.yaml")]):
        digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return f"{VERSION} ({digest.hexdigest()[:8]})"


class Seen(NamedTuple):
    """What a worker says of itself."""

    stamp: str
    reads: bool  # what the parent has written into the folder of the sweep
    writes: str  # why it cannot write there, empty where it can


def look(folder: str, token: str) -> Seen:
    """In a worker: who it is, and whether it has the folder."""
    probe, own = Path(folder) / f".probe-{token}", Path(folder) / f".probe-{uuid.uuid4().hex}"
    try:
        own.write_text(token)
        own.unlink()
        problem = ""
    except OSError as error:
        problem = error.strerror or str(error)
    return Seen(stamp(), probe.is_file() and probe.read_text() == token, problem)
