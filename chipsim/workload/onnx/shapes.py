"""What only changes how numbers are named or which of them are taken: reshape, transpose, concat, split, slice, pad, reduce."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Concat, Cut, Layer, Pad, Reduce
from chipsim.workload.onnx.attention import Scores
from chipsim.workload.onnx.layout import Atom, Atoms, Value, atoms, length
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor
from chipsim.workload.onnx.windows import whole

Range = tuple[int, int, int]
END = 2**31


@converts("Identity", "Dropout", "Cast", "CastLike")
def same(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Nothing happens in inference; numbers are floats from the first to the last."""
    if len([name for name in node.outputs if name]) > 1:
        raise InputError("gives its mask too, which is not supported")
    return (read[0] if isinstance(read[0], Scores) else tensor(read[0]),)


@converts("Shape", "Size")
def shape(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Array, ...]:
    """Known, as all axes are."""
    sizes = np.array(tensor(read[0]).shape, np.int64)
    return (np.array(prod(sizes), np.int64) if node.op == "Size" else sizes[option(node, "start", 0) : option(node, "end", END)],)


@converts("Reshape", "Flatten")
def reshape(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """The same numbers in the same order, counted in another way."""
    value = tensor(read[0])
    if node.op == "Flatten":
        axis = option(node, "axis", 1) % (len(value.axes) + 1)
        return (value.reshaped([prod(value.shape[:axis]), prod(value.shape[axis:])]),)
    wanted = [int(size) for size in constant(read[1], "a shape").reshape(-1)]
    if not option(node, "allowzero", 0):
        wanted = [value.shape[i] if size == 0 and i < len(value.shape) else size for i, size in enumerate(wanted)]
    if wanted.count(-1) == 1:
        rest, known = prod(value.shape), -prod(wanted)
        wanted = [rest // known if size == -1 and known else size for size in wanted]
    if min(wanted, default=1) < 1:
        raise InputError(f"makes {wanted} of {list(value.shape)}")
    return (value.reshaped(wanted),)


@converts("Squeeze", "Unsqueeze")
def squeeze(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Axes of length 1 less or more."""
    value = tensor(read[0])
    given = constant(read[1], "axes").reshape(-1).tolist() if len(read) > 1 and read[1] is not None else option(node, "axes", None)
    if node.op == "Unsqueeze":
        rank = len(value.axes) + len(given)
        new, rest = {axis % rank for axis in given}, iter(value.axes)
        return (Value(value.layer, value.image, tuple(() if axis in new else next(rest) for axis in range(rank))),)
    gone = {i for i, size in enumerate(value.shape) if size == 1} if given is None else {value.axis(axis) for axis in given}
    if any(value.axes[axis] for axis in gone):
        raise InputError(f"takes away axes {sorted(gone)} of {list(value.shape)}, expected axes of length 1")
    return (Value(value.layer, value.image, tuple(axis for i, axis in enumerate(value.axes) if i not in gone)),)


@converts("Transpose")
def transpose(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Axes in another order; the numbers stay where they are."""
    value = tensor(read[0])
    return (value.transposed(option(node, "perm", list(range(len(value.axes)))[::-1])),)


@converts("Expand")
def expand(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """To its own shape."""
    value, wanted = tensor(read[0]), constant(read[1], "a shape").reshape(-1).tolist()
    if np.broadcast_shapes(value.shape, tuple(wanted)) != value.shape:
        raise InputError(f"repeats {list(value.shape)} to {wanted}, which is not supported")
    return (value,)


@converts("Concat")
def concat(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Side by side along the channels."""
    values = [tensor(operand) for operand in read]
    axis = values[0].axis(node.attributes["axis"])
    others = [[one.axes[:axis], one.axes[axis + 1 :]] for one in (value.of_channels() for value in values)]
    places = [_places_only(value) for value in values]
    along = all(value.axes[axis] == value.channels for value in values) and not any(any(map(any, parts)) for parts in others)
    if not along or not all(places[0].same_places(place) for place in places[1:]):
        shapes = ", ".join(str(list(value.shape)) for value in values)
        raise InputError(f"joins {shapes} along axis {axis}; expected tensors side by side along the channels")
    if len(values) == 1:
        return (values[0],)
    layer = Concat(name=network.name(node), inputs=tuple(value.layer for value in values))
    out = atoms(network.add(layer)[0])
    first = values[0]
    return (Value(layer.name, (out, *first.image[1:]), (*first.axes[:axis], out, *first.axes[axis + 1 :])),)


def _places_only(value: Value) -> Value:
    """The tensor with one channel."""
    kept = set(value.places)
    return Value(value.layer, ((), *value.image[1:]), tuple(tuple(atom for atom in axis if atom in kept) for axis in value.axes))


@converts("Split")
def split(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Parts along one axis."""
    value = tensor(read[0])
    axis = value.axis(option(node, "axis", 0))
    size, parts = value.shape[axis], len(node.outputs)
    each = -(-size // parts)
    given = constant(read[1], "sizes").tolist() if len(read) > 1 and read[1] is not None else option(node, "split", None)
    sizes = given or [each] * (parts - 1) + [size - each * (parts - 1)]
    edges = np.cumsum([0, *sizes]).tolist()
    return tuple(_cut(network, node, value, {axis: (low, high, 1)}) for low, high in pairwise(edges))


@converts("Slice")
def slice_(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A range of one or several axes."""
    value = tensor(read[0])
    names = ("starts", "ends", "axes", "steps")
    given = [
        constant(operand, name).reshape(-1).tolist() if operand is not None else option(node, name, None)
        for name, operand in zip(names, (*read[1:], None, None, None, None), strict=False)
    ]
    starts, ends = given[:2]
    axes, steps = given[2] or list(range(len(starts))), given[3] or [1] * len(starts)
    taken: dict[int, Range] = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 1:
            raise InputError(f"takes an axis backwards (step {step}), which is not supported")
        low, high, _ = slice(start, end).indices(value.shape[value.axis(axis)])
        taken[value.axis(axis)] = (low, high, step)
    return (_cut(network, node, value, taken),)


@converts("Gather")
def gather(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One index, or several in a row, of an axis."""
    value, index = tensor(read[0]), constant(read[1], "indices")
    axis = value.axis(option(node, "axis", 0))
    places = index.reshape(-1).tolist()
    if places and not -value.shape[axis] <= min(places) <= max(places) < value.shape[axis]:
        raise InputError(f"gathers index {max(places, key=abs)} of {value.shape[axis]} along axis {axis}")
    places = [place % value.shape[axis] for place in places]
    if index.ndim > 1 or not places or places != list(range(places[0], places[0] + len(places))):
        raise InputError("gathers indices that do not follow each other, which is not supported")
    found = _cut(network, node, value, {axis: (places[0], places[-1] + 1, 1)})
    if index.ndim == 1:
        return (found,)
    return (Value(found.layer, found.image, found.axes[:axis] + found.axes[axis + 1 :]),)


def _cut(network: Network, node: Node, value: Value, taken: dict[int, Range]) -> Value:
    """Ranges of axes that are channels, height or width."""
    ranges: list[Range | None] = [None, None, None]
    image, axes = list(value.image), list(value.axes)
    for axis, one in taken.items():
        if one == (0, value.shape[axis], 1):
            continue
        own = value.axes[axis]
        dimension = next((i for i, atoms_ in enumerate(value.image) if own and atoms_[: len(own)] == own), None)
        rest = value.image[dimension][len(own) :] if dimension is not None else ()
        if dimension is None or (rest and one[2] != 1):
            raise InputError(f"takes a part of axis {axis} of {list(value.shape)}, which does not lie along the image by itself")
        size = length(rest)  # numbers behind each index of the axis, which lie side by side
        ranges[dimension] = (one[0] * size, one[1] * size, one[2])
        axes[axis] = atoms(len(range(*one)))
        image[dimension] = axes[axis] + rest
    if ranges == [None, None, None]:
        return value
    layer = Cut(name=network.name(node), inputs=(value.layer,), channels=ranges[0], rows=ranges[1], columns=ranges[2])
    network.add(layer)
    return Value(layer.name, (image[0], image[1], image[2]), tuple(axes))


@converts("Pad")
def pad(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A constant margin around height and width."""
    value = tensor(read[0])
    if option(node, "mode", "constant") != "constant":
        raise InputError(f"pads in mode '{node.attributes['mode']}', expected 'constant'")
    pads = constant(read[1], "pads").tolist() if len(read) > 1 else node.attributes["pads"]
    given = constant(read[2], "a value") if len(read) > 2 and read[2] is not None else np.asarray(option(node, "value", 0.0))
    fill = float(given.reshape(()))
    named = constant(read[3], "axes").tolist() if len(read) > 3 and read[3] is not None else list(range(len(value.axes)))
    around = [0, 0, 0, 0]
    image, axes = list(value.image), list(value.axes)
    for number, before, after in zip(named, pads[: len(named)], pads[len(named) :], strict=True):
        axis = value.axis(number)
        if before == after == 0:
            continue
        if value.axes[axis] not in value.image[1:] or min(before, after) < 0:
            raise InputError(f"pads axis {axis} of {list(value.shape)} by {before} and {after}; expected margins of height or width")
        dimension = value.image.index(value.axes[axis], 1)
        around[dimension - 1], around[dimension + 1] = before, after
        image[dimension] = axes[axis] = atoms(value.shape[axis] + before + after)
    if around == [0, 0, 0, 0]:
        return (value,)
    layer = Pad(name=network.name(node), inputs=(value.layer,), padding=(around[0], around[1], around[2], around[3]), value=fill)
    network.add(layer)
    return (Value(layer.name, (image[0], image[1], image[2]), tuple(axes)),)


@converts("ReduceMean", "ReduceSum", "ReduceMax")
def reduce(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Over all positions, over the channels, or over both."""
    value = tensor(read[0])
    given = constant(read[1], "axes").reshape(-1).tolist() if len(read) > 1 and read[1] is not None else option(node, "axes", None)
    if not given and option(node, "noop_with_empty_axes", 0):
        return (value,)
    gone = sorted(value.axis(axis) for axis in (given or range(len(value.axes))))
    over = {atom for axis in gone for atom in value.axes[axis]}
    places, channels = set(value.places), set(value.channels)
    if over and over not in (places, channels, places | channels):
        raise InputError(f"reduces axes {gone} of {list(value.shape)}; expected all positions, all channels, or both")
    found = value
    if places and places <= over:
        found = _over_places(network, node, found)
    if channels and channels <= over:
        function = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max"}[node.op]
        layer: Layer = Reduce.model_validate({"name": network.name(node), "inputs": (found.layer,), "function": function})
        network.add(layer)
        found = Value(layer.name, ((), found.image[1], found.image[2]), _without(found.axes, channels))
    kept = range(len(value.axes)) if option(node, "keepdims", 1) else [i for i in range(len(value.axes)) if i not in gone]
    return (found.transposed(kept),)


def _over_places(network: Network, node: Node, value: Value) -> Value:
    layer = whole(network, node, value, node.op == "ReduceMax")
    network.add(layer)
    found = Value(layer.name, (value.channels, (), ()), _without(value.axes, set(value.places)))
    if node.op == "ReduceSum":
        return network.scaled(node, found, np.full(1, float(prod(value.size[1:]))), np.zeros(1))
    return found


def _without(axes: Sequence[Atoms], gone: set[Atom]) -> tuple[Atoms, ...]:
    return tuple(tuple(atom for atom in axis if atom not in gone) for axis in axes)
