"""Tiny networks and chips for tests: a few lines instead of two files. Everything is ideal and slow numbers are round.

    one = network([4, 1, 1], linear("fc", 3))                  # weights and images from a seed
    timed = play(one, chip(), token="row", stream=5)           # a TimedRun

A product of the chip takes 100 ns, digital circuits work at 1 GHz with 32 lanes, the network at 1 GHz.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import outputs
from chipsim.architecture import Architecture
from chipsim.chip import Chip, TimedRun
from chipsim.clock import Clock
from chipsim.mapping.dataflow import Mode
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import Mapping, MappingOptions
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.one_shot import OneShot
from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.layers import DigitalLayer, Recurrent, WeightedLayer
from chipsim.workload.load import build_workload, output_shapes

Block = dict[str, Any]
Floats = NDArray[np.float32]

# --- networks --------------------------------------------------------------------------------------------------------


def linear(name: str, out: int, **keys: Any) -> Block:
    return {"type": "linear", "name": name, "out_features": out} | keys


def conv(name: str, out: int, kernel: Any = 3, **keys: Any) -> Block:
    return {"type": "conv2d", "name": name, "out_channels": out, "kernel": kernel} | keys


def pool(name: str, kernel: Any = 2, **keys: Any) -> Block:
    return {"type": "max_pool", "name": name, "kernel": kernel} | keys


def add(name: str, *inputs: str) -> Block:
    return {"type": "add", "name": name, "inputs": list(inputs)}


def network(
    shape: Sequence[int],
    *layers: Block,
    samples: int = 4,
    seed: int = 1,
    weights: Sequence[float] = (),
    images: Sequence[float] = (),
    tokens: int | None = None,
) -> Workload:
    """A network with weights and images from normal numbers, or drawn from the given values; labels are those of the float
    reference, one for each position of an output that has several."""
    spec = from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": list(shape), "tokens": tokens}, "layers": list(layers)})
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    random = np.random.default_rng(seed)

    def draw(size: Sequence[int], values: Sequence[float]) -> Floats:
        drawn = random.choice(values, size) if len(values) else random.normal(size=size)
        return np.asarray(drawn, np.float32)

    arrays = {}
    for name in graph.order:
        layer = graph.layers[name]
        if isinstance(layer, WeightedLayer):
            read = shapes[graph.producers(name)[0]]
            arrays[f"{name}.weight"] = draw(layer.weight_shape(read), weights)
            if layer.bias:
                arrays[f"{name}.bias"] = draw((layer.biases(read),), weights)
            if isinstance(layer, Recurrent) and layer.first_state:
                arrays[f"{name}.state"] = draw((layer.states, layer.hidden_size), weights)
        elif isinstance(layer, DigitalLayer):
            stored = layer.parameter_shape(shapes[name])
            arrays |= {f"{name}.{parameter}": 0.5 + draw(stored, weights) ** 2 for parameter in layer.parameters}
    inputs = draw((samples, *shape), images)
    channels, *places = shapes[graph.output]
    each = [] if channels == 1 or prod(places) == 1 else places  # one label a sample, or one for each position
    unlabelled = build_workload(spec, arrays, inputs, np.zeros((samples, *each), np.int64))
    labels = unlabelled.forward(inputs).reshape(samples, -1, *each).argmax(axis=1)
    return build_workload(spec, arrays, inputs, labels.astype(np.int64))


def residual(side: int = 6, channels: int = 3, **keys: Any) -> Workload:
    """stem -> branch of two convolutions, added to the stem -> fc."""
    return network(
        [2, side, side],
        conv("stem", channels, padding=1, activation="relu"),
        conv("branch1", channels, padding=1, activation="relu"),
        conv("branch2", channels, padding=1),
        add("sum", "branch2", "stem"),
        linear("fc", 4),
        **keys,
    )


# --- chips -----------------------------------------------------------------------------------------------------------

CHIP: Block = {
    "name": "tiny",
    "tile": {
        "array": {
            "rows": 32,
            "columns": 32,
            "cell": {"device": {"type": "ideal"}, "area": "1 um2"},
            "dac": {"type": "ideal", "read_time": "100 ns", "energy": "10 fJ"},
            "adc": {"type": "ideal", "energy": "20 fJ"},
        },
        "input_buffer": {"type": "sram", "capacity": "1 Mb", "read_energy": "1 fJ/b", "write_energy": "2 fJ/b", "leakage": "1 uW"},
        "output_buffer": {"type": "sram", "capacity": "1 Mb", "read_energy": "3 fJ/b", "write_energy": "4 fJ/b"},
        "accumulator": {"type": "digital", "lanes": 32, "energy": "5 fJ"},
        "neuron": {"type": "digital", "lanes": 32, "energy": "6 fJ"},
        "vector_unit": {"type": "simd", "lanes": 32, "energy_max": "7 fJ", "energy_add": "8 fJ", "energy_multiply": "9 fJ"},
    },
    "network": {
        "topology": {"type": "mesh", "columns": 4, "rows": 3},
        "clock": "1 GHz",
        "flit_width": "64 b",
        "payload": "512 b",
        "link_energy": "0.1 pJ/b/mm",
        "pitch": "1 mm",
        "router_area": "0.01 mm2",
    },
    "host": {"bandwidth": "64 Gb/s", "energy": "1 pJ/b"},
}

NOISY: Block = {
    "cell": {"device": {"type": "pcm"}, "devices_per_polarity": 2},
    "dac": {"type": "pulse_width", "bits": 7},
    "adc": {"type": "sar", "bits": 7, "bound": 4},
    "output_noise": 0.04,
    "short_term_noise": 0.02,
    "input_noise": 0.01,
    "nonlinearity": 0.01,
    "ir_drop": 1.0,
}
"""Keys of an array in which everything that can be wrong is wrong."""


def merged(block: Block, change: Block) -> Block:
    """`block` with the keys of `change`, block by block; a block that names another type is replaced."""
    result = dict(block)
    for name, value in change.items():
        old = result.get(name)
        same = isinstance(value, dict) and isinstance(old, dict) and value.get("type", old.get("type")) == old.get("type")
        result[name] = merged(old, value) if same and old is not None else value
    return result


def chip(**changes: Any) -> Architecture:
    """The tiny chip with changes: `chip(tile={...}, network={...}, array={...}, mesh=(2, 2))`."""
    block = CHIP
    if "array" in changes:
        block = merged(block, {"tile": {"array": changes.pop("array")}})
    if "mesh" in changes:
        columns, rows = changes.pop("mesh")
        block = merged(block, {"network": {"topology": {"type": "mesh", "columns": columns, "rows": rows}}})
    return from_plain(Architecture, merged(block, changes))


# --- runs ------------------------------------------------------------------------------------------------------------


def mapped(workload: Workload, architecture: Architecture, **options: Any) -> Mapping:
    return map_workload(workload, architecture, MappingOptions(**options))


def programmed(workload: Workload, architecture: Architecture, seed: int = 0, **options: Any) -> ProgrammedNetwork:
    mapping = mapped(workload, architecture, **options)
    return ProgrammedNetwork(workload, architecture, mapping, OneShot(), Stream(seed).child("chip 0")).write()


def built(
    workload: Workload,
    architecture: Architecture,
    token: Mode = "row",
    stream: int = 1,
    fast_forward: bool = True,
    clock: Clock | None = None,
    seed: int = 0,
    age: float = 1.0,
    **options: Any,
) -> Chip:
    """A chip that is ready to run."""
    mapping = mapped(workload, architecture, **options)
    programmed = ProgrammedNetwork(workload, architecture, mapping, OneShot(), Stream(seed).child("chip 0")).write()
    programmed.drift_to(age)
    dataflow = lay_out(workload, architecture, mapping, token)
    return Chip(architecture, dataflow, programmed, workload.inputs, stream, fast_forward, clock or Clock())


def play(workload: Workload, architecture: Architecture, **how: Any) -> TimedRun:
    """The timed run; `how` as in `built`."""
    return built(workload, architecture, **how).run()


def functional(network: ProgrammedNetwork, samples: Sequence[int] | None = None) -> Floats:
    """Outputs [n, C, H, W] of the functional pass for the samples of these numbers in the stream (default: all images)."""
    images = network.workload.inputs
    ids = np.arange(len(images)) if samples is None else np.array(samples)
    return outputs(network, images[ids % len(images)], ids.astype(np.uint32))
