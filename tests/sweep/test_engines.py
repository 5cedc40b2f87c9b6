"""Processes of this machine: what they share, how they are ended, who is said to have been at work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import pytest
from numba.core import event
from small_sweeps import waited, write_sweep

from chipsim.errors import InputError
from chipsim.sweep import worker
from chipsim.sweep.engines import Local, cores
from chipsim.sweep.plan import load_plan
from chipsim.sweep.point import answer
from chipsim.sweep.worker import total_memory


def work_as(number: int, seconds: float) -> int:
    """Be busy with a point; the process number."""
    worker.busy_with(number)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    worker.busy_with(None)
    return os.getpid()


def die(number: int) -> None:
    """Be killed while busy with a point."""
    worker.busy_with(number)
    os.kill(os.getpid(), signal.SIGKILL)


def compiled(task: object) -> tuple[str, int]:
    """The status of a point, and how many kernels were compiled for it."""
    with event.install_recorder("numba:compile") as recorder:
        found = answer(task)
    return found.status, len(recorder.buffer)


def test_by_default_there_is_a_worker_for_each_core_and_the_memory_is_shared():
    with Local() as engine:
        assert engine.workers == cores() == len(os.sched_getaffinity(0))
        assert engine.facts() == {"engine": "local", "workers": cores(), "memory_bound": int(0.8 * total_memory() / cores())}
        assert 1 << 28 < total_memory() < 1 << 50


@pytest.mark.parametrize("workers", [0, -3])
def test_no_workers_are_refused(workers):
    with pytest.raises(InputError, match=f"--workers {workers}: expected at least 1"):
        Local(workers)


def test_workers_do_not_compile(tmp_path):
    """The parent has loaded all kernels when it forks."""
    plan = load_plan(write_sweep(tmp_path, seeds=2))
    (tmp_path / "out" / "points").mkdir(parents=True)
    with Local(1) as engine:
        pool = engine.executor()
        assert [pool.submit(compiled, task).result() for task in plan.tasks(tmp_path / "out")] == [("done", 0), ("done", 0)]


def test_workers_ignore_ctrl_c_but_end_with_their_engine():
    engine = Local(2)
    pool = engine.executor()
    pool.submit(work_as, 1, 0.0).result()  # it has sat down
    first = pool.submit(work_as, 1, 0.3)
    process = waited(multiprocessing.active_children)[0]
    for child in multiprocessing.active_children():
        os.kill(child.pid, signal.SIGINT)
    assert first.result() in {child.pid for child in multiprocessing.active_children()}
    pool.submit(work_as, 2, 60.0)
    time.sleep(0.2)
    start = time.monotonic()
    engine.close()
    assert time.monotonic() - start < 6
    assert not process.is_alive()
    assert engine.suspects() == {2}  # given up


def test_only_who_was_killed_is_suspected():
    with Local(2) as engine:
        pool = engine.executor()
        innocent = pool.submit(work_as, 7, 30.0)
        time.sleep(0.2)
        with pytest.raises(BrokenProcessPool):
            pool.submit(die, 8).result()
        with pytest.raises(BrokenProcessPool):
            innocent.result()
        engine.drop(pool)
        assert engine.suspects() == {8}
        assert engine.suspects() == set()
        assert engine.executor().submit(work_as, 9, 0.0).result() > 0


def test_a_worker_may_not_take_more_than_its_share():
    with Local(1, memory=worker.memory() + (300 << 20)) as engine:  # it is forked from a process of this size
        pool = engine.executor()
        assert pool.submit(bytearray, 50 << 20).result() == bytearray(50 << 20)
        with pytest.raises(MemoryError):
            pool.submit(bytearray, 16 << 30).result()
        assert pool.submit(work_as, 1, 0.0).result() > 0


def test_a_full_worker_asks_to_be_replaced_and_is(tmp_path, monkeypatch):
    from chipsim.sweep.drive import run_sweep

    monkeypatch.setattr(worker, "is_full", lambda: True)  # in the workers, which are forked
    processes: set[int] = set()
    with Local(1) as engine:
        table, _ = run_sweep(load_plan(write_sweep(tmp_path, seeds=4)), tmp_path / "out", engine,
                             lambda *_: processes.update(child.pid for child in multiprocessing.active_children()))  # fmt: skip
    assert len(table.done) == 4
    assert len(processes) >= 2
