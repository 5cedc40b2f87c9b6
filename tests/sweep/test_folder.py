"""The folder of a sweep: tables that agree with each other, units beside them, a file that runs again."""

from __future__ import annotations

import csv
import json
import os
import time

import pytest
from small_sweeps import write_sweep

from chipsim.errors import CheckError
from chipsim.runs import find
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.failures import replace_text
from chipsim.sweep.folder import LEFT_OVER, SweepFolder
from chipsim.sweep.plan import load_plan
from chipsim.sweep.table import SweepTable


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A plan, its table and its folder."""
    file = write_sweep(tmp_path_factory.mktemp("folder"), seeds=3, objectives=[{"minimise": "energy"}])
    file.write_text(file.read_text().replace("- key: seed", "- key: architecture.tile.array.adc.bits\n  values: [8, 1000]\n- key: seed"))
    plan = load_plan(file)
    with Local(2) as engine:
        return plan, *run_sweep(plan, file.parent / "out", engine)


def test_a_folder_holds_everything_by_name(swept):
    plan, table, folder = swept
    assert folder.name == f"sweep-{plan.digest}"
    names = {path.name for path in folder.iterdir()}
    assert {"sweep.yaml", "sweep.json", "table.csv", "units.json", "points", "failed", "known"} <= names
    assert not any(name.startswith(".") for name in names)
    for row in table.done:
        assert find(folder / "points" / row["folder"]).digest == row["digest"]
    assert [row["status"] for row in table.rows] == ["done"] * 3 + ["failed"] * 3
    assert "bits" in table.rows[3]["message"]


def test_the_csv_has_every_number_without_loss(swept):
    _, table, folder = swept
    with (folder / "table.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(table.rows)
    for read, row in zip(rows, table.rows, strict=True):
        assert read["status"] == row["status"]
        assert read["message"] == row["message"]
        if row["status"] == "done":
            assert float(read["energy"]) == row["energy"]
        else:
            assert read["energy"] == ""


def test_every_column_has_a_unit_and_a_meaning_beside_it(swept):
    folder = swept[-1]
    units = json.loads((folder / "units.json").read_text())
    assert set(units) >= {"seed", "bits", "energy", "latency", "seconds"}
    assert units["energy"]["unit"] == "J"
    assert units["energy"]["better"] == "minimise"
    assert units["seed"]["role"] == "axis"
    assert all(units[name]["meaning"] for name in units)


def test_the_parquet_file_says_the_same(swept):
    parquet = pytest.importorskip("pyarrow.parquet")
    _, table, folder = swept
    found = parquet.read_table(folder / "table.parquet")
    assert found.column("energy").to_pylist() == [row.get("energy") for row in table.rows]
    assert found.column("message").to_pylist() == [row["message"] for row in table.rows]
    assert found.schema.field("energy").metadata == {b"unit": b"J"}


def test_the_sweep_file_in_the_folder_runs_again_from_anywhere(swept, tmp_path, monkeypatch):
    plan, table, folder = swept
    monkeypatch.chdir(tmp_path)
    again = load_plan(folder / "sweep.yaml")
    assert again.digest == plan.digest
    found: list[bool] = []
    with Local(1) as engine:
        second, place = run_sweep(again, folder.parent, engine, lambda answer, *_: found.append(answer.found))
    assert place == folder
    assert found == [True] * 6
    assert second.rows == table.rows  # also the wall times, which are those of the answers


def test_a_reader_finds_the_table_before_or_this_one(tmp_path, monkeypatch):
    file = tmp_path / "table.csv"
    replace_text(file, "old")

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        replace_text(file, "new")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_that_cannot_be_written_is_one_sentence(swept, tmp_path):
    plan = swept[0]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckError, match="the folder of the sweep cannot be written"):
        SweepFolder(tmp_path / "file").begin(plan)


def test_what_killed_processes_have_left_is_removed_after_a_while(swept):
    plan, _, folder = swept
    old, young = folder / "points" / ".old", folder / "points" / ".young"
    old.mkdir()
    young.mkdir()
    (old / "half").write_text("x")
    long_ago = time.time() - 2 * LEFT_OVER
    os.utime(old, (long_ago, long_ago))
    SweepFolder(folder).begin(plan)
    assert not old.exists()
    assert young.exists()
    young.rmdir()


def test_rows_that_another_process_has_written_are_taken_over(swept):
    plan, table, folder = swept
    rows = list(plan.rows())
    other = SweepFolder(folder)
    other.adopt(rows)
    assert [row["status"] for row in rows] == ["done"] * 3 + ["waiting"] * 3  # what failed is asked again
    assert other.others == 3
    assert rows[0] == table.rows[0]
    fresh = list(plan.rows())
    other.adopt(fresh)  # nobody has written since
    assert [row["status"] for row in fresh] == ["waiting"] * 6
    assert SweepTable.of_folder(folder).rows == table.rows
