"""Inputs of a graph that are given one value for all samples, such as the attention mask of a text encoder: constants from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chipsim.errors import InputError, Problem
from chipsim.workload.onnx.model import Array, Model, Port

Bind = Mapping[str, Any]  # a number, a list of numbers or an array for each input
KINDS = {"float": "float32", "double": "float64", "bfloat16": "float32"}  # what the others are called is what NumPy calls them


def bound_values(model: Model, own: Port, bind: Bind, sizes: Mapping[str, int]) -> dict[str, Array]:
    """The value of every bound input, broadcast to its shape with a batch of 1; InputError for those that do not fit.

    own: the input that is left; sizes: lengths of axes that are not fixed, by name.
    """
    found, problems = {}, []
    for port in (port for port in model.inputs if port.name in bind):
        try:
            found[port.name] = _value(port, own, bind[port.name], sizes)
        except InputError as error:
            problems += [Problem(problem.message, port.name) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return found


def _value(port: Port, own: Port, given: Any, sizes: Mapping[str, int]) -> Array:
    try:
        array = np.asarray(given)
        kind = np.dtype(KINDS.get(port.kind, port.kind))
    except (ValueError, TypeError):
        raise InputError(f"is bound to {str(given)[:40]}, expected a number or a block of numbers of type {port.kind}") from None
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all() or (kind.kind != "f" and (array.astype(kind) != array).any()):
        raise InputError(f"is bound to {str(given)[:40]}, expected numbers of type {port.kind}")
    shape = _shape(port, own, array.shape, sizes)
    try:
        return np.ascontiguousarray(np.broadcast_to(array, shape)).astype(kind)
    except ValueError:
        raise InputError(f"is bound to {list(array.shape)} numbers, which do not fit its shape {list(shape)}") from None


def _shape(port: Port, own: Port, given: Sequence[int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Lengths of its axes: those that the file or the user says, a batch of 1, else those of the value itself."""
    batch, shape = own.axes[0], []
    for number, axis in enumerate(port.axes):
        named = axis or str(number)
        if isinstance(axis, int) and axis > 0:
            shape.append(1 if number == 0 and axis == batch else axis)
        elif axis and axis == batch:
            shape.append(1)
        elif named in sizes:
            shape.append(sizes[str(named)])
        elif number == 0:
            shape.append(1)
        elif len(given) == len(port.axes):
            shape.append(given[number])
        else:
            raise InputError(f"axis {number} has no fixed length; bind it, such as 'shapes: {{{named}: 64}}'")
    return tuple(shape)
