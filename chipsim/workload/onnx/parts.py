"""Which numbers are taken, and what is put beside them: concat, split, slice, gather, pad; look-ups in a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Concat, Cut, Embedding, Offset, Pad
from chipsim.workload.onnx.layout import Value, atoms, length
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.moves import apart, laid, like, moved
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

Range = tuple[int, int, int]


@converts("Concat")
def concat(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Side by side along an axis; constants among them are put into a margin."""
    values = [operand for operand in read if isinstance(operand, Value)]
    axis = values[0].axis(node.attributes["axis"])
    network.apart(values[0], [axis])
    if len(values) < len(read):
        return (_with_constants(network, node, read, axis),)
    if len(values) == 1:
        return (values[0],)
    if any(one.shape[:axis] + one.shape[axis + 1 :] != values[0].shape[:axis] + values[0].shape[axis + 1 :] for one in values):
        shapes = ", ".join(str(list(value.shape)) for value in values)
        raise InputError(f"joins {shapes} along axis {axis}; expected tensors that differ along it only")
    values = apart(network, node, _beside(network, node, values, axis))
    layer = Concat(name=network.name(node), inputs=tuple(value.layer for value in values))
    out, first = atoms(network.add(layer)[0]), values[0]
    axes = (*first.axes[:axis], out, *first.axes[axis + 1 :])
    return (Value(layer.name, (out, *first.image[1:]), axes, first.batch),)


def _beside(network: Network, node: Node, values: Sequence[Value], axis: int) -> list[Value]:
    """Tensors with that axis as their channels, and all positions in one order."""
    first = values[0]
    if all(value.axes[axis] == value.channels for value in values):
        places = [_places_only(value) for value in values]
        if all(place.same_places(places[0]) for place in places[1:]):
            return list(values)
        if first.shape == max((value.shape for value in values), key=len) and len({value.shape for value in values}) == 1:
            return [like(network, node, value, first) for value in values]
    return [laid(network, node, value, [axis]) for value in values]


def _places_only(value: Value) -> Value:
    """The tensor with one channel."""
    kept = set(value.places)
    return Value(value.layer, ((), *value.image[1:]), tuple(tuple(atom for atom in axis if atom in kept) for axis in value.axes))


def _with_constants(network: Network, node: Node, read: Sequence[Operand], axis: int) -> Value:
    """One tensor between constants: a margin of zeros, to which they are added."""
    own = [number for number, operand in enumerate(read) if isinstance(operand, Value)]
    if len(own) != 1:
        raise InputError("joins several tensors with constants, which is not supported; expected one tensor")
    value = tensor(read[own[0]])
    sizes = [np.asarray(one).shape[axis] if isinstance(one, np.ndarray) else value.shape[axis] for one in read]
    before, after = sum(sizes[: own[0]]), sum(sizes[own[0] + 1 :])
    wide = margins(network, node, value, {axis: (before, after)}, 0.0)
    zeros = np.zeros(value.shape)
    whole = np.concatenate([zeros if isinstance(one, Value) else constant(one, "a part") for one in read], axis=axis)
    return network.stored(Offset(name=network.name(node), inputs=(wide.layer,)), wide, bias=network.lying(wide, whole))


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
    spans = zip(node.outputs, pairwise(edges), strict=True)
    return tuple(cut(network, node, value, {axis: (low, high, 1)}) if name in network.uses else value for name, (low, high) in spans)


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
    return (cut(network, node, value, taken),)


