"""A part of a network as a network of its own: some layers, what they read from before, what they make for later.

What several layers before made comes as one image, channels side by side in the order of `inputs`, and is taken apart by layers of
type slice; what is read later leaves likewise, put together by a concat. Weights, parameters and names of the layers are those of the
whole, so that random numbers that belong to a layer are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.data import InputSpec
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.drawn import Random
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.layers import Layer
from chipsim.workload.layers.concat import Concat
from chipsim.workload.layers.cut import Cut
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.load import output_shapes

Floats = NDArray[np.float32]


def part_of(workload: Workload, steps: Sequence[str], inputs: Sequence[str], outputs: Sequence[str], images: Floats) -> Workload:
    """The layers `steps` (that compute something) as a workload with `images` [N, C, H, W], which hold the `inputs` side by side.

    Labels are 0 and mean nothing. InputError where inputs or outputs differ in height or width.
    """
    shapes = workload.shapes
    for what, names in (("reads", inputs), ("makes", outputs)):
        if len({shapes[name][1:] for name in names}) != 1:
            listed = ", ".join(f"{name} {list(shapes[name])}" for name in names)
            raise InputError(f"part_of: the part {what} {listed or 'nothing'}; expected images of one height and width")
    feeds, cuts = _feeds(workload, inputs)
    layers: list[Layer] = [*cuts, *_layers(workload, steps, feeds)]
    if len(outputs) > 1:
        layers.append(Concat(name=_free(workload, "out"), inputs=tuple(outputs)))
    channels = sum(shapes[name][0] for name in inputs)
    reads = workload.spec.input if tuple(inputs) == (INPUT,) else InputSpec(shape=(channels, *shapes[inputs[0]][1:]))
    spec = WorkloadSpec(name=workload.name, input=reads, random=Random(), layers=tuple(layers))
    graph = Graph(spec.layers)
    own = MappingProxyType(output_shapes(spec, graph))
    weights = MappingProxyType({name: workload.weights[name] for name in steps if name in workload.weights})
    parameters = MappingProxyType({name: workload.parameters[name] for name in steps if name in workload.parameters})
    images = np.ascontiguousarray(images).view()
    images.setflags(write=False)
    parts = MappingProxyType({name: workload.parts[name] for name in steps if name in workload.parts})
    return Workload(spec, graph, own, weights, images, np.zeros(len(images), np.int64), parameters, parts)


def _feeds(workload: Workload, inputs: Sequence[str]) -> tuple[dict[str, str], list[Layer]]:
    """By what name each input is read, and the layers that take it out of the image."""
    if len(inputs) == 1:
        return {inputs[0]: INPUT}, []
    borders = pairwise(accumulate((workload.shapes[name][0] for name in inputs), initial=0))
    cuts: list[Layer] = [
        Cut(name=_free(workload, f"in.{name}"), inputs=(INPUT,), channels=border) for name, border in zip(inputs, borders, strict=True)
    ]
    return {name: cut.name for name, cut in zip(inputs, cuts, strict=True)}, cuts


def _free(workload: Workload, name: str) -> str:
    while name in workload.layers:
        name += "_"
    return name


def _layers(workload: Workload, steps: Sequence[str], feeds: Mapping[str, str]) -> list[Layer]:
    """The layers of the part with the views they read through, each with its inputs named."""
    wanted = set(steps)
    for name in steps:
        for source in workload.network.sources(name):
            while source != INPUT and workload.layers[source].is_view:
                wanted.add(source)
                source = workload.network.sources(source)[0]
    return [
        workload.layers[name].having(inputs=tuple(feeds.get(source, source) for source in workload.network.sources(name)))
        for name in workload.order
        if name in wanted
    ]
