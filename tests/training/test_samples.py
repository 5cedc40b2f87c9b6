"""What is learned from: the two parts of the data, checked against the network, in an order of each epoch's own."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.samples import Samples, order_of, samples_of
from chipsim.workload.description import WorkloadSpec

LAYERS = [{"type": "linear", "name": "one", "out_features": 3}]
SPEC = from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": [4, 1, 1]}, "layers": LAYERS})
STEPS = from_plain(
    WorkloadSpec,
    {"name": "steps", "input": {"shape": [4, 5, 1]}, "layers": [{"type": "conv2d", "name": "c", "out_channels": 3, "kernel": 1}]},
)


def random_samples(count=20, shape=(4,), labels=()):
    random = np.random.default_rng(5)
    return Samples(random.random((count, *shape), np.float32), random.integers(0, 3, (count, *labels)))


def test_orders_are_permutations_of_their_own():
    orders = [order_of(500, epoch, Stream(4)) for epoch in (0, 1)]
    assert all(np.array_equal(np.sort(order), np.arange(500)) for order in orders)
    assert not np.array_equal(*orders)
    assert np.array_equal(orders[1], order_of(500, 1, Stream(4)))
    assert not np.array_equal(orders[1], order_of(500, 1, Stream(5)))


def test_samples_that_do_not_fit_are_refused():
    network, good = Network(SPEC, None, Reads(), Stream(0)), random_samples()
    good.check("train", network)
    wrong = {
        "0 samples": good.taken(slice(0)),
        "of 3 numbers": Samples(good.x[:, :3], good.labels),
        "float64": Samples(good.x.astype(np.float64), good.labels),
        "finite": Samples(np.where(good.x == good.x.max(), np.float32(np.nan), good.x), good.labels),
        "from 1 to 3": Samples(good.x, good.labels + 1),
        "expected one for each": Samples(good.x, good.labels[1:]),
    }
    for what, samples in wrong.items():
        with pytest.raises(InputError, match=f"Training.train: .*{what}"):
            samples.check("train", network)


def test_a_network_that_answers_at_every_step_wants_a_label_for_each():
    network = Network(STEPS, None, Reads(), Stream(0))
    random_samples(shape=(4, 5, 1), labels=(5,)).check("train", network)
    with pytest.raises(InputError, match=r"labels \[20\] .* each of 20 samples and 5 steps"):
        random_samples(shape=(4, 5, 1)).check("train", network)


def test_samples_of_a_workload(tmp_path):
    file = tmp_path / "data.npz"
    images = {"x_train": np.full((5, 2, 2), 255, np.uint8), "x_test": np.zeros((2, 2, 2))}
    np.savez(file, y_train=np.arange(5) % 3, y_test=np.array([0, 2]), **images)
    described = {"name": "tiny", "input": {"shape": [4, 1, 1], "divide_by": 255}, "data": {"file": str(file)}, "layers": LAYERS}
    train, test = samples_of(from_plain(WorkloadSpec, described), (3, 1, 1))
    assert train.x.shape == (5, 4, 1, 1)
    assert (train.x == 1).all()
    assert list(train.labels) == [0, 1, 2, 0, 1]
    assert list(test.labels) == [0, 2]
    with pytest.raises(InputError, match="label 2"):
        samples_of(from_plain(WorkloadSpec, described), (2, 1, 1))
    with pytest.raises(InputError, match="data: is missing"):
        samples_of(SPEC, (3, 1, 1))
    np.savez(file, x_test=images["x_test"], y_test=np.array([0, 2]))
    with pytest.raises(InputError, match="'x_train' is missing"):
        samples_of(from_plain(WorkloadSpec, described), (3, 1, 1))
