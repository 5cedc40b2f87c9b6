"""The progress of a training on the terminal: epoch, samples, running loss and accuracy, time and energy on the chip so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from chipsim.report.wording import percent
from chipsim.training.loop import Training
from chipsim.units import show

_EVERY = 0.1  # seconds from line to line


@final
class Bar:
    """Shows a training, a few times a second."""

    def __init__(self, progress: Progress, seeds: int) -> None:
        self._progress, self._seeds, self._shown = progress, seeds, 0.0
        self._task: TaskID = progress.add_task("starting", total=1.0)

    @property
    def due(self) -> bool:
        """Whether anybody looks, and it is time to show something new."""
        return not self._progress.disable and time.perf_counter() - self._shown >= _EVERY

    def tell(self, training: Training, place: int, spent: tuple[float, float] | None) -> None:
        """Training number `place`, and time (s) and energy (J) on the chip so far where they are known."""
        self._shown = time.perf_counter()
        share = (training.epoch + training.position / len(training.train.x)) / training.schedule.epochs
        text = words(training, place, self._seeds, spent)
        self._progress.update(self._task, description=text, completed=(place + share) / self._seeds)

    def say(self, sentence: str) -> None:
        """A sentence above the bar."""
        self._progress.console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def words(training: Training, place: int, seeds: int, spent: tuple[float, float] | None) -> str:
    """What is shown beside the bar."""
    loss, accuracy = training.running
    parts = [f"seed {place + 1}/{seeds}"] if seeds > 1 else []
    parts += [f"epoch {training.epoch + 1}/{training.schedule.epochs}", f"{training.position:,}/{len(training.train.x):,}"]
    parts += [f"loss {loss:.3f}", percent(accuracy)]
    parts += [] if spent is None else [f"on chip {show(spent[0], 's')}, {show(spent[1], 'J')}"]
    return "  ".join(parts)


@contextmanager
def bar(seeds: int) -> Iterator[Bar]:
    """A bar on the terminal's error stream; where there is no terminal only what is said is printed."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, seeds)
