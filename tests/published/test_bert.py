"""BERT-base as a shape: its numbers, its places on the dense mesh, and one block in simulated time (Devlin 2019; Jain 2023)."""

import math
from collections import Counter

import numpy as np
import pytest
from builders import built, functional, mapped
from commands import HOUSE

from chipsim.architecture import Architecture
from chipsim.compose import changed, read
from chipsim.mapping.lay_out import lay_out
from chipsim.reading import build
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.layers import MatrixLayer
from chipsim.workload.load import load_workload, output_shapes

TOKENS, FEATURES, HIDDEN, BLOCKS = 128, 768, 3072, 12


def chip(name, *changes):
    node = read(HOUSE / "architectures" / f"{name}.yaml")
    for change in changes:
        node = changed(node, change)
    return build(Architecture, node)


@pytest.fixture(scope="module")
def block():
    return load_workload(HOUSE / "workloads" / "bert-block.yaml")


def test_the_encoder_has_the_published_number_of_weights():
    """12 x (4 x 768^2 + 2 x 768 x 3072): 85 of the 110 million parameters of BERT-base; the others are its embedding."""
    spec = build(WorkloadSpec, read(HOUSE / "workloads" / "bert-base.yaml"))
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    layers = [(layer, shapes[graph.producers(name)[0]]) for name, layer in graph.layers.items() if isinstance(layer, MatrixLayer)]
    assert sum(math.prod(layer.matrix_shape(shape)) for layer, shape in layers) == BLOCKS * (4 * FEATURES**2 + 2 * FEATURES * HIDDEN)
    assert sum(layer.macs(shape) for layer, shape in layers) == TOKENS * 84_934_656
    assert math.prod(shapes[graph.output]) == FEATURES * TOKENS


def test_a_block_fills_forty_arrays_and_its_heads_go_to_heavy_cores(block):
    machine = chip("jain-mesh")
    mapping = mapped(block, machine, copies="none")
    assert len(mapping.used) == 40  # so twelve blocks fill the 480 tiles
    stages = [stage for stage in lay_out(block, machine, mapping).stages if stage.kind == "vector"]
    assert Counter((stage.layer, stage.core) for stage in stages)["0.attention", "heavy"] == 12
    assert {stage.core for stage in stages if stage.layer != "0.attention"} == {"light"}
    assert max(Counter(stage.node for stage in stages if stage.core == "heavy").values()) == 1


def test_one_block_in_simulated_time(block):
    """40 tiles and 8 cores: a layer takes 128 products; attention waits for all of them; the values are those of the functional pass."""
    machine = chip("jain-mesh", "network.topology={type: mesh, columns: 12, rows: 4}")
    found = built(block, machine, copies="none")
    run = found.run()
    assert np.array_equal(run.outputs[0], functional(found.network, [0])[0])
    layer = TOKENS * 40_000  # ps
    assert all(run.work(station) == layer for station in run.stations if station.stage.kind == "array")
    assert run.finished[0] > 2 * layer  # projections, then all from attention on
    spent = Counter()
    for entry, energy in run.energy.items():
        spent[entry.part] += energy
    macs = 2 * TOKENS * TOKENS * FEATURES
    assert spent["heavy vector unit"] > macs * 0.2e-12
    assert sum(spent[part] for part in ("array", "dac", "adc", "unaccounted")) == pytest.approx(40 * TOKENS * 5.243e-9)
