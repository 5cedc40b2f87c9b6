import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import RNN

from .pytorch import check_agrees


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
    layer = RNN(name="a", hidden_size=hidden, last_only=last_only, function=function)
    check_agrees(layer, lambda nn: nn.RNN(features, hidden, batch_first=True, nonlinearity=function), features, steps, seed)


def test_other_functions_are_refused():
    with pytest.raises(InputError, match=r"function: .*'sigmoid'"):
        RNN(name="a", hidden_size=2, function="sigmoid")
