"""Layers with a state: what they give at one step is read again at the next.

    h_t, s_t = cell(products of x_t and h_(t-1) with the matrix, s_(t-1)),    t = 1 ... T,  h_0 = 0 and s_0 = 0 in every sample

The input is the image [features, T, 1], its height the time; the output is [hidden, T, 1], or [hidden, 1, 1] with `last_only`. The
matrix [features + hidden, gates * hidden] has the rows of x_t above those of h_(t-1). x_t [B, features], h_t [B, hidden], s_t whatever
else the cell keeps, all float32. Weights are stored as <layer>.weight [gates * hidden, features + hidden] and <layer>.bias;
`from_pytorch` of each kind makes them of PyTorch's four arrays.

A step takes one product or several of the same matrix, `products`; the bias has [gates * hidden] numbers for each of them.

Not modelled: more than one layer or direction in one (write several layers), projections, peepholes, states kept from sample to sample.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats, Position, Shape, WeightedLayer
from chipsim.workload.layers.nonlinearity import apply

State = tuple[Floats, ...]  # (h, ...), each [B, hidden]


class Cell(NamedTuple):
    """One step: the state after it, and what the derivative of the step is computed from."""

    state: State
    kept: tuple[Floats, ...]


class Recurrent(WeightedLayer):
    """Root of recurrent layers."""

    gates: ClassVar[int]  # columns of the matrix for each number of the state
    states: ClassVar[int]  # arrays in the state
    products: ClassVar[int]  # of one step, one after the other

    hidden_size: int = key("numbers in the state, which the layer gives at every step", ge=1)
    last_only: bool = key("give the state after the last step alone, instead of all", default=False)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        _, steps, width = self._only(input_shapes)
        if width != 1:
            shape = list(input_shapes[0])
            raise self.complaint("inputs", f"reads {shape}; expected [features, steps, 1], the steps of time along the height")
        return self.hidden_size, 1 if self.last_only else steps, 1

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (0, 0), (input_shape[1] - 1 if self.last_only else y, 0)

    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        return input_shape[0] + self.hidden_size, self.gates * self.hidden_size

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.matrix_shape(input_shape)[::-1]

    def matrix(self, weight: Floats) -> Floats:
        return np.ascontiguousarray(weight.T, np.float32)

    def macs(self, input_shape: Shape) -> int:
        rows, columns = self.matrix_shape(input_shape)
        return rows * columns * input_shape[1]

    def biases(self, input_shape: Shape) -> int:
        return self.products * self.gates * self.hidden_size

    @abstractmethod
    def vectors(self, x: Floats, h: Floats) -> Floats:
        """What drives the rows in one step: x [B, features], h [B, hidden] -> [B, products, features + hidden]."""

    @abstractmethod
    def cell(self, sums: Floats, state: State) -> Cell:
        """One step from its products with bias, [B, products, gates * hidden]."""

    def start(self, batch: int) -> State:
        """The state before the first step."""
        return tuple(np.zeros((batch, self.hidden_size), np.float32) for _ in range(self.states))

    def forward(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        """As described; BLAS calls whose last bits may depend on the batch."""
        state, given = self.start(len(x)), []
        for x_t in steps_of(x):
            vectors = self.vectors(x_t, state[0])
            sums = vectors.reshape(-1, len(weights)) @ weights
            sums = sums.reshape(len(x), -1) if bias is None else sums.reshape(len(x), -1) + bias
            state, _ = self.cell(sums.reshape(len(x), self.products, -1), state)
            given.append(state[0])
        return image_of(given[-1:] if self.last_only else given)


def steps_of(x: Floats) -> Floats:
    """[B, features, T, 1] -> [T, B, features], C-contiguous."""
    return np.ascontiguousarray(x[:, :, :, 0].transpose(2, 0, 1))


def image_of(steps: list[Floats]) -> Floats:
    """T times [B, hidden] -> [B, hidden, T, 1], C-contiguous."""
    return np.stack(steps, axis=2)[:, :, :, None]


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z))."""
    return apply("sigmoid", z)


def tanh(z: Floats) -> Floats:
    """tanh(z)."""
    return apply("tanh", z)
