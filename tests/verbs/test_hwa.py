"""`chipsim train hwa`: one command trains, is found again, goes on after a stop, and leaves a network that can be run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from aware.small_aware import write_aware

from chipsim.aware import export
from chipsim.aware.loop import Training

QUICK = ("--set", "epochs=2", "--set", "samples=60", "--set", "repeats=1")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The folder of the small files, which is the current folder."""
    monkeypatch.chdir(write_aware(tmp_path / "small"))
    return tmp_path / "small"


def folder() -> Path:
    (found,) = [path for path in Path("runs").iterdir() if not path.name.startswith(".")]
    return found


def test_it_trains_and_leaves_a_network_that_runs_and_reports(say, small):
    ran = say("train", "hwa", "hwa.yaml", *QUICK)
    assert ran.code == 0
    lines = ran.err.splitlines()
    assert [line.split("   ")[0] for line in lines[:3]] == ["before training", "epoch 1 of 2", "epoch 2 of 2"]
    assert lines[3].startswith("trained; now the simulator judges the weights before and after: 200 test samples")
    assert "ranges only" in ran.out
    for word in ("ACCURACY BEFORE AND AFTER", "A* after", "EPOCHS", "LAYERS", "Run folder: runs/small-on-chip-hardware-aware-"):
        assert word in ran.out
    names = {path.name for path in folder().iterdir()}
    assert {"weights.npz", "workload.yaml", "state_dict.pt", "model.onnx"} <= names
    assert {"result.json", "checkpoint.npz", "report.txt", "epochs.csv"} <= names
    assert {"learning-curve.png", "before-after.svg"} <= names
    assert say("report", folder()).out == ran.out
    assert json.loads(say("report", folder(), "--json").out)["kind"] == "hwa"
    assert say("report", folder(), "--plots", "pictures").out.count("pictures/") == 4
    after = json.loads((folder() / "result.json").read_text())["accuracy"]
    asked = ("times=[1 s, 1 h]", "repeats=1", "stream=20")
    told = say("run", folder() / "workload.yaml", "--arch", "chip.yaml", *(word for one in asked for word in ("--set", one)))
    assert told.code == 0
    result = json.loads(next(Path("runs").glob("small-on-chip-[0-9a-f]*/result.json")).read_text())
    assert [row["mean"] for row in result["accuracy"]] == pytest.approx([row["after"] for row in after])


def test_an_experiment_of_a_run_folder_asks_the_same_again(say, small):
    first = say("train", "hwa", "hwa.yaml", *QUICK)
    again = say("train", "hwa", folder() / "experiment.yaml")
    assert "answered before" in again.err
    assert again.out == first.out


def test_a_workload_with_a_chip_is_enough(say, small):
    ran = say("train", "hwa", "net.yaml", "--arch", "chip.yaml", *QUICK, "--set", "times=[1 s]", "--json")
    assert json.loads(ran.out)["metrics"]["epochs"] == 2


def test_a_stopped_training_goes_on_where_it_was(say, small, monkeypatch):
    whole = json.loads(say("train", "hwa", "hwa.yaml", *QUICK, "--json", "--into", "whole").out)
    learn = Training._learn

    def stop(self, progress):
        if self.epoch == 1:
            raise KeyboardInterrupt
        return learn(self, progress)

    monkeypatch.setattr(Training, "_learn", stop)
    stopped = say("train", "hwa", "hwa.yaml", *QUICK)
    assert stopped.code == 130
    assert "stopped; epochs up to 1 of 2 are kept in runs/small-on-chip-hardware-aware-" in stopped.err
    assert "to go on: chipsim train hwa hwa.yaml --set epochs=2 --set samples=60 --set repeats=1\n" in stopped.err
    monkeypatch.setattr(Training, "_learn", learn)
    ran = say("train", "hwa", "hwa.yaml", *QUICK, "--json")
    assert "going on after epoch 1" in ran.err
    assert json.loads(ran.out)["accuracy"] == whole["accuracy"]
    arrays = [np.load(next(Path(one).glob("small*/weights.npz"))) for one in ("whole", "runs")]
    for name in arrays[0].files:
        np.testing.assert_array_equal(arrays[0][name], arrays[1][name])


