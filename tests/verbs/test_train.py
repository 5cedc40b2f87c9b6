"""`chipsim train` from the command line: folders, interruption and the same bits after it, one message for every mistake."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import ALONE, Said
from small_training import write_training

from chipsim.insitu.experiment import TrainingExperiment, load_training
from chipsim.insitu.result import TrainingResult
from chipsim.training.loop import Training
from chipsim.verbs import train as train_verb
from chipsim.workload.load import load_workload


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(write_training(tmp_path / "small"))
    return tmp_path / "small"


def only(folder: Path = Path("runs")) -> Path:
    (found,) = folder.iterdir()
    return found


def comparable(result: TrainingResult) -> dict[str, Any]:
    """Everything but dates and wall times."""
    found = json.loads(result.to_json())
    del found["provenance"]
    return found | {"curves": [{name: value for name, value in row.items() if name != "seconds"} for row in found["curves"]]}


# --- what goes well --------------------------------------------------------------------------------------------------


def test_a_training_reports_and_leaves_a_folder(say, small):
    ran = say("train", "training.yaml")
    assert (ran.code, ran.err) == (0, "")
    for word in ("HEADLINE", "accuracy on the chip", "accuracy in floating point", "gap", "pulses per device", "EPOCHS", "LAYERS THAT"):
        assert word in ran.out
    folder = only()
    assert f"Run folder: {folder}" in ran.out
    names = {"experiment.yaml", "result.json", "report.txt", "citations.bib", "curves.csv", "weights.npz", "workload.yaml"}
    pictures = {f"{name}.{kind}" for name in ("accuracy", "loss") for kind in ("png", "svg")}
    assert names | pictures <= {path.name for path in folder.iterdir()}
    assert say("report", folder) == Said(0, ran.out, "")
    with (folder / "curves.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    result = TrainingResult.load(folder)
    assert [float(row["test accuracy (fraction)"]) for row in rows] == [row["test_accuracy"] for row in result.curves]
    assert result.metrics["accuracy"] > 0.6


def test_the_same_question_is_answered_from_its_folder(say, small, monkeypatch):
    first = say("train", "training.yaml", "--json")
    monkeypatch.setattr(TrainingExperiment, "run", lambda *_: pytest.fail("this question was answered before"))
    second = say("train", "training.yaml", "--json", "--set", "checkpoint=3 s")
    assert "answered before" in second.err
    assert second.out == first.out
    monkeypatch.undo()
    before = comparable(TrainingResult.load(only(small / "runs")))
    os.chdir(small)
    say("train", "training.yaml", "--again")
    assert comparable(TrainingResult.load(only())) == before


def test_a_workload_with_a_rule_is_a_training(say, small):
    named = say("train", "training.yaml", "--json")
    changes = ["rule.type=sgd", "schedule={epochs: 3, batch: 2, rate: 0.1}", "timing={moments: 2, batches: 2}"]
    assert say("train", "net.yaml", "--arch", "chip.yaml", *(w for c in changes for w in ("--set", c)), "--json").out == named.out


def test_the_experiment_in_the_folder_is_the_same_question(say, small):
    say("train", "training.yaml")
    assert "answered before" in say("train", only() / "experiment.yaml").err


def test_the_weights_are_used_by_a_run_with_drift(say, small):
    say("train", "training.yaml")
    folder = only()
    learned = load_workload(folder / "workload.yaml")
    with np.load(folder / "weights.npz") as stored:
        assert np.array_equal(learned.weights["fc1"].matrix, stored["fc1.weight"].T)
    result = TrainingResult.load(folder)
    test = load_training("training.yaml").test
    assert learned.accuracy(test.x, test.labels) == pytest.approx(result.metrics["accuracy"], abs=0.15)  # the chip's reads are noisy
    ran = say("run", folder / "workload.yaml", "--arch", "chip.yaml", "--set", "times=[1 s, 1 d]", "--set", "stream=5", "--into", "drift")
    assert ran.code == 0
    assert "ACCURACY" in ran.out


def test_seeds_have_a_mean_and_a_spread(say, small):
    ran = say("train", "training.yaml", "--set", "seeds=3", "--set", "schedule.epochs=2")
    assert "SEEDS" in ran.out
    result = TrainingResult.load(only())
    assert [row["seed"] for row in result.seeds] == [0, 1, 2]
    assert len(result.curves) == 6
    values = [row["accuracy"] for row in result.seeds]
    assert result.metrics["accuracy"] == pytest.approx(np.mean(values))
    assert result.metrics["accuracy_spread"] == pytest.approx(np.std(values, ddof=1))
    assert {"weights.npz", "weights-seed-1.npz", "weights-seed-2.npz"} <= {path.name for path in only().iterdir()}


def test_trainings_side_by_side(say, small):
    say("train", "training.yaml")
    say("train", "training.yaml", "--set", "schedule.rate=0.01", "--set", "name=slow")
    folders = sorted(Path("runs").iterdir())
    told = say("report", *folders)
    assert told.code == 0
    for word in ("FIGURES", "gap", "pulses per device", "TEST ACCURACY (%) BY EPOCH", "schedule.rate"):
        assert word in told.out
    assert max(map(len, told.out.splitlines())) <= 100
    assert len(json.loads(say("report", *folders, "--json").out)) == 2
    say("report", folders[0], "--plots", "pictures")
    assert (small / "pictures" / "accuracy.png").exists()


def test_check_show_and_explain_know_trainings(say, small):
    assert say("check", "training.yaml").out == "training.yaml: a training, 3 epochs of 61 samples, rule 'sgd'\n"
    assert "type: sgd" in say("show", "training.yaml").out
    assert json.loads(say("check", "--schema", "training").out)["title"] == "chipsim training"
    assert "patience" in say("explain", "Schedule").out
    assert "plateau" in say("explain", "Decay").out


# --- interruption ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batches", [1, 40, 62])
def test_stopped_and_taken_up_again_is_the_same(say, small, monkeypatch, batches):
    say("train", "training.yaml", "--set", "seeds=2", "--into", "whole")
    whole, count = comparable(TrainingResult.load(only(Path("whole")))), iter(range(1, 100000))
    look = train_verb._look

    def pressed(training: Training, *others: Any) -> bool:
        if next(count) == batches:
            os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does
        return look(training, *others)

    monkeypatch.setattr(train_verb, "_look", pressed)
    stopped = say("train", "training.yaml", "--set", "seeds=2")
    assert stopped.code == 130
    draft = only()
    assert draft.name.endswith(".unfinished")
    assert f"stopped; the training is kept in {draft}; go on with: chipsim train {draft / 'experiment.yaml'} --into runs" in stopped.err
    assert (draft / "seed-0.npz").exists()
    monkeypatch.undo()
    os.chdir(small)
    assert say("train", draft / "experiment.yaml", "--into", "runs").code == 0
    assert comparable(TrainingResult.load(only())) == whole


def test_killed_and_taken_up_again_is_the_same(say, small):
    changes = ["--set", "schedule.epochs=40", "--set", "checkpoint=0 s"]
    say("train", "training.yaml", *changes, "--into", "whole")
    whole = comparable(TrainingResult.load(only(Path("whole"))))
    process = subprocess.Popen([sys.executable, "-m", "chipsim", "train", "training.yaml", *changes], env=ALONE, stderr=subprocess.PIPE)
    until = time.monotonic() + 120
    while not list(Path("runs").glob("*.unfinished/seed-0.npz.older")) and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert only().name.endswith(".unfinished"), "it was over before it could be killed"
    assert say("train", "training.yaml", *changes).code == 0
    assert comparable(TrainingResult.load(only())) == whole


def test_again_begins_from_the_beginning(say, small):
    experiment = load_training("training.yaml")
    draft = Path("runs") / f"small-on-chip-with-sgd-{experiment.digest}.unfinished"
    draft.mkdir(parents=True)
    (draft / "seed-0.npz").write_bytes(b"half a file")
    refused = say("train", "training.yaml")
    assert refused.code == 2
    assert f"{draft / 'seed-0.npz'}: is a text file that begins with 'half a file'" in refused.err
    assert "remove this checkpoint to begin anew" in refused.err
    assert say("train", "training.yaml", "--again").code == 0


def test_a_checkpoint_of_another_training_is_one_message(say, small, monkeypatch):
    draft = stopped(say, monkeypatch, "--set", "rule.longest=5")
    other = draft.with_name(f"small-on-chip-with-sgd-{load_training('training.yaml').digest}.unfinished")
    draft.rename(other)
    told = say("train", "training.yaml")
    assert told.code == 2
    assert f"{other / 'seed-0.npz'}: this checkpoint was written with another rule; go on with what it was written with" in told.err


def stopped(say, monkeypatch, *changes: str) -> Path:
    """The folder of a training that was stopped after its first mini-batch."""
    with monkeypatch.context() as patch:
        patch.setattr(train_verb, "_look", lambda *_: False)
        assert say("train", "training.yaml", *changes).code == 130
    return only()


def test_runs_and_trainings_are_not_mixed(say, small):
    say("train", "training.yaml")
    run = say("run", "net.yaml", "--arch", "chip.yaml", "--set", "stream=5", "--into", "other")
    assert run.code == 0
    told = say("report", only(), only(Path("other")))
    assert (told.code, told.out) == (2, "")
    assert "is no training" in told.err


# --- the user's mistakes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sede=1", "sede: unknown key (did you mean 'seed'?)"),
        ("rule.type=sdg", "unknown rule type 'sdg' (did you mean 'sgd'?)"),
        ("rule={type: tiki_taka_v2, transfer_every: 0}", "rule.transfer_every: should be greater"),
        ("schedule.rate=0", "schedule.rate: should be greater"),
        ("schedule.decay=cosinus", "did you mean 'cosine'?"),
        ("samples=62", "samples: 62 samples are asked for, but this part of the data has 61"),
        ("test_samples=41", "test_samples: 41 samples"),
        ("mapping.copies={fc1: 2}", "a layer that learns cannot have copies"),
        ("omega=2", "omega: should be less"),
        ("workload.data.file=nowhere.npz", "nowhere.npz: there is no such file"),
        ("workload.weights=nowhere.npz", ""),
        ("start=weights", ""),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_message(say, small, change, said):
    ran = say("train", "training.yaml", "--set", change)
    if not said:  # weights are read only where they are the start
        assert ran.code == 0
        return
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not Path("runs").exists() or not list(Path("runs").iterdir())


def test_places_in_the_file_are_told(say, small):
    Path("training.yaml").write_text(Path("training.yaml").read_text().replace("epochs: 3", "epochs: 0"))
    assert "training.yaml:5:20: schedule.epochs: should be greater" in say("train", "training.yaml").err


@pytest.mark.parametrize("verb", ["run", "map", "drift", "program"])
def test_other_verbs_say_what_a_training_is_for(say, small, verb):
    told = say(verb, "training.yaml")
    assert (told.code, told.err) == (2, "training.yaml:4:7: rule: belongs to a training, which 'chipsim train' takes\n")


def test_data_without_a_training_part_are_one_message(say, small):
    with np.load("data.npz") as stored:
        np.savez("data.npz", x_test=stored["x_test"], y_test=stored["y_test"])
    assert "data.npz: data.split: the array 'x_train' is missing" in say("train", "training.yaml").err


def test_a_chip_that_cannot_learn_is_one_message(say, small):
    chip = Path("chip.yaml").read_text()
    start = chip.index("  learning:")
    Path("chip.yaml").write_text(chip[:start] + chip[chip.index("network:") :])
    ran = say("train", "training.yaml")
    assert ran.code == 2
    assert "Rule.response: is missing" in ran.err


def test_a_training_that_diverges_says_so_and_keeps_what_there_is(say, small):
    ran = say("train", "training.yaml", "--set", "schedule.rate=1e38", "--set", "schedule.decay=constant")
    assert (ran.code, ran.out) == (1, "")
    assert "diverged in epoch" in ran.err
    assert "try a lower rate than 1e+38" in ran.err


def test_saturated_trains_are_a_warning(say, small):
    ran = say("train", "training.yaml", "--set", "rule.longest=2", "--set", "schedule.rate=0.5", "--set", "twin=false")
    assert ran.code == 0
    words = " ".join(ran.out.split())
    assert "of the driven lines needed more than the longest train" in words, words[:900]
    assert "lower schedule.rate, or lengthen the train" in words
    assert "floating point" not in ran.out.partition("EPOCHS")[0]
