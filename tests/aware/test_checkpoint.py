"""The state of a training in one file: what is written is what is read."""

from __future__ import annotations

import pytest
import torch

from aware.small_aware import Stand
from chipsim.aware.checkpoint import State, found, save
from chipsim.errors import CheckError, InputError

SETTINGS = {"network": "a", "chip": "b"}


def stepped() -> tuple[Stand, torch.optim.Optimizer]:
    network = Stand()
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1)
    network(torch.ones(2, 6, 1, 1)).sum().backward()
    optimiser.step()
    return network, optimiser


def test_everything_is_found_again_to_the_bit(tmp_path):
    network, optimiser = stepped()
    rows = [[0, 0.0, None, 0.1, 0.2, 1 / 3, 5.0]]
    best = {name: 2 * tensor.detach() for name, tensor in network.state_dict().items()}
    save(tmp_path / "c.npz", SETTINGS, State(rows, network.state_dict(), best, optimiser))
    state, sentence = found(tmp_path / "c.npz", SETTINGS, network.state_dict())
    assert (state.rows, sentence) == (rows, "")
    for ours, theirs in ((state.model, network.state_dict()), (state.best, best)):
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    for number, values in optimiser.state_dict()["state"].items():
        assert all(torch.equal(state.moments[number][name], value) for name, value in values.items())


def test_no_file_is_no_state(tmp_path):
    assert found(tmp_path / "c.npz", SETTINGS, {}) == (None, "")


@pytest.mark.parametrize("name", SETTINGS)
def test_what_differs_is_named(tmp_path, name):
    network, optimiser = stepped()
    save(tmp_path / "c.npz", SETTINGS, State([], network.state_dict(), network.state_dict(), optimiser))
    with pytest.raises(InputError, match=f"written with another {name}"):
        found(tmp_path / "c.npz", SETTINGS | {name: "other"}, network.state_dict())


def test_a_file_that_is_no_checkpoint_is_told(tmp_path):
    (tmp_path / "c.npz").write_bytes(b"hello")
    with pytest.raises(InputError, match="remove this checkpoint to begin anew"):
        found(tmp_path / "c.npz", SETTINGS, {})


def test_where_nothing_can_be_written_the_old_file_stays(tmp_path):
    network, optimiser = stepped()
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CheckError, match="the checkpoint could not be written"):
        save(tmp_path / "taken" / "c.npz", SETTINGS, State([], network.state_dict(), {}, optimiser))
