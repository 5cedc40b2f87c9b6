"""Hardware-aware training, epoch after epoch: draw a mini-batch, draw the chip, step, clip; judge on what is held out, keep the best.

Weights are clipped after every step, each layer at so many standard deviations from 0 as it had at first. The full scale s of an array,
its largest weight, counts as a constant in the gradient, while noise grows with it: dL/ds, the gradient times the relative error, is left
out. Its mean is positive and would shrink the largest weight alone, one weight for a whole array; where many weights lie at the bound it
is not even a derivative, as s stays when one of them gives way. A fixed bound keeps s from growing instead, as Rasch et al. have it. With
dL/ds, on LeNet-5 with 5-bit converters and a year of drift, held-out accuracy was -0.2 and +1.1 points other (two seeds, standard error
0.4), on the network of the tests -0.4 and -1.8 (0.8): no gain that is worth its noise (`tests/published/hardware-aware.md`).

Every epoch begins with random numbers of its own, a function of (seed, number of the epoch), so the only state is that of the network and
of the optimiser; a checkpoint is written after each epoch, and a training that was stopped ends with the bits of one that was not.

Held-out data are judged with the whole chip in the way: `draws` chips, spread over the times after programming, the same ones after
every epoch, so that epochs differ by their weights. Epoch 0 is the network as it came, with first input ranges; it is the answer where
no epoch is better. The test data are never looked at.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chipsim.aware.checkpoint import State, found, save
from chipsim.aware.description import AwareQuestion
from chipsim.aware.distil import Loss
from chipsim.aware.experiment import Part
from chipsim.aware.pace import share
from chipsim.errors import CheckError
from chipsim.kernels.philox import uniform
from chipsim.streams import Stream

Judge = Callable[[NDArray[np.float32], NDArray[np.generic]], float]  # outputs of all samples, labels -> the metric
Teacher = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # images -> outputs of the float network
Progress = Callable[[str, float], None]


class Trainable(Protocol):
    """What is asked of the network; an AwareNetwork."""

    strength: float  # of the chip's non-idealities: 0 none, 1 those of the chip
    generator: torch.Generator
    times: Sequence[float]

    def __call__(self, images: Tensor) -> Tensor: ...
    def held(self, time: float) -> AbstractContextManager[None]: ...
    def parameters(self) -> Iterator[torch.nn.Parameter]: ...
    def weights(self) -> list[torch.nn.Parameter]: ...
    def range_parameters(self) -> list[torch.nn.Parameter]: ...
    def state_dict(self) -> dict[str, Tensor]: ...
    def load_state_dict(self, state_dict: dict[str, Tensor]) -> object: ...


class EpochRow(NamedTuple):
    """One epoch: number, last rate, mean loss of its steps, what held-out data say (metric, spread of chips, loss), wall time (s)."""

    epoch: int
    rate: float
    loss: float | None  # of epoch 0, before anything was learned, there is none
    validation: float
    spread: float
    validation_loss: float
    seconds: float


class Judged(NamedTuple):
    """How networks are compared: their metric, and whether more of it is better."""

    of: Judge
    higher: bool


@final
class Training:
    """A network on its way through the epochs."""

    def __init__(
        self, network: Trainable, question: AwareQuestion, loss: Loss, judged: Judged, train: Part, validation: Part,
        teacher: Teacher | None = None, keeping: tuple[Path, dict[str, str]] | None = None, say: Callable[[str], None] = print,
    ) -> None:  # fmt: skip
        """`keeping`: a file to go on from and to keep up to date, and what it must have been written with; else InputError."""
        self.network, self.question, self.loss, self.judged, self.teacher = network, question, loss, judged, teacher
        self.train, self.validation, self.keeping, self.say = train, validation, keeping, say
        self.rows: list[EpochRow] = []
        self.kept: int | None = None  # the last epoch that a checkpoint holds
        self.optimiser = optimiser_of(question, network)
        self.best: dict[str, Tensor] = _copy(network)
        self.limits = [(question.clip or math.inf) * (deviation(one) or math.inf) for one in network.weights()]
        self._stream = Stream(question.seed).child("hardware-aware")
        self.steps_each = -(-len(train.x) // question.batch)
        if keeping is not None:
            state, sentence = found(*keeping, like=network.state_dict())
            if sentence:
                say(sentence)
            if state is not None:
                self._resume(state)

    @property
    def epoch(self) -> int:
        """Epochs that are over."""
        return max(len(self.rows) - 1, 0)

    @property
    def best_row(self) -> EpochRow:
        """The epoch whose weights are kept."""
        return max(self.rows, key=self._merit)

    @property
    def stalled(self) -> bool:
        """Whether training ends early for want of a better validation."""
        patience = self.question.patience
        if patience is None or not self.rows or self.epoch < self.question.ramp:
            return False
        return self.epoch - self.best_row.epoch >= patience

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.rows) and (self.epoch >= self.question.epochs or self.stalled)

    def run(self, progress: Progress = lambda text, share: None, listen: Callable[[EpochRow], None] = lambda row: None) -> list[EpochRow]:
        """All epochs that are left; `listen` hears of each. CheckError where a loss is no finite number any more."""
        while not self.done:
            began = time.perf_counter()
            rate, loss = self._learn(progress) if self.rows else (0.0, None)
            self._look(began, rate, loss)
            listen(self.rows[-1])
        if self.keeping is not None and self.kept != self.epoch:  # the disk was full; what is learned is not to hang on the judgement
            self._save(*self.keeping)
        self.network.load_state_dict(self.best)
        return self.rows

    # --- one epoch ------------------------------------------------------------------------------------------------------

    def _learn(self, progress: Progress) -> tuple[float, float]:
        """One epoch of steps: the last rate, and the mean loss."""
        number, total, rate = self.epoch, 0.0, 0.0
        with self._random(f"epoch {number}"):
            for step, chosen in enumerate(self._batches(number)):
                rate = self._pace(number * self.steps_each + step)
                loss = self._step(self.train.taken(chosen), number)
                total += loss * len(chosen)
                done = (number + (step + 1) / self.steps_each) / self.question.epochs
                progress(f"epoch {number + 1} of {self.question.epochs}, loss {loss:.3f}", done)
        return rate, total / len(self.train.x)

    def _step(self, samples: Part, number: int) -> float:
        images = shifted(samples.x, self.question.shift)
        taught = None if self.teacher is None else torch.tensor(self.teacher(images))
        loss = self.loss(self.network(torch.tensor(images)), torch.tensor(samples.labels), taught)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise self._diverged(number, value)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.question.norm is not None:
            torch.nn.utils.clip_grad_norm_(list(self.network.parameters()), self.question.norm)
        self.optimiser.step()
        self._clip()
        return value

    def _clip(self) -> None:
        if self.question.clip is not None:
            with torch.no_grad():
                for weight, limit in zip(self.network.weights(), self.limits, strict=True):
                    weight.clamp_(-limit, limit)

    def _pace(self, step: int) -> float:
        """The rate of a step, and how much of the chip there is in it."""
        rate = self.question.rate * share(self.question.schedule, step, self.steps_each * self.question.epochs)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        grown = self.question.ramp * self.steps_each
        self.network.strength = min(1.0, (step + 1) / grown) if grown else 1.0
        return rate

    def _batches(self, number: int) -> Iterator[NDArray[np.int64]]:
        order = np.argsort(uniform(len(self.train.x), self._stream.child("order").key, number), kind="stable")
        for start in range(0, len(order), self.question.batch):
            yield order[start : start + self.question.batch]

    def _diverged(self, number: int, value: float) -> CheckError:
        last = f"the last good epoch is {number}{', kept in the checkpoint' if self.keeping else ''}"
        return CheckError(
            f"hardware-aware training: the loss is {value} in epoch {number + 1}, expected a finite number; {last}; "
            f"try a lower rate than {self.question.rate:g}, norm=1 to shorten long gradients, or a longer ramp"
        )

    # --- what is held out -----------------------------------------------------------------------------------------------

    def _look(self, began: float, rate: float, loss: float | None) -> None:
        """Judge the network as it is, note the row, remember the best and write a checkpoint."""
        values, losses = zip(*(self._drawn(draw) for draw in range(self.question.draws)), strict=True)
        if not all(map(math.isfinite, (*values, *losses))):
            raise self._diverged(self.epoch, next(value for value in (*losses, *values) if not math.isfinite(value)))
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        number, seconds = len(self.rows), time.perf_counter() - began
        row = EpochRow(number, rate, loss, float(np.mean(values)), spread, float(np.mean(losses)), seconds)
        self.rows.append(row)
        if self.best_row is row:
            self.best = _copy(self.network)
        if self.keeping is not None:
            self._save(*self.keeping)

    def _drawn(self, draw: int) -> tuple[float, float]:
        """Metric and loss of what is held out, on one chip."""
        self.network.strength = 1.0
        times, last = self.network.times, max(self.question.draws - 1, 1)
        size, held = 4 * self.question.batch, self.validation
        outputs, total = [], 0.0
        with self._random(f"validation {draw}"), self.network.held(times[round(draw * (len(times) - 1) / last)]):
            for start in range(0, len(held.x), size):
                part = held.taken(slice(start, start + size))
                found = self.network(torch.tensor(part.x))
                total += float(self.loss(found, torch.tensor(part.labels))) * len(part.x)
                outputs.append(found.numpy())
        return self.judged.of(np.concatenate(outputs), held.labels), total / len(held.x)

    def _merit(self, row: EpochRow) -> tuple[float, float]:
        return row.validation if self.judged.higher else -row.validation, -row.validation_loss

    @contextmanager
    def _random(self, purpose: str) -> Iterator[None]:
        """PyTorch's random numbers as they are for a purpose, whatever was drawn before; afterwards as if none had been."""
        high, low = self._stream.child(purpose).key
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed((high << 32 | low) & (2**63 - 1))
            self.network.generator.manual_seed((low << 32 | high) & (2**63 - 1))
            yield

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def _save(self, path: Path, settings: dict[str, str]) -> None:
        """Write a checkpoint; where that fails the training goes on, and tries again after the next epoch."""
        try:
            save(path, settings, State([list(row) for row in self.rows], self.network.state_dict(), self.best, self.optimiser))
            self.kept = self.epoch
        except CheckError as error:
            left = "nothing is kept yet" if self.kept is None else f"epoch {self.kept} stays kept"
            self.say(f"{error}; training goes on, {left}, and the next epoch tries again")

    def _resume(self, state: State) -> None:
        self.rows = [EpochRow(*row) for row in state.rows]
        self.kept = self.epoch
        self.network.load_state_dict(state.model)
        self.best = state.best
        self.optimiser.load_state_dict({"state": state.moments, "param_groups": self.optimiser.state_dict()["param_groups"]})


def optimiser_of(question: AwareQuestion, network: Trainable) -> torch.optim.Optimizer:
    """The optimiser of a training, over everything that is learned; input ranges do not decay."""
    ranges = network.range_parameters()
    known = {id(one) for one in ranges}
    groups = [{"params": [one for one in network.parameters() if id(one) not in known], "weight_decay": question.weight_decay}]
    groups += [{"params": ranges, "weight_decay": 0.0}] if ranges and question.learn_ranges else []
    if question.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=question.rate, momentum=question.momentum)
    return torch.optim.AdamW(groups, lr=question.rate)


def deviation(weights: Tensor) -> float:
    """Standard deviation of weights from zero."""
    return float(weights.detach().square().mean().sqrt())


def shifted(images: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Images [B, C, H, W], each shifted by up to `most` pixels in both directions (PyTorch's random numbers), zeros from outside."""
    if not most:
        return images
    height, width = images.shape[2:]
    wide = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)))
    found = np.empty_like(images)
    for place, (down, across) in enumerate(torch.randint(0, 2 * most + 1, (len(images), 2)).tolist()):
        found[place] = wide[place, :, down : down + height, across : across + width]
    return found


def _copy(network: Trainable) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
