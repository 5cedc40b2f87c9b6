"""Functions that exporters write as several nodes, put together again before anything is converted.

    silu         x * sigmoid(x)
    hard_silu    x * hard_sigmoid(x) with 1/6 and 1/2
    gelu         x * (1 + erf(x / sqrt(2))) * 0.5, the factors in any order
    gelu_tanh    x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) * 0.5
    layer_norm   d / sqrt(mean(d^2) + epsilon), d = x - mean(x), over the last axes; then its scale and offset if they follow

Nodes of a function are only replaced when nothing else reads what lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, final

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
            if normal := self._normal(node):
                last, inputs, keys, parts = normal
                gone |= {id(part) for part in parts}
                new[id(last)] = replace(last, op="LayerNormalization", inputs=inputs, attributes=keys)
            elif found := self._gate(node) or self._gelu(node):
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
        """Node: the error function or the tanh, from which the others are found."""
        if node.op not in ("Erf", "Tanh") or not self._alone(node):
            return None
        before = self.maker.get(node.inputs[0])
        if before is None or not self._alone(before):
            return None
        inside = [before] if node.op == "Erf" else self._cubic(before)
        source = self._times(before, np.sqrt(0.5)) if node.op == "Erf" else self._of_cubic(inside)
        plus = self._next(node)
        if source is None or not inside or plus is None or plus.op != "Add" or not self._has(plus, 1.0):
            return None
        parts, last, missing = [*inside, node, plus], plus, {"x", "half"}
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
        return last, "Gelu" if node.op == "Erf" else "GeluTanh", source, parts[:-1]

    def _cubic(self, before: Node) -> list[Node]:
        """sqrt(2 / pi) * (x + 0.044715 * x^3), its last node first; empty if it is another thing."""
        total = self.maker.get(self._times(before, np.sqrt(2 / np.pi)) or "")
        if total is None or total.op != "Add" or not self._alone(total):
            return []
        for source, other in (total.inputs, total.inputs[::-1]):
            term = self.maker.get(other)
            cube = self.maker.get(self._times(term, 0.044715) or "") if term else None
            if term is None or cube is None or not self._alone(term) or not self._alone(cube):
                continue
            if cube.op == "Pow" and cube.inputs[0] == source and self._is(cube.inputs[1], 3.0):
                return [before, total, term, cube]
            square = next((self.maker[name] for name in cube.inputs if name != source and name in self.maker), None)
            if cube.op == "Mul" and source in cube.inputs and square and square.inputs == (source, source) and self._alone(square):
                return [before, total, term, square, cube]
        return []

    def _of_cubic(self, inside: Sequence[Node]) -> str | None:
        """The x of it."""
        total = inside[1] if inside else None
        return next((name for name in total.inputs if self.maker.get(name) is not inside[2]), None) if total else None

    def _normal(self, node: Node) -> tuple[Node, tuple[str, ...], dict[str, Any], list[Node]] | None:
        """Node: the mean of x, from which the others are found."""
        axes = self._mean_axes(node)
        source, centred = node.inputs[0] if node.inputs else "", self._next(node)
        if axes is None or centred is None or centred.op != "Sub" or centred.inputs != (source, node.outputs[0]):
            return None
        chain = self._deviation(centred)
        if not chain or self._mean_axes(chain[1]) != axes:
            return None
        last = chain[-1]
        epsilon = next((self.constants[name] for name in chain[2].inputs if name in self.constants), None)
        if epsilon is None or epsilon.size != 1:
            return None
        scale = self._next(last)
        weight = next((name for name in scale.inputs if name in self.constants), "") if scale and scale.op == "Mul" else ""
        if not weight or scale is None or self.constants[weight].ndim != len(axes):
            return None
        parts = [node, centred, *chain, scale]
        offset = self._next(scale)
        bias = next((name for name in offset.inputs if name in self.constants), "") if offset and offset.op == "Add" else ""
        if offset is None or not bias or self.constants[bias].shape != self.constants[weight].shape:
            return scale, (source, weight), {"axis": axes[0], "epsilon": float(epsilon.reshape(()))}, parts[:-1]
        return offset, (source, weight, bias), {"axis": axes[0], "epsilon": float(epsilon.reshape(()))}, parts

    def _deviation(self, centred: Node) -> list[Node]:
        """Square, mean, sum, root and quotient of a difference that nothing else reads; empty if it is another thing."""
        readers = self.readers.get(centred.outputs[0], [])
        chain = [one for one in readers if self._is_square(one, centred.outputs[0])][:1]
        for op in ("ReduceMean", "Add", "Sqrt", "Div"):
            following = self._next(chain[-1]) if chain else None
            if following is None or following.op != op:
                return []
            chain.append(following)
        alone = {id(one) for one in readers} == {id(chain[0]), id(chain[-1])} and chain[-1].inputs[0] == centred.outputs[0]
        return chain if alone else []

    def _mean_axes(self, node: Node) -> list[int] | None:
        """The last axes, counted from behind, over which a node takes the mean and keeps them; None if it does another thing."""
        if node.op != "ReduceMean" or not node.attributes.get("keepdims", 1):
            return None
        given = node.attributes.get("axes")
        if given is None and len(node.inputs) > 1 and node.inputs[1] in self.constants:
            given = self.constants[node.inputs[1]].reshape(-1).tolist()
        return sorted(given) if given and sorted(given) == list(range(-len(given), 0)) else None

    def _is_square(self, node: Node, source: str) -> bool:
        if node.op == "Mul":
            return node.inputs == (source, source)
        return node.op == "Pow" and node.inputs[0] == source and self._is(node.inputs[1], 2.0)

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
