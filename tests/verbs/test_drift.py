"""The verb `drift`: lists as text, files, messages; and the whole command in one small folder."""

import io
import json

import pytest
from rich.console import Console
from small_files import write_small

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.studies.drift import CALIBRATE, PROGRAM
from chipsim.verbs.drift import _intervals, print_drift, share_of, study_drift


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return load_experiment(write_small(tmp_path_factory.mktemp("small")) / "experiment.yaml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", CALIBRATE),
        ("none", ()),
        ("never", (None,)),
        ("1 h, 1 d,never", (3600.0, 86400.0, None)),
        ("60 min, 1 h", (3600.0,)),
    ],
)
def test_intervals(text, found):
    assert _intervals("--calibrate-every", text, CALIBRATE) == found


@pytest.mark.parametrize("text", ["1 m", "soon", "1 h,,2 h", "0 s", "-1 h", "1 h, none"])
def test_wrong_intervals(text):
    with pytest.raises(InputError, match="--program-every"):
        _intervals("--program-every", text, PROGRAM)


@pytest.mark.parametrize(("text", "share"), [("1%", 0.01), (" 0.5 % ", 0.005), ("0.02", 0.02), ("0", 0.0)])
def test_shares(text, share):
    assert share_of(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "%", "one", "1 point"])
def test_wrong_shares(text):
    with pytest.raises(InputError, match="--within"):
        share_of(text)


def test_lists_are_texts(small):
    found = study_drift(small, "1 s, 1 d", "global, none", "6 h, never", "none")
    assert found.times == (1.0, 86400.0)
    assert found.compensations == ("none", "global")
    assert [(row["action"], row["every"]) for row in found.upkeep] == [("calibrate", 21600.0), ("calibrate", None)]
    with pytest.raises(InputError, match="unknown compensation 'globl'"):
        study_drift(small, compensations="none, globl")
    with pytest.raises(InputError, match="--times"):
        study_drift(small, "1 x")


def test_screen_json_and_files(small, tmp_path, capsys):
    found = study_drift(small, "1 s, 1 d", "none,global", "6 h", "1 d")
    stream = io.StringIO()
    print_drift(found, Console(file=stream, width=80), tmp_path / "new" / "folder")
    assert "HOW OFTEN" in stream.getvalue()
    assert "10 files in" in stream.getvalue()
    assert (tmp_path / "new" / "folder" / "accuracy.png").stat().st_size > 1000
    print_drift(found, Console(file=stream), None, as_json=True)
    assert json.loads(capsys.readouterr().out)["samples"] == 12
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written here"):
        print_drift(found, Console(file=stream), tmp_path / "file" / "below")


def test_the_whole_command(tmp_path, monkeypatch, capsys):
    from chipsim.__main__ import main

    folder = write_small(tmp_path)
    words = ["drift", str(folder / "experiment.yaml"), "--times", "1 s, 1 d", "--chips", "3", "--repeats", "1", "--within", "20%"]
    monkeypatch.setattr("sys.argv", ["chipsim", *words, "--calibrate-every", "1 h", "--program-every", "none", "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    study = json.loads(capsys.readouterr().out)
    assert (study["chips"], study["repeats"], study["within"]) == (3, 1, 0.2)
    assert [len(row["values"]) for row in study["accuracy"]] == [3] * 8


def test_a_folder_that_cannot_be_written_is_said_before_anything_long(tmp_path, monkeypatch, capsys):
    from chipsim.__main__ import main

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("sys.argv", ["chipsim", "drift", "no such file.yaml", "--into", str(tmp_path / "file" / "below")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "can be written here" in capsys.readouterr().err
