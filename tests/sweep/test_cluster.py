"""Dask: a real scheduler with real workers, that are killed, missing, or of another version; job scripts of batch systems."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ALONE
from small_sweeps import folder_of, rows_of, waited, workers_of, write_sweep

pytest.importorskip("distributed")
pytest.importorskip("dask_jobqueue")

from chipsim.errors import CheckError, InputError
from chipsim.sweep import stamp
from chipsim.sweep.batch import Batch, options_of
from chipsim.sweep.cluster import Choice, bytes_of
from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.plan import load_plan


class Party:
    """A scheduler and its workers as processes of their own."""

    def __init__(self, folder: Path, dashboard: tuple[str, ...] = ("--dashboard-address", ":0")) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        self.folder, self.processes = folder, list[subprocess.Popen[bytes]]()
        port = self.address.rpartition(":")[2]
        self.scheduler = self._begun("dask_scheduler", "--host", "127.0.0.1", "--port", port, *dashboard)

    def _begun(self, module: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        environment = ALONE | {"TRAPS": str(self.folder)} | environment
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen(command, env=environment, start_new_session=True, cwd=self.folder, **streams))
        return self.processes[-1]

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """One more worker with one thread, which is started again when it is killed."""
        return self._begun("dask_worker", self.address, "--nthreads", "1", "--no-dashboard", **environment)

    def end(self) -> None:
        """Kill everything."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def party(tmp_path):
    """A scheduler without workers."""
    found = Party(tmp_path)
    yield found
    found.end()


@pytest.fixture
def quick(monkeypatch):
    """Timeouts of 2 s."""
    import dask.config

    with dask.config.set({"distributed.comm.timeouts.connect": "2s"}):
        yield


def local_rows(file: Path) -> list[dict[str, object]]:
    """The rows of the same sweep on this machine, in a folder of its own."""
    with Local(1) as engine:
        return rows_of(run_sweep(load_plan(file), file.parent / "local", engine)[1])


# --- sweeps ----------------------------------------------------------------------------------------------------------


def test_points_that_kill_dask_workers_are_rows_and_the_others_are_as_on_this_machine(party, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAPS", str(tmp_path))
    for _ in range(2):
        party.worker(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    file = write_sweep(tmp_path, "trap slow=0.1 once=2 divide=3", 6)
    with Choice("dask", cluster=party.address).begun() as engine:
        table, folder = run_sweep(load_plan(file), tmp_path / "out", engine)
        assert engine.facts()["address"] == party.address
        assert engine.facts()["dashboard"].startswith("http://")
    assert [row["status"] for row in table.rows] == ["done", "done", "done", "failed", "done", "done"]
    (tmp_path / "once-2").unlink(missing_ok=True)
    assert [row for row in rows_of(folder) if row["status"] == "done"] == [row for row in local_rows(file) if row["status"] == "done"]
    assert not list(folder.glob(".*"))


def test_a_killed_scheduler_is_a_sentence_and_the_sweep_goes_on_elsewhere(party, tmp_path):
    party.worker()
    file = write_sweep(tmp_path, "trap slow=0.3", 8)

    def killing(answer: object, done: int, of: int) -> None:
        if done == 2:
            os.killpg(party.scheduler.pid, signal.SIGKILL)

    told = f"the scheduler at {party.address} was lost; . of 8 points are kept in"
    with pytest.raises(CheckError, match=told) as caught, Choice("dask", cluster=party.address).begun() as engine:
        run_sweep(load_plan(file), tmp_path / "out", engine, killing)
    assert "the same command goes on from there" in str(caught.value)
    found: list[bool] = []
    with Local(2) as engine:
        run_sweep(load_plan(file), tmp_path / "out", engine, lambda answer, *_: found.append(answer.found))
    assert found.count(True) >= 2
    assert rows_of(folder_of(file)) == local_rows(file)


def test_a_scheduler_without_a_dashboard_has_none_and_its_libraries_are_quiet(tmp_path):
    party = Party(tmp_path, ("--no-dashboard",))
    try:
        with Choice("dask", cluster=party.address).begun() as engine:
            assert engine.facts() == {"engine": "dask", "workers": 1, "address": party.address}
            for name in ("distributed.client", "distributed.core", "distributed.utils", "tornado.application", "asyncio"):
                assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
    finally:
        party.end()


@pytest.mark.slow  # docs/how-to-sweep-on-a-cluster.md does the same
def test_a_cluster_on_this_machine_from_the_command_line(tmp_path):
    file = write_sweep(tmp_path, seeds=3)
    command = [sys.executable, "-m", "chipsim", "sweep", str(file), "--into", str(tmp_path / "out"), "--engine", "dask", "--workers", "1"]
    process = subprocess.Popen(command, env=ALONE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    children = waited(lambda: workers_of(process.pid))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert "dashboard: http://127.0.0.1:" in err
    assert "Traceback" not in err
    assert children
    assert rows_of(folder_of(file)) == local_rows(file)


# --- what is refused -------------------------------------------------------------------------------------------------


def test_an_unreachable_scheduler_is_told_in_time(quick):
    start = time.monotonic()
    with pytest.raises(InputError, match=r"--cluster tcp://127\.0\.0\.1:9: no scheduler answers there within 2 s; is it running"):
        Choice("dask", cluster="tcp://127.0.0.1:9").begun()
    assert time.monotonic() - start < 15


def test_a_scheduler_without_workers_is_told_in_time(party, tmp_path, quick):
    waited(lambda: _listens(party.address))
    told = "has no workers; start some with: dask worker tcp"
    with Choice("dask", cluster=party.address).begun() as engine, pytest.raises(InputError, match=told):
        run_sweep(load_plan(write_sweep(tmp_path)), tmp_path / "out", engine)


def test_workers_of_another_chipsim_are_refused_by_name(party, tmp_path, monkeypatch):
    other = tmp_path / "other" / "chipsim"
    other.parent.mkdir()
    subprocess.run(["cp", "-r", Path(stamp.__file__).parents[1], other], check=True)
    (other / "version.py").write_text('VERSION = "0.0.9"\n')
    party.worker(PYTHONPATH=str(other.parent))
    told = r"tcp://127.0.0.1:[0-9]+: a worker runs chipsim 0\.0\.9 \(.{8}\), but this is 0\.1\.0 \(.{8}\)"
    with Choice("dask", cluster=party.address).begun() as engine, pytest.raises(InputError, match=told):
        run_sweep(load_plan(write_sweep(tmp_path)), tmp_path / "out", engine)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("dusk"), "--engine dusk: no such engine (did you mean 'dask'?)"),
        (Choice(workers=0), "--workers 0: expected at least 1"),
        (Choice(memory="much"), "--memory much: expected a size such as '4 GB' or '512 MB'"),
        (Choice(cluster="slurm"), "--cluster: belongs to --engine dask"),
        (Choice(options=("queue=long",)), "--cluster-option: belongs to --engine dask"),
        (Choice("dask", options=("queue=long",)), "--cluster-option: belongs to a batch system (slurm, pbs, lsf, sge), got --cluster lo"),
        (Choice("dask", cluster="slrum"), "--cluster slrum: expected local, slurm, pbs, lsf, sge, the address of a scheduler"),
        (Choice("dask", cluster="none.json"), "--cluster none.json: there is no such file"),
        (Choice("dask", cluster="slurm"), "--cluster slurm: there is no 'sbatch' here"),
        (Choice("dask", cluster="slurm", options=("queue",)), "--cluster-option queue: expected key=value"),
    ],
)
def test_what_is_no_engine_is_refused(choice, said):
    with pytest.raises(InputError) as caught:
        choice.check()
    assert str(caught.value).startswith(said)


