"""Pooling on the backward way, against PyTorch: windows that overlap, padding, ties."""

import numpy as np
import pytest

from chipsim.training.layers import Pass

from .small import network

WINDOWS = [{"kernel": 2}, {"kernel": 3, "stride": 2, "padding": 1}, {"kernel": [2, 3], "stride": [1, 2]}, {"kernel": 2, "stride": 3}]


def layer(kind, **keys):
    pool, last = {"type": kind, "name": "pool"} | keys, {"type": "linear", "name": "fc", "out_features": 2}
    return network({"type": "conv2d", "name": "stem", "out_channels": 3, "kernel": 1}, pool, last, shape=(1, 7, 9)).layers["pool"]


@pytest.mark.parametrize("keys", WINDOWS)
@pytest.mark.parametrize("kind", ["max_pool", "average_pool"])
@pytest.mark.parametrize("whole", [False, True])
def test_errors_are_those_of_pytorch(kind, keys, whole):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    x = (random.integers(-2, 2, (4, 3, 7, 9)) if whole else random.normal(size=(4, 3, 7, 9))).astype(np.float32)  # whole: many ties
    function = {"max_pool": torch.nn.functional.max_pool2d, "average_pool": torch.nn.functional.avg_pool2d}[kind]
    inputs = torch.tensor(x, requires_grad=True)
    wanted = function(inputs, keys["kernel"], keys.get("stride"), keys.get("padding", 0))
    d = random.normal(size=wanted.shape).astype(np.float32)
    wanted.backward(torch.tensor(d))
    pool, at = layer(kind, **keys), Pass(0, 4)
    y, memo = pool.forward([x], at)
    assert y == pytest.approx(wanted.detach().numpy(), abs=1e-6)
    back = pool.backward(d, memo, at)
    assert back.share is None
    assert back.handed[0] == pytest.approx(inputs.grad.numpy(), abs=1e-6)


def test_the_first_of_equal_values_takes_the_error():
    pool, at = layer("max_pool", kernel=2), Pass(0, 1)
    _, memo = pool.forward([np.ones((1, 3, 7, 9), np.float32)], at)
    d = np.ones((1, 3, 3, 4), np.float32)
    handed = pool.backward(d, memo, at).handed[0]
    assert handed.sum() == d.size
    assert (handed[:, :, 0:6:2, 0:8:2] == 1).all()
