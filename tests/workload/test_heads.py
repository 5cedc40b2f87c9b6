"""The shipped heads for frozen features: their synapses as they are counted in print, and what is said when the features are absent."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.reading import load
from chipsim.training.samples import samples_of
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.load import output_shapes

from .conftest import REPOSITORY

HEADS = [("head-cifar10", 10, 20_490), ("head-cifar100", 100, 204_900)]


def described(name):
    return load(REPOSITORY / "workloads" / f"{name}.yaml", WorkloadSpec)


@pytest.mark.parametrize(("name", "classes", "synapses"), HEADS)
def test_synapses_are_features_and_one_times_classes(name, classes, synapses):
    spec = described(name)
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    (layer,) = graph.layers.values()
    weights = np.prod(layer.weight_shape(shapes["input"]))
    assert weights + layer.bias * shapes[graph.output][0] == synapses == (2048 + 1) * classes


@pytest.mark.parametrize(("name", "classes", "synapses"), HEADS)
def test_features_from_elsewhere(name, classes, synapses, tmp_path):
    random = np.random.default_rng(0)
    arrays = {}
    for split in ("train", "test"):
        arrays[f"x_{split}"] = random.uniform(-1, 1, (4, 2048)).astype(np.float32)
        arrays[f"y_{split}"] = np.array([0, 1, 2, classes - 1], np.uint8)
    np.savez(tmp_path / "features.npz", **arrays)
    spec = described(name)
    train, test = samples_of(spec.having(data=spec.data.having(file=str(tmp_path / "features.npz"))), classes)
    assert train.x.reshape(4, -1) == pytest.approx(arrays["x_train"])
    assert test.labels.tolist() == [0, 1, 2, classes - 1]


def test_absent_features_are_named(tmp_path):
    spec = described("head-cifar10")
    assert spec.data.file.endswith("workloads/features/cifar10.npz")
    gone = spec.having(data=spec.data.having(file=str(tmp_path / "features" / "cifar10.npz")))
    with pytest.raises(InputError, match=r"features/cifar10\.npz: there is no such file; expected an \.npz file of arrays"):
        samples_of(gone, 10)
