"""Recalibrated statistics: every channel is scaled and shifted so that its mean and spread are those of the float network.

    y' = (y - m) s0 / s + m0

y value of a channel before its activation on the chip; m, s its mean and standard deviation over the calibrating images and all
positions, with the layers before it already recalibrated; m0, s0 those of the float network over the same images. The scale and
shift are those that the neuron circuit applies to the channel anyway. Recurrent layers are left as they are: an error of theirs comes
back in every step, so no factor of a channel undoes it. References: `programming/maintenance.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import batches
from chipsim.errors import InputError
from chipsim.programmed import ProgrammedLayer, ProgrammedNetwork
from chipsim.workload.layers.layer import INPUT, DigitalLayer, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent

Floats = NDArray[np.float32]
PASSES = 1 << 31  # number of the first calibrating pass: its noise is that of no sample whose accuracy is measured
LEAST = 1e-6  # a channel whose spread is below this share of the layer's is dead: only its mean is set right


def recalibrate(network: ProgrammedNetwork, images: int) -> None:
    """Set the corrections of all layers from the first `images` of the workload's data, at the network's present age."""
    workload = network.workload
    if images > len(workload.inputs):
        raise InputError(f"Maintenance.statistics: {images} images, but the data set has {len(workload.inputs)}; ask for fewer")
    wanted = {INPUT: workload.inputs[:images]}
    actual = dict(wanted)
    samples = np.arange(PASSES, PASSES + images, dtype=np.uint32)
    for name in workload.steps:
        layer, producers = workload.layers[name], workload.producers(name)
        if isinstance(layer, Recurrent):
            inputs, programmed = actual[producers[0]], network.layers[name]
            first = workload.parameters.get(name, ())
            wanted[name] = layer.forward(wanted[producers[0]], *workload.weights[name], *first)
            actual[name] = np.concatenate([programmed.forward(inputs[part], samples[part]) for part in batches(workload, images)])
        elif isinstance(layer, MatrixLayer):
            goal = layer.sums(wanted[producers[0]], *workload.weights[name])
            programmed, inputs = network.layers[name], actual[producers[0]]
            assert isinstance(programmed, ProgrammedLayer)
            found = np.concatenate([programmed.sums(inputs[part], samples[part]) for part in batches(workload, images)])
            programmed.correction = _correction(found, goal)
            wanted[name] = layer.activate(goal)
            actual[name] = layer.activate(_corrected(found, programmed.correction))
        else:
            assert isinstance(layer, DigitalLayer)
            parameters = workload.parameters.get(name, ())
            wanted[name] = layer.forward(*(wanted[p] for p in producers), *parameters)
            actual[name] = layer.forward(*(actual[p] for p in producers), *parameters)


def forget(network: ProgrammedNetwork) -> None:
    """Take all corrections back."""
    for layer in network.layers.values():
        if isinstance(layer, ProgrammedLayer):
            layer.correction = None


def _correction(found: Floats, goal: Floats) -> tuple[Floats, Floats]:
    """Gain and offset of every channel (C,)."""
    axes = (0, 2, 3)
    mean, spread = found.mean(axes, dtype=np.float64), found.std(axes, dtype=np.float64)
    wanted_mean, wanted_spread = goal.mean(axes, dtype=np.float64), goal.std(axes, dtype=np.float64)
    alive = spread > LEAST * max(float(spread.max()), 1e-30)
    gain = np.divide(wanted_spread, spread, out=np.ones_like(spread), where=alive)
    return gain.astype(np.float32), (wanted_mean - gain * mean).astype(np.float32)


def _corrected(values: Floats, correction: tuple[Floats, Floats]) -> Floats:
    gain, offset = (row[:, None, None] for row in correction)
    corrected: Floats = values * gain + offset
    return corrected
