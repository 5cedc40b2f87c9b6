"""From files to a training with its data: where keys go, what is held out, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from aware.small_aware import load_small, write_aware
from chipsim.aware.experiment import Part, divided, load_aware
from chipsim.errors import InputError


@pytest.fixture
def small(tmp_path):
    return write_aware(tmp_path)


def test_an_experiment_a_workload_with_a_chip_and_a_file_of_its_own_ask_the_same(small):
    changes = ("epochs=3", "batch=16", "rate=0.02")
    own = load_aware(small / "hwa.yaml")
    assert load_aware(small / "experiment.yaml", changes=changes).digest == own.digest
    asked = (*changes, "times=[1 s, 1 h]", "repeats=2", "stream=20")
    assert load_aware(small / "net.yaml", small / "chip.yaml", asked).digest == own.digest


def test_changes_are_of_the_training_or_else_of_its_experiment(small):
    changes = ("epochs=7", "seed=3", "experiment.seed=4", "architecture.tile.array.adc.bits=6", "times=[5 s]", "distil.weight=0.3")
    question = load_aware(small / "hwa.yaml", changes=changes).question
    assert (question.epochs, question.seed, question.experiment.seed, question.experiment.times) == (7, 3, 4, (5.0,))
    assert question.experiment.architecture.tile.array.adc.bits == 6
    assert question.distil.weight == 0.3


def test_the_experiment_may_stand_in_the_file(small):
    (small / "whole.yaml").write_text("experiment: {workload: net.yaml, architecture: chip.yaml}\nepochs: 2\n")
    assert load_aware(small / "whole.yaml").question.epochs == 2


def test_another_chip_replaces_that_of_the_experiment(small):
    (small / "other.yaml").write_text((small / "chip.yaml").read_text().replace("name: chip", "name: other"))
    assert load_aware(small / "hwa.yaml", small / "other.yaml").name == "small on other, hardware-aware"


def test_what_changes_the_answer_changes_the_digest(small):
    digests = {load_aware(small / "hwa.yaml", changes=c).digest for c in ((), ("seed=1",), ("epochs=4",), ("experiment.seed=1",))}
    data = dict(np.load(small / "data.npz"))
    np.savez(small / "data.npz", **data | {"x_train": data["x_train"] + 1})
    assert len(digests | {load_aware(small / "hwa.yaml").digest}) == 5


def test_what_is_held_out_is_drawn_and_learned_from_by_nobody(small):
    found = load_small(small)
    assert (len(found.train.x), len(found.validation.x)) == (216, 24)
    rows = {row.tobytes() for row in found.train.x} | {row.tobytes() for row in found.validation.x}
    assert len(rows) == 240
    samples = Part(np.arange(20, dtype=np.float32), np.arange(20))
    first, second = divided(samples, 0.25, 0), divided(samples, 0.25, 1)
    assert sorted([*first[0].x, *first[1].x]) == list(range(20))
    assert set(first[1].x) != set(second[1].x)
    assert set(first[1].x) == set(divided(samples, 0.25, 0)[1].x)


def test_a_program_may_bring_network_and_samples(small):
    from chipsim.workload.load import load_workload

    workload = load_workload(small / "net.yaml")
    x = workload.inputs[:50], workload.labels[:50]
    found = load_aware(workload, small / "chip.yaml", ["validation=0.2"], train=x)
    assert (len(found.train.x), len(found.validation.x)) == (40, 10)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("workload.data.split=train", "workload.data.split: is train, so the network would be judged by what it has learned from"),
        ("experiment.workload.data=null", "data"),
        ("samples=5000", "samples: 5000 samples are asked for, but the training data has 240"),
        ("validation=0.001", "validation: 0.001 of 240 training samples are 0; expected at least one to learn from"),
        ("ramp=9", "9 epochs are more than all 3"),
        ("optimiser=lion", "'adamw' or 'sgd'"),
        ("epoch=3", "epoch: unknown key (did you mean 'epochs'?)"),
        ("injection.effects=[gravity]", "gravity"),
        ("rate=0", "greater than 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(small, change, said):
    with pytest.raises(InputError) as error:
        load_aware(small / "hwa.yaml", changes=[change])
    assert said in str(error.value)


def test_without_a_training_split_it_is_told_what_is_missing(small):
    data = np.load(small / "data.npz")
    np.savez(small / "data.npz", x_test=data["x_test"], y_test=data["y_test"])
    with pytest.raises(InputError, match=r"'x_train' is missing; hardware-aware training learns from the train split"):
        load_aware(small / "hwa.yaml")


def test_labels_out_of_range_are_told(small):
    data = dict(np.load(small / "data.npz"))
    np.savez(small / "data.npz", **data | {"y_train": data["y_train"] + 5})
    with pytest.raises(InputError, match="out of range, the network's outputs are 0 to 2"):
        load_aware(small / "hwa.yaml")


def test_drawn_weights_and_trainings_on_the_chip_are_refused(small):
    net = (small / "net.yaml").read_text().replace("weights: weights.npz", "random: {seed: 0}")
    (small / "net.yaml").write_text(net)
    with pytest.raises(InputError, match="the weights of its workload are drawn; a network learns from weights and data that are named"):
        load_aware(small / "hwa.yaml")
    (small / "rule.yaml").write_text("workload: net.yaml\narchitecture: chip.yaml\nrule: {type: sgd}\n")
    (small / "hwa.yaml").write_text("experiment: rule.yaml\n")
    with pytest.raises(InputError, match="belongs to a training on the chip"):
        load_aware(small / "hwa.yaml")