@converts("Gather")
def gather(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """One index, or several in a row, of an axis; or the rows of a constant table that the input names."""
    if isinstance(read[0], np.ndarray):
        return (_looked_up(network, node, read[0], tensor(read[1])),)
    value, index = tensor(read[0]), constant(read[1], "indices")
    axis = value.axis(option(node, "axis", 0))
    if index.size and index.any():
        network.apart(value, [axis])
    places = index.reshape(-1).tolist()
    if places and not -value.shape[axis] <= min(places) <= max(places) < value.shape[axis]:
        raise InputError(f"gathers index {max(places, key=abs)} of {value.shape[axis]} along axis {axis}")
    places = [place % value.shape[axis] for place in places]
    if index.ndim > 1 or not places or places != list(range(places[0], places[0] + len(places))):
        raise InputError("gathers indices that do not follow each other, which is not supported")
    found = cut(network, node, value, {axis: (places[0], places[-1] + 1, 1)})
    if index.ndim == 1:
        return (found,)
    batch = found.batch - 1 if axis < found.batch else 0 if axis == found.batch else found.batch
    return (Value(found.layer, found.image, found.axes[:axis] + found.axes[axis + 1 :], batch),)


def _looked_up(network: Network, node: Node, table: Array, value: Value) -> Value:
    """Rows of a table."""
    if table.ndim != 2 or option(node, "axis", 0) != 0:
        raise InputError(f"looks numbers of the input up in a table {list(table.shape)}; expected rows of [tokens, features]")
    value = moved(network, node, value, ((), value.channels + value.image[1], value.image[2])) if value.channels else value
    layer = Embedding(name=network.name(node), inputs=(value.layer,), tokens=len(table), features=table.shape[1])
    network.add(layer, {"weight": table})
    network.tables.append((value.layer, len(table)))
    out = atoms(table.shape[1])
    return Value(layer.name, (out, *value.image[1:]), (*value.axes, out))


def cut(network: Network, node: Node, value: Value, taken: dict[int, Range]) -> Value:
    """Ranges of axes; one that does not lie along the image by itself is brought there first."""
    taken = {axis: one for axis, one in taken.items() if one != (0, value.shape[axis], 1)}
    for axis, one in taken.items():
        if not len(range(*one)):
            raise InputError(f"takes nothing of axis {axis} of {list(value.shape)}; expected at least one index")
    for axis in [axis for axis, one in taken.items() if not _alone(value, axis, one[2])]:
        value = _cut(network, node, laid(network, node, value, [axis]), {axis: taken.pop(axis)})
    return _cut(network, node, value, taken) if taken else value


def _alone(value: Value, axis: int, step: int) -> bool:
    """Whether an axis is the slow part of channels, height or width, or all of it."""
    own = value.axes[axis]
    return any(own and dimension[: len(own)] == own and (dimension == own or step == 1) for dimension in value.image)


def _cut(network: Network, node: Node, value: Value, taken: dict[int, Range]) -> Value:
    ranges: list[Range | None] = [None, None, None]
    image, axes = list(value.image), list(value.axes)
    for axis, one in taken.items():
        own = value.axes[axis]
        dimension = next(i for i, found in enumerate(value.image) if own and found[: len(own)] == own)
        rest = value.image[dimension][len(own) :]
        size = length(rest)  # numbers behind each index of the axis, which lie side by side
        ranges[dimension] = (one[0] * size, one[1] * size, one[2])
        axes[axis] = atoms(len(range(*one)))
        image[dimension] = axes[axis] + rest
    layer = Cut(name=network.name(node), inputs=(value.layer,), channels=ranges[0], rows=ranges[1], columns=ranges[2])
    network.add(layer)
    return Value(layer.name, (image[0], image[1], image[2]), tuple(axes), value.batch)


@converts("Pad")
def pad(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """A constant margin."""
    value = tensor(read[0])
    if option(node, "mode", "constant") != "constant":
        raise InputError(f"pads in mode '{node.attributes['mode']}', expected 'constant'")
    pads = constant(read[1], "pads").tolist() if len(read) > 1 else node.attributes["pads"]
    given = constant(read[2], "a value") if len(read) > 2 and read[2] is not None else np.asarray(option(node, "value", 0.0))
    named = constant(read[3], "axes").tolist() if len(read) > 3 and read[3] is not None else list(range(len(value.axes)))
    sides = {
        value.axis(axis): (int(before), int(after))
        for axis, before, after in zip(named, pads[: len(named)], pads[len(named) :], strict=True)
    }
    for axis, (before, after) in sides.items():
        if min(before, after) < 0:
            taken = {axis: (max(-before, 0), value.shape[axis] - max(-after, 0), 1)}
            value = cut(network, node, value, taken)
    wide = {axis: (max(before, 0), max(after, 0)) for axis, (before, after) in sides.items()}
    return (margins(network, node, value, wide, float(given.reshape(()))),)


def margins(network: Network, node: Node, value: Value, sides: dict[int, tuple[int, int]], fill: float) -> Value:
    """So many numbers before and after the axes; one that is not height or width is brought there first."""
    sides = {axis: around for axis, around in sides.items() if any(around)}
    for axis in [axis for axis in sides if value.axes[axis] not in value.image[1:] or not value.axes[axis]]:
        others = [other for other in range(len(value.axes)) if other != axis]
        value = _margin(network, node, laid(network, node, value, others, [axis]), {axis: sides.pop(axis)}, fill, 1)
    return _margin(network, node, value, sides, fill) if sides else value


def _margin(
    network: Network, node: Node, value: Value, sides: dict[int, tuple[int, int]], fill: float, dimension: int | None = None
) -> Value:
    around = [0, 0, 0, 0]
    image, axes = list(value.image), list(value.axes)
    for axis, (before, after) in sides.items():
        place = value.image.index(value.axes[axis], 1) if dimension is None else dimension
        around[place - 1], around[place + 1] = before, after
        image[place] = axes[axis] = atoms(value.shape[axis] + before + after)
    layer = Pad(name=network.name(node), inputs=(value.layer,), padding=(around[0], around[1], around[2], around[3]), value=fill)
    network.add(layer)
    return Value(layer.name, (image[0], image[1], image[2]), tuple(axes))
