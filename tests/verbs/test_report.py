"""The verb `report` held against comparators of one's own choice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from builders import chip, linear, network
from rich.console import Console

from chipsim import runs
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.report.folder import save
from chipsim.sweep.table import SweepTable
from chipsim.verbs.report import report_runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    work = network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12)
    question = Question(workload=work.spec, architecture=chip(), times=(1.0,), stream=4, repeats=1)
    return runs.write(Experiment(question, work).run(), tmp_path, save)


def printed(folder: Path, others: str) -> str:
    stream = io.StringIO()
    report_runs([folder], Console(file=stream, width=100, color_system=None), others=others)
    return stream.getvalue()


def test_others_take_the_place_of_those_of_the_run(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: an edge processor\npeak: 4 TOP/s\npower: 2 W\narea: 25 mm2\nbandwidth: 25 GB/s\n")
    text = printed(folder, f"tpu-v1, {mine}")
    assert "TPU v1, int8" in text
    assert "an edge processor, fp16" in text
    assert "V100" not in text
    assert "V100" in printed(folder, "")
    assert "Eyeriss" in printed(folder, "all")


def test_an_unknown_name_and_more_than_one_run(folder: Path) -> None:
    with pytest.raises(InputError, match="comparator 'tpu' is not in the library"):
        printed(folder, "tpu")
    with pytest.raises(InputError, match="--against: holds one run of a network against others"):
        report_runs([folder, folder], Console(file=io.StringIO()), others="tpu-v1")


def test_pictures_of_a_run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    report_runs([folder], Console(file=io.StringIO()), plots=tmp_path / "one")
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [file.name for file in files[:3]] == ["energy.png", "layers.png", "area.png"]
    assert all(file.exists() for file in files)


def test_pictures_of_runs_side_by_side(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    alone: list[Path] = []
    monkeypatch.setattr("chipsim.report.plots.write_plots", lambda result, target, kind: alone.append(target) or [])
    report_runs([folder, folder], Console(file=io.StringIO()), plots=tmp_path / "two")
    names = {file.name for file in (tmp_path / "two").iterdir() if file.is_file()}
    assert names == {f"{name}.{kind}" for name in ("energy", "area", "accuracy") for kind in ("png", "svg")}
    assert {target.parent for target in alone} == {tmp_path / "two"}


def test_pictures_of_a_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    axis = {"name": "bits", "unit": "", "meaning": "", "role": "axis", "better": "", "scale": "linear"}
    energy = {"name": "energy", "unit": "J", "meaning": "", "role": "measure", "better": "minimise", "scale": "linear"}
    rows = [{"point": k, "repeat": 0, "status": "done", "folder": "", "bits": k, "energy": 1e-9 * k} for k in (1, 2)]
    table = SweepTable("small", "0", {}, [axis, energy], rows, [{"column": "energy", "better": "minimise", "bound": None}])
    (tmp_path / "sweep.json").write_text(table.to_json(), encoding="utf-8")
    report_runs([tmp_path], Console(file=io.StringIO()), plots=tmp_path / "pictures")
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == ["axis-bits.png", "axis-bits.svg"]
