"""Several chips in a package: what crosses is carried, paid for and given room; shared routers are counted once."""

import math

import pytest
from builders import chip, linear, network, play

from chipsim.errors import InputError
from chipsim.summary import energy_rows

LINK = {"bandwidth": "8 Gb/s", "lanes": 2, "latency": "4 ns", "energy": "2 pJ/b", "area": "0.01 mm2", "leakage": "1 mW"}


def package(columns: int):
    return chip(
        array={"rows": 8, "columns": 8},
        network={"topology": {"type": "package", "chip": {"type": "mesh", "columns": 2, "rows": 2}, "columns": columns, "link": LINK}},
    )


def test_pads_of_both_ends_take_area_and_power() -> None:
    machine = package(3)
    assert machine.area_parts(12, 12)["chip-to-chip links"] == (4, pytest.approx(4 * 2 * 0.01e-6))
    assert machine.leakage_parts(12, 12)["chip-to-chip links"] == pytest.approx(4 * 2 * 1e-3)
    assert "chip-to-chip links" not in package(1).area_parts(4, 4)


def test_what_crosses_is_paid_for_by_the_bit() -> None:
    workload = network([24, 1, 1], linear("a", 16), linear("b", 4))  # six blocks and two: more than one chip
    run = play(workload, package(3), copies="none", order="snake", stream=3)
    fabric = run.fabric
    crossing = [k for k, (one, other) in enumerate(fabric.channels.links) if one // 4 != other // 4]
    flits = sum(run.traffic.flits[k] for k in crossing)
    assert flits > 0
    assert run.carriage.off_chip == pytest.approx(flits * fabric.network.flit_width * 2e-12)
    rows = {row["part"]: row["energy"] for row in energy_rows(run, [], 1.0)}
    assert rows["chip-to-chip links"] == run.carriage.off_chip
    assert rows["network links"] == run.carriage.links


def test_a_slower_link_between_chips_makes_an_inference_longer() -> None:
    workload = network([24, 1, 1], linear("a", 16), linear("b", 4))
    slow = package(3)
    topology = slow.network.topology
    fast = slow.having(network=slow.network.having(topology=topology.having(link=topology.link.having(bandwidth=800e9, latency=0.0))))
    times = [play(workload, machine, copies="none", order="snake").finished[0] for machine in (fast, slow)]
    assert times[1] > times[0] + 4000


def test_tiles_share_the_room_of_their_router() -> None:
    def edge(topology: dict[str, object]) -> float:
        machine = chip(network={"topology": topology, "router_area": "1 mm2"})
        tile = sum(machine.tile.area_parts.values())
        return machine.tile_pitch**2 - tile

    assert math.isclose(edge({"type": "mesh", "columns": 4, "rows": 4}), 1e-6)
    assert math.isclose(edge({"type": "concentrated_mesh", "columns": 2, "rows": 2, "concentration": 4}), 0.25e-6)


def test_a_pulse_that_is_longer_than_the_step_of_the_network_is_refused() -> None:
    array = {"dac": {"type": "duration", "longest": "300 ns"}, "input_scaling": {"type": "fixed", "range": 1}}
    network = {"flow_control": {"type": "durations", "step": "300 ns"}}
    assert chip(array=array, network=network).tile.array.dac.phase_time == 300e-9
    with pytest.raises(InputError, match="a pulse of 300 ns does not fit the network's step of 200 ns"):
        chip(array=array, network={"flow_control": {"type": "durations", "step": "200 ns"}})
