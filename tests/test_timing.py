"""What the bottleneck is called, and what is advised: circuits that layers share, links between chips."""

import pytest
from builders import chip, conv, linear, network, play

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.noc.package import ChipLink
from chipsim.summary import link_rows
from chipsim.timing import Timing, _advice, bottleneck, busiest_circuit, circuits, per_sample


def chain(*layers: str, width: int = 8):
    return network([width, 1, 1], *(linear(name, width) for name in layers))


def told(run: TimedRun) -> dict[str, object]:
    timing = Timing(run, run)
    return bottleneck(timing, link_rows(timing))


def test_an_array_that_layers_share_is_named_with_its_sum() -> None:
    run = play(chain("a", "b", "c"), chip(mesh=(2, 1)), pack=True, stream=20)
    found = told(run)
    assert found["stage"] == "array 0 of tile 0, shared by layers a, b, c"
    assert found["shared"] == ["a", "b", "c"]
    assert found["utilisation"] == pytest.approx(300e3 / run.interval)  # three products of 100 ns
    assert found["utilisation"] > 0.95
    assert str(found["advice"]).startswith("fewer layers on one array ('pack: false'); 1 array is empty; or a faster product")


def test_without_an_empty_array_more_of_them_are_advised() -> None:
    full = told(play(chain("a", "b"), chip(mesh=(1, 1)), pack=True, stream=20))
    assert "on a chip with more arrays" in str(full["advice"])


def test_layers_on_the_planes_of_an_array_share_it() -> None:
    planes = told(play(chain("a", "b", "c"), chip(mesh=(1, 1), array={"planes": 4}), stream=20))
    assert str(planes["stage"]).startswith("array 0 of tile 0, shared by layers a, b, c")
    assert "other `tiles`" in str(planes["advice"])


def test_an_array_of_one_layer_keeps_its_name() -> None:
    alone = told(play(chain("a"), chip(), stream=20))
    assert str(alone["stage"]).startswith("tile[0].a.copy0.block0-0")
    assert alone["shared"] == []
    assert "more copies of this layer" in str(alone["advice"])


def gru(steps: int = 12) -> TimedRun:
    cell = {"type": "gru", "name": "g", "hidden_size": 6}
    layers = (cell, conv("out", 3, 1))
    return play(network([4, steps, 1], *layers, samples=2), chip(mesh=(3, 3), array={"rows": 32, "columns": 64}), stream=6)


def test_an_array_that_a_recurrent_layer_uses_twice_a_step_is_busy_with_both_products() -> None:
    run = gru()
    arrays = [station for station in run.stations if station.stage.layer == "g" and station.stage.kind == "array"]
    assert len(arrays) == 2
    assert len({station.port for station in arrays}) == 1
    assert busiest_circuit(run, arrays) == pytest.approx(sum(per_sample(run, station) for station in arrays))
    assert busiest_circuit(run, arrays[:1]) < 0.6 * busiest_circuit(run, arrays)


def test_of_a_recurrent_layer_no_copies_are_advised() -> None:
    run = gru()
    circuit = next(one for one in circuits(Timing(run, run)) if one.busiest.kind == "array" and one.layers == ["g"])
    advised = _advice(circuit, Timing(run, run))
    assert "copies" not in advised
    assert advised.startswith("a faster product (shorter inputs, faster converters), a smaller layer, or fewer steps")


def test_every_stage_belongs_to_one_circuit() -> None:
    timing = Timing(*2 * (play(chain("a", "b", "c"), chip(mesh=(2, 1)), pack=True, stream=20),))
    found = circuits(timing)
    assert sorted(s.stage.number for c in found for s in c.stations) == [s.stage.number for s in timing.stream.stations]
    assert max(circuit.share for circuit in found) <= 1 + 1e-9


def test_circuits_of_a_tile_with_several_arrays_are_named_by_what_they_are() -> None:
    slow = chip(mesh=(1, 1), tile={"arrays": 4, "neuron": {"clock": "1 MHz"}})
    found = told(play(chain("a", "b"), slow, stream=20))
    assert found["stage"] == "neuron circuits of tile 0, shared by layers a, b"
    assert "neuron circuits" in str(found["advice"])


def packages(bandwidth: float) -> Architecture:
    """Two chips of one tile."""
    topology = {"type": "package", "columns": 2, "chip": {"type": "mesh", "columns": 1, "rows": 1}, "link": {"bandwidth": "1 Gb/s"}}
    machine = chip(network={"topology": topology})
    return machine.having(network=machine.network.having(topology=machine.network.topology.having(link=ChipLink(bandwidth=bandwidth))))


def test_a_slow_link_between_chips_is_called_one() -> None:
    slow = told(play(chain("a", "b"), packages(1e8), stream=20))
    assert slow["stage"] == "chip-to-chip link 0 -> 1"
    assert "`bandwidth` or `lanes`" in str(slow["advice"])
    assert "faster network" not in str(slow["advice"])


def test_a_slow_link_on_a_chip_wants_wider_flits() -> None:
    narrow = chip(mesh=(2, 1), network={"clock": "20 MHz", "flit_width": "8 b"})
    slow = told(play(chain("a", "b", width=16), narrow, stream=20))
    assert slow["stage"] == "link 0 -> 1"
    assert str(slow["advice"]).startswith("wider flits, a faster network")
