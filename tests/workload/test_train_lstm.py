"""The shipped LSTM computes what the script's module computes, and is as good as is said of it."""

import numpy as np
import pytest

from .characters import bits_of, check_workload, script

torch = pytest.importorskip("torch")
tool = script("train_lstm")


@pytest.fixture(scope="module")
def shipped_network():
    """The module with the shipped weights: the way of `arrays_of` back."""
    network, stored = tool.CharacterLSTM().eval(), dict(np.load(script("alice").WORKLOADS / "lstm-alice.npz", allow_pickle=False))
    lstm = stored["lstm.weight"]
    values = {
        "lstm.weight_ih_l0": lstm[:, : tool.VOCABULARY],
        "lstm.weight_hh_l0": lstm[:, tool.VOCABULARY :],
        "lstm.bias_ih_l0": stored["lstm.bias"],
        "lstm.bias_hh_l0": np.zeros_like(stored["lstm.bias"]),
        "out.weight": stored["out.weight"][:, :, 0, 0],
        "out.bias": stored["out.bias"],
    }
    network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()})
    return network


def test_the_workload_computes_what_the_module_computes(shipped_network):
    check_workload(tool.MODEL, shipped_network)


def test_what_is_said_of_it(shipped_network):
    """2.526 bits a character: workloads/README.md."""
    assert bits_of(tool.MODEL, shipped_network) == pytest.approx(2.526, abs=0.001)


def test_the_arrays_are_those_that_are_stored(shipped_network):
    with np.load(script("alice").WORKLOADS / "lstm-alice.npz", allow_pickle=False) as stored:
        for name, array in tool.arrays_of(shipped_network).items():
            np.testing.assert_array_equal(array, stored[name])
        assert sum(stored[name].size for name in stored.files) == 40_073


def test_no_character_sees_those_after_it(shipped_network):
    one = torch.zeros(1, 32, dtype=torch.long)
    other = one.clone()
    other[:, 20:] = 5
    with torch.no_grad():
        first, second = shipped_network(one), shipped_network(other)
    torch.testing.assert_close(first[:, :20], second[:, :20])
    assert not torch.allclose(first[:, 20], second[:, 20])
