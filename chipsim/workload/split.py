"""A network in which large layers are cut into layers with fewer outputs each, whose results lie side by side again: the same numbers.

    y = concat(act(x W_0 + b_0), act(x W_1 + b_1), ...),      W = [W_0 W_1 ...]

Part k of a layer is called `<layer>.part<k>`, and what puts them together has the layer's own name. A part consists of whole column
blocks of the layer, and `Workload.parts` keeps which: so its blocks are those of the whole layer, with the same devices. Recurrent
layers and convolutions in groups stay whole: their outputs depend on each other, or lie along a diagonal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from chipsim.errors import InputError
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.layers import Layer
from chipsim.workload.layers.concat import Concat
from chipsim.workload.layers.conv2d import Conv2d
from chipsim.workload.layers.linear import Linear
from chipsim.workload.load import output_shapes
from chipsim.workload.weights import Weights

PART = ".part"
Columns = Sequence[tuple[int, int]]  # half-open, of column blocks side by side


def whole_name(workload: Workload, name: str) -> str:
    """The name of the layer that a part belongs to; that of any other layer is its own."""
    return workload.parts.get(name, (name, 0))[0]


def can_be_split(layer: Layer) -> bool:
    """Whether the outputs of a layer can be made in parts."""
    return isinstance(layer, Linear) or (isinstance(layer, Conv2d) and layer.groups == 1)


def split(workload: Workload, blocks: Mapping[str, Sequence[Columns]]) -> Workload:
    """The workload with each of the named layers in parts, each of some of its column blocks; InputError for one that cannot be split."""
    layers: list[Layer] = []
    weights: dict[str, Weights] = {}
    homes = dict(workload.parts)
    for name in workload.order:
        layer = workload.layers[name].having(inputs=workload.network.sources(name))
        if len(blocks.get(name, ())) < 2:
            layers.append(layer)
            weights |= {name: workload.weights[name]} if name in workload.weights else {}
            continue
        parts = _parts(layer, workload.weights[name], blocks[name], workload)
        first = accumulate((len(columns) for columns in blocks[name]), initial=0)
        homes |= {part.name: (name, block) for (part, _), block in zip(parts, first, strict=False)}
        weights |= {part.name: own for part, own in parts}
        layers += [part for part, _ in parts]
        layers.append(Concat(name=name, inputs=tuple(part.name for part, _ in parts)))
    spec = workload.spec.model_copy(update={"layers": tuple(layers)})
    graph = Graph(spec.layers)
    shapes = MappingProxyType(output_shapes(spec, graph))
    own = MappingProxyType(weights)
    return Workload(spec, graph, shapes, own, workload.inputs, workload.labels, workload.parameters, MappingProxyType(homes))


def _parts(layer: Layer, weights: Weights, blocks: Sequence[Columns], workload: Workload) -> Sequence[tuple[Layer, Weights]]:
    if not can_be_split(layer):
        raise InputError(f"split: layer '{layer.name}' ({layer.type_name}) cannot be made in parts; linear and conv2d without groups can")
    mark = PART
    while any(f"{layer.name}{mark}{number}" in workload.layers for number in range(len(blocks))):
        mark += "_"
    found = []
    for number, columns in enumerate(blocks):
        low, high = columns[0][0], columns[-1][1]
        size = {"out_features": high - low} if isinstance(layer, Linear) else {"out_channels": high - low}
        matrix = np.ascontiguousarray(weights.matrix[:, low:high])
        matrix.setflags(write=False)
        bias = None if weights.bias is None else weights.bias[low:high]
        found.append((layer.having(name=f"{layer.name}{mark}{number}", **size), Weights(matrix, bias)))
    return found
