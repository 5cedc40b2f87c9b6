"""Numbers that stand several times, or change places in blocks: expand, tile, upsampling by whole factors, space and depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.onnx.layout import Value, atoms
from chipsim.workload.onnx.model import Node
from chipsim.workload.onnx.moves import expanded, moved, reshaped
from chipsim.workload.onnx.network import Network, Operand, constant, converts, option, tensor


@converts("Expand")
def expand(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """To the shape that both have together."""
    value, wanted = tensor(read[0]), constant(read[1], "a shape").reshape(-1).tolist()
    if len(wanted) >= len(value.axes) and wanted[0] == network.batch > 1:
        wanted[0] = 1
    try:
        shape = np.broadcast_shapes(value.shape, tuple(wanted))
    except ValueError:
        raise InputError(f"repeats {list(value.shape)} to {wanted}, which it does not fit") from None
    return (expanded(network, node, value, shape),)


@converts("Tile")
def tile(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Axes several times, one after the other."""
    counts = constant(read[1], "counts").reshape(-1).tolist()
    network.apart(tensor(read[0]), [axis for axis, count in enumerate(counts) if count > 1])
    return (_repeated(network, node, tensor(read[0]), counts, before=True),)


def _repeated(network: Network, node: Node, value: Value, counts: Sequence[int], before: bool) -> Value:
    """Every axis so many times: as a whole (`before`), or each index by itself."""
    if len(counts) != len(value.axes) or min(counts) < 1:
        raise InputError(f"repeats {list(value.shape)} {list(counts)} times; expected a count from 1 on for every axis")
    new = [atoms(count) for count in counts]
    if not any(new):
        return value
    axes = [more + own if before else own + more for own, more in zip(value.axes, new, strict=True)]
    image = [list(axis) for axis in value.image]
    for own, more in zip(value.axes, new, strict=True):
        beside = own[0 if before else -1] if own else None
        place = next((one for one in image if beside in one), image[0])
        at = place.index(beside) + (not before) if beside in place else 0
        place[at:at] = more
    every = tuple(atom for more in new for atom in more)
    found = moved(network, node, value, (tuple(image[0]), tuple(image[1]), tuple(image[2])), every)
    return Value(found.layer, found.image, tuple(axes))


@converts("Resize", "Upsample")
def resize(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Every number several times along an axis: the nearest one, whole factors."""
    value, (scales, sizes) = tensor(read[0]), _wanted(node, read)
    mode, place = option(node, "mode", "nearest"), option(node, "coordinate_transformation_mode", "half_pixel")
    if mode != "nearest":
        raise InputError(f"resizes in mode '{mode}', expected 'nearest'")
    named = [value.axis(axis) for axis in option(node, "axes", range(len(value.axes)))]
    given = [size / value.shape[axis] for axis, size in zip(named, sizes, strict=True)] if sizes else scales
    factors = [1.0] * len(value.axes)
    for axis, factor in zip(named, given, strict=True):
        factors[axis] = factor
    if option(node, "keep_aspect_ratio_policy", "stretch") != "stretch":
        raise InputError(f"keeps the ratio of its axes ({node.attributes['keep_aspect_ratio_policy']}), expected 'stretch'")
    counts = [round(factor) for factor in factors]
    if any(abs(factor - count) > 1e-6 or count < 1 for factor, count in zip(factors, counts, strict=True)):
        raise InputError(f"resizes by {[round(float(one), 4) for one in factors]}, expected whole factors")
    nearest = option(node, "nearest_mode", "round_prefer_floor")
    known = {("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil")}
    known |= {("pytorch_half_pixel", nearest) for nearest in ("round_prefer_floor", "round_prefer_ceil")}
    if node.op == "Resize" and (place, nearest) not in known and max(counts) > 1 and network.opset > 10:
        raise InputError(f"takes the nearest number by '{place}' and '{nearest}'; expected 'asymmetric' and 'floor'")
    return (_repeated(network, node, value, counts, before=False),)


def _wanted(node: Node, read: Sequence[Operand]) -> tuple[list[float], list[int]]:
    """Factors, or lengths of axes."""
    given = [None if one is None else constant(one, "factors").reshape(-1).tolist() for one in read[1:]]
    if "scales" in node.attributes:
        return list(node.attributes["scales"]), []
    scales, sizes = (given[0] if len(given) == 1 else given[1]) if given else [], given[2] if len(given) > 2 else []
    if not scales and not sizes:
        raise InputError("has neither factors nor lengths; expected one of them")
    return scales or [], sizes or []


@converts("DepthToSpace", "SpaceToDepth")
def space(network: Network, node: Node, read: Sequence[Operand]) -> tuple[Value, ...]:
    """Blocks of positions as channels, or the other way."""
    value, size = tensor(read[0]), int(node.attributes["blocksize"])
    batch, channels, height, width = value.shape
    if node.op == "SpaceToDepth":
        cut = reshaped(network, node, value, [batch, channels, height // size, size, width // size, size])
        return (reshaped(network, node, cut.transposed([0, 3, 5, 1, 2, 4]), [batch, channels * size**2, height // size, width // size]),)
    if option(node, "mode", "DCR") == "DCR":
        cut = reshaped(network, node, value, [batch, size, size, channels // size**2, height, width]).transposed([0, 3, 4, 1, 5, 2])
    else:
        cut = reshaped(network, node, value, [batch, channels // size**2, size, size, height, width]).transposed([0, 1, 4, 2, 5, 3])
    return (reshaped(network, node, cut, [batch, channels // size**2, height * size, width * size]),)
