"""A convolution that learns: gradients and a whole LeNet-5 against PyTorch, order of its vectors, cuts, watched updates."""

from pathlib import Path

import numpy as np
import pytest

from chipsim.reading import load
from chipsim.streams import Stream
from chipsim.training.layers import Cut
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.load import build_workload

from .small import RULE, batch, network, reads, spec, stored

LENET = Path(__file__).resolve().parents[3] / "workloads" / "lenet5-mnist.yaml"
STEM = {"type": "conv2d", "name": "stem", "out_channels": 3, "kernel": 3, "padding": 1, "activation": "tanh"}


def convolutions(**second):
    other = {"type": "conv2d", "name": "other", "out_channels": 4, "kernel": [2, 3]} | second
    return STEM, other, {"type": "linear", "name": "fc", "out_features": 5}


@pytest.mark.parametrize("keys", [{}, {"stride": 2, "bias": False}, {"stride": [3, 1], "padding": [1, 2], "activation": "relu"}])
def test_gradients_are_those_of_pytorch(keys):
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    learned = network(*convolutions(**keys), shape=(2, 7, 8))
    x, labels = batch((2, 7, 8), 5)
    weights = stored(learned, torch)
    hidden = torch.tanh(functions.conv2d(torch.tensor(x).double(), weights["stem.weight"], weights["stem.bias"], padding=1))
    arguments = {"stride": keys.get("stride", 1), "padding": keys.get("padding", 0)}
    hidden = functions.conv2d(hidden, weights["other.weight"], weights.get("other.bias"), **arguments)
    hidden = torch.relu(hidden) if "activation" in keys else hidden
    loss = functions.cross_entropy(functions.linear(hidden.flatten(1), weights["fc.weight"], weights["fc.bias"]), torch.tensor(labels))
    loss.backward()
    found = learned.step(x, labels, 1.0, 0)
    assert found.losses.mean() == pytest.approx(loss.item(), rel=1e-5)
    for name, array in learned.weights().items():
        assert weights[name].detach().numpy() - array == pytest.approx(weights[name].grad.numpy(), rel=1e-4, abs=2e-6)


def test_one_step_of_lenet_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    learned = Network(load(LENET, WorkloadSpec), None, Reads(), Stream(4))
    x, labels = batch((1, 28, 28), 10, count=6)
    weights = stored(learned, torch)
    layer = {name: (weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in ("conv1", "conv2", "fc1", "fc2", "fc3")}
    hidden = functions.max_pool2d(torch.relu(functions.conv2d(torch.tensor(x).double(), *layer["conv1"], padding=2)), 2)
    hidden = functions.max_pool2d(torch.relu(functions.conv2d(hidden, *layer["conv2"])), 2).flatten(1)
    for name in ("fc1", "fc2"):
        hidden = torch.relu(functions.linear(hidden, *layer[name]))
    functions.cross_entropy(functions.linear(hidden, *layer["fc3"]), torch.tensor(labels)).backward()
    learned.step(x, labels, 0.5, 0)
    for name, array in learned.weights().items():
        gradient = weights[name].grad.numpy()
        wanted = weights[name].detach().numpy() - 0.5 * gradient
        assert np.abs(array - wanted).max() < 1e-6 + 1e-5 * np.abs(gradient).max(), name


def test_what_was_learned_is_what_inference_computes_with():
    learned = network(*convolutions(), shape=(2, 7, 8))
    x, labels = batch((2, 7, 8), 5)
    learned.step(x, labels, 0.3, 0)
    workload = build_workload(spec(*convolutions(), shape=(2, 7, 8)), learned.weights(), x, labels)
    assert learned.outputs(x) == pytest.approx(workload.forward(x).reshape(len(x), -1), abs=1e-5)


def test_vectors_are_the_output_positions_in_order():
    learned = network(*convolutions(), shape=(2, 7, 8))
    x, labels = batch((2, 7, 8), 5)
    share = learned.shares(x, labels, 0).shares[0]
    assert share.x.shape == (5 * 56, 18)
    assert share.d.shape == (5 * 56, 3)
    patch = share.x[2 * 56 + 3 * 8 + 4].reshape(2, 3, 3)  # sample 2, row 3, column 4; the window begins one before, for the padding
    assert np.array_equal(patch, x[2, :, 2:5, 3:6])


def test_noise_and_pulses_do_not_depend_on_the_batch():
    shape = (2, 7, 8)
    one, two = (network(*convolutions(), shape=shape, rule=RULE, how=reads()) for _ in range(2))
    x, labels = batch(shape, 5, count=6)
    assert np.array_equal(one.outputs(x, 2), np.concatenate([one.outputs(x[:1], 2), one.outputs(x[1:], 2, first=1)]))
    whole, part = one.shares(x, labels, 4).shares, one.shares(x[2:], labels[2:], 6).shares
    assert np.array_equal(whole[1].x[2 * 36 :], part[1].x)
    block, other = one.blocks[0], two.blocks[0]
    share = whole[0]
    block.learner.update(share.x, share.d, 0.1, 4 * 56)
    for sample in range(6):
        some = slice(sample * 56, (sample + 1) * 56)
        other.learner.update(share.x[some], share.d[some], 0.1, (4 + sample) * 56)
    assert np.array_equal(block.learner.weights, other.learner.weights)


def test_a_convolution_in_blocks_computes_the_same():
    shape, cuts = (2, 7, 8), (Cut((0, 10), (0, 3)), Cut((10, 18), (0, 3)))
    x, labels = batch(shape, 5)
    after = []
    for given in (None, {"stem": cuts}):
        learned = network(*convolutions(), shape=shape, cuts=given)
        learned.step(x, labels, 0.3, 0)
        after.append(learned.weights())
    for name, array in after[0].items():
        assert after[1][name] == pytest.approx(array, abs=1e-6)


def test_an_evaluation_is_cut_to_its_memory(monkeypatch):
    learned = network(*convolutions(), shape=(2, 7, 8), how=reads())
    x, _ = batch((2, 7, 8), 5, count=9)
    assert learned.layers["stem"].largest == 56 * 18
    whole = learned.outputs(x, 1)
    monkeypatch.setattr("chipsim.training.network.MEMORY", 2 * 56 * 18)
    seen = []
    forward = learned._forward
    monkeypatch.setattr(learned, "_forward", lambda x, at: seen.append(len(x)) or forward(x, at))
    assert np.array_equal(learned.outputs(x, 1), whole)
    assert seen == [2, 2, 2, 2, 1]
