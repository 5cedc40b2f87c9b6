import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import RNN


def test_two_steps_by_hand():
    layer = RNN(name="a", hidden_size=1)
    weights, bias = np.float32([[1], [2]]), np.float32([0.5])
    first = np.tanh(1.5)
    given_ = layer.forward(np.ones((1, 1, 2, 1), np.float32), weights, bias)
    assert given_.ravel() == pytest.approx([first, np.tanh(1.5 + 2 * first)], rel=1e-6)
    straight = layer.having(function="relu").forward(np.ones((1, 1, 2, 1), np.float32), weights, bias)
    assert straight.ravel() == pytest.approx([1.5, 4.5], rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 7), st.integers(1, 9), st.sampled_from(["tanh", "relu"]), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_agrees_with_pytorch(features, hidden, steps, function, last_only, seed):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    model = torch.nn.RNN(features, hidden, batch_first=True, nonlinearity=function)
    layer = RNN(name="a", hidden_size=hidden, last_only=last_only, function=function)
    stored = {name: array.detach().numpy() for name, array in model.named_parameters()}
    weight, bias = layer.from_pytorch(*(stored[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    assert weight.shape == layer.weight_shape((features, steps, 1))
    x = np.random.default_rng(seed).normal(size=(3, features, steps, 1)).astype(np.float32)
    wanted = model(torch.from_numpy(x[:, :, :, 0]).transpose(1, 2))[0].detach().numpy().transpose(0, 2, 1)[..., None]
    wanted = wanted[:, :, -1:] if last_only else wanted
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), bias), wanted, rtol=1e-5, atol=1e-6)


def test_other_functions_are_refused():
    with pytest.raises(InputError, match=r"function: .*'sigmoid'"):
        RNN(name="a", hidden_size=2, function="sigmoid")