def test_a_process_that_is_killed_goes_on_where_it_was(say, small):
    """SIGKILL in the second epoch: no handler runs, nothing is tidied up."""
    program = (
        "import os, signal, sys\n"
        "from chipsim.aware.loop import Training\n"
        "from chipsim.__main__ import main\n"
        "step = Training._step\n"
        "def killed(self, samples, number):\n"
        "    if number == 1:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return step(self, samples, number)\n"
        "Training._step = killed\n"
        f"sys.argv = {['chipsim', 'train', 'hwa', 'hwa.yaml', *QUICK]!r}\n"
        "main()\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not list(Path("runs").glob("small*/result.json"))
    ran = say("train", "hwa", "hwa.yaml", *QUICK, "--json")
    assert "going on after epoch 1 of 2" in ran.err
    whole = say("train", "hwa", "hwa.yaml", *QUICK, "--json", "--into", "whole")
    assert json.loads(ran.out)["accuracy"] == json.loads(whole.out)["accuracy"]
    arrays = [np.load(next(Path(one).glob("small*/weights.npz"))) for one in ("whole", "runs")]
    for name in arrays[0].files:
        np.testing.assert_array_equal(arrays[0][name], arrays[1][name])


def test_a_full_disk_at_the_end_is_told_and_what_was_learned_stays(say, small, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(export, "write_weights", full)
        refused = say("train", "hwa", "hwa.yaml", *QUICK)
    assert refused.code != 0
    for words in ("No space left on device", "epochs up to 2 of 2 are kept in", "to go on: chipsim train hwa hwa.yaml"):
        assert words in refused.err
    assert "Traceback" not in refused.err
    ran = say("train", "hwa", "hwa.yaml", *QUICK)
    assert ran.code == 0
    assert "going on after epoch 2 of 2" in ran.err
    assert "epoch 1 of 2" not in ran.err  # nothing is learned again


def test_a_full_disk_after_an_epoch_is_told_and_the_next_epoch_tries_again(say, small, monkeypatch):
    write, calls = os.fsync, []

    def once(handle):
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(handle)

    monkeypatch.setattr(os, "fsync", once)
    ran = say("train", "hwa", "hwa.yaml", *QUICK)
    assert ran.code == 0
    assert "No space left on device" in ran.err
    assert "training goes on, epoch 0 stays kept, and the next epoch tries again" in ran.err
    assert np.load(folder() / "checkpoint.npz")["rows"].size


def test_a_training_asked_for_again_that_is_stopped_goes_on(say, small, monkeypatch):
    """Though an older answer lies there."""
    say("train", "hwa", "hwa.yaml", *QUICK)
    with monkeypatch.context() as patched:
        patched.setattr(Training, "_learn", lambda self, progress: (_ for _ in ()).throw(KeyboardInterrupt))
        stopped = say("train", "hwa", "hwa.yaml", *QUICK, "--again")
    assert "epoch 0 of 2, the network before training, is kept" in stopped.err
    assert "--again" not in stopped.err
    assert "going on after epoch 0 of 2" in say("train", "hwa", "hwa.yaml", *QUICK).err


def test_a_checkpoint_of_another_model_is_refused(say, small):
    say("train", "hwa", "hwa.yaml", *QUICK)
    kept, mine = folder(), folder().with_name(folder().name + ".unfinished")
    kept.rename(mine)
    file = mine / "checkpoint.npz"
    arrays = dict(np.load(file))
    settings = json.loads(str(arrays["settings"])) | {"network": "another"}
    np.savez(file, **arrays | {"settings": np.array(json.dumps(settings))})
    refused = say("train", "hwa", "hwa.yaml", *QUICK)
    assert refused.code == 2
    assert "this checkpoint was written with another network" in refused.err


def test_check_show_and_schema_know_the_kind(say, small):
    assert say("check", "hwa.yaml").out == "hwa.yaml: a hardware-aware training, 3 epochs of 216 samples, 24 held out\n"
    assert "epochs: 3" in say("show", "hwa.yaml").out
    assert "AwareQuestion" in json.loads(say("check", "--schema", "hwa").out)["$defs"]
    assert "held out" in say("explain", "AwareQuestion").out
    assert "AwareQuestion" in say("explain", "smoothing").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hwa",), "expected one file, or the word hwa and one file"),
        (("hwa", "a.yaml", "b.yaml"), "expected one file, or the word hwa and one file"),
        (("hwa", "chip.yaml"), "architecture"),
        (("hwa", "nothing.yaml"), "nothing.yaml"),
        (("hwa", "hwa.yaml", "--set", "epochs=0"), "epochs"),
    ],
)
def test_what_cannot_be_trained_is_told_in_one_message(say, small, words, said):
    refused = say("train", *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("words", [("run", "hwa.yaml"), ("train", "hwa.yaml")])
def test_another_verb_says_whose_file_it_is(say, small, words):
    assert "belongs to a hardware-aware training, which 'chipsim train hwa' takes" in say(*words).err


def test_without_pytorch_it_says_what_to_install(say, small, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("chipsim.aware.loop")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    refused = say("train", "hwa", "hwa.yaml")
    assert refused.code == 2
    assert 'chipsim train hwa needs PyTorch: pip install "chipsim[train]"' in refused.err
