"""Where compiled kernels are kept, seen from fresh processes."""

import os
import subprocess
import sys

import pytest

from chipsim import kernels


def in_process(code, **environment):
    merged = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    run = subprocess.run([sys.executable, "-c", code], env={**merged, **environment}, capture_output=True, text=True, check=True)
    return run.stdout.strip()


PRINT = "import chipsim.kernels, os; print(os.environ['NUMBA_CACHE_DIR'])"


def test_importing_the_package_loads_neither_numba_nor_numpy():
    code = "import sys, chipsim.kernels; print([name for name in ('numba', 'numpy', 'llvmlite') if name in sys.modules])"
    assert in_process(code) == "[]"


def test_the_folder_is_named_after_the_sources(tmp_path):
    folder = in_process(PRINT, XDG_CACHE_HOME=str(tmp_path))
    assert folder == str(tmp_path / "chipsim" / f"kernels-{kernels.source_hash()}")
    assert os.path.isdir(folder)


def test_a_chosen_folder_is_respected_and_not_nested(tmp_path):
    folder = in_process(PRINT, NUMBA_CACHE_DIR=str(tmp_path))
    assert os.path.dirname(folder) == str(tmp_path)
    assert in_process(PRINT, NUMBA_CACHE_DIR=folder) == folder


def test_a_folder_that_cannot_be_made_is_replaced(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    folder = in_process(PRINT, XDG_CACHE_HOME=str(blocked))
    assert "chipsim-kernels-" in folder
    assert os.path.isdir(folder)
    os.rmdir(folder)


def test_kernels_are_found_even_when_numba_came_first(tmp_path):
    code = "import numba, chipsim.kernels.philox as philox; print(philox.fill_normal.stats.cache_path)"
    assert in_process(code, XDG_CACHE_HOME=str(tmp_path)).startswith(str(tmp_path / "chipsim"))


def test_an_edit_changes_the_hash(tmp_path, monkeypatch):
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "one.py").write_text("x = 1")
    monkeypatch.setattr(kernels, "__file__", str(tmp_path / "__init__.py"))
    before = kernels.source_hash()
    assert kernels.source_hash() == before
    (tmp_path / "one.py").write_text("x = 2")
    assert kernels.source_hash() != before


@pytest.mark.parametrize("home", ["", "relative"])
def test_odd_homes_do_not_fail(home, tmp_path):
    folder = in_process(PRINT, HOME=home, XDG_CACHE_HOME=str(tmp_path))
    assert os.path.isdir(folder)
