"""From files to trainings: what they start from, which random numbers they use, and what is found before anything long begins."""

from pathlib import Path

import numpy as np
import pytest
from small_training import load_small, write_training

from chipsim.errors import InputError
from chipsim.insitu.experiment import load_training
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.workload.layers import Layer


def learned(network):
    return {name: array.copy() for name, array in network.weights().items()}


def test_the_twin_is_a_network_in_floating_point_from_the_same_weights(tmp_path):
    experiment = load_small(tmp_path, "samples=10")
    training = experiment.training(0)
    chip, twin = training.networks
    assert twin.rule is None
    plain = Network(experiment.question.workload, None, Reads(), experiment._streams(0)[0])
    for name, array in plain.weights().items():
        assert np.array_equal(twin.weights()[name], array)
        assert chip.weights()[name] == pytest.approx(np.clip(array, -0.6, 0.6), abs=0.35)  # within the bounds of the devices
    assert len(load_small(tmp_path, "twin=false").training(0).networks) == 1


def test_a_training_may_start_from_the_weights_of_the_workload(tmp_path):
    experiment = load_small(tmp_path, "start=weights")
    with np.load(tmp_path / "weights.npz") as stored:
        twin = experiment.twin(0)
        assert all(np.array_equal(twin.weights()[name], stored[name]) for name in stored.files)


def test_seeds_have_their_own_chip_unless_it_is_fixed(tmp_path):
    def bounds(experiment, seed):
        """Weights of devices that were driven to their bounds, which are fixed for a chip."""
        network = experiment.network(seed)
        network.blocks[0].learner.update(np.ones((400, 6), np.float32), np.ones((400, 5), np.float32), 1.0, 0)
        return network.blocks[0].learner.weights.round(2)

    own, fixed = load_small(tmp_path), load_small(tmp_path, "chip_seed=7")
    assert not np.array_equal(bounds(own, 0), bounds(own, 1))
    assert np.array_equal(bounds(fixed, 0), bounds(fixed, 1))
    assert list(load_small(tmp_path, "seed=3", "seeds=2").seeds) == [3, 4]
    assert [own.place(own.training(seed)) for seed in (0, 2)] == [0, 2]


def test_the_digest_knows_data_weights_and_description(tmp_path):
    first = load_small(tmp_path).digest
    assert load_small(tmp_path).digest == first
    assert load_small(tmp_path / "elsewhere").digest == first
    assert load_small(tmp_path, "checkpoint=1 s").digest == first
    others = [load_small(tmp_path, change).digest for change in ("seed=1", "samples=60", "rule.longest=7", "start=weights", "omega=0.5")]
    with np.load(tmp_path / "data.npz") as stored:
        np.savez(tmp_path / "data.npz", **{name: stored[name] * (2 if name == "x_test" else 1) for name in stored.files})
    others.append(load_training(tmp_path / "training.yaml").digest)
    assert len({first, *others}) == len(others) + 1


def test_layers_are_cut_as_they_are_mapped(tmp_path):
    experiment = load_small(tmp_path, "architecture.tile.array.rows=4")
    assert [block.shape for block in experiment.network(0).blocks] == [(3, 5), (3, 5), (3, 3), (2, 3)]
    assert experiment.run() is not None
    with pytest.raises(InputError, match="needs 9 tiles"):
        load_small(tmp_path, "architecture.tile.array.rows=2", "architecture.tile.array.columns=3")


def test_the_devices_are_those_of_the_chip_unless_the_rule_names_others(tmp_path):
    assert load_small(tmp_path).rule.response == load_small(tmp_path).question.architecture.tile.learning.response
    own = load_small(tmp_path, "rule.response={type: constant_step, step: 0.002}")
    assert own.rule.response.step == 0.002


def test_without_moments_there_is_no_clock(tmp_path):
    experiment = load_small(tmp_path, "timing.moments=0", "schedule.epochs=1")
    (trained,) = experiment.run()
    assert experiment.clock is None
    assert trained.training.moments == []
    assert experiment.spent(trained.training) is None


def test_what_was_spent_grows_with_the_samples(tmp_path):
    experiment = load_small(tmp_path, "schedule.epochs=2", "schedule.decay=constant")
    training, found = experiment.training(0), []
    for _ in training.rest():
        found.append(experiment.spent(training))
    assert 0 < found[0][0] < found[1][0]
    assert found[1][1] == pytest.approx(2 * found[0][1], rel=0.2)


def test_a_store_that_is_too_small_is_found_before_training(tmp_path):
    write_training(tmp_path)
    chip = (tmp_path / "chip.yaml").read_text()
    store = "activations: {type: sram, capacity: "
    (tmp_path / "chip.yaml").write_text(chip.replace(f"{store}64 kb", f"{store}100 b"))
    with pytest.raises(InputError, match=r"Learning.activations: the store of tile .* what would help"):
        load_training(tmp_path / "training.yaml")


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "workloads").glob("train-*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_trainings_can_begin(file):
    experiment = load_training(file, changes=["samples=20", "test_samples=20", "schedule.epochs=1", "timing.moments=1"])
    (trained,) = experiment.run()
    assert trained.training.rows[0].pulses > 0
    assert experiment.spent(trained.training)[0] > 0


def test_problems_of_layers_are_told_with_their_place(tmp_path, monkeypatch):
    monkeypatch.setattr(Layer, "members", dict(Layer.members))  # what a plugin registers is forgotten afterwards
    write_training(tmp_path)
    plugin = (
        "from typing import final\nfrom chipsim.workload.layers.layer import DigitalLayer\n"
        "@final\nclass Odd(DigitalLayer, type='odd'):\n    'A layer of a plugin.'\n"
        "    def output_shape(self, *shapes):\n        return shapes[0]\n"
        "    def needs(self, y, x, shape):\n        return (y, x), (y, x)\n"
        "    def compute_rows(self, inputs, y0, y1):\n        return inputs[0][:, :, y0:y1]\n"
        "    def operations(self, channels):\n        return {}\n"
    )
    (tmp_path / "odd.py").write_text(plugin)
    net = (tmp_path / "net.yaml").read_text()
    (tmp_path / "net.yaml").write_text("plugins: odd.py\n" + net.rstrip() + "\n  - {type: odd, name: last}\n")
    with pytest.raises(InputError, match=r"net.yaml:\d+:\d+: .*last.*has no backward path"):
        load_training(tmp_path / "training.yaml")
