import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.workload.layers import GRU

from .pytorch import check_agrees


def test_two_steps_by_hand():
    layer = GRU(name="a", hidden_size=1)
    weights = np.float32([[0, np.log(3), 1], [0, 0, 2]])  # reset gate 1/2, share of the state 3/4, candidate tanh(x + (2 h + 0.5) / 2)
    bias = np.float32([0, 0, 0, 0, 0, 0.5])
    first = 0.25 * np.tanh(1.25)
    second = 0.25 * np.tanh(1 + 0.5 * (2 * first + 0.5)) + 0.75 * first
    given_ = layer.forward(np.ones((1, 1, 2, 1), np.float32), weights, bias)
    assert given_.ravel() == pytest.approx([first, second], rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 7), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_agrees_with_pytorch(features, hidden, steps, last_only, seed):
    layer = GRU(name="a", hidden_size=hidden, last_only=last_only)
    check_agrees(layer, lambda nn: nn.GRU(features, hidden, batch_first=True), features, steps, seed)
