"""The terminal: where answers are printed, how far a long work is, Ctrl-C and SIGTERM."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

TERMINATED = 143  # exit code after SIGTERM
_OWN = os.getpid()

interrupted = Event()
ended = Event()  # by SIGTERM, as the nodes of a batch system do before they kill


def interrupt(number: int, frame: object) -> None:
    """Ctrl-C: stop now; remembered too, because a compiled library may swallow the exception."""
    interrupted.set()
    raise KeyboardInterrupt


def console() -> Console:
    """Where answers are printed."""
    from rich.console import Console

    return Console()


def end(number: int, frame: object) -> None:
    """SIGTERM: what Ctrl-C does, for the process that was begun by the user; one that it has forked just ends."""
    if os.getpid() != _OWN:
        os._exit(TERMINATED)
    ended.set()
    interrupt(number, frame)


@contextmanager
def progress() -> Iterator[Any]:
    """A progress bar on the terminal's error stream; nothing where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    stream = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stream, transient=True, disable=not stream.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(text: str, share: float) -> None:
            if interrupted.is_set():
                raise KeyboardInterrupt
            bar.update(task, description=text, completed=share)

        yield tell
