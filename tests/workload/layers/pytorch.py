"""A recurrent layer beside PyTorch's own module."""

import numpy as np
import pytest


def check_agrees(layer, module, features, steps, seed):
    """That `layer`, with the weights of `module(torch.nn)` (batch first), gives what the module gives."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    model = module(torch.nn)
    stored = {name: array.detach().numpy() for name, array in model.named_parameters()}
    weight, bias = layer.from_pytorch(*(stored[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    assert weight.shape == layer.weight_shape((features, steps, 1))
    x = np.random.default_rng(seed).normal(size=(3, features, steps, 1)).astype(np.float32)
    wanted = model(torch.from_numpy(x[:, :, :, 0]).transpose(1, 2))[0].detach().numpy().transpose(0, 2, 1)[..., None]
    wanted = wanted[:, :, -1:] if layer.last_only else wanted
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), bias), wanted, rtol=1e-5, atol=1e-6)
