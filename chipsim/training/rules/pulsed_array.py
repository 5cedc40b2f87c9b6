"""The devices of one array under pulses: trains from two sides, counted pulses on one line, reads of one line.

    descend   W <- W + rate x d^T by pulse trains on rows and columns                                              (driving.py)
    count     n_k pulses, up or down, on the cells k of one row or column, all at once
    write     n_ij pulses, up or down, on every cell, row after row
    alternate pulses up and down in turn on all cells at once, each of them one time slot
    read      what one row or column shows, with a standard normal xi for every output:     r_k = w_k + noise xi_k
    shown     what all cells show, line after line

Symbols: w weight, r reading, noise: in units of the full-scale weight. Arrays (rows, columns) float32.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (trains); T. Gokmen,
O. M. Onen, W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI 10.3389/fnins.2017.00538 (management).
Not modelled: converters, wires and settling of a read (their errors are in `noise`), trains with errors, half-selected cells.
"""

from __future__ import annotations

from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import normal
from chipsim.kernels.pulsed_update import Matrix, pulsed_update
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules.driving import STOCHASTIC, Trains
from chipsim.training.rules.rule import WORD, Activity, State, numbers_of

Axis = Literal["row", "column"]
ALTERNATE = 500  # pulses in one go of the kernel


@final
class PulsedArray:
    """One array; `weights` is what a read sees, `held` what the devices hold (the same memory without write noise)."""

    def __init__(self, response: Response, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> None:
        self.response, self.shape, self.stream = response, shape, stream
        self.cells, self.weights = response.instantiate(shape, stream, chip)
        self.law, self.granularity = response.law, response.granularity
        self.held = self.weights.copy() if self.law.write_noise > 0 else self.weights
        self._keys = {purpose: stream.child(purpose).key for purpose in ("trains", "counts", "read", "alternate", "shown")}
        if weights is not None:
            self._start(weights)

    def descend(self, x: Matrix, d: Matrix, rate: float, first: int, longest: int, trains: Trains = STOCHASTIC) -> Activity:
        """Trains of at most `longest` slots for each vector, the first of them being number `first`."""
        key = self._keys["trains"]
        driven = trains.driven(x, d, rate, self.granularity, longest, key, first)
        pulses = pulsed_update(
            self.weights, self.cells.pulsed, self.law, key=key, sample=driven.sample, vector=driven.vector,
            trains=driven.trains, lines=driven.lines, hidden=self._hidden,
        )  # fmt: skip
        return driven.took._replace(pulses=int(pulses.sum()))

    def count(self, axis: Axis, line: int, counts: NDArray[np.int64], number: int) -> Activity:
        """Numbers of pulses on the cells of one row or column; no two calls of a run may share `number`."""
        if not counts.any():
            return Activity()
        one = np.zeros((1, self.shape[0] if axis == "row" else self.shape[1]), np.float32)
        one[0, line] = 1
        wanted = np.ascontiguousarray(counts[None, :], np.float32)
        who = numbers_of(number, 1)
        pulses = pulsed_update(
            self.weights, self.cells.pulsed, self.law, key=self._keys["counts"], sample=who[0], vector=who[1],
            lines=(one, wanted) if axis == "row" else (wanted, one), hidden=self._hidden,
        )  # fmt: skip
        slots = int(np.abs(counts).max())
        return Activity(int(pulses.sum()), slots, drives=slots + int(np.abs(counts).sum()))

    def write(self, counts: NDArray[np.int64], number: int) -> Activity:
        """Numbers of pulses on all cells, (rows, columns); no two calls of a run may share `number`."""
        rows = np.flatnonzero(counts.any(axis=1))
        if rows.size == 0:
            return Activity()
        ones = np.zeros((rows.size, self.shape[0]), np.float32)
        ones[np.arange(rows.size), rows] = 1
        wanted = np.ascontiguousarray(counts[rows], np.float32)
        sample, vector = (np.repeat(word, rows.size) for word in numbers_of(number, 1))  # rows have noise of their own
        pulses = pulsed_update(
            self.weights, self.cells.pulsed, self.law, key=self._keys["counts"], sample=sample, vector=vector,
            lines=(ones, wanted), hidden=self._hidden,
        )  # fmt: skip
        slots = int(np.abs(wanted).max(axis=1).sum())
        return Activity(int(pulses.sum()), slots, drives=slots + int(np.abs(counts).sum()))

    def alternate(self, first: int, count: int) -> Activity:
        """Pulses number `first`, `first` + 1, ... on all cells: up where the number is even, down where it is odd."""
        rows, columns = self.shape
        signs = np.where(np.arange(first, first + count) % 2 == 0, np.float32(1), np.float32(-1))
        who, took = numbers_of(first, count), 0
        for start in range(0, count, ALTERNATE):  # bounds the memory of the lines
            part = slice(start, min(count, start + ALTERNATE))
            ones = np.ones((part.stop - start, rows), np.float32)
            lines = ones, np.ascontiguousarray(np.broadcast_to(signs[part, None], (part.stop - start, columns)))
            pulses = pulsed_update(
                self.weights, self.cells.pulsed, self.law, key=self._keys["alternate"],
                sample=who[0][part], vector=who[1][part], lines=lines, hidden=self._hidden,
            )  # fmt: skip
            took += int(pulses.sum())
        return Activity(took, count, drives=count * (rows + columns))

    def shown(self, noise: float, number: int) -> Matrix:
        """All cells (rows, columns) with noise of the reading `number`."""
        if noise == 0:
            return self.weights.copy()
        drawn = normal(self.shape, self._keys["shown"], number % WORD, number // WORD)
        return np.asarray(self.weights + np.float32(noise) * drawn)

    def read(self, axis: Axis, line: int, noise: float, number: int) -> Matrix:
        """One row (columns,) or column (rows,) with noise of the read `number`."""
        shown = self.weights[line] if axis == "row" else self.weights[:, line]
        if noise == 0:
            return np.array(shown, np.float32)
        drawn = normal(shown.size, self._keys["read"], number % WORD, number // WORD, line)
        return np.array(shown + np.float32(noise) * drawn, np.float32)

    def pause(self, number: int, batches: int) -> None:
        """Leak and diffusion during `batches` mini-batches."""
        if self.response.lifetime == 0 and self.response.diffusion == 0:
            return
        after = self.response.leaked(self.cells, self.held, self.stream.child(f"pause {number}"), batches)
        change = after - self.held
        self.held[...] = after
        if self._hidden is not None:
            self.weights += change

    def arrays(self) -> State:
        """The weights themselves, seen and held, as they are stored."""
        return {"weights": self.weights} | ({"held": self.held} if self._hidden is not None else {})

    @property
    def _hidden(self) -> Matrix | None:
        return self.held if self.law.write_noise > 0 else None

    def _start(self, weights: Matrix) -> None:
        self.held[...] = self.response.confined(self.cells, starting(weights, self.shape))
        if self._hidden is not None:
            noise = normal(self.shape, self.stream.child("start").key)
            self.weights[...] = self.held + np.float32(self.law.write_noise) * noise


def starting(weights: Matrix, shape: tuple[int, int]) -> Matrix:
    """Weights to start from as float32; InputError where they are not finite numbers (rows, columns)."""
    if weights.shape != shape or not np.isfinite(weights).all():
        raise InputError(f"Rule.begin: starting weights of shape {weights.shape}; expected finite numbers {shape}")
    return np.asarray(weights, np.float32)
