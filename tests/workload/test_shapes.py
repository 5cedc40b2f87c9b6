"""The shapes that are shipped without weights have the numbers of weights that their files and the README tell."""

import pytest

from chipsim.reading import load
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.layers import WeightedLayer
from chipsim.workload.load import output_shapes

COUNTS = {
    "resnet9-cifar10": (1_866_536, 218_310_848),  # the count of Le Gallo et al. 2023
    "vgg16-cifar10": (14_977_728, 313_463_808),
    "lstm-ptb": (1_299_312, 41_577_984),
    "kws-speech-commands": (1_271_808, 1_271_808),
    "rnnt-librispeech": (45_267_456, 941_334_528),
}


@pytest.mark.parametrize("name", COUNTS)
def test_weights_and_macs_are_those_of_the_readme(shipped, name):
    spec = load(shipped / f"{name}.yaml", WorkloadSpec)
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    weighted = [(layer, shapes[graph.producers(at)[0]]) for at, layer in graph.layers.items() if isinstance(layer, WeightedLayer)]
    matrices = [layer.matrix_shape(shape) for layer, shape in weighted]
    weights, macs = sum(rows * columns for rows, columns in matrices), sum(layer.macs(shape) for layer, shape in weighted)
    assert (weights, macs) == COUNTS[name]
    table = (shipped / "README.md").read_text()
    assert f"| `{name}.yaml` |" in table
    assert f"| {weights:,} |" in table
    if spec.weights is None:
        assert spec.random is not None
        assert spec.drawn == "weights and inputs"


def test_a_shipped_file_tells_its_number_of_weights(shipped):
    for name, (weights, _) in COUNTS.items():
        assert f"{weights:,}" in (shipped / f"{name}.yaml").read_text()
