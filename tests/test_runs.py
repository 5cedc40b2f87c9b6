"""Run folders: whole or not at all, found again, and nothing left behind by what went wrong."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_files import write_small

from chipsim import runs
from chipsim.errors import CheckError, InputError
from chipsim.experiment import load_experiment
from chipsim.report.folder import save
from chipsim.tree import parse


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The answer to the small experiment."""
    return load_experiment(write_small(tmp_path_factory.mktemp("runs")) / "experiment.yaml").run()


def everything(folder: Path) -> list[str]:
    """Every path below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mlp-mnist on pcm-64", "mlp-mnist-on-pcm-64-abc"),
        ("../../etc/passwd", "etc-passwd-abc"),
        ("µ / 芯", "run-abc"),
        ("", "run-abc"),
        (".hidden", "hidden-abc"),
        ("A" * 500, f"{'a' * runs.LARGEST_NAME}-abc"),
    ],
)
def test_a_folder_has_the_name_of_the_run_and_its_digest(name, folder):
    assert runs.folder_of(name, "abc", "into") == Path("into") / folder


@given(name=st.text(max_size=80))
def test_any_name_makes_one_visible_folder_in_its_place(name):
    folder = runs.folder_of(name, "abc", "into")
    assert folder.parent == Path("into")
    assert not folder.name.startswith((".", "-"))
    assert folder.name.isascii()
    assert len(folder.name) < 100


# --- what goes well --------------------------------------------------------------------------------------------------


def test_a_run_folder_holds_everything_and_nothing_hidden(result, tmp_path):
    folder = runs.write(result, tmp_path / "new" / "runs", save)
    assert everything(tmp_path / "new" / "runs")[0] == folder.name
    names = {path.name for path in folder.iterdir()}
    assert {"experiment.yaml", "result.json", "report.txt", "report.html", "citations.bib", "tables", "trace.json.gz"} <= names
    assert all(not path.startswith(".") for path in everything(tmp_path / "new" / "runs"))
    assert (folder.stat().st_mode & 0o777) == 0o755
    assert runs.find(folder) == result
    assert parse(folder / "experiment.yaml").plain() == result.experiment


def test_an_older_folder_is_replaced_whole(result, tmp_path):
    folder = runs.write(result, tmp_path, save)
    (folder / "note.txt").write_text("mine")
    (folder / "result.json").write_text("cut")
    assert runs.write(result, tmp_path, save) == folder
    assert not (folder / "note.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert runs.find(folder) == result


def test_a_file_in_the_way_is_replaced(result, tmp_path):
    folder = runs.folder_of(result.name, result.digest, tmp_path)
    folder.write_text("in the way")
    assert runs.find(folder) is None
    assert runs.find(runs.write(result, tmp_path, save)) == result


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "other", "binary", "folder"])
def test_a_damaged_answer_is_no_answer(result, tmp_path, harm):
    folder = runs.write(result, tmp_path, save)
    file = folder / "result.json"
    text = file.read_text()
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm != "gone":
        other = replace(result, digest="0" * 12).to_json()
        file.write_bytes({"cut": text[: len(text) // 2], "empty": "", "other": other, "binary": "\0\1"}[harm].encode())
    assert runs.find(folder) is None
    assert runs.find(runs.write(result, tmp_path, save)) == result


def test_what_is_not_there_is_no_answer(tmp_path):
    assert runs.find(tmp_path / "nowhere") is None


def _write(arguments):
    result, into = arguments
    return runs.write(result, into, save).name


def test_two_processes_may_write_the_same_answer_at_once(result, tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        names = pool.map(_write, [(result, tmp_path)] * 8)
    assert len(set(names)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [names[0]]
    assert runs.find(tmp_path / names[0]) == result


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("into", ["/proc/nowhere", "/proc/1/fd/nowhere", "/dev/null/runs", "{file}/runs", "{file}"])
def test_a_place_where_nothing_can_be_written_is_told_before_anything_long_begins(tmp_path, into):
    (tmp_path / "file").write_text("x")
    into = into.format(file=tmp_path / "file")
    with pytest.raises(InputError, match=r"no run folder can be written here \(.+\); choose another with --into") as caught:
        runs.check_writable(into)
    assert str(caught.value).startswith(f"{into}: ")
    assert everything(tmp_path) == ["file"]


def test_asking_leaves_nothing_behind(tmp_path):
    runs.check_writable(tmp_path)
    assert everything(tmp_path) == []


@pytest.mark.parametrize("victim", ["save", "yaml_text", "_swap", "result"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt(), ZeroDivisionError("ours")])
def test_a_failure_while_writing_leaves_nothing_behind(result, tmp_path, monkeypatch, victim, error):
    def fail(*arguments: object) -> None:
        raise error

    if victim == "result":
        monkeypatch.setattr(type(result), "to_json", fail)
    elif victim != "save":
        monkeypatch.setattr(runs, victim, fail)
    expected = CheckError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        runs.write(result, tmp_path, fail if victim == "save" else save)
    if expected is CheckError:
        assert "could not be written (No space left on device); nothing was left behind" in str(caught.value)
    assert everything(tmp_path) == []


def test_a_failure_while_writing_keeps_the_older_answer(result, tmp_path, monkeypatch):
    folder = runs.write(result, tmp_path, save)
    before = everything(tmp_path)
    rename = Path.rename

    def fail_for_the_draft(self: Path, target: Path) -> Path:
        if self.name.startswith(f".{folder.name}-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_draft)
    with pytest.raises(CheckError, match="No space left on device"):
        runs.write(result, tmp_path, save)
    assert everything(tmp_path) == before
    assert runs.find(folder) == result


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB, where this machine lets us mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(result, small_disk):
    with pytest.raises(CheckError, match="No space left on device"):
        runs.write(result, small_disk, save)
    assert everything(small_disk) == []
