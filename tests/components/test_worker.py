"""A circuit that works on tasks: order, time, energy."""

import pytest

from chipsim.clock import Clock
from chipsim.components.worker import Worker
from chipsim.lesson.task import STAGES, Task, ordered
from chipsim.recorder import Recorder


def task(number, busy, latency=None, stage="forward"):
    return Task((0, 0, 0, number, 0), "fc", stage, 3, "tile[3].array", busy, (("array", 2.0),), latency)


def served(puts, tasks):
    """When each task was done, by number; `puts` are (time, number)."""
    clock, ends = Clock(), {}
    recorders = {stage: Recorder() for stage in STAGES}
    worker = Worker(clock, 0, recorders, lambda one: ends.setdefault(one.key[3], int(clock.now)))
    for time, number in puts:
        clock.call(time, number, lambda number=number: worker.put(tasks[number]))
    clock.run()
    return ends, recorders


def test_first_come_first_served():
    tasks = ordered([task(0, 10), task(1, 20), task(2, 30)])
    ends, _ = served([(0, 2), (1, 0), (2, 1)], tasks)
    assert ends == {2: 30, 0: 40, 1: 60}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_those_that_come_together_are_served_by_rank(order):
    tasks = ordered([task(0, 10), task(1, 20), task(2, 30)])
    ends, _ = served([(5, number) for number in order], tasks)
    assert ends == {0: 15, 1: 35, 2: 65}


def test_a_result_may_come_after_the_circuit_is_free():
    tasks = ordered([task(0, 10, 25), task(1, 10)])
    ends, _ = served([(0, 0), (0, 1)], tasks)
    assert ends == {0: 25, 1: 20}


def test_a_task_that_comes_when_another_ends_waits_for_no_more_than_that():
    tasks = ordered([task(0, 10), task(1, 10), task(2, 0)])
    ends, _ = served([(0, 1), (10, 0), (10, 2)], tasks)
    assert ends == {1: 10, 0: 20, 2: 20}


def test_energy_and_time_are_booked_by_stage():
    tasks = ordered([task(0, 10), task(1, 20, stage="update")])
    _, recorders = served([(0, 0), (0, 1)], tasks)
    assert sum(recorders["forward"].charged.values()) == sum(recorders["update"].charged.values()) == 2.0
    assert recorders["forward"].busy["tile[3].array"] == 10
    assert [(span.start, span.end) for span in recorders["update"].spans] == [(10, 30)]
    assert not recorders["backward"].charged
