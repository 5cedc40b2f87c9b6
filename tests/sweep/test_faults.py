"""Killing things: workers, sweeps, disks, files. What was answered stays, and the table ends as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_sweeps import begun, folder_of, points_in, rows_of, swept, waited, workers_of, write_sweep

from chipsim.errors import CheckError
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan
from chipsim.sweep.point import LOG, Answered
from chipsim.sweep.table import SweepTable

SLOW = "trap slow=0.25"
SEEDS = 6


def resumed(file: Path, workers: int = 2) -> SweepTable:
    """The table after the sweep has gone on to its end in this process."""
    with Local(workers) as engine:
        return run_sweep(load_plan(file), file.parent / "out", engine)[0]


def forked(file: Path, workers: int) -> Any:
    """The sweep in a process of its own, without the time that a new one takes to import everything."""
    process = multiprocessing.get_context("fork").Process(target=resumed, args=(file, workers))
    process.start()
    return process


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The rows of the slow sweep when nothing happens to it."""
    file = write_sweep(tmp_path_factory.mktemp("reference"), SLOW, SEEDS)
    table = resumed(file)
    assert [row["status"] for row in table.rows] == ["done"] * SEEDS
    return rows_of(folder_of(file))


@pytest.fixture
def slow(tmp_path):
    """The slow sweep in a new folder."""
    return write_sweep(tmp_path, SLOW, SEEDS)


def hidden(folder: Path) -> list[str]:
    """What begins with a dot below a folder."""
    return [str(path) for path in folder.rglob(".*")]


def gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] in "ZX"
    except OSError:
        return True


# --- points that do harm ---------------------------------------------------------------------------------------------


