"""Where the numbers of a tensor do not lie as what follows needs them: moved, or repeated, by layers that compute nothing.

A layer is only added where something has to move; a tensor that lies as wanted is handed back as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import prod
from operator import mul

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Rearrange
from chipsim.workload.onnx.layout import Atom, Atoms, Value, atoms
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.network import Network

Image = tuple[Atoms, Atoms, Atoms]


def moved(network: Network, node: Node, value: Value, image: Image, repeated: Atoms = ()) -> Value:
    """A tensor whose atoms, and further ones along which it is repeated, lie as the image says; its axes as before."""
    if image == value.image:
        return value
    order = [atom for axis in image for atom in axis]
    factors = [*value.lying, *repeated]
    sizes = [1] if not value.lying else [atom.size for atom in value.lying]
    shift = 0 if value.lying else 1  # a single number has one factor of 1
    places = [0] * shift + [factors.index(atom) + shift for atom in order]
    layer = Rearrange(
        name=network.name(node, ".moved"), inputs=(value.layer,), sizes=tuple(sizes), order=tuple(places),
        shape=Value("", image, ()).size, repeats=tuple(atom.size for atom in repeated),
    )  # fmt: skip
    network.add(layer)
    return Value(layer.name, image, value.axes, value.batch)


def laid(network: Network, node: Node, value: Value, channels: Sequence[int], *places: Sequence[int]) -> Value:
    """A tensor with these axes as its channels, and as its height and its width if they are named; else all others as its height."""
    rest = [axis for axis in range(len(value.axes)) if axis not in channels]
    rows, columns = places if len(places) == 2 else ((places or (rest,))[0], ())
    image = tuple(tuple(atom for axis in axes for atom in value.axes[axis]) for axes in (channels, rows, columns))
    return moved(network, node, value, (image[0], image[1], image[2]))


def with_channels(network: Network, node: Node, value: Value, wanted: Sequence[int]) -> Value:
    """A tensor whose channels are these axes, in any order, moved only if they are not."""
    if sorted(atom for axis in wanted for atom in value.axes[axis]) == sorted(value.channels):
        return value
    return laid(network, node, value, wanted)


def as_sequence(network: Network, node: Node, value: Value) -> Value:
    """A tensor [steps, 1, features] with the steps as its height and the features as its channels."""
    if len(value.axes) != 3 or value.axes[1]:
        return value
    lies = value.image[1:] == (value.axes[0], ()) and sorted(value.axes[2]) == sorted(value.channels)
    return value if lies else laid(network, node, value, [2])


def reshaped(network: Network, node: Node, value: Value, shape: Sequence[int]) -> Value:
    """As `Value.reshaped`; numbers are brought into the order of the axes where these cannot be cut otherwise."""
    if prod(shape) != prod(value.shape):
        raise InputError(f"makes {list(shape)} of {list(value.shape)}, which has another number of elements")
    try:
        return value.reshaped(shape)
    except InputError:
        flat = laid(network, node, value, range(len(value.axes)))
        one = atoms(prod(value.shape))
        return Value(flat.layer, (one, (), ()), (one,)).reshaped(shape)


def ranked(value: Value, rank: int) -> Value:
    """With axes of length 1 in front, as broadcasting demands."""
    missing = rank - len(value.axes)
    return value if missing <= 0 else Value(value.layer, value.image, ((),) * missing + value.axes)


def matched(network: Network, node: Node, values: Sequence[Value]) -> list[Value]:
    """Tensors broadcast to one shape, all lying as the first that has it; each of a layer of its own."""
    rank = max(len(value.axes) for value in values)
    values = [ranked(value, rank) for value in values]
    try:
        shape = np.broadcast_shapes(*(value.shape for value in values))
    except ValueError:
        shapes = " and ".join(str(list(value.shape)) for value in values)
        raise InputError(f"reads tensors {shapes}, which do not fit each other") from None
    base = next((value for value in values if value.shape == shape), None)
    base = expanded(network, node, values[0], shape) if base is None else base
    try:
        found = [like(network, node, value, base) for value in values]
    except InputError:  # an axis is cut in ways that have no common one
        found = [_whole(network, node, expanded(network, node, value, shape)) for value in values]
    return apart(network, node, found)


def apart(network: Network, node: Node, values: Sequence[Value]) -> list[Value]:
    """Tensors of different layers: one that comes twice is copied."""
    seen: set[str] = set()
    found = []
    for value in values:
        found.append(copied(network, node, value) if value.layer in seen else value)
        seen.add(value.layer)
    return found


def copied(network: Network, node: Node, value: Value) -> Value:
    """The same numbers from a layer of their own."""
    layer = Rearrange(name=network.name(node, ".copy"), inputs=(value.layer,), sizes=value.size, order=(0, 1, 2), shape=value.size)
    network.add(layer)
    return Value(layer.name, value.image, value.axes)


def expanded(network: Network, node: Node, value: Value, shape: Sequence[int]) -> Value:
    """A tensor repeated along axes of length 1 and new ones in front."""
    value = ranked(value, len(shape))
    if network.batch > 1 and shape[0] == network.batch:
        network.apart(value, [0])
    new = {axis: atoms(size) for axis, size in enumerate(shape) if not value.axes[axis] and size != 1}
    more: Atoms = tuple(atom for axis in new.values() for atom in axis)
    if not more:
        return value
    dimension = 0 if not value.channels else 1  # beside the channels there are
    image = [list(axis) for axis in value.image]
    image[dimension] = [*more, *image[dimension]]
    found = moved(network, node, value, (tuple(image[0]), tuple(image[1]), tuple(image[2])), more)
    return Value(found.layer, found.image, tuple(new.get(axis, own) for axis, own in enumerate(value.axes)))


def like(network: Network, node: Node, value: Value, base: Value) -> Value:
    """A tensor broadcast to the shape of another one, every number where that has its own; InputError where axes are cut too oddly."""
    if value.shape == base.shape and value.same_places(base):
        return Value(value.layer, value.image, value.axes)
    cuts = [_common(own, other) for own, other in zip(value.axes, base.axes, strict=True)]
    parts, wanted = _cut(value, cuts, value.shape), _cut(base, cuts, base.shape)
    pairs: dict[Atom, Atom] = {}
    repeated: list[Atom] = []
    for own, other in zip(parts.axes, wanted.axes, strict=True):
        if own:
            pairs[other[0]] = own[0]
        elif other:
            pairs[other[0]] = atoms(other[0].size)[0]
            repeated.append(pairs[other[0]])
    image = tuple(tuple(pairs[atom] for atom in axis) for axis in wanted.image)
    axes = tuple(tuple(pairs[atom] for atom in axis) for axis in wanted.axes)
    found = moved(network, node, parts, (image[0], image[1], image[2]), tuple(repeated))
    return Value(found.layer, found.image, axes).reshaped(base.shape)


def _whole(network: Network, node: Node, value: Value) -> Value:
    """A tensor in the order of its axes, every axis one atom."""
    flat, axes = laid(network, node, value, range(len(value.axes))), tuple(atoms(size) for size in value.shape)
    return Value(flat.layer, (tuple(atom for axis in axes for atom in axis), (), ()), axes)


def _common(own: Atoms, other: Atoms) -> list[int]:
    """Factors of an axis that both ways to cut it allow."""
    edges = sorted({edge for axis in (own, other) for edge in accumulate((atom.size for atom in axis), mul)} | {1})
    if any(high % low for low, high in pairwise(edges)):
        raise InputError("reads axes that are cut in ways that do not fit each other")
    return [high // low for low, high in pairwise(edges)] or [1]


def _cut(value: Value, cuts: Sequence[Sequence[int]], shape: Sequence[int]) -> Value:
    sizes = [size if whole != 1 else 1 for parts, whole in zip(cuts, shape, strict=True) for size in parts]
    return value.reshaped(sizes)
