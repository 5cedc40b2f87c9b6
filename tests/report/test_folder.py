"""All reports of a run at once: complete, quick, equal for the reloaded run, and without heavy imports."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from chipsim.report.folder import save
from chipsim.report.tables import COLUMNS
from chipsim.result import Result


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_every_report_is_written(result: Result, tmp_path: Path) -> None:
    files = save(result, tmp_path)
    expected = {"report.txt", "report.html", "trace.json.gz", "citations.bib", *(f"tables/{name}.csv" for name in COLUMNS)}
    assert {str(file.relative_to(tmp_path)) for file in files} == contents(tmp_path).keys() == expected


def test_the_text_report_is_tidy_and_full(result: Result, tmp_path: Path) -> None:
    save(result, tmp_path)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert text.isascii()
    assert not any(line.endswith(" ") or len(line) > 100 for line in text.splitlines())
    assert "600 .. 799" in text
    assert "Run folder" not in text  # it may be moved


def test_the_reloaded_run_has_the_same_reports(result: Result, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, run in ((one, result), (two, Result.from_json(result.to_json()))):
        folder.mkdir()
        save(run, folder)
    assert contents(one) == contents(two)


def test_saving_is_quick(result: Result, tmp_path: Path) -> None:
    save(result, tmp_path)
    begin = time.perf_counter()
    save(result, tmp_path)
    assert time.perf_counter() - begin < 1.0


def test_reports_import_nothing_heavy() -> None:
    heavy = ("plotly", "matplotlib", "pandas", "numba", "simpy", "networkx", "scipy")
    code = "import sys, chipsim.report.folder, chipsim.report.compare, chipsim.report.plots;"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
