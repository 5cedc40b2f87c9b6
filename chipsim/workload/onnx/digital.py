"""Operators that no layer stands for, put on the vector unit as they are, where the user asks for it.

    digital: [CumSum, Det]        digital: {CumSum: 12}  # operations for each number of the output        digital: all
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from math import prod

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.layers import Constant, Operator
from chipsim.workload.layers.operator import Kind
from chipsim.workload.onnx.layout import Atoms, Value, atoms
from chipsim.workload.onnx.model import Array, Node, notation, reference
from chipsim.workload.onnx.moves import Image, apart, moved
from chipsim.workload.onnx.network import ACROSS, Network, Operand

Digital = str | Sequence[str] | Mapping[str, int]
ALL = "all"
KINDS: Mapping[str, Kind] = {"f": "float32", "i": "int64", "u": "int64", "b": "bool"}


def operations_of(digital: Digital, op: str) -> int | None:
    """Operations for each number of an operator's output; None where it is not to be put on the vector unit."""
    if isinstance(digital, Mapping):
        return digital.get(op)
    named = (digital,) if isinstance(digital, str) else digital
    return 1 if op in named or ALL in named else None


def on_the_vector_unit(network: Network, node: Node, read: Sequence[Operand], each: int) -> tuple[Value, ...]:
    """A layer for each output that is used."""
    values = apart(network, node, [_in_order(network, node, one) for one in read if isinstance(one, Value)])
    fixed = {f"c{i}": _numbers(one) for i, one in enumerate(read) if isinstance(one, np.ndarray)}
    text = _text(node, read)
    zeros = {f"x{at}": np.zeros(value.shape, np.float32) for at, value in enumerate(values)}
    with np.errstate(all="ignore"):  # zeros may be no argument of it; its shapes are what counts here
        made = reference(text, network.opset, zeros | fixed)
    _check_batch(network, text, [value.shape for value in values], fixed)
    constants = tuple(_constant(name, array) for name, array in fixed.items())
    stored = [array.reshape(-1) for array in fixed.values() if array.dtype == np.float32]
    arrays = {"constants": np.concatenate(stored)} if stored and sum(map(len, stored)) else {}
    found = []
    for number, array in enumerate(made):
        if node.outputs[number] not in network.uses:
            found.append(values[0])
            continue
        image, axes = _lying(array.shape)
        layer = Operator(
            name=network.name(node), inputs=tuple(value.layer for value in values), node=text, opset=network.opset, constants=constants,
            tensors=tuple(value.shape for value in values), shape=Value("", image, ()).size, result=number, each=each,
        )  # fmt: skip
        network.add(layer, arrays)
        found.append(Value(layer.name, image, axes))
    return tuple(found)


def _text(node: Node, read: Sequence[Operand]) -> str:
    """A node that reads tensors x0, x1, ... and constants by the number of the input, c0, c1, ..."""
    at, names = count(), []
    for number, one in enumerate(read):
        names.append(f"x{next(at)}" if isinstance(one, Value) else f"c{number}" if isinstance(one, np.ndarray) else "")
    return notation(node, names)


def _numbers(array: Array) -> Array:
    """A constant as one of the kinds that can be written down."""
    if array.dtype.kind not in KINDS:
        raise InputError("reads constants that are no numbers")
    return array.astype(KINDS[array.dtype.kind])


def _check_batch(network: Network, text: str, shapes: Sequence[Sequence[int]], fixed: Mapping[str, Array]) -> None:
    """InputError where samples together give something else than one after the other, tried with small and with large numbers."""
    if network.batch == 1 or any(shape[:1] != (1,) for shape in shapes):
        return
    random, samples = np.random.default_rng(0), max(network.batch, 2)
    for low, high in ((0.1, 1), (-50, 50)):
        drawn = [random.uniform(low, high, (samples, *shape[1:])).astype(np.float32) for shape in shapes]
        many: dict[str, Array] = {f"x{i}": array for i, array in enumerate(drawn)}
        try:
            both = reference(text, network.opset, many | dict(fixed))
            ones = [{name: x[i : i + 1] for name, x in many.items()} for i in range(samples)]
            each = [reference(text, network.opset, one | dict(fixed)) for one in ones]
        except InputError:  # written for one sample, by an axis of length 1
            return
        if not all(_joined(whole, ones) for whole, *ones in zip(both, *each, strict=True)):
            raise InputError(ACROSS)


def _joined(whole: Array, ones: Sequence[Array]) -> bool:
    """Whether an output is that of single samples, one after the other."""
    joined = np.concatenate(ones) if ones[0].ndim else whole[..., None]
    return whole.shape == joined.shape and bool(np.allclose(whole, joined, rtol=1e-4, atol=1e-5, equal_nan=True))


def _lying(shape: Sequence[int]) -> tuple[Image, tuple[Atoms, ...]]:
    """Image and axes of an output, whose numbers lie in the order of its axes: the batch with the channels, height, all else."""
    axes = tuple(atoms(size) for size in shape)
    rest = tuple(atom for axis in axes[3:] for atom in axis)
    return (tuple(atom for axis in axes[:2] for atom in axis), axes[2] if len(axes) > 2 else (), rest), axes


def _in_order(network: Network, node: Node, value: Value) -> Value:
    """A tensor whose numbers lie in the order of its axes."""
    lying = tuple(atom for axis in value.axes for atom in axis)
    if lying == value.lying:
        return value
    channels, rows = value.axes[1] if len(value.axes) > 1 else (), value.axes[2] if len(value.axes) > 2 else ()
    rest = tuple(atom for axis in value.axes[3:] for atom in axis)
    return moved(network, node, value, (value.axes[0] + channels, rows, rest))


def _constant(name: str, array: Array) -> Constant:
    kind = KINDS[array.dtype.kind]
    values = () if kind == "float32" else tuple(int(number) for number in array.reshape(-1))
    if prod(array.shape) != len(values) and kind != "float32":
        raise InputError(f"reads a constant {list(array.shape)} of {array.dtype}, which cannot be written down")
    return Constant(name=name, kind=kind, shape=array.shape, values=values)
