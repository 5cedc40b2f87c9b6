"""Random packets: waiting on one link in closed form, nothing lost, equal seeds, steps of pulses. Against BookSim: tests/fabric."""

from __future__ import annotations

import pytest

from chipsim.noc.network import Calendar, Credits, Durations, FlowControl, Network
from chipsim.noc.topology import Mesh
from chipsim.studies.traffic import Traffic, idle_fabric, slot_of, slots_of
from chipsim.studies.traffic_patterns import pattern_of


def network(columns: int, rows: int, control: FlowControl) -> Network:
    mesh = Mesh(columns=columns, rows=rows)
    return Network(topology=mesh, flow_control=control, clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3)


@pytest.mark.parametrize("load", [0.2, 0.5, 0.7])
def test_two_tiles_wait_as_a_queue_with_constant_service_does(load: float) -> None:
    """Geo/D/1: arrivals with probability p in each cycle, L cycles of service: mean wait p L (L - 1) / (2 (1 - p L))."""
    pair = network(2, 1, Calendar())
    run = Traffic(pair, pattern_of("bit_complement", pair), 256, load, 60_000, 2000, seed=2)
    assert run.excess / 1000 == pytest.approx(load * (8 - 1) / (2 * (1 - load)), rel=0.12)
    assert run.accepted == pytest.approx(load, rel=0.05)


@pytest.mark.parametrize("control", [Calendar(), Credits()])
def test_latencies_are_never_below_those_of_an_idle_network(control: FlowControl) -> None:
    chip = network(4, 4, control)
    run = Traffic(chip, pattern_of("uniform", chip), 256, 0.3, 1500, 200, seed=1)
    assert run.packets
    assert all(packet.latency >= packet.idle for packet in run.packets)
    assert all(packet.made > 200_000 for packet in run.packets)
    assert run.accepted == pytest.approx(0.3, rel=0.15)


def test_equal_seeds_give_equal_packets() -> None:
    chip = network(3, 3, Calendar())
    first, second, other = (Traffic(chip, pattern_of("uniform", chip), 256, 0.3, 800, 100, seed).packets for seed in (1, 1, 2))
    assert first == second != other


def test_more_is_accepted_than_a_link_carries_never() -> None:
    pair = network(2, 1, Calendar())
    run = Traffic(pair, pattern_of("bit_complement", pair), 256, 1.5, 4000, 500, seed=1)
    assert 0.97 < run.accepted <= 1.01  # a packet that began before the warm-up may end after it


def test_durations_count_in_steps() -> None:
    chip = network(2, 2, Durations(step=100e-9, wires=64))
    assert slot_of(chip) == 100_000
    assert slots_of(chip, 8 * 64, idle_fabric(chip)) == 1
    assert slots_of(chip, 8 * 65, idle_fabric(chip)) == 2
    run = Traffic(chip, pattern_of("bit_complement", chip), 8 * 64, 0.2, 2000, 100, seed=1)
    assert run.accepted == pytest.approx(0.2, rel=0.15)
    assert min(packet.latency for packet in run.packets) == 100_000 + 2 * 100  # a step and two links of 0.1 ns