# --- batch systems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "lines"),
    [
        ("slurm", ["#SBATCH -p long", "#SBATCH -t 02:00:00", "#SBATCH --cpus-per-task=8", "#SBATCH --mem=15G"]),
        ("pbs", ["#PBS -q long", "#PBS -l walltime=02:00:00", "#PBS -l select=1:ncpus=8:mem=15GB"]),
        ("lsf", ["#BSUB -q long", "#BSUB -W 02:00:00", "#BSUB -n 8"]),
        ("sge", ["#$ -q long", "#$ -l h_rt=02:00:00"]),
    ],
)
def test_the_job_script_asks_for_what_was_said(system, lines):
    options = ("queue=long", "walltime='02:00:00'", "cores=8", "memory=16 GB", "jobs=3")
    script = Choice("dask", cluster=system, options=options).job_script()
    for line in [*lines, "export OPENBLAS_NUM_THREADS=1"]:
        assert line in script.splitlines()
    assert "--nthreads 1" in script
    assert "--nworkers 8" in script


def test_options_may_stand_in_a_file_and_those_of_the_command_go_first(tmp_path):
    file = tmp_path / "cluster.yaml"
    file.write_text("type: slurm\nqueue: long\ncores: 4\njobs: 2\n")
    batch = Batch.of(str(file), options_of(("queue=short",)))
    assert (batch.system, batch.jobs, batch.workers) == ("slurm", 2, 8)
    assert "#SBATCH -p short" in batch.script()


@pytest.mark.parametrize(
    ("cluster", "options", "said"),
    [
        ("slurm", ("qeue=long",), r"^--cluster-option qeue: slurm has no such option \(did you mean 'queue'\?\)$"),
        ("lsf", ("account=me",), r"^--cluster-option account: lsf has no such option \(did you mean 'project'\?\)$"),
        ("slurm", ("walltime=8h",), "^--cluster-option walltime=8h: expected hours, minutes and seconds such as '08:00:00'$"),
        ("slurm", ("memory=much",), "--cluster-option: "),
        ("local", (), "--job-script: a job is of --cluster slurm, pbs, lsf, sge, or of a YAML file; got --cluster local"),
        ("", (), "--job-script: a job is of --cluster slurm, pbs, lsf, sge, or of a YAML file; got no --cluster"),
        ("slurm", ("jobs=0", "queue=long"), "jobs: 0; expected at least 1"),
    ],
)
def test_options_that_are_none_are_refused(cluster, options, said):
    with pytest.raises(InputError, match=said):
        Choice("dask", cluster=cluster, options=options).job_script()


def test_a_file_that_names_no_batch_system_is_refused(tmp_path):
    (tmp_path / "cluster.yaml").write_text("type: slrum\n")
    with pytest.raises(InputError, match="type: 'slrum'; expected one of slurm, pbs, lsf, sge"):
        Choice("dask", cluster=str(tmp_path / "cluster.yaml")).job_script()


@pytest.mark.parametrize(("text", "size"), [("4 GB", 4_000_000_000), ("512MiB", 512 << 20), ("1.5 TB", 1_500_000_000_000), ("7 B", 7)])
def test_sizes_are_bytes(text, size):
    assert bytes_of(text) == size


def _listens(address: str) -> bool:
    host, _, port = address.removeprefix("tcp://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
