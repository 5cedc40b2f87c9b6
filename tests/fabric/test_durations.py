"""Durations: a vector holds all links of its route for whole steps; who shares a link waits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.fabric import DurationFabric
from chipsim.noc.network import Network
from chipsim.reading import from_plain

LINE = {"type": "mesh", "columns": 5, "rows": 1}
MESH = {"type": "mesh", "columns": 3, "rows": 3}
STEP, HOP = 300_000, 100
CONTROL = {"flow_control": {"type": "durations", "step": "300 ns", "wires": 64}}
FULL = 8 * 64


def run_of(log, topology=LINE, **keys):
    return log(topology, **CONTROL | keys)


@pytest.mark.parametrize("hops", [0, 1, 4])
@pytest.mark.parametrize(("values", "steps"), [(1, 1), (64, 1), (65, 2), (200, 4)])
def test_an_idle_network_takes_whole_steps_and_the_wire(log, hops: int, values: int, steps: int) -> None:
    run = run_of(log)
    run.send(0, 0, 0, hops, 8 * values)
    assert run.run() == [(0, 0, hops, *[steps * STEP + hops * HOP] * 2)]
    assert run.fabric.latency(0, hops, 8 * values) == steps * STEP + hops * HOP


def test_values_count_not_bits_and_arrays_may_read_a_step_sooner(log) -> None:
    run, times = run_of(log), []
    for flow, early in ((0, False), (1, True)):
        run.fabric.send(flow, 0, 2 * flow, (2 * flow + 1,), 8, 1, 0, 0, lambda node, *_: times.append((node, run.now)), 65, early)
    run.run()
    assert times == [(3, STEP + HOP), (1, 2 * STEP + HOP)]
    assert run.fabric.tail == STEP
    assert run_of(log, flow_control={"type": "durations", "step": "300 ns", "overlap": False}).fabric.tail == 0


def test_routes_that_share_a_link_take_turns_and_others_do_not_wait(log) -> None:
    run = run_of(log)
    run.send(2, 0, 1, 3, FULL)
    run.send(1, 0, 0, 2, FULL)
    run.send(3, 0, 4, 0, FULL)  # the other direction
    times = {flow: first for flow, _, _, first, _ in run.run()}
    assert times == {1: STEP + 2 * HOP, 2: 2 * STEP + 2 * HOP, 3: STEP + 4 * HOP}


def test_narrow_vectors_travel_side_by_side(log) -> None:
    run = run_of(log)
    for flow, values in ((0, 30), (1, 34), (2, 1), (3, 60)):
        run.send(flow, 0, 0, 1, 8 * values)
    assert [(flow, first // STEP) for flow, *_, first, _ in run.run()] == [(0, 1), (1, 1), (2, 2), (3, 2)]
    assert run.fabric.link_time(0, run.fabric.flits[0]) == pytest.approx(STEP * 125 / 64)


def test_a_route_is_taken_as_a_whole_or_not_at_all(log) -> None:
    run = run_of(log)
    run.send(0, 0, 3, 4, FULL)
    run.send(1, 0, 0, 4, FULL)  # waits for the last link with all its links
    run.send(2, 0, 0, 1, FULL)  # would find 0 -> 1 free for a step before flow 1 needs it
    assert {flow: first for flow, *_, first, _ in run.run()} == {0: STEP + HOP, 1: 2 * STEP + 4 * HOP, 2: STEP + HOP}


def test_a_burst_holds_its_route_only_while_a_vector_is_there(log) -> None:
    run = run_of(log)
    run.send(0, 0, 0, 1, FULL, count=3, spread=4 * STEP)
    run.send(1, 0, 0, 1, FULL, at=1)
    assert [(flow, first, last) for flow, _, _, first, last in run.run()] == [
        (0, STEP + HOP, 5 * STEP + HOP),
        (1, 2 * STEP + HOP, 2 * STEP + HOP),  # in the gap between the first and the second vector
    ]
    assert run.fabric.busy[0] == 4 * STEP
    assert run.fabric.link_time(0, run.fabric.flits[0]) == 4 * STEP


def test_a_multicast_takes_all_its_links_for_the_same_step(log) -> None:
    run = run_of(log, MESH)
    run.send(0, 0, 4, 5, FULL)
    run.send(1, 0, 3, (1, 5), FULL)
    assert sorted(run.run()) == [(0, 0, 5, *[STEP + HOP] * 2), (1, 0, 1, *[2 * STEP + 2 * HOP] * 2), (1, 0, 5, *[2 * STEP + 2 * HOP] * 2)]


def test_energy_is_one_pulse_for_each_value_and_link(log) -> None:
    control = {"type": "durations", "step": "300 ns", "wires": 64, "switch_energy": "1 pJ"}
    run = run_of(log, flow_control=control, router_energy="0.01 pJ/b", link_energy="0.2 nJ/b/m", pitch="2 mm")
    run.send(0, 0, 0, 2, 8 * 100, count=3, spread=0)
    run.run()
    expected = 3 * (100 * (3 * 0.01e-12 + 2 * 0.2e-9 * 2e-3) + 2 * 2 * 1e-12)
    assert run.energy() == pytest.approx(expected)
    assert run.fabric.transfer_energy(run.tariff, 0, (2,), 800, 3) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(
    sends=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 1200), st.integers(0, 5), st.integers(1, 3)),
        min_size=1,
        max_size=14,
    ),
    shuffle=st.randoms(use_true_random=False),
)
def test_no_link_carries_more_than_its_wires_and_the_order_of_sends_does_not_matter(log_class, sends, shuffle) -> None:
    def arrivals(order: list[int]) -> tuple[list, DurationFabric]:
        run = log_class(MESH, **CONTROL)
        for flow in order:
            source, target, bits, tick, count = sends[flow]
            run.send(flow, 0, source, target, bits, count, at=tick * 200_000, spread=(count > 1) * 500_000)
        return run.run(), run.fabric

    straight, fabric = arrivals(list(range(len(sends))))
    mixed = list(range(len(sends)))
    shuffle.shuffle(mixed)
    assert arrivals(mixed)[0] == straight
    for taken in fabric._taken:
        assert all(sum(wires for begin, end, wires in taken if begin <= moment < end) <= 64 for moment, _, _ in taken)
    for flow, _, node, first, last in straight:
        source, _, bits, tick, _ = sends[flow]
        assert first >= tick * 200_000 + fabric.latency(source, node, bits)
        assert last >= first
    assert all(0 <= share <= 1 for share in fabric.utilisation(10**9).values())


def test_routings_that_could_deadlock_with_packets_are_free_to_be_used(log) -> None:
    ring = {"type": "ring", "nodes": 6}
    with pytest.raises(InputError, match="can deadlock"):
        log(ring, routing="shortest")
    run = run_of(log, ring, routing="shortest")
    for node in range(6):
        run.send(node, 0, node, (node + 2) % 6, FULL)
    assert max(first for *_, first, _ in run.run()) == 2 * STEP + 2 * HOP


def test_flits_are_needed_by_packets_only() -> None:
    plain = {"topology": LINE, "clock": "1 GHz", "link_energy": "0.1 nJ/b/m", "pitch": "1 mm"}
    assert from_plain(Network, plain | CONTROL).flit_width == 0
    with pytest.raises(InputError, match="flit_width is missing or 0 b, expected more than that: the flow control 'calendar'"):
        from_plain(Network, plain)
    link = {"bandwidth": "1 Gb/s"}
    with pytest.raises(InputError, match="do not go from chip to chip"):
        from_plain(Network, plain | CONTROL | {"topology": {"type": "package", "chip": LINE, "columns": 2, "link": link}})
