"""The front door in Python: few names, imported when they are used, and the same answers as the command line."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types

import numpy as np
import pytest
from small_files import write_small

import chipsim
from chipsim.reading import from_plain
from chipsim.result import Result


def test_every_public_name_leads_somewhere_and_is_what_it_is_called():
    assert set(chipsim.__all__) == {*chipsim._PLACES, "__version__"}
    assert dir(chipsim) == sorted(chipsim.__all__)
    for name in chipsim.__all__:
        value = getattr(chipsim, name)
        if not name.startswith("__") and name not in chipsim._RENAMED:
            assert value.__name__ == name
            assert value is getattr(importlib.import_module(chipsim._PLACES[name]), name)
            assert value.__doc__


def test_the_names_for_type_checkers_are_the_same():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(chipsim.__file__).read_text())
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    names = {alias.asname or alias.name: node.module for node in branch.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names == chipsim._PLACES


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'chipsim' has no attribute 'Crosbar'"):
        _ = chipsim.Crosbar
    with pytest.raises(ImportError):
        from chipsim import Crosbar  # noqa: F401


def test_a_star_import_brings_the_public_names():
    namespace: dict[str, object] = {}
    exec("from chipsim import *", namespace)
    assert set(chipsim.__all__) <= set(namespace)


def test_a_name_is_imported_when_it_is_used():
    code = (
        "import sys, chipsim; before = 'numpy' in sys.modules; chipsim.InputError; middle = 'numpy' in sys.modules;"
        "chipsim.Crossbar; print(before, middle, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False True\n"


def test_submodules_are_still_modules():
    import chipsim.errors

    assert isinstance(chipsim.errors, types.ModuleType)
    assert chipsim.errors.InputError is chipsim.InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_small(tmp_path_factory.mktemp("api"))


def test_an_experiment_is_loaded_and_run(folder):
    experiment = chipsim.load(folder / "experiment.yaml", changes=["seed=3"])
    result = experiment.run()
    assert isinstance(result, chipsim.Result)
    assert isinstance(experiment.question, chipsim.Question)
    assert result.digest == experiment.digest
    assert all(row["passed"] for row in result.checks)
    assert result.provenance["seed"] == 3
    assert Result.from_json(result.to_json()) == result


def test_a_workload_with_an_architecture_is_the_same_question(folder):
    asked = chipsim.load(folder / "net.yaml", folder / "chip.yaml", ["times=[1 s, 1 h]", "repeats=2", "stream=20"])
    assert asked.digest == chipsim.load(folder / "experiment.yaml").digest


def test_the_same_question_has_the_same_digest_wherever_it_is_asked(folder, tmp_path, monkeypatch):
    digest = chipsim.load(folder / "experiment.yaml").digest
    monkeypatch.chdir(folder)
    assert chipsim.load("experiment.yaml").digest == digest
    monkeypatch.chdir(tmp_path)
    assert chipsim.load(write_small(tmp_path / "elsewhere") / "experiment.yaml").digest == digest


def test_progress_is_told(folder):
    told: list[tuple[str, float]] = []
    chipsim.load(folder / "experiment.yaml").run(lambda text, share: told.append((text, share)))
    assert all(0 <= share <= 1 for _, share in told)
    assert any("accuracy" in text for text, _ in told)


def test_a_workload_is_loaded(folder):
    workload = chipsim.load_workload(folder / "net.yaml")
    assert isinstance(workload, chipsim.Workload)
    assert workload.forward(workload.inputs).reshape(len(workload.inputs), -1).shape == (12, 3)


ARRAY = {"rows": 16, "columns": 8, "cell": {"device": "ideal"}, "dac": {"type": "ideal", "read_time": "1 ns"}, "adc": {"type": "ideal"}}


def test_a_crossbar_is_used_alone_as_if_it_were_a_matrix():
    crossbar = chipsim.Crossbar(from_plain(chipsim.Array, ARRAY))
    random = np.random.default_rng(1)
    weights, x = random.normal(size=(16, 8)), random.normal(size=(5, 16)).astype(np.float32)
    crossbar.program(weights)
    assert crossbar.shape == (16, 8)
    assert np.allclose(x @ crossbar, x @ weights, atol=1e-5)
    assert np.allclose(x[0] @ crossbar, x[0] @ weights, atol=1e-5)


def test_a_crossbar_refuses_what_does_not_fit():
    crossbar = chipsim.Crossbar(from_plain(chipsim.Array, ARRAY))
    for weights in (np.zeros((17, 8)), np.full((16, 8), np.nan), np.zeros(3)):
        with pytest.raises(chipsim.InputError):
            crossbar.program(weights)


def test_a_description_made_in_python_equals_one_from_a_file(folder):
    from chipsim.reading import load

    chip = load(folder / "chip.yaml", chipsim.Architecture)
    assert chip.having(name="chip") == chip
    assert chipsim.PCM(g_max=25e-6) == chipsim.PCM()
    assert chip.tile.array.cell.device == chipsim.PCM()


def test_errors_have_exit_codes_and_one_root():
    assert issubclass(chipsim.InputError, chipsim.ChipsimError)
    assert issubclass(chipsim.CheckError, chipsim.ChipsimError)
    assert (chipsim.InputError("x").exit_code, chipsim.CheckError("x").exit_code) == (2, 1)


def test_a_sweep_from_python_is_that_of_the_command_line(tmp_path):
    write_small(tmp_path)
    file = tmp_path / "bits.yaml"
    file.write_text("experiment: experiment.yaml\naxes:\n  - {key: architecture.tile.array.adc.bits, values: [6, 8]}\n")
    table, folder = chipsim.run_sweep(file, into=tmp_path / "sweeps", workers=1)
    assert [row["bits"] for row in table.done] == [6, 8]
    assert chipsim.SweepTable.of_folder(folder) == table
    assert Result.load(folder / "points" / table.rows[0]["folder"]).metrics["energy"] == table.rows[0]["energy"]
    assert chipsim.run_sweep(file, into=tmp_path / "sweeps", workers=1)[0].facts["found"] == 2
