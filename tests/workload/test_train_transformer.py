"""The shipped transformer computes what the script's module computes, and is as good as is said of it."""

import numpy as np
import pytest

from .characters import bits_of, check_workload, script

torch = pytest.importorskip("torch")
tool = script("train_transformer")


@pytest.fixture(scope="module")
def shipped_network():
    """The module with the shipped weights: the way of `arrays_of` back."""
    network = tool.Transformer().eval()
    with np.load(script("alice").WORKLOADS / "transformer-alice.npz", allow_pickle=False) as stored:
        for name, value in network.state_dict().items():
            array = stored["positions.bias"][:, :, 0].T if name == "positions" else stored[name.removeprefix("blocks.")]
            value.copy_(torch.from_numpy(array.reshape(value.shape)))
    return network


def test_the_workload_computes_what_the_module_computes(shipped_network):
    check_workload(tool.MODEL, shipped_network)


def test_what_is_said_of_it(shipped_network):
    """2.20 bits a character and 113,609 parameters: workloads/README.md."""
    assert bits_of(tool.MODEL, shipped_network) == pytest.approx(2.197, abs=0.001)
    assert sum(value.numel() for value in shipped_network.parameters()) == 113_609


def test_no_character_sees_those_after_it(shipped_network):
    one = torch.zeros(1, 64, dtype=torch.long)
    other = one.clone()
    other[:, 40:] = 5
    with torch.no_grad():
        first, second = shipped_network(one), shipped_network(other)
    torch.testing.assert_close(first[:, :40], second[:, :40])
    assert not torch.allclose(first[:, 40], second[:, 40])
