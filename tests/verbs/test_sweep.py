"""`chipsim sweep` from the command line: plan, run, report, refusals, interruption."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ALONE
from small_files import write_small
from small_training import write_training
from sweep_files import BITS, CLOCK, write

from chipsim.sweep.table import SweepTable

TEXT = f"""axes:
  - {{key: {BITS}, values: [4, 8]}}
  - {{key: {CLOCK}, values: [1 GHz, 2 GHz]}}
objectives:
  - {{minimise: latency}}
  - {{maximise: accuracy, at: 1 h}}
limits:
  - {{measure: area, at_most: 1 mm2}}
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(write_small(tmp_path))
    return tmp_path


def only(folder: Path = Path("sweeps")) -> Path:
    (found,) = folder.iterdir()
    return found


def test_a_sweep_prints_its_plan_runs_and_reports(say, small):
    write(small, TEXT)
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert ran.code == 0
    planned = ["4 points = 2 bits x 2 clock", "timed run and accuracy", "the timed run", "keep area at most 1 mm2"]
    planned += ["3 of 4 points have an"]
    found = ["4 points: 4 answered", "BEST: THE PARETO FRONT", "4 of 4 points keep the limits", "WHAT EACH AXIS DOES", "Folder: sweeps"]
    for words in planned + found:
        assert words in ran.out, words
    assert "4 of 4 points" in ran.err
    assert "best latency" in ran.err
    folder = only()
    with (folder / "table.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["status"] for row in rows] == ["done"] * 4
    assert [float(row["clock"]) for row in rows] == [1e9, 2e9, 1e9, 2e9]
    assert json.loads((folder / "units.json").read_text())["clock"]["unit"] == "Hz"
    again = say("sweep", "sweep.yaml", "--workers", 1)
    assert "4 of 4 points have an answer" in again.out
    assert "nothing is left to run" in again.out
    assert say("report", folder).out in again.out


def test_points_and_repeats_are_counted_apart(say, small):
    write(small, TEXT + "repeats: 2\n")
    assert say("check", "sweep.yaml").out == "sweep.yaml: a sweep, 4 points x 2 repeats = 8 runs along 2 axes\n"
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert "4 points = 2 bits x 2 clock; 4 points x 2 repeats = 8 runs; kind: runs" in " ".join(ran.out.split())
    assert "of 8 runs have an answer" in ran.out
    assert "4 points x 2 repeats = 8 runs: 8 answered" in ran.out
    assert "8 of 8 runs" in ran.err


def test_a_part_that_no_point_has_ends_it_before_the_rest_is_run(say, small):
    write(small, TEXT + "measures: [inference_energy.adcs]\n")
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert (ran.code, "'inference_energy.adcs' is empty: the chip has no part 'adcs' there (did you mean 'adc'?)" in ran.err) == (2, True)


def test_the_plan_alone_runs_nothing_more_than_it_needs(say, small):
    write(small, TEXT)
    ran = say("sweep", "sweep.yaml", "--plan")
    assert (ran.code, "time on" in ran.out) == (0, True)
    assert len(list((only() / "points").iterdir())) == 3
    assert not (only() / "sweep.json").exists()


def test_points_that_fail_are_rows_and_counted(say, small):
    write(small, TEXT.replace("[4, 8]", "[8, 99]"))
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert ran.code == 0
    assert "refused, its points will fail" in ran.out
    assert "4 points: 2 answered, 2 failed" in ran.out
    told = " ".join(ran.out.split())
    assert "2 points, such as 2: architecture.tile.array.adc.bits: should be less than or equal to 16, got 99" in told
    assert [row["status"] for row in SweepTable.of_folder(only()).rows] == ["done", "done", "failed", "failed"]


def test_where_all_points_fail_the_sweep_does(say, small):
    write(small, "axes: [{key: mapping.copies, values: [{fc1: 900}, {fc1: 901}]}]")
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert ran.code == 1
    assert "all 2 points failed, such as point 0: " in ran.err


def test_json_is_the_table_and_nothing_else(say, small):
    write(small, TEXT)
    ran = say("sweep", "sweep.yaml", "--json", "--workers", 1)
    table = SweepTable.from_json(ran.out)
    assert len(table.rows) == 4
    assert SweepTable.from_json(say("report", only(), "--json").out) == SweepTable.of_folder(only())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("axes: [{key: seed, low: 1, high: 1000000000}]",
         "sweep.yaml: 1,000,000,000 points (1,000,000,000 seed); more than 100,000 are only run with --yes, or take a 'search'"),
        (f"axes: [{{key: {BITS}z, values: [1]}}]", f"sweep.yaml:2:14: key: {BITS}z: unknown key (did you mean 'bits'?)"),
        ("axes: []", "sweep.yaml:2:7: axes: needs at least one, got none"),
        ("axes: [{key: seed, values: []}]", "sweep.yaml:2:28: axes[0]: values: is empty, expected at least one value"),
        ("axes: [{key: seed, values: [1]}]\nobjectives: [{minimise: latensy}]",
         "sweep.yaml:3:25: minimise: 'latensy' is no measure of a run (did you mean 'latency'?)"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(say, small, text, sentence):
    write(small, text)
    started = time.monotonic()
    ran = say("sweep", "sweep.yaml")
    assert (ran.code, ran.out, ran.err.strip()) == (2, "", sentence)
    assert time.monotonic() - started < 10
    assert not Path("sweeps").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--workers", "0"), ("--memory", "1"), ("--engine", "spark"), ("--cluster", "nonsense"), ("--cluster-option", "a=b")],
)
def test_options_are_refused_before_the_plan(say, small, option, value):
    write(small, TEXT)
    ran = say("sweep", "sweep.yaml", option, value)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert ran.err.startswith(f"{option}")
    assert not Path("sweeps").exists()


def test_a_billion_points_may_be_planned_when_that_is_wanted(say, small):
    write(small, "axes: [{key: seed, low: 1, high: 1000000000}]")
    ran = say("sweep", "sweep.yaml", "--plan", "--yes")
    assert ran.code == 0
    assert "1,000,000,000 points" in ran.out


def test_a_sweep_is_not_run(say, small):
    write(small, TEXT)
    assert say("run", "sweep.yaml").err == "sweep.yaml:3:3: axes: belongs to a sweep, which 'chipsim sweep' takes\n"
    Path("twice.yaml").write_text("experiment: sweep.yaml\naxes: [{key: seed, values: [1]}]\n")
    assert "axes: belongs to a sweep" in say("sweep", "twice.yaml").err


def test_check_explain_and_report_know_sweeps(say, small):
    write(small, TEXT)
    assert say("check", "sweep.yaml").out == "sweep.yaml: a sweep, 4 points along 2 axes\n"
    assert "the axis exists only where" in " ".join(say("explain", "Axis").out.split())
    ran = say("report", small, "--against", "all")
    assert ran.code == 2


def test_a_training_is_swept(say, tmp_path, monkeypatch):
    monkeypatch.chdir(write_training(tmp_path))
    text = "experiment: training.yaml\naxes: [{key: schedule.rate, values: [0.05, 0.1]}]\nobjectives: [{maximise: accuracy}]"
    write(tmp_path, text)
    ran = say("sweep", "sweep.yaml", "--workers", 1)
    assert ran.code == 0
    assert "unknown (a training says how long it takes when it has begun)" in " ".join(ran.out.split())
    assert "BEST: MAXIMISE ACCURACY" in ran.out
    assert all(row["training_energy"] > 0 for row in SweepTable.of_folder(only()).rows)


def test_ctrl_c_keeps_what_was_answered_and_says_how_to_go_on(small):
    write(small, f"axes:\n  - {{key: seed, low: 1, high: 400}}\n  - {{key: {BITS}, values: [4, 5, 6]}}")
    words = [sys.executable, "-m", "chipsim", "sweep", "sweep.yaml", "--workers", "1"]
    process = subprocess.Popen(words, env=ALONE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=small)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(small.glob("sweeps/*/points/small-*"))) < 4:
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "kept in sweeps" in err
    assert "the same command goes on from there" in err
    table = SweepTable.of_folder(only(small / "sweeps"))
    assert 2 <= len(table.done) < 1200