def test_a_point_that_does_harm_is_a_row_with_a_sentence_and_nobody_else_suffers(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAPS", str(tmp_path))
    file = write_sweep(tmp_path, "trap exit=1 kill=2 divide=3 once=4 eat=5 leave=6 interrupt=7", 9)
    with Local(2, memory=700 << 20) as engine:
        table, folder = run_sweep(load_plan(file), tmp_path / "out", engine)
    failed = {row["point"]: row["message"] for row in table.rows if row["status"] == "failed"}
    assert sorted(failed) == [1, 2, 3, 5, 6, 7]
    assert failed[1] == failed[2] == "its worker was killed whenever it ran (out of memory, or code that ends the process)"
    assert failed[3].startswith("ZeroDivisionError: division by zero (trap.py:")
    assert failed[5] == "needs more memory than a worker may take; fewer workers, or more with --memory"
    assert failed[6].startswith("SystemExit: 4 (trap.py:")
    assert failed[7].startswith("KeyboardInterrupt (trap.py:")
    assert [row["point"] for row in table.done] == [0, 4, 8]
    assert rows_of(folder) == [{name: value for name, value in row.items() if name != "seconds"} for row in table.rows]
    assert len(list((folder / "failed").iterdir())) == 6


def test_a_worker_that_has_strayed_comes_back_and_what_is_printed_lies_in_the_folder(tmp_path, monkeypatch):
    write_sweep(tmp_path, "trap stray=0 speak=1", 3)
    monkeypatch.chdir(tmp_path)
    with Local(1) as engine:
        table, folder = run_sweep(load_plan("sweep.yaml"), Path("out"), engine)
    assert [(row["status"], row["message"]) for row in table.rows] == [("done", "")] * 3
    assert sorted(path.name for path in (tmp_path / folder / "points").iterdir()) == sorted(row["folder"] for row in table.rows)
    assert (tmp_path / folder / LOG).read_text() == "point 1 speaks\n"


def test_too_little_memory_for_the_data_is_said_and_the_next_call_has_more(tmp_path):
    file = write_sweep(tmp_path, seeds=1, experiment={"samples": 10})
    many = 4_000_000  # 96 MB
    np.savez_compressed(tmp_path / "data.npz", x_test=np.ones((many, 6), np.float32), y_test=np.zeros(many, np.int8))
    run = swept(file, "--workers", 1, "--memory", "1 MB")  # a new process has nothing to spare that the data would fit into
    assert run.returncode == 1, run.stderr
    (row,) = rows_of(folder_of(file))
    assert row["message"] == "needs more memory than a worker may take; fewer workers, or more with --memory"
    assert [row["status"] for row in resumed(file).rows] == ["done"]


def test_what_was_lost_is_tried_again_and_what_is_wrong_is_not(tmp_path, monkeypatch):
    file = write_sweep(tmp_path, "trap divide=1", 3, {"samples": 5})
    text = file.read_text().replace("- 2\n", "- 2\n- key: samples\n  values: [5, 100]\n")
    file.write_text(text)
    first = resumed(file)
    assert [row["status"] for row in first.rows] == ["done", "failed", "failed", "failed", "done", "failed"]
    assert "100 samples are asked for, but the data set has 12" in first.rows[1]["message"]
    asked: list[int] = []

    def noted(found: Answered, *counts: int) -> None:
        asked.extend([] if found.found else [found.number])

    with Local(1) as engine:
        second, _ = run_sweep(load_plan(file), tmp_path / "out", engine, noted)
        assert asked == [2]  # point 2 has failed by accident; the others never had the samples
        run_sweep(load_plan(file), tmp_path / "out", engine, noted, retry=True)
    assert sorted(asked) == [1, 2, 2, 3, 5]
    assert [row["status"] for row in second.rows] == [row["status"] for row in first.rows]


# --- processes that are killed ---------------------------------------------------------------------------------------


def test_a_killed_worker_costs_its_point_a_second_run_and_nothing_else(slow, reference):
    killed: dict[int, int] = {}  # processes by what they were busy with; nobody is killed twice for the same point

    def kill(answer: Answered, done: int, of: int) -> None:
        busy = [pair for crew in engine._crews.values() for pair in zip(crew.places, crew.processes, strict=True)]
        found = next(((place, process) for place, process in busy if place and place not in killed), None)
        if found and done > 1 and len(killed) < 2:
            killed.update([found])
            os.kill(found[1], signal.SIGKILL)

    with Local(2) as engine:
        run_sweep(load_plan(slow), slow.parent / "out", engine, kill)
    assert len(set(killed.values())) == 2
    assert rows_of(folder_of(slow)) == reference


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_ended_sweep_says_what_is_kept_and_goes_on_from_there(slow, reference, number, code):
    process = begun(slow, "--workers", 2)
    waited(points_in(slow, 4))
    workers = workers_of(process.pid)
    os.killpg(process.pid, number)  # as a terminal and a batch system do: to everyone
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, out + err
    assert f"of {SEEDS} points are kept in {folder_of(slow)}; the same command goes on from there" in err
    assert "Traceback" not in err
    assert all(gone(worker) for worker in workers)
    assert hidden(slow.parent / "out") == []
    kept = SweepTable.of_folder(folder_of(slow))
    assert 2 <= len(kept.done) < SEEDS  # the last answers may have been on their way
    assert [row for row in rows_of(folder_of(slow)) if row["status"] == "done"] == [row for row in reference if row["point"] in
                                                                                  {one["point"] for one in kept.done}]  # fmt: skip
    found: list[bool] = []
    with Local(2) as engine:
        run_sweep(load_plan(slow), slow.parent / "out", engine, lambda answer, *_: found.append(answer.found))
    assert sum(found) >= len(kept.done)
    assert rows_of(folder_of(slow)) == reference


def test_a_killed_sweep_leaves_no_orphans_and_resumes_to_the_same_table(slow, reference):
    process = forked(slow, 2)
    waited(points_in(slow, 3))
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.join()
    waited(lambda: all(gone(worker) for worker in workers), 6.0)
    resumed(slow)
    assert rows_of(folder_of(slow)) == reference


def test_the_same_sweep_twice_at_the_same_time_ends_with_one_table(slow, reference):
    both = [forked(slow, 1) for _ in range(2)]
    for process in both:
        process.join(90)
        assert process.exitcode == 0
    assert rows_of(folder_of(slow)) == reference
    assert hidden(slow.parent / "out") == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_anything_may_be_killed_at_any_moment(slow, reference, seed):
    draw = random.Random(seed)
    for _ in range(4):
        process = begun(slow, "--workers", 2)
        time.sleep(1.0 + 2.5 * draw.random())
        workers = workers_of(process.pid)
        os.kill(draw.choice([process.pid, *workers]), draw.choice([signal.SIGKILL, signal.SIGTERM]))
        time.sleep(0.3 * draw.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    resumed(slow)
    assert rows_of(folder_of(slow)) == reference


# --- files that are damaged, disks that are full ---------------------------------------------------------------------


def test_damaged_run_folders_and_tables_are_made_anew(slow, reference):
    resumed(slow)
    folder = folder_of(slow)
    points = sorted((folder / "points").iterdir())
    result = points[0] / "result.json"
    result.write_bytes(result.read_bytes()[: result.stat().st_size // 2])
    (points[1] / "result.json").write_bytes(b"\0\1")
    shutil.rmtree(points[2])
    question = points[3] / "experiment.yaml"
    question.write_bytes(question.read_bytes()[: question.stat().st_size // 2])
    (folder / "sweep.json").write_text((folder / "sweep.json").read_text()[:500])
    for known in (folder / "known").iterdir():
        known.write_bytes(known.read_bytes()[:40])
    found: list[bool] = []
    with Local(2) as engine:
        run_sweep(load_plan(slow), slow.parent / "out", engine, lambda answer, *_: found.append(answer.found))
    assert found.count(False) == 4
    assert question.read_text().endswith("\n")
    assert rows_of(folder) == reference


def test_a_folder_that_is_moved_away_is_said_to_be_gone_and_not_made_again(slow, reference):
    aside = slow.parent / "aside"

    def move(answer: Answered, done: int, of: int) -> None:
        if done == 2:
            folder_of(slow).rename(aside)

    plan = load_plan(slow)
    with Local(2) as engine, pytest.raises(CheckError) as caught:
        run_sweep(plan, slow.parent / "out", engine, move)
    folder = plan.folder(slow.parent / "out")
    assert str(caught.value).startswith(f"{folder}: the folder of the sweep is gone, moved or removed while the sweep ran; ")
    assert "points are kept in" not in str(caught.value)
    assert not folder.exists()
    aside.rename(folder)
    assert len(list((folder / "points").iterdir())) >= 2
    resumed(slow)
    assert rows_of(folder) == reference


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 KiB, where this machine lets us mount one, and how to make it large."""
    place = tmp_path / "out"
    place.mkdir()

    def mount(*options: str) -> int:
        return subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(place)], capture_output=True, check=False).returncode

    if shutil.which("mount") is None or mount("-o", "size=200k"):
        pytest.skip("no disk can be mounted here")
    yield lambda: mount("-o", "remount,size=20m")
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_stops_the_sweep_with_one_sentence_and_it_goes_on_when_there_is_room(small_disk, tmp_path, reference):
    file = write_sweep(tmp_path, SLOW, SEEDS)
    with pytest.raises(CheckError) as caught:
        resumed(file)
    said = str(caught.value)
    assert "No space left on device" in said
    assert f"of {SEEDS} points are kept in {folder_of(file)}; the same command goes on from there" in said
    assert len(said.splitlines()) == 1
    assert list((folder_of(file) / "failed").glob("*")) == []
    assert hidden(file.parent / "out") == []
    assert small_disk() == 0
    resumed(file)
    assert rows_of(folder_of(file)) == reference


@pytest.mark.slow
def test_a_sweep_in_a_full_disk_is_an_error_of_the_command_too(small_disk, tmp_path):
    (tmp_path / "out" / "ballast").write_bytes(b"x" * 150_000)
    done: Any = swept(write_sweep(tmp_path, SLOW, SEEDS), "--workers", 1)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
