import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.workload.layers import LSTM


def test_one_step_by_hand():
    layer = LSTM(name="a", hidden_size=1)
    weights = np.zeros((2, 4), np.float32)
    weights[0] = [np.log(3), 0, 1, 0]  # input gate 3/4, forget gate 1/2, candidate tanh(1), output gate 1/2
    c = 0.75 * np.tanh(1)
    wanted = [0.5 * np.tanh(c), 0.5 * np.tanh(0.5 * c + 0.75 * np.tanh(1))]
    given_ = layer.forward(np.ones((1, 1, 2, 1), np.float32), weights, None)
    assert given_.ravel() == pytest.approx(wanted, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 7), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_agrees_with_pytorch(features, hidden, steps, last_only, seed):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    model = torch.nn.LSTM(features, hidden, batch_first=True)
    layer = LSTM(name="a", hidden_size=hidden, last_only=last_only)
    stored = {name: array.detach().numpy() for name, array in model.named_parameters()}
    weight, bias = layer.from_pytorch(*(stored[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    assert weight.shape == layer.weight_shape((features, steps, 1))
    x = np.random.default_rng(seed).normal(size=(3, features, steps, 1)).astype(np.float32)
    wanted = model(torch.from_numpy(x[:, :, :, 0]).transpose(1, 2))[0].detach().numpy().transpose(0, 2, 1)[..., None]
    wanted = wanted[:, :, -1:] if last_only else wanted
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), bias), wanted, rtol=1e-5, atol=1e-6)
