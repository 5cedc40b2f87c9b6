"""A tile that is written: it waits for its weights, its array and its turn, and takes its steps; what never ends is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import simpy

from chipsim.clock import Clock
from chipsim.components import writer as module
from chipsim.components.writer import Writer
from chipsim.errors import CheckError, InputError
from chipsim.mapping.mapping import Placement
from chipsim.programming.programmer import Point, Step
from chipsim.recorder import Recorder

NS = 1000


def steps(durations: Sequence[float], points: Sequence[Point] = ()) -> Any:
    for duration in durations:
        yield Step(duration, 3, 4, 5, 6, 1e-12)
    return list(points)


def forever(duration: float) -> Any:
    while True:
        yield Step(duration)


class Bench:
    """Writers on one tile each, or on the tiles named, with so many turns at once."""

    def __init__(self, all_steps: Sequence[Any], tiles: Sequence[int] | None = None, at_once: int = 100) -> None:
        self.clock, self.recorder = Clock(), Recorder()
        turn = simpy.PriorityResource(self.clock, at_once)
        tiles = tiles or range(len(all_steps))
        arrays = {tile: simpy.PriorityResource(self.clock, 1) for tile in tiles}
        self.writers = [
            Writer(self.clock, n, Placement("fc", 0, n, 0, (0, 2), (0, 2), tile), each, self.recorder, arrays[tile], turn)
            for n, (tile, each) in enumerate(zip(tiles, all_steps, strict=True))
        ]

    def run(self, arrivals: Sequence[int] | None = None) -> list[int]:
        """Let the weights arrive (ps) and run; when each writer was done (ps)."""
        for writer, arrival in zip(self.writers, arrivals or [0] * len(self.writers), strict=True):
            self.clock.call(arrival, writer.number, writer.start)
        self.clock.run()
        return [writer.finished for writer in self.writers]


def test_it_waits_for_its_weights_then_takes_step_after_step():
    bench = Bench([steps([10e-9, 5e-9], [Point(0, 0.1, 0.0)])])
    assert bench.run([7 * NS]) == [22 * NS]
    (writer,) = bench.writers
    assert writer.taken == pytest.approx(Step(15e-9, 6, 8, 10, 12, 2e-12))
    assert writer.points == [Point(0, 0.1, 0.0)]
    assert bench.recorder.busy == {"fc.copy0.block0-0": 15 * NS}
    assert bench.recorder.extent == {"fc.copy0.block0-0": (7 * NS, 22 * NS)}


def test_tiles_are_written_at_the_same_time_as_many_as_may():
    works = [[10e-9], [20e-9], [30e-9]]
    assert Bench([steps(work) for work in works]).run() == [10 * NS, 20 * NS, 30 * NS]
    assert Bench([steps(work) for work in works], at_once=1).run() == [10 * NS, 30 * NS, 60 * NS]
    assert Bench([steps(work) for work in works], at_once=2).run() == [10 * NS, 20 * NS, 40 * NS]


def test_blocks_of_one_tile_take_turns_in_their_order():
    assert Bench([steps([10e-9]) for _ in range(3)], [5, 5, 5]).run() == [10 * NS, 20 * NS, 30 * NS]
    late = Bench([steps([10e-9]) for _ in range(2)], [5, 5]).run([12 * NS, 0])
    assert late == [22 * NS, 10 * NS]  # who has its weights first begins


def test_short_steps_add_up_before_they_are_rounded():
    assert Bench([steps([0.4e-12] * 10)]).run() == [4]


def test_a_step_may_take_no_time():
    assert Bench([steps([0.0, 0.0])]).run([3]) == [3]


def test_without_weights_it_is_never_written():
    bench = Bench([steps([1e-9]), steps([1e-9])])
    bench.clock.call(0, 0, bench.writers[0].start)
    bench.clock.run()
    assert [writer.finished for writer in bench.writers] == [1 * NS, -1]


@pytest.mark.parametrize("duration", [0.0, 1e-9])
def test_steps_without_end_stop_the_run(monkeypatch, duration):
    monkeypatch.setattr(module, "MOST_STEPS", 1000)
    with pytest.raises(CheckError, match=r"fc\.copy0\.block0-0: 1,000 steps and no end"):
        Bench([forever(duration)]).run()


@pytest.mark.parametrize("duration", [-1e-9, float("nan"), float("inf")])
def test_a_step_that_takes_no_sensible_time_stops_the_run(duration):
    with pytest.raises(CheckError, match=r"a step of .* s; expected 0 or more"):
        Bench([steps([duration])]).run()


def test_a_programming_of_years_is_refused_with_a_way_out():
    with pytest.raises(InputError, match=r"fc\.copy0\.block0-0: .*check the duration of a pulse"):
        Bench([steps([np.float64(1e9)])]).run()
