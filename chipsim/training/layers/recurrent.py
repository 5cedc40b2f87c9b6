"""Recurrent layers that learn: back-propagation through time over one matrix.

    forward    t = 1 ... T:   z_t = s A([x_t, h_(t-1)], W) + b,   (h_t, s_t) = cell(z_t, s_(t-1))
    backward   t = T ... 1:   d_t = (dz/dy)^T of what came from the layers above and from step t + 1,   e_t = s A'(d_t, W^T)
    update     the T vectors of a sample in order, each with its error

Every step is a product of its own with noise of its own; steps follow each other, samples go side by side. What a step was (its
vector, its gates) is stored until the way back is over. The rows of x_t in e_t are handed to the layer below, those of h_(t-1) to the
step before. Nobody reads the errors of the first step's state, nor those of x_t where there is nothing to learn below: such products
are not taken. The states before the first step are 0 in every sample.

x (n T P, rows) and d (n T P, columns), P products a step (see workload/layers/recurrent.py), sample after sample. Reference: P. Werbos,
Proc. IEEE 78, 1550, 1990, DOI 10.1109/5.58337; on arrays of devices: T. Gokmen, M. Rasch, W. Haensch, Frontiers in Neuroscience 12,
745, 2018, DOI 10.3389/fnins.2018.00745. Not modelled: truncation other than by the length of a sample, clipped gradients.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from chipsim.errors import InputError
from chipsim.training.layers.foundry import Foundry
from chipsim.training.layers.matrix import TrainedMatrix
from chipsim.training.layers.passing import Pass, Words
from chipsim.training.layers.trained import Back, Floats, Memo, Share, TrainedLayer
from chipsim.workload.layers import Recurrent, Shape
from chipsim.workload.layers.recurrent import State, image_of, steps_of

R = TypeVar("R", bound=Recurrent)


class Steps(NamedTuple):
    """What the backward pass wants of the forward pass."""

    vectors: Floats  # (T, n, P, rows)
    kept: list[tuple[Floats, ...]]  # of each step


class TrainedRecurrent(TrainedLayer[R]):
    """Root of recurrent layers."""

    matrix: TrainedMatrix

    def __init__(self, layer: R, shapes: tuple[Shape, ...], hands_back: bool, foundry: Foundry) -> None:
        super().__init__(layer, shapes, hands_back, foundry)
        if refused := next((name for name, given in self._beyond(layer).items() if given), ""):
            message = f"layer '{layer.name}' has it; a layer that learns here reads all channels, one position after the other, from 0 on"
            raise InputError(f"{type(layer).__name__}.{refused}: {message}; train it in PyTorch and bring its weights")
        bound = 1 / np.sqrt(layer.hidden_size)  # as PyTorch begins
        self.features, self.steps, _ = shapes[0]
        vectors = self.steps * layer.products
        self.matrix = foundry.matrix(layer, layer.matrix_shape(shapes[0]), vectors, float(bound), layer.products)

    @staticmethod
    def _beyond(layer: Recurrent) -> dict[str, bool]:
        """What a layer may have for which there is no way back, and whether it has."""
        return {"frames": layer.frames > 1, "reads": bool(layer.reads), "backward": layer.backward, "first_state": layer.first_state}

    @abstractmethod
    def before(self, kept: tuple[Floats, ...], errors: State) -> tuple[Floats, State]:
        """From errors of the state after a step to those of its sums (n, P, columns), and of the state before it past the matrix."""

    def forward(self, read: Sequence[Floats], at: Pass) -> tuple[Floats, Memo]:
        (rows, columns), products = self.matrix.shape, self.layer.products
        vectors = np.empty((self.steps, at.count, products, rows), np.float32)
        state, given, kept = self.layer.start(at.count), [], []
        for t, (x, words) in enumerate(zip(steps_of(read[0]), self._words(at), strict=True)):
            vectors[t] = self.layer.vectors(x, state[0])
            sums = self.matrix.forward(vectors[t].reshape(-1, rows), at, _flat(words))
            state, stored = self.layer.cell(sums.reshape(at.count, products, columns), state)
            given.append(state[0])
            kept.append(stored)
        return image_of(given[-1:] if self.layer.last_only else given), Steps(vectors, kept)

    def backward(self, d: Floats, memo: Steps, at: Pass) -> Back:
        lines = np.empty((self.steps, at.count, self.layer.products, self.matrix.shape[1]), np.float32)
        errors, words, handed = self.layer.start(at.count), self._words(at), []
        for t in reversed(range(self.steps)):
            errors = (errors[0] + self._from_above(d, t), *errors[1:])
            lines[t], errors = self.before(memo.kept[t], errors)
            back = self._read_back(lines[t], t, at, words[t])
            handed.append(back[:, 0, : self.features])
            errors = (errors[0] + back[:, -1, self.features :], *errors[1:])
        share = Share(_by_sample(memo.vectors), _by_sample(lines))
        return Back((image_of(handed[::-1]),) if self.hands_back else (), share)

    def weights(self) -> dict[str, Floats]:
        matrix, bias = self.matrix.weights.T * np.float32(self.matrix.scale), self.matrix.bias
        return {f"{self.name}.weight": np.ascontiguousarray(matrix)} | ({} if bias is None else {f"{self.name}.bias": bias.copy()})

    @property
    def largest(self) -> int:
        return max(super().largest, self.steps * self.layer.products * sum(self.matrix.shape))

    def _from_above(self, d: Floats, t: int) -> Floats | np.float32:
        """What the readers of the layer say about step t: d [n, hidden, T or 1, 1]."""
        if not self.layer.last_only:
            return d[:, :, t, 0]
        return d[:, :, 0, 0] if t == self.steps - 1 else np.float32(0)

    def _read_back(self, lines: Floats, t: int, at: Pass, words: Words) -> Floats:
        """Errors of the vectors of step t, (n, P, rows), 0 where nobody reads them: x is in the first product, the state in the last."""
        chosen = [product for product in range(self.layer.products) if self._is_read(product, t)]
        back = np.zeros((at.count, self.layer.products, self.matrix.shape[0]), np.float32)
        if chosen:
            those = Words(words.sample[:, chosen], words.vector[:, chosen])
            errors = self.matrix.backward(np.ascontiguousarray(lines[:, chosen]).reshape(-1, lines.shape[2]), at, _flat(those))
            back[:, chosen] = errors.reshape(at.count, len(chosen), -1)
        return back

    def _is_read(self, product: int, t: int) -> bool:
        return (product == 0 and self.hands_back) or (product == self.layer.products - 1 and t > 0)

    def _words(self, at: Pass) -> list[Words]:
        """The identity of the vectors of each step, (n, P) words."""
        sample, vector = (word.reshape(at.count, self.steps, self.layer.products) for word in at.words(self.steps * self.layer.products))
        return [Words(sample[:, t], vector[:, t]) for t in range(self.steps)]


def _flat(words: Words) -> Words:
    return Words(np.ascontiguousarray(words.sample).reshape(-1), np.ascontiguousarray(words.vector).reshape(-1))


def _by_sample(vectors: Floats) -> Floats:
    """(T, n, P, lines) -> (n T P, lines)."""
    return np.ascontiguousarray(vectors.transpose(1, 0, 2, 3)).reshape(-1, vectors.shape[3])
