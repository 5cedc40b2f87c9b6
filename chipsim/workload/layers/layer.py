"""The roots of all layers: what mapping, the timed run and the functional pass may ask of one.

An image is float32 [channels, height, width] for each sample, a batch [B, C, H, W]; a plain vector of n features is
[n, 1, 1]. A position is (y, x); all channels of a position are computed together.

- MatrixLayer: a product with trained weights, which goes onto crossbars. Each output position is one vector through the
  matrix [in_features, out_features] (for a convolution the im2col patch), then bias and activation.
- Recurrent (recurrent.py): trained weights too, but a vector holds what the layer gave one position before.
  Both are WeightedLayers.
- DigitalLayer: work of the vector unit (pooling, activation, addition, attention), without a matrix of weights.
- ViewLayer: names the same numbers in another shape; nothing is computed or moved.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.spec import Family, check, key
from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE, ActivationName, apply

Floats = NDArray[np.float32]
Shape = tuple[int, int, int]  # channels, height, width
Position = tuple[int, int]  # y, x

CACHED = 1 << 20  # float32 values: 4 MB, the usual share of a core in the last cache
INPUT = "input"  # the name under which layers refer to the image itself
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Layer(Family):
    """Root of the layers of a network; members register under `type:`."""

    is_view: ClassVar[bool] = False  # the output is the input in another shape: consumers may look through this layer
    flattens: ClassVar[bool] = False  # takes an input of any shape as the vector of its numbers in the order C, H, W

    name: str = key("name of the layer; its weights are stored as <name>.weight and <name>.bias", min_length=1)
    inputs: tuple[str, ...] = key("names of the layers it reads (default: the layer before it; 'input' is the image)", default=())

    @check
    def _has_a_plain_name(self) -> Layer:
        if self.name == INPUT or not _NAME.fullmatch(self.name):
            raise ValueError(f"'{self.name}' cannot be the name of a layer, expected letters, digits, _ . - and not '{INPUT}'")
        return self

    @abstractmethod
    def output_shape(self, *input_shapes: Shape) -> Shape:
        """[channels, height, width] of the output; InputError where the inputs do not fit."""

    @abstractmethod
    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        """Upper left and lower right corner, inclusive, of the positions of the first input that output position (y, x) depends on."""

    def needs_of(self, number: int, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        """The same for input `number` of that shape; most layers need the same positions of all their inputs."""
        return self.needs(y, x, input_shape)

    def complaint(self, attribute: str, message: str) -> InputError:
        """The error that `attribute` of this layer is wrong."""
        return InputError(f"{type(self).__name__}.{attribute}: layer '{self.name}' {message}")

    def _only(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of the only input; InputError when there are more."""
        if len(input_shapes) != 1:
            raise self.complaint("inputs", f"reads {len(input_shapes)} layers, expected one")
        return input_shapes[0]


