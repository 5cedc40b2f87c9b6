"""Functions that exporters write as several nodes, put together again before anything is converted.

    silu         x * sigmoid(x)
    hard_silu    x * hard_sigmoid(x) with 1/6 and 1/2
    gelu         x * (1 + erf(x / sqrt(2))) * 0.5, the factors in any order

Nodes of a function are only replaced when nothing else reads what lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np

from chipsim.workload.onnx.model import Array, Node

GATES = {"Sigmoid": "Silu", "HardSigmoid": "HardSwish"}


def recognised(nodes: Sequence[Node], constants: Mapping[str, Array], outputs: Sequence[str]) -> list[Node]:
    """The nodes, with one for each function that was found."""
    return _Patterns(nodes, constants, outputs).replaced()


@final
class _Patterns:
    def __init__(self, nodes: Sequence[Node], constants: Mapping[str, Array], outputs: Sequence[str]) -> None:
        self.nodes, self.constants = nodes, constants
        self.maker = {name: node for node in nodes for name in node.outputs}
        self.readers: dict[str, list[Node]] = {}
        for node in nodes:
            for name in node.inputs:
                self.readers.setdefault(name, []).append(node)
        self.outputs = set(outputs)

    def replaced(self) -> list[Node]:
        """Every node that is left, in its place."""
        gone: set[int] = set()
        new: dict[int, Node] = {}
        for node in self.nodes:
            found = self._gate(node) or self._gelu(node)
            if found:
                last, op, source, parts = found
                gone |= {id(part) for part in parts}
                new[id(last)] = replace(last, op=op, inputs=(source,), attributes={})
        return [new.get(id(node), node) for node in self.nodes if id(node) in new or id(node) not in gone]

    def _gate(self, node: Node) -> tuple[Node, str, str, list[Node]] | None:
        """Node: a product; its other factor a function of the first."""
        for source, gate in (node.inputs, node.inputs[::-1]) if node.op == "Mul" and len(node.inputs) == 2 else ():
            inner = self.maker.get(gate)
            if inner and inner.op in GATES and inner.inputs == (source,) and self._alone(inner) and _plain(inner):
                return node, GATES[inner.op], source, [inner]
        return None

    def _gelu(self, node: Node) -> tuple[Node, str, str, list[Node]] | None:
        """Node: the error function, from which the others are found."""
        if node.op != "Erf" or not self._alone(node):
            return None
        before = self.maker.get(node.inputs[0])
        source = self._times(before, np.sqrt(0.5)) if before else None
        plus = self._next(node)
        if before is None or source is None or not self._alone(before) or plus is None or plus.op != "Add" or not self._has(plus, 1.0):
            return None
        parts, last, missing = [before, node, plus], plus, {"x", "half"}
        halved = next((one for one in self.readers[source] if self._times(one, 0.5) == source and self._alone(one)), None)
        while missing:
            product = self._next(last)
            if product is None or product.op != "Mul":
                return None
            other = next((name for name in product.inputs if name != last.outputs[0]), "")
            if halved is not None and other == halved.outputs[0] and len(missing) == 2:
                parts, missing = [*parts, halved], set()
            elif other == source and "x" in missing:
                missing -= {"x"}
            elif self._is(other, 0.5) and "half" in missing:
                missing -= {"half"}
            else:
                return None
            parts, last = [*parts, product], product
        return last, "Gelu", source, parts[:-1]

    def _next(self, node: Node) -> Node | None:
        readers = self.readers.get(node.outputs[0], [])
        return readers[0] if len(readers) == 1 and node.outputs[0] not in self.outputs else None

    def _alone(self, node: Node) -> bool:
        return self._next(node) is not None

    def _times(self, node: Node, factor: float) -> str | None:
        """What a node multiplies by that constant."""
        if node.op == "Mul" and self._has(node, factor):
            return next((name for name in node.inputs if not self._is(name, factor)), None)
        if node.op == "Div" and self._is(node.inputs[1], 1 / factor):
            return node.inputs[0]
        return None

    def _has(self, node: Node, number: float) -> bool:
        return any(self._is(name, number) for name in node.inputs)

    def _is(self, name: str, number: float) -> bool:
        array = self.constants.get(name)
        return array is not None and array.size == 1 and abs(float(array.reshape(())) - number) < 1e-4


def _plain(node: Node) -> bool:
    return node.op != "HardSigmoid" or abs(node.attributes.get("alpha", 0.2) - 1 / 6) < 1e-6
