"""The functional pass: thousands of samples through the programmed crossbars without the clock, in topological order.

The same objects as in the timed run, called with whole batches; each sample's outputs are equal in both to the last bit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import CheckError, InputError
from chipsim.programmed import ProgrammedNetwork
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT, DigitalLayer
from chipsim.workload.metrics.judging import Batch, batch_of, judged

Floats = NDArray[np.float32]
BATCH_VALUES = 8_000_000  # float32 values of the largest layer's input vectors in one batch; bounds the memory


def outputs(network: ProgrammedNetwork, images: Floats, samples: NDArray[np.uint32]) -> Floats:
    """What the chip makes of images [B, C, H, W] with sample numbers [B]: [B, C', H', W'] of the network's last layer."""
    workload = network.workload
    values: dict[str, Floats] = {INPUT: images}
    last_use = {name: step for step in workload.steps for name in workload.producers(step)}
    for step in workload.steps:
        inputs = [values[name] for name in workload.producers(step)]
        layer = workload.layers[step]
        if step in network.layers:
            values[step] = network.layers[step].forward(inputs[0], samples)
        elif isinstance(layer, DigitalLayer):
            values[step] = layer.forward(*inputs, *workload.parameters.get(step, ()))
        else:
            raise InputError(f"layer '{step}' of type '{layer.type_name}' has no place on the chip")
        for name in [name for name, user in last_use.items() if user == step]:
            values.pop(name, None)
    result = values[workload.output]
    if not np.isfinite(result).all():
        raise CheckError(f"an output of '{workload.output}' is not a finite number; weights or inputs are too large for float32")
    return result


def batches(workload: Workload, count: int) -> Iterator[slice]:
    """Slices of 0..count small enough for the memory that the largest layer takes."""
    largest = max(int(np.prod(shape)) for shape in workload.shapes.values())
    for name, weights in workload.weights.items():
        _, height, width = workload.shapes[name]
        largest = max(largest, height * width * len(weights.matrix))
    size = max(1, min(BATCH_VALUES // largest, 1024))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def accuracy(network: ProgrammedNetwork, limit: int | None = None, threads: int | None = None) -> float:
    """What the chip reaches on the workload's samples (the first `limit`) by the workload's metric; the same for any `threads`.

    By default the share of the labels that are the largest output.
    """
    return judgement(network, limit, threads)[0]


def judgement(network: ProgrammedNetwork, limit: int | None = None, threads: int | None = None) -> list[float]:
    """The value of every metric of the workload, as `accuracy` has that of the first; InputError without labelled data."""
    workload = network.workload
    count = min(len(workload.inputs), limit or len(workload.inputs))
    if count == 0:
        raise InputError(f"workload '{workload.name}' has no labelled data to measure an accuracy on")

    def answered(part: slice) -> Batch:
        samples = np.arange(part.start, part.stop, dtype=np.uint32)
        return batch_of(workload.metrics, outputs(network, workload.inputs[part], samples), workload.labels[part])

    with ThreadPoolExecutor(max_workers=threads or os.cpu_count()) as pool:  # the kernels and BLAS let go of the interpreter's lock
        return judged(workload.metrics, pool.map(answered, batches(workload, count)))


def reproduced(network: ProgrammedNetwork, played: Mapping[int, Floats]) -> int:
    """How many outputs of samples, as they were `played` in a timed run, the functional pass reproduces to the last bit (all, or -1)."""
    workload, ids = network.workload, np.array(sorted(played), np.uint32)
    for part in batches(workload, len(ids)):
        functional = outputs(network, workload.inputs[ids[part] % len(workload.inputs)], ids[part])
        if not all(np.array_equal(played[int(s)], row) for s, row in zip(ids[part], functional, strict=True)):
            return -1
    return len(ids)
