"""A stage at work: who acts at which picosecond."""

import itertools

import numpy as np
import pytest
from builders import built, chip, linear, network
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.clock import Clock
from chipsim.components.station import Port

from .line import Line


def test_three_stations_in_a_line() -> None:
    line = Line([(15, 10), (5, 5), (7, 7)])
    assert line.run(41) == [
        (0, "a0.0"),
        (10, "a1.0"),
        (15, "b0.0"),
        (20, "a2.0"),
        (20, "c0.0"),
        (25, "b1.0"),
        (30, "a3.0"),
        (30, "c1.0"),
        (35, "b2.0"),
        (40, "a4.0"),
        (40, "c2.0"),
    ]


def test_a_slow_station_sets_the_pace_of_all_before_it() -> None:
    """b has room for one unit and takes 40: a makes two for its own queue, and then one whenever b starts."""
    line = Line([(10, 10), (40, 40)], room=1)
    line.run(200)
    assert line.starts("b") == [10, 50, 90, 130, 170]
    assert line.starts("a") == [0, 10, 20, 30, 50, 90, 130, 170]


def test_a_larger_buffer_lets_a_run_ahead_until_it_is_full() -> None:
    line = Line([(10, 10), (40, 40)], room=3)
    line.run(200)
    assert line.starts("a") == [0, 10, 20, 30, 40, 50, 60, 90, 130, 170]
    assert line.starts("b") == [10, 50, 90, 130, 170]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), min_size=2, max_size=5), st.integers(1, 4))
def test_the_slowest_station_sets_the_interval(delays: list[tuple[int, int]], room: int) -> None:
    delays = [(interval + extra, interval) for extra, interval in delays]
    line = Line(delays, room)
    line.run(4000)
    starts = line.starts("abcde"[len(delays) - 1])
    slowest = max(interval for _, interval in delays)
    assert starts[-1] - starts[-11] == 10 * slowest


@settings(max_examples=30)
@given(
    st.permutations(range(4)),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=4, max_size=4),
    st.integers(1, 3),
    st.sampled_from([(), (1, 2), (1, 2, 3)]),
)
def test_the_order_of_creation_changes_nothing(order, delays, room, shared) -> None:
    delays = [(max(delay), min(delay)) for delay in delays]
    usual, shuffled = Line(delays, room, shared=shared), Line(delays, room, shared=shared, order=order)
    assert sorted(usual.run(300)) == sorted(shuffled.run(300))


def test_rows_overlap_between_stations() -> None:
    """Rows of four vectors: b starts when the first vector of a row is there and ends one vector after the last."""
    line = Line([(10, 10), (10, 10)], units=2, vectors=4)
    line.run(100)
    assert line.starts("a") == [0, 40, 80]
    assert line.starts("b") == [10, 50, 90]
    assert line.recorder.spans[1] == ("b", "b", 10, 50, 0) or line.recorder.spans[1].end == 50


def test_a_fast_reader_ends_with_the_last_vector_of_a_slow_writer() -> None:
    line = Line([(10, 10), (2, 2)], units=1, vectors=4)
    line.run(60)
    span = next(s for s in line.recorder.spans if s.layer == "b")
    assert (span.start, span.end) == (10, 42)  # vectors at 10, 20, 30, 40; the last takes 2
    assert line.recorder.busy["b"] == 8 * line.recorder.count["b"]


def test_a_latency_beyond_the_interval_delays_results_not_the_next_unit() -> None:
    line = Line([(100, 10), (1, 1)])
    line.run(130)
    assert line.starts("a") == list(range(0, 130, 10))
    assert line.starts("b") == [100, 110, 120]


# --- ports -----------------------------------------------------------------------------------------------------------


def ask(clock: Clock, port: Port, log: list[tuple[int, int]], stage: int, at: int, hold: int) -> None:
    def process():
        yield clock.timeout(at)
        yield port.request(stage)
        log.append((int(clock.now), stage))
        port.hold(int(clock.now) + hold)

    clock.process(process())


