"""Training for some epochs: order, learning rate, a floating-point twin on the same samples, checkpoints.

Each epoch goes once through the training data in an order drawn from (stream, epoch), in mini-batches of n samples, the last one smaller
where the numbers do not divide; the learning rate is that of the schedule (schedule.py). The twin starts from the same weights, sees
the same batches and learns in float32. Loss and training accuracy of an epoch are those of its samples just before the network learned
from them; the test accuracy is taken at its end.

A checkpoint holds everything that the rest of the run depends on, so a run that was interrupted ends with the same bits as one that was
not (wall times aside). At a few moments of each epoch (moments.py) somebody else is told what the mini-batches were for the arrays.

Schedule of the baseline: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, final

import numpy as np

from chipsim.errors import CheckError, InputError
from chipsim.streams import Stream
from chipsim.training.checkpoint import Arrays, digest_of, found, save
from chipsim.training.epochs import EpochRow, Sums, row_of
from chipsim.training.moments import Moment, Moments, Span
from chipsim.training.network import Network, Step
from chipsim.training.rules.rule import Activity
from chipsim.training.samples import Samples, order_of
from chipsim.training.schedule import Schedule
from chipsim.training.work import StepWork
from chipsim.version import VERSION


class Keeping(NamedTuple):
    """A file to go on from when it is there, and to be kept up to date: at the end of each epoch, and every `seconds` on the way."""

    path: Path
    seconds: float = 300.0


class Looking(NamedTuple):
    """Who looks on."""

    after: Callable[[Training], bool] = lambda training: True  # called after each mini-batch; no more of them where it says False
    say: Callable[[str], None] = lambda sentence: None  # what went wrong without stopping the run


NOBODY = Looking()


@final
class Training:
    """A network on its way through the epochs; `twin` is the same one in floating point."""

    def __init__(
        self, network: Network, twin: Network | None, train: Samples, test: Samples, schedule: Schedule, stream: Stream,
        keeping: Keeping | Path | None = None, looking: Looking = NOBODY, moments: Moments | None = None,
    ) -> None:  # fmt: skip
        """InputError where samples do not fit the network, and where the checkpoint belongs to another training."""
        for name, samples in (("train", train), ("test", test)):
            samples.check(name, network)
        self.networks = [network] if twin is None else [network, twin]
        self.train, self.test, self.schedule, self.stream, self.looking = train, test, schedule, stream, looking
        self.keeping = Keeping(keeping) if isinstance(keeping, Path) else keeping
        self.rows: list[EpochRow] = []
        self.moments: list[Moment] = []
        self._watched, self._works = moments if moments and moments.number else None, list[StepWork]()
        self.saved = (0, 0)  # epoch and sample of the last checkpoint
        self._begin_epoch()
        if self.keeping is not None:
            self._settings = self._digests()
            arrays, sentence = found(self.keeping.path, self._settings)
            if sentence:
                looking.say(sentence)
            if arrays is not None:
                self._resume(arrays)
        self._saved_at = time.perf_counter()

    @property
    def epoch(self) -> int:
        """Epochs that are over."""
        return len(self.rows)

    @property
    def stalled(self) -> bool:
        """Whether training ends early for want of a better test accuracy."""
        return self.schedule.stalled([row.test_accuracy for row in self.rows])

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.epoch >= self.schedule.epochs or self.stalled

    @property
    def rate(self) -> float:
        """Learning rate of the present epoch."""
        return self.schedule.rate_in([row.loss for row in self.rows])

    @property
    def position(self) -> int:
        """Samples of the present epoch that were learned from."""
        return self._position

    @property
    def running(self) -> tuple[float, float]:
        """Loss and training accuracy of the present epoch so far."""
        count = max(self._position, 1)
        return self._sums[0].loss / count, self._sums[0].correct / (count * self._labels_each)

    def run(self, listen: Callable[[EpochRow], None] = lambda row: None) -> list[EpochRow]:
        """All epochs that are left, unless who looks on stops it (then `done` is False); `listen` hears of each. The rows of all epochs.

        CheckError where the loss or another number is no longer finite.
        """
        for row in self.rest():
            listen(row)
        return self.rows

    def rest(self) -> Iterator[EpochRow]:
        """One epoch after the other; the state is that at the end of the epoch whenever a row comes out."""
        while not self.done and (row := self._run_epoch()) is not None:
            yield row

    # --- one epoch ------------------------------------------------------------------------------------------------------

    def _begin_epoch(self) -> None:
        self._position = 0  # in the samples of the epoch, where the next mini-batch begins
        self._seconds, self._activity = 0.0, Activity()
        self._sums = [Sums() for _ in self.networks]

    def _run_epoch(self) -> EpochRow | None:
        """The next row; None where it was stopped on the way, with a checkpoint of that moment."""
        order, rate = order_of(len(self.train.x), self.epoch, self.stream), self.rate
        began, before = time.perf_counter(), self._seconds
        watched = self._watched.begins(len(order), self.schedule.batch, self.epoch * len(order)) if self._watched else []
        go_on = True
        while self._position < len(order) and (go_on or self._works):
            taken = self.train.taken(order[self._position : self._position + self.schedule.batch])
            self._batch(taken, rate, watched)
            self._seconds = before + time.perf_counter() - began
            go_on = self.looking.after(self) and go_on
            if not self._works and time.perf_counter() - self._saved_at >= (self.keeping.seconds if self.keeping else math.inf):
                self._save()
        if not go_on:
            self._save()
            return None
        tests = self._tested()
        self._seconds = before + time.perf_counter() - began
        row = self._row(rate, tests)
        self.rows.append(row)
        self._begin_epoch()
        self._save()
        return row

    def _batch(self, samples: Samples, rate: float, watched: list[Span]) -> None:
        first, number = self._seen, self._position // self.schedule.batch
        moment = next((span for span in watched if span.first <= number < span.last), None)
        for place, network in enumerate(self.networks):
            step = self._step(place, network, samples, rate, first, moment is not None and place == 0)
            self._sums[place] = self._sums[place].plus(step.losses, step.correct)
            if place == 0:
                self._activity = self._activity.merged(step.activity)
                if moment is not None:
                    self._look(moment, step)
        self._position += len(samples.x)

    def _step(self, place: int, network: Network, samples: Samples, rate: float, first: int, watch: bool) -> Step:
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # is looked for below, and told in a sentence
                step = network.step(samples.x, samples.labels, rate, first, watch=watch)
        except (ValueError, InputError) as error:  # inputs were checked: what is not finite now has grown in training
            raise self._diverged(place, str(error)) from error
        if not np.isfinite(step.losses).all():
            raise self._diverged(place, f"a loss is {step.losses[~np.isfinite(step.losses)][0]}")
        return step

    def _look(self, moment: Span, step: Step) -> None:
        """A mini-batch of a moment; the moment is played when it is complete, so that no checkpoint needs half of one."""
        assert self._watched is not None
        assert step.work is not None
        self._works.append(step.work)
        if len(self._works) == moment.last - moment.first:
            figures = self._watched.play(self._works)
            self.moments.append(Moment(self.epoch + 1, moment.first * self.schedule.batch, figures, moment.seldom))
            self._works = []

    def _diverged(self, place: int, reason: str) -> CheckError:
        who = "the floating-point twin" if place else "the network"
        last = f"the last good epoch is {self.epoch}" if self.epoch else "no epoch was finished"
        kept = f"; the state after {self.saved[0]} epochs and {self.saved[1]} samples is in {self.keeping.path}" if self.keeping else ""
        return CheckError(
            f"Training: {who} diverged in epoch {self.epoch + 1}, sample {self._position}: {reason}; {last}"
            f"{kept if self.saved != (0, 0) else ''}; expected finite numbers; try a lower rate than {self.rate:g}"
            f"{', or train without it (twin: false)' if place else ''}"
        )

    @property
    def _seen(self) -> int:
        """Samples learned from so far: the running number of the next one."""
        return self.epoch * len(self.train.x) + self._position

    @property
    def _labels_each(self) -> int:
        """Labels of a sample."""
        return self.train.labels.size // len(self.train.x)

    def _tested(self) -> list[float]:
        moment = self.epoch + 1
        return [network.accuracy(self.test.x, self.test.labels, moment) for network in self.networks]

    def _row(self, rate: float, tests: list[float]) -> EpochRow:
        count, labels = len(self.train.x), self.train.labels.size
        figures = [(sums.loss / count, sums.correct / labels, test) for sums, test in zip(self._sums, tests, strict=True)]
        twin = figures[1] if len(figures) > 1 else (math.nan,) * 3
        done = self._activity
        return EpochRow(
            self.epoch + 1, rate, *figures[0], *twin,
            done.pulses, done.pulses / self.networks[0].devices, done.clipped_share, done.reads, done.operations, self._seconds,
        )  # fmt: skip

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def _digests(self) -> dict[str, str]:
        rule, watched = self.networks[0].rule, self._watched
        return {
            "version of chipsim": VERSION,
            "network": self.networks[0].digest,
            "rule": "floating point" if rule is None else rule.digest(),
            "seed": f"{self.networks[0].seeds} {self.stream.seed} {'.'.join(self.stream.path)}",
            "twin": "none" if len(self.networks) == 1 else self.networks[1].digest,
            "schedule": self.schedule.fixed.digest(),
            "training data": digest_of(*self.train),
            "test data": digest_of(*self.test),
            "choice of moments": f"{watched.number} {watched.batches} {watched.period}" if watched else "none",
        }

    def _save(self) -> None:
        """Write a checkpoint; where that fails the run goes on with the one before."""
        if self.keeping is None:
            return
        arrays: Arrays = {
            "progress": np.array([self.epoch, self._position, *self._activity], np.int64),
            "seconds": np.array(self._seconds),
            "losses": np.array([sums.loss for sums in self._sums]),
            "correct": np.array([sums.correct for sums in self._sums], np.int64),
            "rows": np.array(self.rows, np.float64).reshape(-1, len(EpochRow._fields)),
            "moments": np.array(json.dumps(self.moments)),  # numbers as Python writes them read back exactly
        }
        for number, network in enumerate(self.networks):
            arrays |= {f"{number}.{name}": array for name, array in network.state().items()}
        self._saved_at = time.perf_counter()
        try:
            save(self.keeping.path, self._settings, arrays)
            self.saved = (self.epoch, self._position)
        except CheckError as error:
            self.looking.say(f"{error}; training goes on, and the checkpoint before stays")

    def _resume(self, arrays: Arrays) -> None:
        for number, network in enumerate(self.networks):
            own = f"{number}."
            network.restore({name.removeprefix(own): array for name, array in arrays.items() if name.startswith(own)})
        _, position, *activity = (int(number) for number in arrays["progress"])
        self.rows = [row_of(row) for row in arrays["rows"]]
        self.moments = [Moment(*row) for row in json.loads(str(arrays["moments"]))]
        self._position, self._seconds, self._activity = position, float(arrays["seconds"]), Activity(*activity)
        self._sums = [Sums(float(loss), int(correct)) for loss, correct in zip(arrays["losses"], arrays["correct"], strict=True)]
        self.saved = (self.epoch, position)
