"""What is offered where a network does not fit: every chip that is named holds it, by the words that are printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from builders import chip, linear, mapped, network
from commands import HOUSE
from small_files import write_small

from chipsim.architecture import Architecture
from chipsim.compose import read
from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.mapping.mapping import MappingOptions
from chipsim.mapping.rounds import tiles_of
from chipsim.mapping.ways_out import FitError, larger_arrays, more_tiles, needed_tiles, several_chips, ways_out
from chipsim.reading import build

GRAPH = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="x" for="node" attr.name="x" attr.type="double"/><key id="y" for="node" attr.name="y" attr.type="double"/>
  <graph edgedefault="undirected"><node id="a"><data key="x">0</data><data key="y">0</data></node></graph></graphml>"""
ONE = "architecture.network.topology={type: mesh, columns: 1, rows: 1}"
PACKAGE = (
    "architecture.network.topology={type: package, columns: 1, chip: {type: mesh, columns: 1, rows: 1}, link: {bandwidth: 1 Gb/s}}"
)
TOPOLOGIES = [
    ONE,
    "architecture.network.topology={type: torus, columns: 1, rows: 1}",
    "architecture.network.topology={type: concentrated_mesh, columns: 1, rows: 1, concentration: 1}",
    "architecture.network.topology={type: bus, nodes: 1}",
    "architecture.network.topology={type: file, path: one.graphml}",
    PACKAGE,
]


def published(name: str) -> Architecture:
    return build(Architecture, read(HOUSE / "architectures" / f"{name}.yaml"))


def said(folder: Path, *changes: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_experiment(folder / "experiment.yaml", None, changes).map()
    return [problem.message for problem in caught.value.problems]


def words(line: str) -> list[str]:
    """The changes in a line, as a shell would hand them over."""
    found = shlex.split(line[line.index("--set") :])
    assert found[::2] == ["--set"] * (len(found) // 2)
    return found[1::2]


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda text: re.findall(r"type: (\w+)", text)[0])
def test_the_words_that_are_printed_make_a_chip_that_holds_the_network(
    topology: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_small(tmp_path)
    (folder / "one.graphml").write_text(GRAPH)
    monkeypatch.chdir(folder)
    first, more, several, reload = said(folder, topology)
    assert first.startswith("the workload needs 2 tiles of 8 x 8, but 'chip' has 1")
    for line in (more, several):
        if "--set" in line:
            assert len(load_experiment(folder / "experiment.yaml", None, [topology, *words(line)]).map().used) >= 2
    assert ("--set" in more) == ("file" not in topology and "package" not in topology)
    assert ("--set" in several) == ("bus" not in topology)
    assert reload.startswith("reload: 2 rounds of weights on the chip as it is: 'chipsim reload'")


def test_a_grid_grows_to_a_square_and_a_grid_with_places_of_its_own_by_rows() -> None:
    way = more_tiles(chip(mesh=(2, 2)), 20)
    assert way.words == "--set architecture.network.topology.columns=5 --set architecture.network.topology.rows=4"
    assert "20 are needed, 20 in all" in way.says
    machine = published("hermes-64")  # a row of its mesh is a digital unit
    way = more_tiles(machine, 206)
    assert way.words == "--set architecture.network.topology.rows=29"
    assert way.chip is not None
    assert tiles_of(way.chip) >= 206
    assert way.chip.core_nodes == machine.core_nodes


@pytest.mark.parametrize("name", ["isaac", "puma", "jain-mesh", "mythic-flash", "pcm-64"])
def test_published_chips_grow_and_join(name: str) -> None:
    machine = published(name)
    needed = 2 * tiles_of(machine) + 1
    for way in (more_tiles(machine, needed), several_chips(machine, needed)):
        assert way.chip is not None
        assert tiles_of(way.chip) >= needed
        assert way.chip.network.graph().nodes[way.chip.host.node]["tile"] == machine.network.graph().nodes[machine.host.node]["tile"]


GROWN = [(17, "columns=6"), (10, "columns=4"), (36, "columns=6 --set architecture.network.topology.rows=6")]


@pytest.mark.parametrize(("needed", "words"), GROWN)
def test_a_grid_grows_by_as_little_as_it_can(needed: int, words: str) -> None:
    way = more_tiles(published("first-chip"), needed)
    assert way.words == f"--set architecture.network.topology.{words}"


def test_larger_arrays_are_offered_where_they_are_enough() -> None:
    workload = network([70, 1, 1], linear("wide", 100), linear("out", 3))
    (line,) = larger_arrays(workload, chip(mesh=(4, 1)), MappingOptions())
    changes = [word.split(".")[-1] for word in words(line.rstrip(")"))]
    assert changes == ["rows=128", "columns=128"]  # with 64 x 64 they need six
    assert list(larger_arrays(workload, chip(mesh=(1, 1)), MappingOptions())) == []  # two layers, one tile


def test_a_package_gets_more_of_its_chips_and_keeps_its_links() -> None:
    machine = published("pcm-projected")
    way = several_chips(machine, 300)
    assert way.words == "--set architecture.network.topology.columns=3"
    assert "assumed" not in way.says
    assert more_tiles(machine, 300).words == ""


def test_pulses_do_not_go_from_chip_to_chip() -> None:
    assert "flow_control 'durations' does not go from chip to chip" in str(several_chips(published("ambrogio-2018"), 20))
    assert "a graph file with 6 more nodes" in str(more_tiles(published("speech-34"), 40))


def test_routing_that_knows_grids_only_is_changed_for_a_package() -> None:
    machine = chip(mesh=(2, 2), network={"routing": {"type": "xy"}})
    way = several_chips(machine, 7)
    assert "--set architecture.network.routing=up_down" in way.words
    assert way.chip is not None
    assert way.chip.network.routes([0]).ends


def test_what_cannot_be_simulated_is_not_offered() -> None:
    assert more_tiles(chip(), 20_000).chip is None
    assert several_chips(chip(), 20_000).chip is None


def test_tiles_named_by_hand_stay_and_copies_count() -> None:
    workload = network([70, 1, 1], linear("wide", 100), linear("out", 3))
    options = MappingOptions(copies={"out": 2})
    assert needed_tiles(workload, chip(), options) == 20
    with pytest.raises(InputError) as caught:
        mapped(workload, chip(mesh=(3, 3)), tiles={"out": (0, 1, 2, 3)}, copies="none")
    assert "needs 16 tiles" in str(caught.value)
    way = ways_out(workload, chip(mesh=(3, 3)), MappingOptions(tiles={"out": (0, 1, 2, 3)}), 16)[0]
    assert way.chip is not None
    assert len(mapped(workload, way.chip, tiles={"out": (0, 1, 2, 3)}, copies="none").used) == 16


def test_arrays_and_planes_of_a_tile_count() -> None:
    workload = network([70, 1, 1], linear("wide", 100), linear("out", 3))
    assert needed_tiles(workload, chip(tile={"arrays": 3}), MappingOptions()) == 6
    assert needed_tiles(workload, chip(array={"planes": 2}), MappingOptions()) == 8
    assert needed_tiles(workload, chip(), MappingOptions(pack=True)) < 16


def test_a_table_of_many_chips_says_what_is_needed_alone() -> None:
    with pytest.raises(FitError) as caught:
        mapped(network([70, 1, 1], linear("wide", 100)), chip(mesh=(2, 2)))
    assert caught.value.said == caught.value.problems[0].message
    assert "more tiles: " not in caught.value.said
    assert len(caught.value.problems) == 4
