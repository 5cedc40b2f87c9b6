"""Whether the samples of a batch stay apart where a reshape merges them with another axis, as x.view(-1, n) does.

With a batch of 1 nothing can be seen of it. So the graph is computed with several samples together and one after the other, by the
reference implementation of the library, once with drawn numbers. A graph that cannot be computed with several is one of single samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Array, Model, Node, Port
from chipsim.workload.onnx.network import ACROSS, Operand

RESHAPES = ("Reshape", "Flatten")
CLOSE = 1e-3


def merges(nodes: Sequence[Node], known: Mapping[str, Operand]) -> bool:
    """Whether a reshape makes the first axis, which was of length 1, a longer one."""
    for node in nodes:
        before, after = known.get(node.inputs[0]) if node.op in RESHAPES else None, known.get(node.outputs[0])
        if isinstance(before, Value) and isinstance(after, Value) and before.shape[:1] == (1,) != after.shape[:1]:
            return True
    return False


def check_apart(model: Model, port: Port, size: Sequence[int], fixed: Mapping[str, Array], output: str, tokens: int | None) -> None:
    """InputError where an output of samples of that size together is not that of each. fixed: values of the other inputs, for one."""
    random = np.random.default_rng(0)
    drawn: Array = random.integers(0, tokens, size) if tokens else random.normal(size=size)
    try:
        together = model.computed({port.name: drawn, **fixed}, output)
        single = [model.computed({port.name: one[None], **fixed}, output) for one in drawn]
    except InputError:
        return
    if not any(_is(together, np.concatenate(single, axis)) for axis in range(single[0].ndim)):
        raise InputError(f"{ACROSS}; a reshape merges samples with another axis, as view(-1, n) does")


def _is(found: Array, wanted: Array) -> bool:
    scale = float(np.abs(wanted).max(initial=0)) + 1e-30
    return found.shape == wanted.shape and bool(np.allclose(found, wanted, rtol=CLOSE, atol=CLOSE * scale, equal_nan=True))
