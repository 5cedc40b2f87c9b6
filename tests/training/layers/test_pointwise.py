"""Layers value by value: a residual network against PyTorch, where errors meet again."""

import numpy as np
import pytest

from .small import batch, network, stored

LAYERS = (
    {"type": "conv2d", "name": "stem", "out_channels": 3, "kernel": 3, "padding": 1},
    {"type": "conv2d", "name": "a", "out_channels": 3, "kernel": 3, "padding": 1, "activation": "relu"},
    {"type": "conv2d", "name": "b", "out_channels": 3, "kernel": 1, "inputs": ["stem"]},
    {"type": "add", "name": "sum", "inputs": ["a", "stem", "b"]},
    {"type": "activation", "name": "bend", "function": "leaky_relu", "slope": 0.2},
    {"type": "average_pool", "name": "pool", "kernel": 2},
    {"type": "flatten", "name": "flat"},
    {"type": "linear", "name": "fc", "out_features": 4},
)


def test_gradients_of_a_residual_network_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    learned = network(*LAYERS, shape=(2, 6, 6))
    x, labels = batch((2, 6, 6), 4)
    weights = stored(learned, torch)
    layer = {name: (weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in ("stem", "a", "b", "fc")}
    stem = functions.conv2d(torch.tensor(x).double(), *layer["stem"], padding=1)
    whole = torch.relu(functions.conv2d(stem, *layer["a"], padding=1)) + stem + functions.conv2d(stem, *layer["b"])
    hidden = functions.avg_pool2d(functions.leaky_relu(whole, 0.2), 2).flatten(1)
    functions.cross_entropy(functions.linear(hidden, *layer["fc"]), torch.tensor(labels)).backward()
    learned.step(x, labels, 1.0, 0)
    for name, array in learned.weights().items():
        assert weights[name].detach().numpy() - array == pytest.approx(weights[name].grad.numpy(), rel=1e-4, abs=2e-6)


def test_errors_stop_where_nobody_learns_from_them():
    pooled = {"type": "max_pool", "name": "first", "kernel": 2}
    learned = network(pooled, {"type": "linear", "name": "fc", "out_features": 2}, shape=(1, 4, 4))
    assert not learned.layers["first"].hands_back
    assert not learned.layers["fc"].hands_back
    shares = learned.shares(*batch((1, 4, 4), 2), 0).shares
    assert [share.x.shape for share in shares] == [(5, 4)]


def test_weights_below_a_residual_connection_hear_of_both_ways():
    """Without the branches a and b the sum is the stem, so its errors must be those of a network without a sum, three times."""
    learned = network(*LAYERS, shape=(2, 6, 6))
    for name in ("a", "b"):
        for array in (learned.layers[name].matrix.weights, learned.layers[name].matrix.bias):
            array[...] = 0
    x, labels = batch((2, 6, 6), 4)
    plain = network(LAYERS[0], *(one | {"inputs": []} for one in LAYERS[4:]), shape=(2, 6, 6))
    one, two = (some.shares(x, labels, 0).shares[0].d for some in (learned, plain))
    assert np.array_equal(one, two)
