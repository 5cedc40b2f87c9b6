import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.workload.layers import LSTM

from .pytorch import check_agrees


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
    layer = LSTM(name="a", hidden_size=hidden, last_only=last_only)
    check_agrees(layer, lambda nn: nn.LSTM(features, hidden, batch_first=True), features, steps, seed)
