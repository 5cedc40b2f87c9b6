"""How the axes of an ONNX tensor lie in an image [channels, height, width].

An axis is a product of atoms, slowest first, and so are channels, height and width. Reshape and Transpose then move no number: they only
regroup atoms. A tensor [1, tokens, heads, size] whose numbers lie as [heads * size, tokens, 1] is

    axes   (), (t), (h), (s)          image   (h, s), (t), ()

An axis of length 1 has no atoms; the batch is one. What would need numbers to move from channels to positions is refused by who needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from math import prod
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.layers import Shape

_numbers = count()


class Atom(NamedTuple):
    """A factor of an axis: a number of its own, and its length."""

    number: int
    size: int


Atoms = tuple[Atom, ...]


def atoms(size: int) -> Atoms:
    """An axis of that length by itself."""
    return (Atom(next(_numbers), size),) if size != 1 else ()


def length(axis: Atoms) -> int:
    """Its length."""
    return prod(atom.size for atom in axis)


@final
@dataclass(frozen=True)
class Value:
    """A tensor that a layer makes: the layer, its image, the axes of the tensor, and which of these is the batch."""

    layer: str
    image: tuple[Atoms, Atoms, Atoms]
    axes: tuple[Atoms, ...]
    batch: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor, with a batch of 1."""
        return tuple(map(length, self.axes))

    @property
    def size(self) -> Shape:
        """Of the image."""
        channels, height, width = map(length, self.image)
        return channels, height, width

    @property
    def channels(self) -> Atoms:
        """Atoms of the channels."""
        return self.image[0]

    @property
    def places(self) -> Atoms:
        """Atoms of the positions."""
        return self.image[1] + self.image[2]

    @property
    def lying(self) -> Atoms:
        """All atoms as the numbers lie: channels, rows, columns."""
        return self.channels + self.places

    def axis(self, number: int) -> int:
        """An axis counted from the front; InputError where there is none."""
        if not -len(self.axes) <= number < len(self.axes):
            raise InputError(f"names axis {number} of a tensor {list(self.shape)}")
        return number % len(self.axes)

    def transposed(self, order: Sequence[int]) -> Value:
        """With its axes in another order."""
        batch = [number % len(self.axes) for number in order].index(self.batch) if self.batch else 0
        return replace(self, axes=tuple(self.axes[number] for number in order), batch=batch)

    def reshaped(self, shape: Sequence[int]) -> Value:
        """With its atoms grouped into other axes, cut where they must be; InputError where they cannot."""
        if prod(shape) != prod(self.shape):
            raise InputError(f"makes {list(shape)} of {list(self.shape)}, which has another number of elements")
        value, axes, rest = self, [], [atom for axis in self.axes for atom in axis]
        for size in shape:
            axis: list[Atom] = []
            while (missing := size // length(tuple(axis))) > 1:
                atom = rest.pop(0)
                if atom.size > missing:
                    atom, left, value = value._cut(atom, missing)
                    rest.insert(0, left)
                elif missing % atom.size:
                    raise InputError(f"makes {list(shape)} of {list(self.shape)}, across axes that cannot be cut so")
                axis.append(atom)
            axes.append(tuple(axis))
        return replace(value, axes=tuple(axes), batch=0)

    def _cut(self, atom: Atom, first: int) -> tuple[Atom, Atom, Value]:
        if atom.size % first:
            raise InputError(f"cuts an axis of {atom.size} into parts of {first}")
        ((one,), (two,)) = parted = atoms(first), atoms(atom.size // first)
        parts = (*parted[0], *parted[1])
        image = tuple(_replaced(axis, atom, parts) for axis in self.image)
        return one, two, Value(self.layer, (image[0], image[1], image[2]), tuple(_replaced(axis, atom, parts) for axis in self.axes))

    def same_places(self, other: Value) -> bool:
        """Whether each element of both tensors, of equal shape, lies at the same place of the image."""
        return bool(self._normal() == other._normal())

    def of_channels(self) -> Value:
        """The tensor with one position."""
        kept = set(self.channels)
        axes = tuple(tuple(atom for atom in axis if atom in kept) for axis in self.axes)
        return Value(self.layer, (self.channels, (), ()), axes)

    def _normal(self) -> Any:
        """Sizes of the atoms as they lie and their order in the axes, with neighbours that never part taken together."""
        following = {pair for axis in self.axes for pair in pairwise(axis)}
        joined: dict[Atom, list[int]] = {}
        image: list[list[list[int]]] = []
        for dimension in self.image:
            groups: list[list[int]] = []
            for before, atom in zip((None, *dimension), dimension, strict=False):
                if before is not None and (before, atom) in following:
                    groups[-1][0] *= atom.size
                else:
                    groups.append([atom.size])
                joined[atom] = groups[-1]
            image.append(groups)
        flat = [id(group) for groups in image for group in groups]
        axes = [list(dict.fromkeys(flat.index(id(joined[atom])) for atom in axis)) for axis in self.axes]
        return image, axes

    def laid(self, array: NDArray[Any]) -> NDArray[Any]:
        """Numbers that broadcast to the tensor, as they lie in the image [C, H, W]."""
        full = np.broadcast_to(array, self.shape)
        return reordered(full, [atom for axis in self.axes for atom in axis], self.lying).reshape(self.size)

    def arranged(self, images: NDArray[Any]) -> NDArray[Any]:
        """Images [N, C, H, W] as the tensor, its first axis the batch."""
        own = [atom for axis in self.axes for atom in axis]
        return np.stack([reordered(image, self.lying, own).reshape(self.shape[1:]) for image in images])


def reordered(array: NDArray[Any], given: Sequence[Atom], wanted: Sequence[Atom], behind: int = 0) -> NDArray[Any]:
    """An array whose elements run through the given atoms, in the order of the wanted ones; flat but for `behind` axes at the end."""
    tail = array.shape[array.ndim - behind :]
    if tuple(given) == tuple(wanted):
        return array.reshape((-1, *tail))
    order = [given.index(atom) for atom in wanted]
    apart = array.reshape((*(atom.size for atom in given), *tail))
    return np.ascontiguousarray(apart.transpose((*order, *range(len(given), len(given) + behind)))).reshape((-1, *tail))


def _replaced(axis: Atoms, atom: Atom, parts: Atoms) -> Atoms:
    return tuple(part for one in axis for part in (parts if one == atom else (one,)))