class WeightedLayer(Layer):
    """Root of layers with a matrix of trained weights."""

    bias: bool = key("whether a bias is added after the product", default=True)
    input_range: float | None = key(
        "largest input that is represented, learned in training; used by arrays with 'input_scaling: fixed'", default=None, gt=0
    )

    @abstractmethod
    def matrix_shape(self, input_shape: Shape) -> tuple[int, int]:
        """(in_features, out_features): inputs and outputs of one vector's product."""

    @abstractmethod
    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        """Shape of the weights as PyTorch stores them."""

    @abstractmethod
    def matrix(self, weight: Floats) -> Floats:
        """Stored weights as a C-contiguous float32 matrix [in_features, out_features]; rows ordered (channel, ky, kx)."""

    @abstractmethod
    def macs(self, input_shape: Shape) -> int:
        """Multiply-accumulates for one sample."""

    @abstractmethod
    def forward(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        """Float reference with activation: x [B, C, H, W], matrix [in_features, out_features] -> [B, Cout, Hout, Wout]."""

    def biases(self, input_shape: Shape) -> int:
        """Numbers in the bias."""
        return self.matrix_shape(input_shape)[1]

    @property
    def bands(self) -> int:
        """Equal parts of the rows and columns of the matrix that lie along its diagonal and hold all weights; 1: the whole matrix."""
        return 1

    def filled(self, input_shape: Shape, rows: tuple[int, int], columns: tuple[int, int]) -> int:
        """Cells of a block of the matrix that hold a weight; rows of biases, which come last, hold one in every column."""
        height, width = (size // self.bands for size in self.matrix_shape(input_shape))
        own = ((_overlap(rows, i, height), _overlap(columns, i, width)) for i in range(self.bands))
        below = max(rows[1] - max(rows[0], height * self.bands), 0)
        return sum(down * across for down, across in own) + below * (columns[1] - columns[0])


class MatrixLayer(WeightedLayer):
    """Root of layers that are a product with a matrix of trained weights, followed by a bias and an activation."""

    activation: ActivationName | None = key("function applied to the output (default: none)", default=None)
    slope: float = key("slope of leaky_relu below zero", default=DEFAULT_SLOPE)

    @check
    def _slope_is_used(self) -> MatrixLayer:
        if self.slope != DEFAULT_SLOPE and self.activation != "leaky_relu":
            raise ValueError(f"slope {self.slope:g} is given, but the activation is {self.activation}; only leaky_relu has one")
        return self

    @abstractmethod
    def patches(self, x: Floats, y0: int, y1: int) -> Floats:
        """Input vectors of the output rows y0 to y1 - 1: x [B, C, H, W] -> [B, y1 - y0, Wout, in_features].

        Reads only those rows of x that these outputs need; outside the image are zeros. ValueError for rows that do not exist.
        """

    def macs(self, input_shape: Shape) -> int:
        """Multiply-accumulates for one sample, counted from the network: in_features * out_features * Hout * Wout.

        For a convolution this is the usual k * k * Cin * Cout * Hout * Wout / groups, which counts the zeros at the image's border.
        """
        rows, columns = self.matrix_shape(input_shape)
        _, height, width = self.output_shape(input_shape)
        return rows * columns // self.bands * height * width

    def activate(self, values: Floats) -> Floats:
        """The activation of each value of a float32 array [..., out_features]; bits do not depend on the array's length."""
        return values if self.activation is None else apply(self.activation, values, self.slope)

    def forward(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        """As described, by BLAS, so the last bits may depend on the batch."""
        return self._in_parts(x, weights, lambda part: self.activate(self.summed(part, weights, bias)))

    def sums(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        """`forward` before the activation."""
        return self._in_parts(x, weights, lambda part: self.summed(part, weights, bias))

    def _in_parts(self, x: Floats, weights: Floats, computed: Callable[[Floats], Floats]) -> Floats:
        """A batch in parts whose input vectors stay in the caches: those of a whole batch would go to memory and back."""
        shape = self.output_shape((x.shape[1], x.shape[2], x.shape[3]))
        size = images_at_once(shape, len(weights))
        if len(x) <= size:
            return computed(x)
        result = np.empty((len(x), *shape), np.float32)
        for first in range(0, len(x), size):
            result[first : first + size] = computed(x[first : first + size])
        return result

    def summed(self, x: Floats, weights: Floats, bias: Floats | None) -> Floats:
        """The sums of a small batch, made at once."""
        channels, height, width = self.output_shape((x.shape[1], x.shape[2], x.shape[3]))
        patches = self.patches(x, 0, height)
        products = self._products(patches.reshape(len(x) * height * width, len(weights)), weights)
        if bias is not None:
            products += bias
        return np.ascontiguousarray(products.reshape(len(x), height, width, channels).transpose(0, 3, 1, 2))

    def _products(self, vectors: Floats, weights: Floats) -> Floats:
        """vectors [n, in_features] times the matrix, band by band, so that its zeros cost nothing."""
        if self.bands == 1:
            product: Floats = vectors @ weights
            return product
        each = np.arange(self.bands)
        own = weights.reshape(self.bands, len(weights) // self.bands, self.bands, -1)[each, :, each]
        apart = vectors.reshape(len(vectors), self.bands, -1).transpose(1, 0, 2)
        return np.ascontiguousarray((apart @ own).transpose(1, 0, 2)).reshape(len(vectors), -1)


class DigitalLayer(Layer):
    """Root of layers that the vector unit computes: channel by channel, or in groups of channels that belong together (`grain`).

    Every output value is computed from its own inputs in a fixed order, so its bits depend neither on the batch nor on how
    rows and channels are cut. A layer may have `parameters`, trained numbers of each channel, stored as <layer>.<parameter>.
    A layer that `regroups` has other channels than its inputs: all of them meet on one node.
    """

    regroups: ClassVar[bool] = False

    @property
    def parameters(self) -> Mapping[str, float]:
        """The trained parameters by name, each with one number for every channel, and the value that changes nothing.

        They follow the inputs of `compute_rows` as arrays [1, C, 1, 1] (or [1, C, H, W], see `parameter_shape`) in this order.
        """
        return {}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        """Shape in which each of the parameters is stored: one number for every channel, or for every number of the input."""
        return (input_shape[0],)

    def parameter(self, stored: Floats) -> Floats:
        """A stored parameter as `compute_rows` takes it: [1, C, 1, 1] or [1, C, H, W]."""
        return stored.reshape(1, *stored.shape, *[1] * (3 - stored.ndim))

    def looked_up(self, input_shape: Shape) -> int:
        """Numbers of the parameters that one sample needs; all of them unless they are rows of a table."""
        return len(self.parameters) * prod(self.parameter_shape(input_shape))

    def grain(self, channels: int) -> int:
        """Channels that must be computed together, of an output of so many: 1 when each stands for itself."""
        return channels if self.regroups else 1

    @abstractmethod
    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        """Output rows y0 to y1 - 1 from whole inputs [B, C, H, W] -> [B, C, y1 - y0, Wout].

        C may be any slice of the channels that begins and ends with a `grain`; only the input rows that these outputs need are read.
        """

    def operations(self, channels: int) -> Mapping[str, int]:
        """Elementary operations for one output position of `channels` channels: name -> count, for the vector unit's cost.

        To be given by every layer, or else `operations_at`.
        """
        raise NotImplementedError(f"{type(self).__name__} says neither `operations` nor `operations_at`")

    def operations_at(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> Mapping[str, int]:
        """`operations` of a position in row y, where they depend on the row or on the size of the inputs."""
        return self.operations(channels)

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        """Numbers read from the buffer for one output position in row y; by default one position of each input."""
        return sum(shape[0] for shape in input_shapes) if self.regroups else channels * len(input_shapes)

    def forward(self, *inputs: Floats) -> Floats:
        """The whole output [B, C, Hout, Wout] of whole inputs [B, C, H, W], parameters last."""
        images = inputs[: len(inputs) - len(self.parameters)]
        _, height, _ = self.output_shape(*((x.shape[1], x.shape[2], x.shape[3]) for x in images))
        return self.compute_rows(inputs, 0, height)


class ViewLayer(Layer):
    """Root of layers that only name the numbers of their input in another shape."""

    is_view: ClassVar[bool] = True

    def forward(self, x: Floats) -> Floats:
        """The batch [B, C, H, W] in the new shape, without a copy where possible."""
        return x.reshape(len(x), *self.output_shape((x.shape[1], x.shape[2], x.shape[3])))


def images_at_once(shape: Shape, rows: int) -> int:
    """How many images of an output of that shape make input vectors, of so many rows, that stay in the caches."""
    return max(1, CACHED // (shape[1] * shape[2] * rows))


def _overlap(span: tuple[int, int], number: int, size: int) -> int:
    """Numbers of a span that lie in part `number` of so many each."""
    return max(min(span[1], (number + 1) * size) - max(span[0], number * size), 0)
