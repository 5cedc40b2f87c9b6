"""Virtual cut-through: buffers fill, senders block, ports take turns, misfits are refused."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError

LINE = {"type": "mesh", "columns": 4, "rows": 1}
MESH = {"type": "mesh", "columns": 3, "rows": 3}


def credits(vcs: int = 1, buffer: int = 8) -> dict[str, object]:
    return {"type": "credits", "virtual_channels": vcs, "buffer": buffer}


def gaps(run, flow: int) -> list[int]:
    times = [first for number, *_, first, _ in run.arrivals if number == flow]
    return [later - sooner for sooner, later in itertools.pairwise(times)]


def test_with_one_virtual_channel_a_cycle_is_lost_for_each_packet(log) -> None:
    run = log(LINE, flow_control=credits(1, 64))
    for packet in range(30):
        run.send(0, packet, 0, 3, 128)
    run.run()
    assert set(gaps(run, 0)) == {5000}


def test_two_virtual_channels_hide_the_allocation(log) -> None:
    run = log(LINE, flow_control=credits(2, 64))
    for packet in range(30):
        run.send(0, packet, 0, 3, 128)
    run.run()
    assert set(gaps(run, 0)) == {4000}


def test_a_small_buffer_costs_the_round_trip_of_its_credits(log) -> None:
    """One VC of one packet: the next follows when the first has crossed link and pipeline and its credit is back (4 + 2)."""
    run = log(LINE, flow_control=credits(1, 4), payload="128 b")
    for packet in range(10):
        run.send(0, packet, 0, 3, 128)
    run.run()
    assert set(gaps(run, 0)) == {6000}


def test_a_blocked_packet_blocks_those_behind_it_in_its_channel_but_not_in_another(log) -> None:
    def time_of_bystander(vcs: int) -> int:
        run = log(LINE, flow_control=credits(vcs, 8))
        for packet in range(20):
            run.send(0, packet, 1, 3, 256)  # keeps 1 -> 2 and 2 -> 3 busy
            run.send(1, packet, 0, 3, 256)  # competes for 1 -> 2 from the port on the left
        run.send(2, 0, 0, 1, 32, at=100_000)  # only goes to node 1, behind flow 1
        run.run()
        return next(first for flow, *_, first, _ in run.arrivals if flow == 2)

    assert time_of_bystander(4) <= time_of_bystander(1)
    assert time_of_bystander(1) > 100_000 + (4 + 1 + 5) * 1000


def test_ports_take_turns(log) -> None:
    run = log(MESH, flow_control=credits(1, 64))
    for packet in range(30):
        run.send(0, packet, 3, 7, 128)  # these three compete for 4 -> 7
        run.send(1, packet, 4, 7, 128)
        run.send(2, packet, 5, 7, 128)
    run.run()
    middle = [flow for flow, *_ in run.arrivals][30:60]
    assert all(sorted(middle[k : k + 3]) == [0, 1, 2] for k in range(0, 30, 3))


def test_one_reading_of_a_port_feeds_all_copies_that_start_together(log) -> None:
    run = log(MESH, flow_control=credits(1, 8))
    run.send(0, 0, 3, (1, 5, 7), 256)
    run.run()
    assert {first for *_, first, _ in run.arrivals} == {(8 + 8 + 5) * 1000}


def test_the_last_vector_is_announced_with_the_first_and_its_delay_is_kept(log) -> None:
    run = log(LINE, flow_control=credits(4, 8))
    run.send(0, 0, 0, 3, 128, count=5, spread=16_000)
    assert run.run() == [(0, 0, 3, 21_000, 37_000)]
    assert run.fabric.lateness == 0
    run.send(1, 0, 0, 3, 128, count=5, spread=16_000)
    run.send(2, 0, 0, 3, 128, count=5, spread=16_000)
    run.run()
    assert run.fabric.lateness > 0
    assert "came up to" in run.fabric.warning(10**9)


def test_packets_longer_than_a_buffer_are_refused(log) -> None:
    with pytest.raises(InputError, match=r"Credits.buffer: a packet of 8 flits does not fit in a buffer of 7 flits"):
        log(LINE, flow_control=credits(4, 7))
    with pytest.raises(InputError, match=r"a packet of 9 flits"):
        log(LINE, flow_control=credits(4, 8), header="1 b")


def test_a_ring_needs_two_classes_of_virtual_channels(log) -> None:
    ring = {"type": "ring", "nodes": 5}
    with pytest.raises(InputError, match=r"Credits.virtual_channels: 1 is too few"):
        log(ring, flow_control=credits(1))
    assert log(ring, flow_control=credits(1), routing="up_down").fabric.channels.routes.lanes == 1


@pytest.mark.parametrize("topology", [{"type": "ring", "nodes": 5}, {"type": "torus", "columns": 4, "rows": 4}], ids=str)
@settings(max_examples=15, deadline=None)
@given(seed=st.randoms(use_true_random=False))
def test_closed_rings_under_heavy_load_never_lock_up(log_class, topology, seed) -> None:
    run = log_class(topology, flow_control=credits(2, 8))
    tiles = run.fabric.channels.routes.ends
    for flow in range(60):
        targets = tuple(seed.sample(tiles, seed.choice([1, 1, 3])))
        run.send(flow, 0, seed.choice(tiles), targets, 512)
    run.run()
    assert len({flow for flow, *_ in run.arrivals}) == 60
    room = {room for rooms in run.fabric._room for room in rooms}
    assert room == {8}, "credits were lost or made"


def test_one_lane_on_a_ring_would_lock_up(log) -> None:
    """The proof of need: with the lanes merged, the same traffic stops with packets still under way."""
    run = log({"type": "ring", "nodes": 4}, flow_control=credits(2, 8))
    run.fabric._lanes = {lane: [0] for lane in (-1, 0, 1)}
    for node in range(4):
        for packet in range(4):
            run.send(node, packet, node, (node + 2) % 4, 256)
    run.run()
    assert len(run.arrivals) < 16
