"""The process that answers points: what it is busy with, how much memory it may take, and its end when the sweep ends.

A worker of this machine ignores Ctrl-C, which the terminal sends to everyone: the parent decides. It ends when the parent does, however
that happens: the other end of a pipe, its lifeline, is closed then. Workers of a cluster are kept by their cluster.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Lock
from pathlib import Path
from typing import NamedTuple

from chipsim import loaded
from chipsim.reuse import Known

LOOK = 1.0  # seconds between two looks whether the parent is still the parent
PATIENCE = 3.0  # seconds in which a point that is given up may tidy up
LARGEST = 1 << 30  # bytes of played runs that a worker remembers
GONE = 70  # exit code of a worker that was told to end


class Desk(NamedTuple):
    """What a worker of this machine is given: its lifeline, places to write down what it does, and its share of the memory."""

    lifeline: Connection  # never written to: it ends with the parent
    other_end: Connection | None  # the parent's end, which a forked worker must close
    places: MutableSequence[int]  # one number for each worker: 0, or 1 + the number of the point it is busy with
    processes: MutableSequence[int]  # their process numbers
    memory: int  # bytes, 0: no bound


class _Self:
    """This process as a worker."""

    desk: Desk | None = None
    place = 0
    leaving = False
    log: Path | None = None


class _Memory(threading.local):
    """What a thread remembers (a worker of a cluster may have several): of the last sweep it worked for."""

    known: Known | None = None


_memory = _Memory()


@contextmanager
def ctrl_c_later() -> Iterator[None]:
    """Processes begun in here get no Ctrl-C before they have sat down, as they could not ignore it yet; this one gets it at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sit_down(desk: Desk, taken: MutableSequence[int], lock: Lock) -> None:
    """Become a worker: take the next place (`taken[0]` counts them), keep to the memory, watch the lifeline."""
    with lock:
        _Self.place, taken[0] = taken[0], taken[0] + 1
    desk.processes[_Self.place] = os.getpid()
    _Self.desk, _Self.leaving = desk, False
    if desk.other_end is not None:
        desk.other_end.close()
    signal.signal(signal.SIGINT, _interrupted)
    signal.signal(signal.SIGTERM, _terminated)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_watch, args=(desk.lifeline, os.getppid()), daemon=True).start()
    bound(desk.memory)


def busy_with(number: int | None) -> None:
    """Write down what this worker is busy with, so that the parent knows when it is killed."""
    if _Self.desk is not None:
        _Self.desk.places[_Self.place] = 0 if number is None else number + 1


def write_to(log: Path) -> None:
    """Have all that this worker prints from now on written to the end of a file, where it is one of this machine: nothing in the bar."""
    if _Self.desk is None or _Self.log == log:
        return
    with suppress(OSError):
        file = log.open("a", buffering=1, encoding="utf-8", errors="backslashreplace")
        flush()
        sys.stdout = sys.stderr = file
        for stream in (1, 2):  # of compiled code
            os.dup2(file.fileno(), stream)
        _Self.log = log


def flush() -> None:
    """Have what was printed so far written."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # full disks; closed or taken away by a plugin
            stream.flush()


def _watch(lifeline: Connection, parent: int) -> None:
    """End this process when the parent has ended, or has closed its end."""
    try:
        while not lifeline.poll(LOOK) and os.getppid() == parent:
            pass
    except (OSError, EOFError):
        pass
    if _Self.desk is not None and _Self.desk.places[_Self.place]:
        _Self.leaving = True
        os.kill(os.getpid(), signal.SIGINT)  # the point is given up, and removes what it has half written
        threading.Event().wait(PATIENCE)
    os._exit(GONE)


def _interrupted(number: int, frame: object) -> None:
    if _Self.leaving:
        raise KeyboardInterrupt


def _terminated(number: int, frame: object) -> None:
    """The pool ends all its workers when one was killed: the others are not to blame."""
    busy_with(None)
    os._exit(GONE)


def leave() -> None:
    """End this process where it was told to; elsewhere the interruption goes on."""
    if _Self.leaving:
        os._exit(GONE)


# --- memory ----------------------------------------------------------------------------------------------------------


def total_memory() -> int:
    """Memory of this machine (bytes); 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def memory() -> int:
    """Memory that this process takes now (bytes), or at the most so far where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return most_memory()


def most_memory() -> int:
    """The most memory that this process has taken so far (bytes); 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def bound(limit: int) -> None:
    """Refuse this process more memory than `limit` bytes: a point that needs more is told so, and no other process is killed for it."""
    data = _data()
    if limit and data and sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        most = data + max(limit - memory(), 0)  # much of the data are reserved and never used
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _data() -> int:
    """Memory that is reserved for data of this process (bytes); 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def is_full() -> bool:
    """Whether this worker takes more than three quarters of its share, even after it has forgotten what it kept to be fast."""
    limit = _Self.desk.memory if _Self.desk is not None else 0
    if not limit or memory() < 0.75 * limit:
        return False
    forget()
    return memory() >= 0.75 * limit


def forget() -> None:
    """Keep nothing that was found before."""
    _memory.known = None
    loaded.forget()
    gc.collect()


def known(folder: Path) -> Known:
    """What this process remembers of the points of a sweep."""
    if _memory.known is None or _memory.known.folder != folder:
        limit = _Self.desk.memory if _Self.desk is not None else 0
        _memory.known = Known(folder, limit=min(limit // 4, LARGEST)) if limit else Known(folder)
    return _memory.known