def test_a_port_serves_one_at_a_time_in_the_order_they_came() -> None:
    clock, log = Clock(), []
    port = Port(clock)
    for stage, at in ((3, 0), (2, 5), (1, 7)):
        ask(clock, port, log, stage, at, 10)
    clock.run()
    assert log == [(0, 3), (10, 2), (20, 1)]  # the lowest stage came last


@given(st.permutations([1, 2, 3, 4]))
def test_stages_that_come_together_are_served_by_number(order: list[int]) -> None:
    clock, log = Clock(), []
    port = Port(clock)
    for stage in order:
        ask(clock, port, log, stage, 5, 10)
    clock.run()
    assert log == [(5, 1), (15, 2), (25, 3), (35, 4)]


def test_a_port_held_for_no_time_is_free_at_once() -> None:
    clock, log = Clock(), []
    port = Port(clock)
    for stage in (1, 2, 3):
        ask(clock, port, log, stage, 5, 0)
    clock.run()
    assert log == [(5, 1), (5, 2), (5, 3)]


def test_the_queue_of_a_port_is_part_of_the_state() -> None:
    clock, log = Clock(), []
    port = Port(clock)
    for stage, at in ((3, 0), (2, 5), (1, 7)):
        ask(clock, port, log, stage, at, 10)
    clock.run(9)
    assert [port.turn(stage) for stage in (1, 2, 3)] == [2, 1, 0]


def test_stations_that_share_a_port_take_turns() -> None:
    """b and c work in one place, 10 each: the line runs at 20, and neither starves."""
    line = Line([(5, 5), (10, 10), (10, 10)], room=4, shared=(1, 2))
    line.run(400)
    assert line.starts("b")[-1] - line.starts("b")[-6] == 100
    assert line.starts("c")[-1] - line.starts("c")[-6] == 100
    busy = sorted(line.starts("b") + line.starts("c"))
    assert all(later - earlier >= 10 for earlier, later in itertools.pairwise(busy))


# --- who waits for whom ----------------------------------------------------------------------------------------------


def test_a_station_says_what_it_waits_for() -> None:
    line = Line([(10, 10), (1000, 1000), (1, 1)], room=1)
    line.run(500)
    a, b, c = line.stations
    assert a.waits_for() == ("room in the input buffer of tile[0].b.copy0.vector[0:1]", [1])
    assert b.waits_for() == ("", [])  # it works
    assert c.waits_for() == ("unit 0 of b, sample 0", [1])


def test_states_of_a_periodic_line_repeat() -> None:
    line = Line([(10, 10), (40, 40)], room=1)
    line.run(450)
    one = [s.state(line.stations[1].sample) for s in line.stations]
    line.run(490)
    assert one == [s.state(line.stations[1].sample) for s in line.stations]
    line.run(500)
    assert one != [s.state(line.stations[1].sample) for s in line.stations]


@pytest.mark.parametrize("token", ["row", "vector"])
def test_a_stage_works_on_every_unit_of_every_sample_once_and_in_order(token: str) -> None:
    workload = network([2, 4, 3], {"type": "conv2d", "name": "c", "out_channels": 2, "kernel": 1}, linear("fc", 2), samples=2)
    ready = built(workload, chip(), token=token, stream=3, copies={"c": 3})
    log: list[tuple[int, int]] = []
    for station in ready.stations:
        if station.stage.kind == "neuron" and station.stage.layer == "c":
            whole = station.work
            station.work = lambda sample, unit, whole=whole: (log.append((sample, unit)), whole(sample, unit))[1]  # type: ignore[method-assign]
    ready.run()
    units = 4 if token == "row" else 12
    assert sorted(log) == [(sample, unit) for sample in range(3) for unit in range(units)]
    assert np.isfinite(ready.stations[-1].outputs[2]).all()  # type: ignore[attr-defined]
