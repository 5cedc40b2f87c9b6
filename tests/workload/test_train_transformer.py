"""The shipped transformer computes what the script's module computes; the script learns, and does what it says."""

import importlib.util
import sys

import numpy as np
import pytest

from chipsim.workload.load import load_workload

from .conftest import REPOSITORY

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def tool():
    """The script as a module."""
    found = importlib.util.spec_from_file_location("train_transformer", REPOSITORY / "tools" / "train_transformer.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shipped_network(tool):
    """The module with the shipped weights: the way of `arrays_of` back."""
    network = tool.Transformer(73).eval()
    with np.load(tool.WORKLOADS / "transformer-alice.npz", allow_pickle=False) as stored:
        for name, value in network.state_dict().items():
            array = stored["positions.bias"][:, :, 0].T if name == "positions" else stored[name.removeprefix("blocks.")]
            value.copy_(torch.from_numpy(array.reshape(value.shape)))
    return network


def test_the_workload_computes_what_the_module_computes(tool, shipped_network):
    workload = load_workload(tool.WORKLOADS / "transformer-alice.yaml")
    windows = tool.windows_of("test", 73)
    assert np.array_equal(workload.inputs[:, 0, :, 0], windows[:, :-1].numpy())
    assert np.array_equal(workload.labels, windows[:, 1:].numpy())
    with torch.no_grad():
        wanted = shipped_network(windows[:8, :-1]).numpy()
    found = workload.forward(workload.inputs[:8])[..., 0].transpose(0, 2, 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_what_is_said_of_it(tool, shipped_network):
    """2.20 bits a character and 55.8 % right: workloads/README.md."""
    windows = tool.windows_of("test", 73)
    with torch.no_grad():
        assert float(tool.loss_of(shipped_network, windows)) / np.log(2) == pytest.approx(2.197, abs=0.001)
    assert sum(value.numel() for value in shipped_network.parameters()) == 113_609


def test_no_character_sees_those_after_it(tool, shipped_network):
    one = torch.zeros(1, 64, dtype=torch.long)
    other = one.clone()
    other[:, 40:] = 5
    with torch.no_grad():
        first, second = shipped_network(one), shipped_network(other)
    torch.testing.assert_close(first[:, :40], second[:, :40])
    assert not torch.allclose(first[:, 40], second[:, 40])


def test_training_learns_repeats_itself_and_clips_what_is_analog(tool, monkeypatch):
    monkeypatch.setattr(tool, "BATCH", 4)

    def trained():
        torch.manual_seed(3)
        network = tool.Transformer(73)
        tool.train(network, tool.windows_of("train", 73).flatten()[:500], 8, 3e-3, 0.04, 2.0)
        return network

    first, second = trained(), trained()
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))
    torch.manual_seed(3)
    windows = tool.windows_of("train", 73)[:6]
    with torch.no_grad():
        assert tool.loss_of(first, windows) < tool.loss_of(tool.Transformer(73), windows)
    weight = first.blocks[0].up.weight.detach()
    assert float(weight.abs().max()) <= 2.0 * float(weight.std()) * 1.2  # clipping itself shrinks the deviation
    assert not tool.is_analog("blocks.0.norm1.weight")
    assert not tool.is_analog("characters.weight")


def test_noise_is_on_the_weights_of_crossbars_only(tool):
    torch.manual_seed(0)
    network = tool.Transformer(73)
    noisy = tool.noisy(network, 0.05)
    same = {name for name, value in network.named_parameters() if torch.equal(value, noisy[name])}
    assert same == {name for name, _ in network.named_parameters() if not tool.is_analog(name)}
