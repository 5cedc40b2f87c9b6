"""What a network can carry, against closed forms: bisection of a mesh, links of a ring, mean ways, ports, slow links."""

from __future__ import annotations

import pytest

from chipsim.noc.network import Calendar, Durations, FlowControl, Network
from chipsim.noc.package import ChipLink, Package
from chipsim.noc.topology import Mesh, Topology
from chipsim.studies.traffic import idle_fabric
from chipsim.studies.traffic_limits import bound_of, link_shares, zero_load
from chipsim.studies.traffic_patterns import HOT, pattern_of


def limits(topology: Topology, name: str, control: FlowControl | None = None, bits: int = 256) -> tuple[float, float, float]:
    """Bound, zero-load latency (cycles) and mean links of a way."""
    network = Network(
        topology=topology, flow_control=control or Calendar(), clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3
    )
    fabric, pattern = idle_fabric(network), pattern_of(name, network)
    links = link_shares(fabric, pattern)
    return bound_of(fabric, pattern, links, bits), zero_load(fabric, pattern, bits) / 1000, sum(links.values()) / len(pattern.tiles)


@pytest.mark.parametrize("side", [4, 6, 8])
def test_uniform_traffic_on_a_mesh_is_bounded_by_its_bisection(side: int) -> None:
    """Half of the packets of N / 2 tiles cross `side` links; a way has 2 (k - 1 / k) / 3 links in the mean."""
    bound, zero, hops = limits(Mesh(columns=side, rows=side), "uniform")
    assert bound == pytest.approx(min(side / (side * side / 4), 1))
    assert hops == pytest.approx(2 * (side - 1 / side) / 3)
    assert zero == pytest.approx(4 * hops + 5 + 8)  # three cycles of a router, one of a link; in, out and first router; 8 flits


def test_the_port_of_a_hot_spot_is_its_bound() -> None:
    bound, _, _ = limits(Mesh(columns=8, rows=8), "hotspot")
    assert bound == pytest.approx(1 / (64 * HOT + (1 - HOT)))


def test_transpose_turns_in_the_corner() -> None:
    """With xy routing three tiles of the last row of a 4 x 4 mesh send over the link into its corner."""
    assert limits(Mesh(columns=4, rows=4), "transpose")[0] == pytest.approx(1 / 3)


def test_links_between_chips_bound_a_package() -> None:
    """Two chips of 2 tiles: half of the packets of 2 tiles cross a link that needs four cycles for a flit."""
    link = ChipLink(bandwidth=8e9, latency=0.0, energy=0.0)
    bound, zero, _ = limits(Package(columns=2, rows=1, chip=Mesh(columns=2, rows=1), link=link), "uniform")
    assert bound == pytest.approx(1 / 4)
    assert zero > limits(Mesh(columns=4, rows=1), "uniform")[1]


def test_pulses_wait_for_wires_and_for_no_port() -> None:
    """Neighbours on a ring of two tiles: nobody shares a link, and half of its wires are held."""
    bound, zero, hops = limits(Mesh(columns=2, rows=1), "bit_complement", Durations(step=100e-9, wires=64), bits=8 * 32)
    assert bound == pytest.approx(2)
    assert zero == pytest.approx(100.1)
    assert hops == 1
