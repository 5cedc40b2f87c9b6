"""How the errors of the analog layers add up: the signal-to-noise ratio of every layer's output, with and without what came before.

    snr = 10 log10( sum y0**2 / sum (y - y0)**2 )   dB

y0 output of the float layer; y that of the programmed one, for `snr` fed by the programmed layers before it, for `own_snr` by the
float ones, so that only its own error counts. Without an error beyond the rounding of 32-bit floats the ratio has no number: None.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chipsim.programmed import ProgrammedNetwork
from chipsim.result import Row
from chipsim.workload.layers.layer import INPUT, DigitalLayer, WeightedLayer

Floats = NDArray[np.float32]
SAMPLES = 64
ROUNDING = 1e-6  # relative error that sums of 32-bit floats have from their order alone


def layer_errors(network: ProgrammedNetwork, samples: NDArray[np.uint32]) -> list[Row]:
    """One row for each computing layer: layer, snr, own_snr (dB or None), error (relative L2), own_error; of samples of the stream.

    `inputs_clipped` is the share of a layer's inputs beyond the range of the DAC.
    """
    workload = network.workload
    images = workload.inputs[samples % len(workload.inputs)]
    clean: dict[str, Floats] = {INPUT: images}
    noisy: dict[str, Floats] = {INPUT: images}
    rows = []
    for name in workload.steps:
        layer, producers = workload.layers[name], workload.producers(name)
        inputs = [clean[p] for p in producers], [noisy[p] for p in producers]
        if isinstance(layer, WeightedLayer):
            clean[name] = layer.forward(inputs[0][0], *workload.weights[name], *workload.parameters.get(name, ()))
            own = network.layers[name].forward(inputs[0][0], samples)
            cut = network.layers[name].inputs_beyond(inputs[1][0])
            noisy[name] = network.layers[name].forward(inputs[1][0], samples)
        else:
            assert isinstance(layer, DigitalLayer)
            parameters = workload.parameters.get(name, ())
            clean[name] = own = layer.forward(*inputs[0], *parameters)
            cut = 0.0
            noisy[name] = layer.forward(*inputs[1], *parameters)
        error, own_error = (_relative(values, clean[name]) for values in (noisy[name], own))
        ratios = {"snr": _decibel(error), "own_snr": _decibel(own_error)}
        rows.append({"layer": name} | ratios | {"error": error, "own_error": own_error, "inputs_clipped": cut})
    return rows


def _relative(values: Floats, reference: Floats) -> float:
    """|values - reference| / |reference|; 0 for a reference of zeros that is met."""
    size, error = (float(np.linalg.norm(array.astype(np.float64))) for array in (reference, values - reference))
    return error / size if size else float(error > 0)


def _decibel(error: float) -> float | None:
    return -20 * math.log10(error) if error > ROUNDING else None
