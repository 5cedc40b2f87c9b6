"""Interactive pages on demand, and at the end of a sweep; what they are not made of is said."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from builders import chip, linear, network
from rich.console import Console

from chipsim import runs
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.sweep.table import SweepTable
from chipsim.verbs.page import page_of_sweep
from chipsim.verbs.report import report_runs

pytest.importorskip("plotly")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12)
    question = Question(workload=work.spec, architecture=chip(), times=(1.0,), stream=4, repeats=1)
    return runs.write(Experiment(question, work).run(), tmp_path_factory.mktemp("runs"))


def swept(folder: Path) -> SweepTable:
    columns = [{"name": "bits", "unit": "", "meaning": "bits", "role": "axis", "better": "", "scale": "linear"}]
    columns.append({"name": "energy", "unit": "J", "meaning": "energy", "role": "measure", "better": "minimise", "scale": "linear"})
    row = {"point": 0, "repeat": 0, "status": "done", "message": "", "digest": "", "folder": "", "seconds": 1.0}
    row |= {"bits": 8, "energy": 1e-9}
    table = SweepTable("demo", "abc", {}, columns, [row, row | {"point": 1, "bits": 9, "energy": 2e-9}])
    (folder / "sweep.json").write_text(table.to_json(), encoding="utf-8")
    return table


def page_of(folders: list[Path], file: Path) -> str:
    report_runs(folders, Console(file=io.StringIO()), page=file)
    return file.read_text(encoding="utf-8")


def test_the_page_of_a_run_has_latency_against_injection(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page_of([folder], tmp_path / "run.html")
    assert capsys.readouterr().out == f"{tmp_path / 'run.html'}\n"
    assert '"name":"injection"' in text
    assert "2 runs side by side" in page_of([folder, folder], tmp_path / "runs.html")


def test_the_page_of_a_sweep(tmp_path: Path) -> None:
    table = swept(tmp_path)
    assert "minimise energy" in page_of([tmp_path], tmp_path / "mine.html")
    assert page_of_sweep(table, tmp_path) == f"page: {tmp_path / 'page.html'}"
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == (tmp_path / "mine.html").read_text(encoding="utf-8")


def test_a_sweep_is_whole_without_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = swept(tmp_path)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    assert page_of_sweep(table, tmp_path) == 'no page: an interactive page needs plotly: pip install "chipsim[report]"'


def test_what_has_no_page(folder: Path, tmp_path: Path) -> None:
    swept(tmp_path)
    with pytest.raises(InputError, match="--page: 2 folders given, one of them a sweep"):
        page_of([tmp_path, folder], tmp_path / "page.html")
    trained = tmp_path / "trained"
    trained.mkdir()
    (trained / "result.json").write_text(json.dumps({"kind": "training"}), encoding="utf-8")
    with pytest.raises(InputError, match="--page: draws runs and sweeps; of a training, read report"):
        page_of([trained], tmp_path / "page.html")
    with pytest.raises(InputError, match="is it a run folder"):
        page_of([tmp_path / "nothing"], tmp_path / "page.html")


def test_a_page_and_pictures_in_one_call(tmp_path: Path) -> None:
    swept(tmp_path)
    report_runs([tmp_path], Console(file=io.StringIO()), plots=tmp_path / "pictures", page=tmp_path / "mine.html")
    assert (tmp_path / "mine.html").is_file()
    assert list((tmp_path / "pictures").glob("*.png"))
