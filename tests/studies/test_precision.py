"""One network in several precisions: numbers of a run, of an ideal chip, of trained weights; calibration; messages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import chip, linear, network
from small_files import write_small

from chipsim.errors import InputError
from chipsim.experiment import Experiment, load_experiment
from chipsim.question import Question
from chipsim.studies.precision import DIGITAL, Digital, calibration_images, study
from chipsim.workload.metrics import normalised

WORK = network([4, 1, 1], linear("fc1", 6, activation="relu"), linear("fc", 3), samples=60)


def experiment(work=WORK, **array) -> Experiment:
    return Experiment(Question(workload=work.spec, architecture=chip(array=array), times=(1.0, 3600.0), repeats=2, stream=4), work)


NOISY = {"cell": {"device": {"type": "pcm"}}, "output_noise": 0.3}


@pytest.fixture(scope="module")
def found():
    return study(experiment(**NOISY), replace(WORK))


def test_every_precision_has_its_rows(found):
    names = [(row["variant"], row["time"]) for row in found.rows]
    digital = [("float", None), *((bits.name, None) for bits in DIGITAL)]
    times = [1.0, 3600.0]
    own = [("direct", time) for time in times]
    assert names == [*digital, *own, ("trained-float", None), *(("trained", time) for time in times)]
    assert [row["variant"] for row in found.variants] == list(dict.fromkeys(name for name, _ in names))


def test_the_chip_is_that_of_a_run(found):
    run = experiment(**NOISY).run()
    own = [row for row in found.rows if row["variant"] == "direct"]
    assert [row["value"] for row in own] == [row["mean"] for row in run.accuracy]
    assert [row["spread"] for row in own] == [row["spread"] for row in run.accuracy]
    trained = [row for row in found.rows if row["variant"] == "trained"]
    assert [row["value"] for row in trained] == [row["value"] for row in own]  # the same weights, the same random numbers


def test_normalised_accuracy_and_its_mark(found):
    for row in found.rows:
        assert row["kept"] == normalised(row["value"], found.reference, found.chance)
        assert row["loss"] == pytest.approx(found.reference - row["value"])
        assert row["iso"] == (row["kept"] >= 0.99)
    assert found.rows[0]["kept"] == 1.0
    assert found.rows[0]["error"] is None
    assert found.rows[4]["error"] >= 0


def test_an_ideal_chip_loses_nothing():
    rows = study(experiment(), digital=(Digital("int16", 16, 16),)).rows
    assert {row["variant"]: row["kept"] for row in rows} == {"float": 1.0, "int16": 1.0, "direct": 1.0}


def test_without_trained_weights_the_way_to_them_is_told():
    notes = [row["note"] for row in study(experiment(), digital=()).notes]
    assert any("chipsim train hwa" in note for note in notes)
    assert any("no train split" in note for note in notes)


def test_ranges_come_from_the_train_split_where_there_is_one(tmp_path):
    folder = write_small(tmp_path)
    work = load_experiment(folder / "net.yaml", folder / "chip.yaml").workload
    images, split = calibration_images(work)
    assert (split, len(images)) == ("test", 12)
    stored = dict(np.load(folder / "data.npz"))
    train = np.random.default_rng(1).random((300, 6), np.float32)
    np.savez(folder / "data.npz", **stored, x_train=train, y_train=np.zeros(300, np.int64))
    images, split = calibration_images(load_experiment(folder / "net.yaml", folder / "chip.yaml").workload)
    assert (split, images.shape) == ("train", (256, 6, 1, 1))
    assert np.array_equal(images.reshape(256, 6), train[:256])


def test_messages():
    other = network([4, 1, 1], linear("fc1", 6), linear("fc", 2), samples=60)
    with pytest.raises(InputError, match=r"--trained.*output"):
        study(experiment(), other)
    renamed = network([4, 1, 1], linear("one", 6), linear("fc", 3), samples=60)
    with pytest.raises(InputError, match="layers with weights"):
        study(experiment(), renamed)
    late = experiment(cell={"device": {"type": "flash-sonos"}})
    with pytest.raises(InputError, match="--times"):
        study(Experiment(late.question.having(times=(1.0, 3.15e7)), WORK))
    wrong = replace(WORK, labels=(WORK.labels + 1) % 3)
    with pytest.raises(InputError, match="nothing that a chip"):
        study(experiment(wrong))
