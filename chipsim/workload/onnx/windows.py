"""Windows over an image: pooling, and what it shares with convolution (axes, strides, padding)."""

from __future__ import annotations

from collections.abc import Sequence

from chipsim.errors import InputError
from chipsim.workload.layers import AveragePool, Layer, MaxPool
from chipsim.workload.layers.window import Pair, Sides, reach
from chipsim.workload.onnx.layout import Value, atoms, length
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import laid
from chipsim.workload.onnx.network import Network, Operand, converts, option, tensor

Axes = tuple[int, ...]  # for each spatial axis of a tensor: 0 where it lies along the height, 1 along the width


def as_image(network: Network, node: Node, value: Value, rank: int) -> tuple[Value, Axes]:
    """A tensor [1, C, ...] of that rank whose spatial axes lie along height and width, and which of them where."""
    if len(value.axes) != rank:
        raise InputError(f"reads a tensor {list(value.shape)}, expected one of {rank} axes")
    if rank not in (3, 4):
        raise InputError(f"slides over {rank - 2} axes, expected one or two")
    found = _lying_axes(value, rank)
    if found is not None:
        return value, found
    return laid(network, node, value, [1], *([axis] for axis in range(2, rank))), tuple(range(rank - 2))


def _lying_axes(value: Value, rank: int) -> Axes | None:
    if sorted(value.axes[1]) == sorted(value.channels) and not value.axes[0]:
        if value.axes[2:] == value.image[1:]:
            return 0, 1
        for along in (0, 1):
            if rank == 3 and value.axes[2] == value.image[1 + along] and not value.image[2 - along]:
                return (along,)
    return None


def sized(sizes: Sequence[int], axes: Axes) -> Pair:
    """Numbers of each spatial axis as [y, x]; 1 for the one that there is not."""
    found = [1, 1]
    for axis, size in zip(axes, sizes, strict=True):
        found[axis] = int(size)
    return found[0], found[1]


def padding_of(node: Node, axes: Axes, value: Value, kernel: Pair, stride: Pair, dilation: Pair) -> Sides:
    """Zeros above, left, below and right, as written or as `auto_pad` demands."""
    automatic = option(node, "auto_pad", "NOTSET")
    pads = list(option(node, "pads", [0] * 2 * len(axes)))
    if automatic in ("SAME_UPPER", "SAME_LOWER"):
        before, after = [0, 0], [0, 0]
        for axis in axes:
            size, far = length(value.image[1 + axis]), reach(kernel, dilation)[axis]
            total = max((-(-size // stride[axis]) - 1) * stride[axis] + far - size, 0)
            small, large = total // 2, total - total // 2
            before[axis], after[axis] = (small, large) if automatic == "SAME_UPPER" else (large, small)
        return before[0], before[1], after[0], after[1]
    if automatic == "VALID":
        pads = [0] * 2 * len(axes)
    first, second = ([0, 0], [0, 0])
    for axis, before_, after_ in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        first[axis], second[axis] = int(before_), int(after_)
    return first[0], first[1], second[0], second[1]


@converts("MaxPool", "AveragePool")
def pool(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """The largest or the mean value under a window."""
    value = tensor(read[0])
    if any(name in network.uses for name in node.outputs[1:]):
        raise InputError("gives the places of the largest values too, which is not supported")
    value, axes = as_image(network, node, value, 2 + len(node.attributes["kernel_shape"]))
    kernel = sized(node.attributes["kernel_shape"], axes)
    stride, dilation = (sized(option(node, name, [1] * len(axes)), axes) for name in ("strides", "dilations"))
    padding = padding_of(node, axes, value, kernel, stride, dilation)
    name, inputs, ceil = network.name(node), (value.layer,), bool(option(node, "ceil_mode", 0))
    if node.op == "AveragePool" and dilation != (1, 1):
        raise InputError(f"takes a mean with dilation {list(dilation)}, which is not supported")
    counted = bool(option(node, "count_include_pad", 0))
    layer = (
        MaxPool(name=name, inputs=inputs, kernel=kernel, stride=stride, padding=padding, ceil=ceil, dilation=dilation)
        if node.op == "MaxPool"
        else AveragePool(name=name, inputs=inputs, kernel=kernel, stride=stride, padding=padding, ceil=ceil, count_padding=counted)
    )
    return (pooled(network, layer, value, axes),)


@converts("GlobalAveragePool", "GlobalMaxPool")
def global_pool(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One number of each channel."""
    value = tensor(read[0])
    value, axes = as_image(network, node, value, len(value.axes))
    return (pooled(network, whole(network, node, value, node.op == "GlobalMaxPool"), value, axes),)


def whole(network: Network, node: Node, value: Value, largest: bool) -> Layer:
    """A pool whose window is the image."""
    name, kernel = network.name(node), value.size[1:]
    kind = MaxPool if largest else AveragePool
    return kind(name=name, inputs=(value.layer,), kernel=kernel)


def pooled(network: Network, layer: Layer, value: Value, axes: Axes) -> Value:
    """The output of a pool."""
    _, height, width = network.add(layer)
    image = value.channels, atoms(height), atoms(width)
    return Value(layer.name, image, (*value.axes[:2], *(image[1 + axis] for axis in axes)))
