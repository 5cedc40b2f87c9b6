"""What both models must do: exact idle latency, fair links, canonical order, multicast, energy."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.clock import Clock
from chipsim.fabric import CalendarFabric, CreditFabric, Fabric, order
from chipsim.noc.network import Calendar, Credits, Network
from chipsim.noc.topology import Mesh
from chipsim.reading import from_plain

MESH = {"type": "mesh", "columns": 4, "rows": 4}
LINE = {"type": "mesh", "columns": 4, "rows": 1}
TOPOLOGIES = [
    {"type": "mesh", "columns": 3, "rows": 3},
    {"type": "torus", "columns": 3, "rows": 4},
    {"type": "ring", "nodes": 5},
    {"type": "tree", "arity": 2, "levels": 2},
    {"type": "bus", "nodes": 4},
]


def test_the_model_is_chosen_by_the_flow_control() -> None:
    network = Network(topology=Mesh(columns=2, rows=2), clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3)
    assert isinstance(Fabric.of(Clock(), network), CalendarFabric)
    assert isinstance(Fabric.of(Clock(), network.having(flow_control=Credits())), CreditFabric)


@pytest.mark.parametrize(("source", "target", "hops"), [(0, 0, 0), (0, 1, 1), (0, 15, 6), (9, 2, 3)])
@pytest.mark.parametrize("bits", [0, 32, 100, 256])
def test_idle_latency_is_four_cycles_a_hop_plus_flits_plus_five(both, source: int, target: int, hops: int, bits: int) -> None:
    log = both(MESH)
    log.send(1, 0, source, target, bits)
    flits = max(1, -(-bits // 32))
    expected = (4 * hops + flits + 5) * 1000
    assert log.run() == [(1, 0, target, expected, expected)]
    assert log.fabric.latency(source, target, bits) == expected
    assert log.fabric.network.zero_load_latency(hops, flits) == expected


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda topology: topology["type"])
def test_every_pair_of_tiles_meets_its_idle_latency(both, topology) -> None:
    tiles = both(topology).fabric.channels.routes.ends
    for source, target in itertools.product(tiles, tiles):
        log = both(topology)
        log.send(0, 0, source, target, 200)
        assert log.run() == [(0, 0, target, *[log.fabric.latency(source, target, 200)] * 2)]


def test_a_bus_costs_one_router_and_one_wire(both) -> None:
    log = both({"type": "bus", "nodes": 5})
    log.send(0, 0, 1, 3, 32)
    assert log.run()[0][3] == (1 + 3 + 1 + 1 + 1) * 1000


def test_one_flow_carries_exactly_one_flit_a_cycle(both) -> None:
    log = both(LINE)
    for packet in range(50):
        log.send(0, packet, 0, 3, 256)
    times = [first for *_, first, _ in log.run()]
    assert {later - sooner for sooner, later in itertools.pairwise(times)} == {8000}
    assert times[0] == (4 * 3 + 8 + 5) * 1000


def test_two_flows_on_one_link_get_half_each(both) -> None:
    log = both(MESH)  # node 5 is reached from 4 and from 6; both leave over 5 -> 9
    for packet in range(40):
        log.send(1, packet, 4, 13, 128)
        log.send(2, packet, 1, 13, 128)
    log.run()
    log.arrivals.sort(key=lambda arrival: arrival[3])
    for half in (log.arrivals[20:40], log.arrivals[40:60]):
        assert abs(sum(flow == 1 for flow, *_ in half) - 10) <= 1
    assert log.arrivals[-1][3] - log.arrivals[0][3] == 79 * 4000
    assert log.fabric.utilisation(log.now)[9, 13] == pytest.approx(320 / 340, abs=0.02)


def test_a_train_arrives_with_its_last_packet(both) -> None:
    log = both(LINE)
    log.send(0, 0, 0, 2, 256 * 3 + 10)
    expected = (4 * 2 + 25 + 5) * 1000
    assert log.run() == [(0, 0, 2, expected, expected)]


def test_a_multicast_reaches_each_leaf_like_a_packet_of_its_own(both) -> None:
    log = both(MESH)
    log.send(3, 7, 5, (0, 6, 15, 5), 128)
    assert sorted(log.run()) == sorted((3, 7, leaf, *[log.fabric.latency(5, leaf, 128)] * 2) for leaf in (0, 6, 15, 5))
    fabric = log.fabric
    links = sum(fabric.flits[: len(fabric.channels.links)])
    assert links == 4 * len(fabric.channels.routes.tree(5, [0, 6, 15]))
    assert fabric.saved == 4 * (2 + 1 + 4 - 6)


def test_a_burst_keeps_its_two_stamps_on_an_idle_network(both) -> None:
    log = both(LINE)
    log.send(0, 0, 0, 2, 128, count=10, spread=90_000)
    first = (4 * 2 + 4 + 5) * 1000
    assert log.run() == [(0, 0, 2, first, first + 90_000)]


def test_a_burst_faster_than_the_link_leaves_at_the_speed_of_the_link(both) -> None:
    log = both(LINE)
    log.send(0, 0, 0, 2, 128, count=10, spread=9_000)
    first = (4 * 2 + 4 + 5) * 1000
    assert log.run() == [(0, 0, 2, first, first + 9 * 4000)]
    assert log.fabric.flits[log.fabric.channels.injection(0)] == 40


sends = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 400), st.integers(0, 3)), min_size=2, max_size=25
)


@pytest.mark.parametrize("control", ["calendar", "credits"])
@settings(max_examples=40, deadline=None)
@given(sends=sends, shuffle=st.randoms(use_true_random=False))
def test_arrivals_do_not_depend_on_the_order_of_sends_at_the_same_time(log_class, control: str, sends, shuffle) -> None:
    def arrivals(order_of_calls: list[int]) -> list[tuple[int, int, int, int, int]]:
        log = log_class({"type": "mesh", "columns": 3, "rows": 3}, flow_control=control)
        for flow in order_of_calls:
            source, target, bits, tick = sends[flow]
            log.send(flow, 0, source, target, bits, at=2000 * tick)
        return log.run()

    straight = list(range(len(sends)))
    mixed = straight.copy()
    shuffle.shuffle(mixed)
    assert arrivals(mixed) == arrivals(straight)


@pytest.mark.parametrize("control", ["calendar", "credits"])
@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda topology: topology["type"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_everything_arrives_not_before_its_idle_latency_and_is_counted(log_class, topology, control: str, data) -> None:
    log = log_class(topology, flow_control=control)
    fabric = log.fabric
    tile = st.sampled_from(fabric.channels.routes.ends)
    expected = 0.0
    due = {}
    for flow in range(data.draw(st.integers(1, 15))):
        source, targets = data.draw(tile), tuple(data.draw(st.sets(tile, min_size=1, max_size=3)))
        bits, at, count = data.draw(st.integers(0, 600)), data.draw(st.integers(0, 20_000)), data.draw(st.integers(1, 3))
        log.send(flow, 0, source, targets, bits, count, at, spread=(count > 1) * data.draw(st.integers(0, 50_000)))
        expected += fabric.transfer_energy(log.tariff, source, targets, bits, count)
        due |= {(flow, target): at + fabric.latency(source, target, bits) for target in targets}
    log.run()
    assert {(flow, node) for flow, _, node, _, _ in log.arrivals} == set(due)
    assert len(log.arrivals) == len(due)
    assert all(first >= due[flow, node] and last >= first for flow, _, node, first, last in log.arrivals)
    assert log.energy() == pytest.approx(expected)
    assert all(0 <= share <= 1 for share in fabric.utilisation(log.now).values())
    assert fabric.peak(log.now)[1] == max(fabric.utilisation(log.now).values())


def test_energy_of_one_packet_by_hand(both) -> None:
    log = both(LINE, router_energy="0.1 pJ/b", link_energy="0.2 nJ/b/m", pitch="2 mm")
    log.send(0, 0, 0, 2, 100)
    log.run()
    bits = 4 * 32
    routers, links = 3 * bits * 0.1e-12, 2 * bits * 0.2e-9 * 2e-3
    assert log.energy() == pytest.approx(routers + links)
    assert log.fabric.routed(log.fabric.flits) == [4, 4, 4, 0]
    assert log.carriage().links == pytest.approx(links)
    assert log.fabric.transfer_energy(log.tariff, 0, (2,), 100) == pytest.approx(routers + links)


def test_a_busy_link_is_named(both) -> None:
    log = both(LINE)
    assert log.fabric.peak(0) == ((0, 1), 0.0)
    for packet in range(100):
        log.send(0, packet, 1, 2, 256)
    log.run()
    assert log.fabric.peak(log.now)[0] == (1, 2)
    assert "link 1 -> 2 is busy 9" in log.fabric.warning(log.now)
    assert log.fabric.warning(100 * log.now) == ""


def test_utilisation_counts_only_what_has_passed(both) -> None:
    log = both(LINE)
    for packet in range(10):
        log.send(0, packet, 0, 1, 256)
    log.clock.run(until=24_001)
    assert log.fabric.utilisation(24_000)[0, 1] == pytest.approx(20 / 24)


@pytest.mark.parametrize(
    "wrong",
    [{"first": 5}, {"last": -1}, {"count": 0}, {"bits": -1}, {"last": 7}, {"destinations": ()}],
    ids=str,
)
def test_contradictory_sends_are_refused(both, wrong) -> None:
    fabric = both(LINE).fabric
    right = {"source": 0, "destinations": (1,), "bits": 32, "count": 1, "first": 0, "last": 0}
    with pytest.raises(ValueError, match=r"Fabric.send: flow 1, packet 2"):
        fabric.send(1, 2, arrived=lambda *_: None, **(right | wrong))


def test_order_is_by_flow_then_packet() -> None:
    assert sorted([(2, 0), (1, 5), (1, 4), (0, 99)], key=lambda who: order(*who)) == [(0, 99), (1, 4), (1, 5), (2, 0)]


@pytest.mark.parametrize("control", [Calendar(), Credits()], ids=lambda control: control.type_name)
def test_equal_states_have_equal_futures(log_class, control) -> None:
    """A periodic stream comes back to the same state, seen relative to its own packets and time."""
    log = log_class(LINE, flow_control=control.plain())
    seen = []

    def go(packet: int) -> None:
        log.send(1, packet, 0, 2, 256)
        log.send(2, packet, 1, 3, 256)
        pending = sorted((time, (label[1] - packet, *label[:1], *label[2:])) for time, label in log.clock.pending() if label)
        state = log.fabric.state(log.now, lambda flow, number: (flow, number - packet))
        seen.append(hash((state, tuple(pending))))
        if packet < 30:
            log.clock.call(20_000, 0, lambda: go(packet + 1))

    go(0)
    log.run()
    assert seen[20] == seen[21] == seen[22]
    assert seen[0] != seen[20]
    assert from_plain(Network, log.fabric.network.plain()) == log.fabric.network
