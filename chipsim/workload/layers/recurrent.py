"""Layers with a state: what they give at one step is read again at the next.

    h_t, s_t = cell(products of x_t and h_(t-1) with the matrix, s_(t-1)),    t = 1 ... T,  every sample with the same h_0 and s_0

The input is the image [C, frames T, 1], its height the time; x_t are the channels (all, or those of `reads`) of `frames` positions in a
row, mostly of one, in the order (channel, frame). The output is [hidden, T, 1], or [hidden, 1, 1] with `last_only`. A layer that goes
`backward` reads x_T first and x_1 last: its first step makes h_T, from x_T and the first state, and `last_only` gives h_1. h_0 and s_0
are 0, or stored with the weights as <layer>.state [states, hidden] where there is a `first_state`. The
matrix [features + hidden, gates * hidden] has the rows of x_t above those of h_(t-1). x_t [B, features], h_t [B, hidden], s_t whatever
else the cell keeps, all float32. Weights are stored as <layer>.weight [gates * hidden, features + hidden] and <layer>.bias;
`from_pytorch` of each kind makes them of PyTorch's four arrays.

A step takes one product or several of the same matrix, `products`; the bias has [gates * hidden] numbers for each of them.

Not modelled: more than one layer or direction in one (write several layers, and `concat` for the two directions), projections,
peepholes, states kept from sample to sample.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats, Position, Shape, WeightedLayer
from chipsim.workload.layers.nonlinearity import apply

State = tuple[Floats, ...]  # (h, ...), each [B, hidden]
Span = tuple[int, int]


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
    backward: bool = key("begin with the last step of the sequence; what a step gives stands in the place of that step", default=False)
    first_state: bool = key("the state before the first step is stored as <layer>.state [arrays of it, numbers], else 0", default=False)
    frames: int = key("positions of the input that are read together in one step (time reduction)", default=1, ge=1)
    reads: Span | None = key("channels of the input that it reads, [first, one past the last] (default: all)", default=None)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        channels, steps, width = self._only(input_shapes)
        if width != 1:
            shape = list(input_shapes[0])
            raise self.complaint("inputs", f"reads {shape}; expected [features, steps, 1], the steps of time along the height")
        low, high = self.channels(channels)
        if not 0 <= low < high <= channels:
            raise self.complaint("reads", f"reads the channels {low} to {high - 1} of {channels}; expected [first, one past the last]")
        if steps % self.frames:
            raise self.complaint("frames", f"reads {self.frames} of {steps} positions at a time; expected a number that divides them")
        return self.hidden_size, 1 if self.last_only else steps // self.frames, 1

    def channels(self, channels: int) -> Span:
        """The channels that it reads of an input with so many."""
        return self.reads or (0, channels)

    def features(self, input_shape: Shape) -> int:
        """Numbers of the input that a step reads."""
        low, high = self.channels(input_shape[0])
        return (high - low) * self.frames

    def count(self, input_shape: Shape) -> int:
        """Steps of one sample."""
        return input_shape[1] // self.frames

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        last = input_shape[1] - 1
        if self.last_only:
            return (0, 0), (last, 0)
        return ((y * self.frames, 0), (last, 0)) if self.backward else ((0, 0), ((y + 1) * self.frames - 1, 0))

    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        return self.features(input_shape) + self.hidden_size, self.gates * self.hidden_size

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.matrix_shape(input_shape)[::-1]

    def matrix(self, weight: Floats) -> Floats:
        return np.ascontiguousarray(weight.T, np.float32)

    def macs(self, input_shape: Shape) -> int:
        rows, columns = self.matrix_shape(input_shape)
        return rows * columns * self.count(input_shape)

    def biases(self, input_shape: Shape) -> int:
        return self.products * self.gates * self.hidden_size

    @abstractmethod
    def vectors(self, x: Floats, h: Floats) -> Floats:
        """What drives the rows in one step: x [B, features], h [B, hidden] -> [B, products, features + hidden]."""

    def driven(self, product: int, features: int) -> Span:
        """The rows that are driven in a product of a step; all of them unless said otherwise."""
        return 0, features + self.hidden_size

    def drives(self, product: int, features: int, rows: Span) -> bool:
        """Whether a product of a step drives any of these rows of the arrays; the rows of biases, if there are any, come last."""
        first, end = self.driven(product, features)
        bias = features + self.hidden_size + product
        return max(first, rows[0]) < min(end, rows[1]) or rows[0] <= bias < rows[1]

    @abstractmethod
    def cell(self, sums: Floats, state: State) -> Cell:
        """One step from its products with bias, [B, products, gates * hidden]; or some of its numbers, if these are all given."""

    @abstractmethod
    def operations(self, units: int) -> Mapping[str, int]:
        """What the vector unit computes in one step for so many numbers of the state, once the products are there: name -> count."""

    def start(self, batch: int, units: Span | None = None, first: Floats | None = None) -> State:
        """The state before the first step, of all numbers or of some: 0, or the stored `first` [1, states, hidden, 1]."""
        low, high = units or (0, self.hidden_size)
        if first is None:
            return tuple(np.zeros((batch, high - low), np.float32) for _ in range(self.states))
        return tuple(np.repeat(first[:, number, low:high, 0], batch, axis=0) for number in range(self.states))

    @property
    def on_array(self) -> NDArray[np.int64]:
        """The column of the matrix that lies in each column of the arrays: all gates of one number of the state side by side.

        So that every column block has all that its numbers of the state need.
        """
        return np.arange(self.gates * self.hidden_size).reshape(self.gates, self.hidden_size).T.reshape(-1)

    def by_gate(self, values: Floats) -> Floats:
        """Columns as they lie on arrays, [..., units * gates], in the order that `cell` takes, [..., gates * units]."""
        apart = values.reshape(*values.shape[:-1], -1, self.gates)
        return np.ascontiguousarray(np.swapaxes(apart, -1, -2)).reshape(values.shape)

    def steps(self, x: Floats) -> Floats:
        """[B, C, frames T, 1] -> what each step reads, [T, B, C frames], C-contiguous, in the order in which they are taken."""
        batch, channels, height, _ = x.shape
        low, high = self.channels(channels)
        apart = x[:, low:high, :, 0].reshape(batch, high - low, height // self.frames, self.frames)
        apart = apart[:, :, ::-1] if self.backward else apart
        return np.ascontiguousarray(apart.transpose(2, 0, 1, 3)).reshape(-1, batch, (high - low) * self.frames)

    def image(self, given: list[Floats]) -> Floats:
        """The output [B, hidden, T or 1, 1] from what the steps gave, T times [B, hidden] in the order in which they were taken."""
        if self.last_only:
            return image_of(given[-1:])
        return image_of(given[::-1] if self.backward else given)

    def forward(self, x: Floats, weights: Floats, bias: Floats | None, first: Floats | None = None) -> Floats:
        """As described, `first` the stored state; BLAS calls whose last bits may depend on the batch."""
        state, given = self.start(len(x), None, first), []
        for x_t in self.steps(x):
            vectors = self.vectors(x_t, state[0])
            sums = vectors.reshape(-1, len(weights)) @ weights
            sums = sums.reshape(len(x), -1) if bias is None else sums.reshape(len(x), -1) + bias
            state, _ = self.cell(sums.reshape(len(x), self.products, -1), state)
            given.append(state[0])
        return self.image(given)


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
