"""What a network asks of any machine: for each layer its multiplications and the numbers it reads and writes, for one sample.

    macs                multiply-accumulates
    weights             trained numbers, biases included; of a table the rows that are looked up
    inputs, outputs     numbers that a layer with multiplications reads and writes; those of other layers are counted nowhere else
    entering, leaving   numbers of the network's input that the layer reads, and of the network's output that it writes

Counted from shapes alone, so that a network without weights or data has a work too. Not counted: operations that are no
multiplication with a weight or of two activations (activations, pooling, additions, normalisation).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import final

from chipsim.workload.graph import Workload
from chipsim.workload.layers import DigitalLayer, WeightedLayer
from chipsim.workload.layers.layer import INPUT


@final
@dataclass(frozen=True)
class Work:
    """The work of one layer for one sample, in numbers."""

    layer: str
    macs: int
    weights: int = 0
    inputs: int = 0
    outputs: int = 0
    entering: int = 0
    leaving: int = 0

    @property
    def read(self) -> int:
        """Numbers that are read, weights not counted."""
        return max(self.inputs, self.entering)

    @property
    def written(self) -> int:
        """Numbers that are written."""
        return max(self.outputs, self.leaving)

    @property
    def outside(self) -> int:
        """Numbers that enter or leave the network here."""
        return self.entering + self.leaving


def work_of(workload: Workload) -> tuple[Work, ...]:
    """The work of every layer that computes something, in order."""
    return tuple(_work(workload, name) for name in workload.steps)


def _work(workload: Workload, name: str) -> Work:
    layer, read, macs = workload.layers[name], workload.producers(name), workload.layer_macs(name)
    written, weights = prod(workload.shapes[name]), 0
    if isinstance(layer, WeightedLayer):
        shape = workload.input_shape(name)
        weights = prod(layer.weight_shape(shape)) + (layer.biases(shape) if layer.bias else 0)
    elif isinstance(layer, DigitalLayer):
        weights = layer.looked_up(workload.input_shape(name))
    return Work(
        layer=name,
        macs=macs,
        weights=weights,
        inputs=sum(prod(workload.shapes[source]) for source in read) if macs else 0,
        outputs=written if macs else 0,
        entering=sum(prod(workload.shapes[source]) for source in read if source == INPUT),
        leaving=written if name == workload.output else 0,
    )
