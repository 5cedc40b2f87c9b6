"""What only changes how numbers are named: reshape, squeeze, transpose; nodes that do nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.onnx.attention import Scores
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Node
from chipsim.workload.onnx.moves import reshaped
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor

END = 2**31


@converts("Identity", "Dropout")
def same(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Operand, ...]:
    """Nothing happens in inference; numbers are floats from the first to the last."""
    if any(name in network.uses for name in node.outputs[1:]):
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
        return (reshaped(network, node, value, [prod(value.shape[:axis]), prod(value.shape[axis:])]),)
    wanted = [int(size) for size in constant(read[1], "a shape").reshape(-1)]
    if not option(node, "allowzero", 0):
        wanted = [value.shape[i] if size == 0 and i < len(value.shape) else size for i, size in enumerate(wanted)]
    if wanted and wanted[0] == network.batch > 1 and not value.axes[0]:
        wanted[0] = 1  # the batch of the file is one sample here
    if wanted.count(-1) == 1:
        rest, known = prod(value.shape), -prod(wanted)
        wanted = [rest // known if size == -1 and known else size for size in wanted]
    if min(wanted, default=1) < 1:
        raise InputError(f"makes {wanted} of {list(value.shape)}")
    return (reshaped(network, node, value, wanted),)


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
