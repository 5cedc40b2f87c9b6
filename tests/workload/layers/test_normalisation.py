"""Normalisations against PyTorch, and what they are charged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.workload.layers import BatchNorm, LayerNorm


def drawn(*shapes, seed=0):
    random = np.random.default_rng(seed)
    return [random.normal(1, 2, shape).astype(np.float32) for shape in shapes]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(1, 5), st.booleans(), st.sampled_from([1e-5, 1e-12]))
def test_layer_norm_agrees_with_pytorch(channels, steps, affine, epsilon):
    torch = pytest.importorskip("torch")
    layer = LayerNorm(name="a", affine=affine, epsilon=epsilon)
    x, *trained = drawn((2, channels, steps, 1), *[(1, channels, 1, 1)] * (2 if affine else 0))
    flat = [torch.from_numpy(p.ravel()).double() for p in trained] or [None, None]
    wanted = torch.nn.functional.layer_norm(torch.from_numpy(x[..., 0]).double().transpose(1, 2), (channels,), *flat, eps=epsilon)
    np.testing.assert_allclose(layer.forward(x, *trained)[..., 0], wanted.transpose(1, 2).numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_agrees_with_pytorch(affine):
    torch = pytest.importorskip("torch")
    x, mean, variance, *trained = drawn((2, 5, 3, 4), *[(1, 5, 1, 1)] * (4 if affine else 2))
    variance = np.abs(variance)
    flat = [torch.from_numpy(p.ravel()) for p in (mean, variance, *trained)]
    wanted = torch.nn.functional.batch_norm(torch.from_numpy(x), *flat)
    found = BatchNorm(name="a", affine=affine).forward(x, mean, variance, *trained)
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5, atol=2e-6)


def test_operations():
    assert LayerNorm(name="a").operations(10) == {"add": 30, "mac": 10, "multiply": 22, "reciprocal_root": 1}
    assert LayerNorm(name="a", affine=False).operations(10) == {"add": 20, "mac": 10, "multiply": 12, "reciprocal_root": 1}
    assert BatchNorm(name="a").operations(10) == {"multiply": 10, "add": 10}


def test_neutral_parameters_change_nothing():
    (x,) = drawn((2, 6, 3, 1))
    for layer, wanted in ((LayerNorm(name="a"), LayerNorm(name="a", affine=False).forward(x)), (BatchNorm(name="a", epsilon=1e-12), x)):
        trained = [np.full((1, 6, 1, 1), value, np.float32) for value in layer.parameters.values()]
        np.testing.assert_allclose(layer.forward(x, *trained), wanted, rtol=1e-6)
