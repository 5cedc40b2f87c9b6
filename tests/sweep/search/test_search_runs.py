"""Searches with real runs: any number of workers, interruptions, more trials, the journal, what is missing."""

import json
import shutil
import sys
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from chipsim.errors import InputError
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from sweep.search.problems import BITS, BOUND, FLIT, plan_of, play, points

AXES = f"""
  - {{key: {BITS}, values: [4, 5, 6, 7, 8], name: bits}}
  - {{key: {BOUND}, low: 2.0, high: 16.0, scale: log, name: bound}}
  - {{key: {FLIT}, low: 16 b, high: 128 b, name: flit}}
  - {{keys: [architecture.tile.array.rows, architecture.tile.array.columns], values: [[4, 4], [8, 8], [16, 16]], name: size}}
"""  # arrays of 4 x 4 do not fit
SOUGHT = "objectives: [{minimise: energy}, {maximise: accuracy, at: 1 h}]\nlimits: [{measure: latency, at_most: 1 us}]"
NSGA = "{type: nsga2, trials: 12, population: 4, seed: 1}"
TPE = "{type: tpe, trials: 12, batch: 4, startup: 4, seed: 1}"


def rows_of(table):
    return points(table)


def run(plan, into, workers=2, watch=lambda *_: None):
    with Local(workers) as engine:
        return run_sweep(plan, into, engine, watch)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """An uninterrupted search by two workers: its plan, table and folder."""
    folder = tmp_path_factory.mktemp("search")
    plan = plan_of(folder / "files", NSGA, axes=AXES, sought=SOUGHT)
    return plan, *run(plan, folder / "out")


def test_the_table_does_not_depend_on_the_number_of_workers(finished, tmp_path):
    plan, table, folder = finished
    other, _ = run(plan, tmp_path, workers=1)
    assert rows_of(other) == rows_of(table)
    assert (other.front, other.knee, other.hypervolume, other.importance) == (
        table.front, table.knee, table.hypervolume, table.importance
    )  # fmt: skip
    assert table.facts["proposals"] >= 12
    assert {row["status"] for row in table.rows} == {"done", "failed"}
    assert table.front
    assert all((folder / "points" / row["folder"]).is_dir() for row in table.done)


@pytest.mark.parametrize("after", [1, 6])
def test_an_interrupted_search_goes_on_to_the_same_table(finished, tmp_path, after):
    plan, table, _ = finished

    def stop(found, done, of):
        assert of == 12
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        run(plan, tmp_path, watch=stop)
    resumed, _ = run(plan, tmp_path)
    assert rows_of(resumed) == rows_of(table)
    assert resumed.front == table.front
    assert resumed.facts["found"] + resumed.facts["failed"] >= after


def test_a_finished_search_is_not_run_again(finished):
    plan, table, folder = finished
    again, _ = run(plan, folder.parent)
    assert rows_of(again) == rows_of(table)
    assert again.facts["found"] == len(table.done) == 9  # failures are no answers


def test_more_trials_go_on_in_the_same_folder(finished, tmp_path):
    _, table, folder = finished
    shutil.copytree(folder, tmp_path / folder.name)
    longer = plan_of(tmp_path / "files", NSGA.replace("12", "16"), axes=AXES, sought=SOUGHT)
    more, where = run(longer, tmp_path)
    assert where.name == folder.name
    assert rows_of(more)[:12] == rows_of(table)
    assert more.facts["found"] == 9


def test_optuna_reads_the_journal(finished):
    _, table, folder = finished
    study = optuna.load_study(study_name="chipsim", storage=JournalStorage(JournalFileBackend(str(folder / "optuna.journal"))))
    assert study.metric_names == ["energy", "accuracy_1h"]
    told = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    assert [trial.user_attrs["points"] for trial in told] == [[row["point"]] for row in table.rows]
    values = [(row.get("energy"), row.get("accuracy_1h")) for row in table.rows]
    for trial, row, value in zip(told, table.rows, values, strict=True):
        assert trial.user_attrs["status"] == row["status"]
        assert tuple(trial.values) == value or row["status"] == "failed"


def test_tpe_with_a_cheap_look_runs(tmp_path):
    method = TPE.replace("seed: 1", "seed: 1, prune: {samples: 6, time: 1 s}")
    sought = SOUGHT.replace("1 us}", "1 us}, {measure: accuracy, at_least: 0.9}")
    plan = plan_of(tmp_path / "files", method, axes=AXES, sought=sought)
    table, _ = run(plan, tmp_path / "out")
    assert table.facts["looks"] == 12
    assert table.facts["answered"] == len(table.done)
    assert table.facts["failed"] == sum(row["status"] == "failed" for row in table.rows)
    assert table.facts["look_seconds"] > 0
    assert {row["status"] for row in table.rows} <= {"pruned", "failed", "done"}
    pruned = [row for row in table.rows if row["status"] == "pruned"]
    assert pruned
    assert all(row["energy"] > 0 and row["accuracy"] is None and row["folder"] == "" for row in pruned)
    again, _ = run(plan, tmp_path / "elsewhere", workers=1)
    assert rows_of(again) == rows_of(table)


def test_a_search_that_is_stopped_tells_its_looks_too(tmp_path):
    sought = SOUGHT.replace("1 us}", "1 us}, {measure: accuracy, at_least: 0.9}")
    plan = plan_of(tmp_path / "files", TPE.replace("seed: 1", "seed: 1, prune: {samples: 6, time: 1 s}"), axes=AXES, sought=sought)

    def stop(found, done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"of 12 points are kept in .*goes on from there, and finds [0-9]+ more runs? of points"):
        run(plan, tmp_path / "out", watch=stop)


def test_without_optuna_one_sentence_says_what_is_missing(tmp_path, monkeypatch):
    plan = plan_of(tmp_path / "files", TPE, axes=AXES, sought=SOUGHT)
    doors = ("optuna", "chipsim.sweep.search.journal", "chipsim.sweep.search.restless")
    for name in [name for name in sys.modules if name.startswith(doors)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r'search: tpe needs optuna: pip install "chipsim\[sweep\]"'):
        play(plan, lambda changes: {"energy": 1.0})


def test_the_journal_is_json_lines(finished):
    _, _, folder = finished
    lines = Path(folder, "optuna.journal").read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
