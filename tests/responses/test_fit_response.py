"""The tool: traces in, a block out that loads and answers as the devices did."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tracing import save, small_file, traces_of

from chipsim.reading import load
from chipsim.responses import MeasuredSteps, Response, SoftBounds

TOOL = Path(__file__).parents[2] / "tools" / "fit_response.py"


def run(*words):
    return subprocess.run([sys.executable, str(TOOL), *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    file = tmp_path_factory.mktemp("traces") / "wafer.npz"
    return save(file, *traces_of(SoftBounds(step=0.04, stuck=0.1), devices=150))


def test_the_best_law_is_written_as_a_block(traces, tmp_path):
    done = run(tmp_path / "mine.yaml", traces, "--zero", "12 uS", "--unit", "5 uS", "--plots", tmp_path / "plots")
    assert done.returncode == 0, done.stderr
    assert "* soft_bounds" in done.stdout
    assert "weight 0 at 12 uS, a full-scale weight is 5 uS" in done.stdout
    found = load(tmp_path / "mine.yaml", Response)
    assert found.type_name == "soft_bounds"
    assert found.source == "fitted to wafer.npz"
    assert found.step == pytest.approx(0.04, rel=0.08)
    assert found.w_max == pytest.approx(0.6, rel=0.08)
    assert found.stuck == pytest.approx(0.1, abs=0.06)
    assert {file.name for file in (tmp_path / "plots").iterdir()} == {"fit.png", "fit.svg"}


def test_another_law_and_the_tables(traces, tmp_path):
    assert run(tmp_path / "linear.yaml", traces, "--law", "linear_step").returncode == 0
    assert load(tmp_path / "linear.yaml", Response).type_name == "linear_step"
    assert run(tmp_path / "tables.yaml", traces, "--law", "measured_steps", "--unit", "5 uS").returncode == 0
    tables = load(tmp_path / "tables.yaml", Response)
    assert isinstance(tables, MeasuredSteps)
    assert tables.unit == 5e-6


def test_pulses_up_only_become_tables(tmp_path):
    file = save(tmp_path / "pcm.npz", *traces_of(SoftBounds(step=0.05, w_min=0.0, w_max=1.0), devices=20, up=40, down=0, cycles=1))
    done = run(tmp_path / "pcm.yaml", file)
    assert done.returncode == 0, done.stderr
    assert "the traces are resampled" in done.stdout
    assert load(tmp_path / "pcm.yaml", Response).type_name == "measured_steps"


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    file = small_file(tmp_path)
    with np.load(file) as archive:
        arrays = dict(archive)
    arrays["conductance"][3, 7] = np.nan
    np.savez(tmp_path / "bad.npz", **arrays)
    done = run(tmp_path / "mine.yaml", tmp_path / "bad.npz")
    assert (done.returncode, done.stdout) == (2, "")
    assert "reading 7 of device 3" in done.stderr
    assert not (tmp_path / "mine.yaml").exists()
    assert run(tmp_path / "mine.yaml", file, "--unit", "5 V").returncode == 2
