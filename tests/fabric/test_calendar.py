"""Calendars: exact first come, first served at each link; bursts by their two time stamps."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

LINE = {"type": "mesh", "columns": 5, "rows": 1}
MESH = {"type": "mesh", "columns": 3, "rows": 3}


def test_the_link_is_given_to_whoever_arrives_first_not_to_whoever_was_sent_first(log) -> None:
    run = log(LINE)
    run.send(0, 0, 0, 4, 256)  # sent first, is at the link 3 -> 4 after 16 cycles
    run.send(1, 0, 3, 4, 256, at=1000)  # is there after 5
    run.run()
    assert [flow for flow, *_ in run.arrivals] == [1, 0]
    # the link is busy from 5 to 13, free again when flow 0 comes: nobody waits
    assert [first for *_, first, _ in run.arrivals] == [1000 + (4 + 8 + 5) * 1000, (16 + 8 + 5) * 1000]


def test_a_late_packet_waits_for_exactly_the_rest_of_the_one_before(log) -> None:
    run = log(LINE)
    run.send(0, 0, 0, 4, 256)  # holds 3 -> 4 from 16 to 24 cycles
    run.send(1, 0, 3, 4, 256, at=14_000)  # is there at 18: waits 6 cycles
    run.run()
    assert run.arrivals[1][3] == 14_000 + (6 + 4 + 8 + 5) * 1000


def test_a_tie_goes_to_the_lower_flow_then_to_the_lower_packet(log) -> None:
    run = log({"type": "bus", "nodes": 4})
    for flow, packet, source in ((2, 0, 0), (1, 1, 1), (1, 0, 2)):
        run.send(flow, packet, source, 3, 128)
    assert [(flow, packet) for flow, packet, *_ in run.run()] == [(1, 0), (1, 1), (2, 0)]


def test_packets_of_two_trains_take_turns_at_a_link(log) -> None:
    run = log(MESH)
    run.send(0, 0, 0, 2, 256 * 4)  # four packets of 8 flits from 0 over 1 -> 2
    run.send(1, 0, 1, 2, 32, at=16_000)  # is at 1 -> 2 at 20, among them: 8-16, 16-24, ...
    run.run()
    assert run.arrivals[0] == (1, 0, 2, 16_000 + (4 + 4 + 1 + 5) * 1000, 16_000 + (4 + 4 + 1 + 5) * 1000)
    assert run.arrivals[1][3] == (8 + 33 + 5) * 1000


def test_a_burst_occupies_a_link_for_its_flits_not_for_its_duration(log) -> None:
    run = log(LINE)
    run.send(0, 0, 0, 1, 128, count=10, spread=900_000)  # 40 flits in 900 cycles, is at 0 -> 1 at 4
    run.send(1, 0, 0, 1, 128, at=100_000)
    run.run()
    assert run.arrivals[0][3:] == (13_000, 913_000)
    assert run.arrivals[1][3] == 113_000, "waits for vectors that are there, not for those to come"
    assert run.fabric.busy[run.fabric.channels.links.index((0, 1))] == 44_000


def test_the_copies_of_a_multicast_wait_each_for_its_own_link(log) -> None:
    run = log(MESH)
    run.send(0, 0, 4, 5, 256)  # holds 4 -> 5 from 4 to 12 cycles
    run.send(1, 0, 3, (5, 1), 128, at=1000)  # branches at 4 after 9 cycles: 4 -> 1 is free, 4 -> 5 is not for 3 cycles
    run.run()
    times = {node: first for flow, _, node, first, _ in run.arrivals if flow == 1}
    assert times == {1: 1000 + (8 + 4 + 5) * 1000, 5: 1000 + (8 + 4 + 5 + 3) * 1000}


@settings(max_examples=30, deadline=None)
@given(
    source=st.integers(0, 8),
    target=st.integers(0, 8),
    count=st.integers(2, 12),
    bits=st.integers(1, 600),
    gap=st.integers(0, 40),
)
def test_a_burst_alone_is_as_exact_as_its_vectors_one_by_one(log_class, source, target, count, bits, gap) -> None:
    burst, single = log_class(MESH), log_class(MESH)
    burst.send(0, 0, source, target, bits, count, spread=gap * 1000 * (count - 1))
    for vector in range(count):
        single.send(0, vector, source, target, bits, at=gap * 1000 * vector)
    (arrival,) = burst.run()
    times = [first for *_, first, _ in single.run()]
    assert arrival[3:] == (times[0], times[-1])
    assert burst.fabric.flits == single.fabric.flits
    assert burst.fabric.busy == single.fabric.busy


def test_bursts_that_share_links_finish_together_with_their_vectors_one_by_one(log_class) -> None:
    """Two saturating bursts over one link: the work is conserved, so the last vector of all is exact."""
    burst, single = log_class(MESH), log_class(MESH)
    for flow, source in ((0, 3), (1, 1)):
        burst.send(flow, 0, source, 7, 256, count=20)
        for vector in range(20):
            single.send(flow, vector, source, 7, 256)
    assert max(last for *_, last in burst.run()) == max(last for *_, last in single.run()) == (8 + 320 + 5) * 1000


def test_bursts_that_share_links_have_nearly_the_stamps_of_their_vectors_one_by_one(log_class) -> None:
    """Twelve periodic streams on nine nodes: rows of 16 vectors of 8 flits, each stream a tenth of a link."""
    choice, length = random.Random(3), 16 * 80_000
    flows = [(choice.randrange(9), choice.randrange(9), choice.randrange(length)) for _ in range(12)]
    burst, single = log_class(MESH), log_class(MESH)
    for flow, (source, target, start) in enumerate(flows):
        for row in range(6):
            burst.send(flow, row, source, target, 256, 16, at=start + row * length, spread=15 * 80_000)
            for vector in range(16):
                single.send(flow, 16 * row + vector, source, target, 256, at=start + row * length + 80_000 * vector)
    exact = {(flow, number): first for flow, number, _, first, _ in single.run()}
    early = [(first - exact[flow, 16 * row], last - exact[flow, 16 * row + 15]) for flow, row, _, first, last in burst.run()]
    assert single.fabric.peak(single.now)[1] > 0.25
    assert max(abs(error) for pair in early for error in pair) <= 2 * 8000
    assert abs(sum(first for first, _ in early)) / len(early) < 2000


def test_the_state_is_the_rest_of_the_calendars(log) -> None:
    run = log({"type": "mesh", "columns": 2, "rows": 1})
    run.send(0, 0, 0, 1, 256)
    run.clock.run(until=5000)
    link, injection, ejection = 0, 2, 5
    expected = [0] * 6
    expected[link], expected[injection], expected[ejection] = 12_000 - 5000, 8000 - 5000, 0
    assert run.fabric.state(5000, lambda flow, packet: packet) == tuple(expected)
