"""The network's own arithmetic: cycles, flits, zero-load latency, defaults and refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.noc.network import Credits, Network
from chipsim.noc.topology import Mesh
from chipsim.reading import from_plain

MESH = {"type": "mesh", "columns": 4, "rows": 4}


@pytest.mark.parametrize(("hops", "flits"), [(0, 1), (1, 1), (5, 4), (14, 16)])
def test_zero_load_latency_is_four_cycles_a_hop_and_five_for_the_ends(network, hops: int, flits: int) -> None:
    assert network(MESH).zero_load_latency(hops, flits) == (4 * hops + flits + 5) * 1000


def test_the_cycle_is_the_nearest_whole_picosecond(network) -> None:
    assert network(MESH, clock="1.2 GHz").cycle == 833
    assert network(MESH, clock="5 GHz").cycle == 200
    with pytest.raises(InputError, match=r"cycle of 6.667 ps; rounded to 7 ps it is more than 0.2% off"):
        network(MESH, clock="150 GHz")


@pytest.mark.parametrize(
    ("bits", "header", "packets"),
    [
        (0, 0, (1,)),
        (1, 0, (1,)),
        (32, 0, (1,)),
        (33, 0, (2,)),
        (256, 0, (8,)),
        (257, 0, (8, 1)),
        (600, 32, (9, 9, 4)),
        (0, 32, (1,)),
    ],
)
def test_packets_of_a_transfer(network, bits: int, header: int, packets: tuple[int, ...]) -> None:
    assert network(MESH, header=f"{header} b").packets(bits) == packets


@given(st.integers(0, 5000), st.integers(0, 100), st.integers(1, 64), st.integers(1, 700))
def test_flits_carry_the_payload_and_a_header_for_each_packet(bits: int, header: int, width: int, payload: int) -> None:
    spec = Network(topology=Mesh(columns=2, rows=2), clock=1e9, flit_width=width, header=header, payload=payload, link_energy=0.0)
    packets = spec.packets(bits)
    assert len(packets) == max(1, -(-bits // payload))
    carried = sum(packets) * width
    assert bits + header * len(packets) <= carried < bits + (header + width) * len(packets) + width * (bits == header == 0)
    assert spec.flits(bits) == sum(packets)


def test_defaults_follow_the_topology(network) -> None:
    assert network(MESH).routes().routing.type_name == "xy"
    assert network({"type": "tree", "arity": 2, "levels": 2}).routes().routing.type_name == "shortest"
    assert network({"type": "torus", "columns": 4, "rows": 4}).routes().lanes == 2
    assert network({"type": "torus", "columns": 4, "rows": 4}, routing="up_down").routes().lanes == 1
    assert network(MESH).router_energy == 0.08e-12


def test_flow_control_is_chosen_by_type(network) -> None:
    spec = network(MESH, flow_control={"type": "credits", "virtual_channels": 2, "buffer": 16})
    assert spec.flow_control == Credits(virtual_channels=2, buffer=16)
    assert network(MESH, flow_control="calendar").flow_control.type_name == "calendar"


def test_a_network_equals_its_yaml(network) -> None:
    spec = network({"type": "torus", "columns": 3, "rows": 3}, routing={"type": "table", "routes": [[0, 1], [1, 2, 0]]})
    assert from_plain(Network, spec.plain()) == spec


def test_fractions_of_bits_are_refused(network) -> None:
    with pytest.raises(InputError, match=r"payload is 256.5 b, expected a whole number of bits"):
        network(MESH, payload="256.5 b")


def test_a_scaling_carries_the_routers_and_nothing_else(network) -> None:
    own = network(MESH, router_area="0.1 mm2", router_leakage="1 mW")
    halved = {"type": "dennard", "from_node": "32 nm", "to_node": "16 nm"}
    small = network(MESH, router_area="0.1 mm2", router_leakage="1 mW", scaling=halved)
    assert small.scaled_router_energy == pytest.approx(own.router_energy / 8)
    assert small.scaled_router_area == pytest.approx(own.router_area / 4)
    assert small.scaled_router_leakage == pytest.approx(own.router_leakage / 4)
    assert (own.scaled_router_energy, own.scaled_router_area) == (own.router_energy, own.router_area)
    assert (small.link_energy, small.zero_load_latency(3, 4)) == (own.link_energy, own.zero_load_latency(3, 4))
