"""The notebooks are run from beginning to end, where a reader would open them, and show tables and pictures."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
BOOKS = sorted((HOUSE / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A house with the files that notebooks name, into which they may write."""
    for name in ("architectures", "workloads"):
        (tmp_path / name).symlink_to(HOUSE / name)
    shutil.copytree(HOUSE / "docs" / "notebooks", tmp_path / "docs" / "notebooks")
    return tmp_path


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_runs_and_shows_tables_and_pictures(book: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HOUSE), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(clone / "docs" / "notebooks" / book.name, 4)
    kept = [_kinds(cell) for cell in notebook.cells]
    folder = {"metadata": {"path": str(clone / "docs" / "notebooks")}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    assert [_kinds(cell) for cell in notebook.cells] == kept, "what it shows is not what is kept in the file; run it and save it"
    shown = [output["data"]["text/html"] for cell in notebook.cells for output in cell.get("outputs", []) if "text/html" in _data(output)]
    assert any("<table" in html for html in shown)
    assert any("data:image/png;base64" in html for html in shown)


def test_there_are_three_and_none_is_large():
    assert [book.stem for book in BOOKS] == ["device-study", "first-chip", "sweep"]
    assert all(book.stat().st_size < 1_500_000 for book in BOOKS)


def test_no_notebook_keeps_a_place_of_its_author():
    assert all("/work/" not in (text := book.read_text(encoding="utf-8")) and "/tmp/" not in text for book in BOOKS)


def _data(output: dict[str, object]) -> object:
    return output.get("data", {})


def _kinds(cell: dict[str, object]) -> list[str]:
    """What kinds of output a cell has."""
    outputs = cell.get("outputs", [])
    assert isinstance(outputs, list)
    return [kind for output in outputs for kind in sorted(_data(output))]
