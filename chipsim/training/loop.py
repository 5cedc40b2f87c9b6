"""Training for some epochs: order, learning rate, a floating-point twin on the same samples, checkpoints.

    rate(e) = rate * rate_factor ** (e // rate_every)            e = 0, 1, ... epochs that are over

Each epoch goes once through the training data in an order drawn from (stream, epoch), in mini-batches of n samples, the last one smaller
where the numbers do not divide. The twin starts from the same weights, sees the same batches and learns in float32. Loss and training
accuracy of an epoch are those of its samples just before the network learned from them; the test accuracy is taken at its end.

A checkpoint holds everything that the rest of the run depends on, so a run that was interrupted ends with the same bits as one that was
not (wall times aside). Schedule of the baseline: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016,
DOI 10.3389/fnins.2016.00333. Not modelled: time and energy of the chip, learning rates that follow the loss.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import CheckError, InputError
from chipsim.kernels.philox import uniform
from chipsim.spec import Spec, key
from chipsim.streams import Stream
from chipsim.training.checkpoint import Arrays, digest_of, load, save
from chipsim.training.network import Network
from chipsim.training.rules.rule import Activity
from chipsim.version import VERSION
from chipsim.workload.data import load_data
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.load import check_samples

GOKMEN = "Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333"


@final
class Schedule(Spec):
    """How long and how fast a network learns."""

    cites = ("gokmen2016",)

    epochs: int = key("times that the training data are gone through", default=30, ge=1, source=GOKMEN)
    batch: int = key("samples in a mini-batch", default=1, ge=1, source=GOKMEN)
    rate: float = key("learning rate of the first epochs", default=0.01, gt=0, source=GOKMEN)
    rate_factor: float = key("what the rate is multiplied with at every step of it", default=0.5, gt=0, le=1, source=GOKMEN)
    rate_every: int = key("epochs from step to step of the rate", default=10, ge=1, source=GOKMEN)
    checkpoint_every: int = key("samples from checkpoint to checkpoint, at the next end of a mini-batch", default=10000, ge=1)

    def rate_in(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0."""
        return float(self.rate * self.rate_factor ** (epoch // self.rate_every))


class Samples(NamedTuple):
    """Images [N, C, H, W] float32, scaled, and labels [N]."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]

    def check(self, name: str, network: Network) -> None:
        """InputError where these samples, called `name`, are not what a network can learn from."""
        count, features = len(self.x), self.x[:1].size
        if count == 0 or features != network.inputs or self.x.dtype != np.float32 or not np.isfinite(self.x).all():
            raise InputError(
                f"Training.{name}: {count} samples of {features} numbers, {self.x.dtype}; expected at least one, "
                f"each of {network.inputs} finite float32 numbers"
            )
        if self.labels.shape != (count,) or self.labels.min() < 0 or self.labels.max() >= network.classes:
            raise InputError(
                f"Training.{name}: labels {list(self.labels.shape)} from {self.labels.min()} to {self.labels.max()}; expected one for "
                f"each of {count} samples, from 0 to {network.classes - 1}"
            )

    def taken(self, chosen: NDArray[np.int64] | slice) -> Samples:
        """Some of them."""
        return Samples(self.x[chosen], self.labels[chosen])


class EpochRow(NamedTuple):
    """What one epoch was; `float_` is the twin's, NaN without one."""

    epoch: int  # counted from 1
    rate: float
    loss: float
    train_accuracy: float
    test_accuracy: float
    float_loss: float
    float_train_accuracy: float
    float_test_accuracy: float
    pulses: int
    pulses_per_device: float  # one device counted for each weight
    clipped_share: float  # of the lines driven, those whose pulse train was saturated
    seconds: float  # wall time, chip and twin, evaluation included


class Sums(NamedTuple):
    """What an epoch has added up so far, for one network."""

    loss: float = 0.0
    correct: int = 0

    def plus(self, losses: NDArray[np.float64], correct: int) -> Sums:
        return Sums(self.loss + float(losses.sum()), self.correct + correct)


def samples_of(spec: WorkloadSpec, classes: int) -> tuple[Samples, Samples]:
    """The training and the test data that a workload names; InputError where they do not fit it."""
    if spec.data is None:
        raise InputError("WorkloadSpec.data: is missing; expected an .npz file with x_train, y_train, x_test and y_test, or IDX files")
    path, found = Path(spec.data.file), []
    for split in ("train", "test"):
        data = Samples(*load_data(path, spec.data.having(split=split), spec.input))
        check_samples(data.x, data.labels, spec.input.shape, classes, str(path))
        found.append(data)
    return found[0], found[1]


def order_of(count: int, epoch: int, stream: Stream) -> NDArray[np.int64]:
    """The samples in the order of an epoch, a function of (stream, epoch) alone."""
    return np.argsort(uniform(count, stream.child("order").key, epoch), kind="stable")


@final
class Training:
    """A network on its way through the epochs; `twin` is the same one in floating point."""

    def __init__(
        self, network: Network, twin: Network | None, train: Samples, test: Samples, schedule: Schedule, stream: Stream,
        checkpoint: Path | None = None,
    ) -> None:  # fmt: skip
        """`checkpoint`: a file to go on from when it is there, and to be kept up to date.

        InputError where it belongs to another training.
        """
        for name, samples in (("train", train), ("test", test)):
            samples.check(name, network)
        self.networks = [network] if twin is None else [network, twin]
        self.train, self.test, self.schedule, self.stream, self.path = train, test, schedule, stream, checkpoint
        self.rows: list[EpochRow] = []
        self._begin_epoch()
        if checkpoint is not None:
            self._settings = self._digests()
            if checkpoint.exists():
                self._resume(load(checkpoint, self._settings))

    @property
    def epoch(self) -> int:
        """Epochs that are over."""
        return len(self.rows)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.epoch >= self.schedule.epochs

    def run(self, listen: Callable[[EpochRow], None] = lambda row: None) -> list[EpochRow]:
        """All epochs that are left; `listen` hears of each. The rows of all epochs.

        CheckError where the loss or another number is no longer finite.
        """
        for row in self.rest():
            listen(row)
        return self.rows

    def rest(self) -> Iterator[EpochRow]:
        """One epoch after the other; the state is that at the end of the epoch whenever a row comes out."""
        while not self.done:
            yield self._run_epoch()

    # --- one epoch ------------------------------------------------------------------------------------------------------

    def _begin_epoch(self) -> None:
        self._before = self._position = 0  # in the samples of the epoch, where the last mini-batch began and where the next one does
        self._seconds, self._activity = 0.0, Activity()
        self._sums = [Sums() for _ in self.networks]

    def _run_epoch(self) -> EpochRow:
        order = order_of(len(self.train.x), self.epoch, self.stream)
        began, before = time.perf_counter(), self._seconds
        while self._position < len(order):
            self._batch(self.train.taken(order[self._position : self._position + self.schedule.batch]))
            self._seconds = before + time.perf_counter() - began
            if self._due and self._position < len(order):
                self._save()
        tests = self._tested()
        self._seconds = before + time.perf_counter() - began
        row = self._row(tests)
        self.rows.append(row)
        self._begin_epoch()
        self._save()
        return row

    def _batch(self, samples: Samples) -> None:
        first, rate = self._seen, self.schedule.rate_in(self.epoch)
        for number, network in enumerate(self.networks):
            try:
                step = network.step(samples.x, samples.labels, rate, first)
            except (ValueError, InputError) as error:  # inputs were checked: what is not finite now has grown in training
                raise self._diverged(number, str(error)) from error
            if not np.isfinite(step.losses).all():
                raise self._diverged(number, f"a loss is {step.losses[~np.isfinite(step.losses)][0]}")
            self._sums[number] = self._sums[number].plus(step.losses, step.correct)
            if number == 0:
                self._activity = self._activity.merged(step.activity)
        self._before, self._position = self._position, self._position + len(samples.x)

    def _diverged(self, number: int, reason: str) -> CheckError:
        who = "the floating-point twin" if number else "the network"
        last = f"the last good epoch is {self.epoch}" if self.epoch else "no epoch was finished"
        rate = self.schedule.rate_in(self.epoch)
        return CheckError(
            f"Training: {who} diverged in epoch {self.epoch + 1}, sample {self._position}: {reason}; {last}; "
            f"expected finite numbers; try a lower rate than {rate:g}"
        )

    @property
    def _seen(self) -> int:
        """Samples learned from so far: the running number of the next one."""
        return self.epoch * len(self.train.x) + self._position

    def _tested(self) -> list[float]:
        moment = self.epoch + 1
        return [network.accuracy(self.test.x, self.test.labels, moment) for network in self.networks]

    def _row(self, tests: list[float]) -> EpochRow:
        count = len(self.train.x)
        figures = [(sums.loss / count, sums.correct / count, test) for sums, test in zip(self._sums, tests, strict=True)]
        twin = figures[1] if len(figures) > 1 else (math.nan,) * 3
        pulses = self._activity.pulses
        return EpochRow(
            self.epoch + 1, self.schedule.rate_in(self.epoch), *figures[0], *twin,
            pulses, pulses / self.networks[0].devices, self._activity.clipped_share, self._seconds,
        )  # fmt: skip

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    @property
    def _due(self) -> bool:
        every = self.schedule.checkpoint_every
        return self.path is not None and self._before // every < self._position // every

    def _digests(self) -> dict[str, str]:
        rule = self.networks[0].rule
        schedule = self.schedule.having(epochs=1, checkpoint_every=1)  # these may be changed on the way
        return {
            "version of chipsim": VERSION,
            "network": self.networks[0].digest,
            "rule": "floating point" if rule is None else rule.digest(),
            "seed": f"{self.networks[0].seeds} {self.stream.seed} {'.'.join(self.stream.path)}",
            "twin": "none" if len(self.networks) == 1 else self.networks[1].digest,
            "schedule": schedule.digest(),
            "training data": digest_of(*self.train),
            "test data": digest_of(*self.test),
        }

    def _save(self) -> None:
        if self.path is None:
            return
        arrays: Arrays = {
            "progress": np.array([self.epoch, self._position, *self._activity], np.int64),
            "seconds": np.array(self._seconds),
            "losses": np.array([sums.loss for sums in self._sums]),
            "correct": np.array([sums.correct for sums in self._sums], np.int64),
            "rows": np.array(self.rows, np.float64).reshape(-1, len(EpochRow._fields)),
        }
        for number, network in enumerate(self.networks):
            arrays |= {f"{number}.{name}": array for name, array in network.state().items()}
        save(self.path, self._settings, arrays)

    def _resume(self, arrays: Arrays) -> None:
        for number, network in enumerate(self.networks):
            own = f"{number}."
            network.restore({name.removeprefix(own): array for name, array in arrays.items() if name.startswith(own)})
        _, position, *activity = (int(number) for number in arrays["progress"])
        self.rows = [_row_of(row) for row in arrays["rows"]]
        self._position, self._seconds, self._activity = position, float(arrays["seconds"]), Activity(*activity)
        self._sums = [Sums(float(loss), int(correct)) for loss, correct in zip(arrays["losses"], arrays["correct"], strict=True)]


def _row_of(numbers: NDArray[np.float64]) -> EpochRow:
    """A row from its numbers as stored; counts are whole numbers below 2**53."""
    values = dict(zip(EpochRow._fields, (float(number) for number in numbers), strict=True))
    return EpochRow(**{name: int(value) if name in ("epoch", "pulses") else value for name, value in values.items()})  # type: ignore[arg-type]
