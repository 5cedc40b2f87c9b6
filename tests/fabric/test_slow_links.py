"""Links with a rate, a latency and an energy of their own: closed forms on an idle network, fair shares on a busy one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CHIP = {"type": "mesh", "columns": 2, "rows": 1}


def pair(both, bandwidth: str, chips: int = 2, **link):
    return both({"type": "package", "chip": CHIP, "columns": chips, "link": {"bandwidth": bandwidth} | link})


@pytest.mark.parametrize(("bandwidth", "factor"), [("32 Gb/s", 1), ("8 Gb/s", 4), ("64 Gb/s", 0.5)])
@pytest.mark.parametrize("bits", [0, 32, 256])
def test_an_idle_slow_link_adds_its_latency_and_its_longer_flits(both, bandwidth: str, factor: float, bits: int) -> None:
    log = pair(both, bandwidth, latency="7 ns")
    log.send(0, 0, 0, 3, bits)
    flits = max(1, -(-bits // 32))
    # injection, four routers, two on-chip links, the wire between the chips, ejection, and the flits at the speed of the slowest link
    expected = round((1 + 4 * 3 + 2 * 1 + 7 + 1 + flits * max(factor, 1)) * 1000)
    assert log.run() == [(0, 0, 3, expected, expected)]
    assert log.fabric.latency(0, 3, bits) == expected


def test_a_train_over_slow_links_is_announced_as_it_comes(both) -> None:
    for chips in (2, 3):
        log = pair(both, "10 Gb/s", chips)
        target = 2 * chips - 1
        log.send(0, 0, 0, target, 256 * 3 + 40)
        assert log.run() == [(0, 0, target, *[log.fabric.latency(0, target, 256 * 3 + 40)] * 2)]


def test_a_stream_leaves_at_the_rate_of_the_slow_link(both) -> None:
    log = pair(both, "8 Gb/s")
    for packet in range(20):
        log.send(0, packet, 0, 3, 256)
    times = [first for *_, first, _ in log.run()]
    assert {later - sooner for sooner, later in itertools.pairwise(times[4:])} <= {32_000, 33_000}
    assert log.fabric.utilisation(log.now)[1, 2] > 0.9
    assert log.fabric.link_time(log.fabric.channels.links.index((1, 2)), 8) == 32_000


def test_lanes_multiply_the_rate(both) -> None:
    slow, wide = pair(both, "8 Gb/s"), pair(both, "2 Gb/s", lanes=4)
    assert slow.fabric.latency(0, 3, 256) == wide.fabric.latency(0, 3, 256)


def test_energy_between_chips_is_counted_for_each_bit_of_a_flit(both) -> None:
    log = pair(both, "8 Gb/s", energy="3 pJ/b")
    log.send(0, 0, 0, 3, 100, count=2, spread=500_000)
    log.run()
    assert log.carriage().off_chip == pytest.approx(2 * 4 * 32 * 3e-12)
    on_chip = 2 * 4 * 32 * (4 * 0.08e-12 + 2 * 0.1e-9 * 1e-3)
    assert log.energy() == pytest.approx(on_chip + log.carriage().off_chip)
    assert log.fabric.transfer_energy(log.tariff, 0, (3,), 100, 2) == pytest.approx(log.energy())


@pytest.mark.parametrize("control", ["calendar", "credits"])
@settings(max_examples=30, deadline=None)
@given(data=st.data(), columns=st.integers(1, 3), rows=st.integers(1, 2), rate=st.sampled_from(["5 Gb/s", "32 Gb/s", "100 Gb/s"]))
def test_everything_arrives_and_is_counted(log_class, control: str, data, columns: int, rows: int, rate: str) -> None:
    chip = {"type": "concentrated_mesh", "columns": 2, "rows": 1, "concentration": 2}
    package = {"type": "package", "chip": chip, "columns": columns, "rows": rows, "link": {"bandwidth": rate, "energy": "1 pJ/b"}}
    log = log_class(package, flow_control=control)
    tile, expected, due = st.sampled_from(log.fabric.channels.routes.ends), 0.0, {}
    for flow in range(data.draw(st.integers(1, 12))):
        source, target, bits = data.draw(tile), data.draw(tile), data.draw(st.integers(0, 600))
        log.send(flow, 0, source, target, bits)
        expected += log.fabric.transfer_energy(log.tariff, source, (target,), bits)
        due[flow] = log.fabric.latency(source, target, bits)
    log.run()
    assert {flow for flow, *_ in log.arrivals} == set(due)
    assert all(first >= due[flow] for flow, *_, first, _ in log.arrivals)
    assert log.energy() == pytest.approx(expected)
    assert all(0 <= share <= 1 + 1e-12 for share in log.fabric.utilisation(log.now).values())


@settings(max_examples=30, deadline=None)
@given(count=st.integers(2, 12), bits=st.integers(1, 256), gap=st.integers(0, 60), rate=st.sampled_from(["5 Gb/s", "11 Gb/s", "90 Gb/s"]))
def test_a_burst_alone_is_as_exact_as_its_vectors_one_by_one(log_class, count: int, bits: int, gap: int, rate: str) -> None:
    package = {"type": "package", "chip": CHIP, "columns": 2, "link": {"bandwidth": rate, "latency": "3 ns"}}
    burst, single = log_class(package), log_class(package)
    burst.send(0, 0, 0, 3, bits, count, spread=gap * 1000 * (count - 1))
    for vector in range(count):
        single.send(0, vector, 0, 3, bits, at=gap * 1000 * vector)
    (arrival,) = burst.run()
    times = [first for *_, first, _ in single.run()]
    assert arrival[3:] == (times[0], times[-1])
