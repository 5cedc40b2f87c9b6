"""Which circuits are scaled, from which node and by which table; what is left, and why."""

from pathlib import Path

import pytest
from builders import CHIP, merged

from chipsim.architecture import Architecture
from chipsim.circuits.scaling import StillmakerBaas, whole
from chipsim.compose import read
from chipsim.errors import InputError
from chipsim.reading import build
from chipsim.spec import yaml_text
from chipsim.studies.scale_plan import Wish, circuits, component_node, fates

NM = 1e-9
COSTS = {
    "node": "14 nm",
    "tile": {
        "array": {
            "adc": {"type": "sar", "energy": "1 pJ", "area": "100 um2"},
            "parts": {"registers": {"area": "50 um2"}, "sample and hold": {"area": "5 um2"}},
        },
        "input_buffer": {"component": "sram-2KiB-w256-22nm"},
        "output_buffer": {"type": "dram", "capacity": "1 Mb", "read_energy": "1 pJ/b", "bandwidth": "1 Gb/s"},
        "neuron": {"type": "ramp", "energy": "1 fJ"},
        "vector_unit": {"component": "puma-vector-lane"},
    },
}


def tree_of(folder: Path, **changes: object):
    """A chip with costs as a file, and its tree."""
    file = folder / "chip.yaml"
    block = merged(merged(CHIP, COSTS), changes)
    block["tile"]["input_buffer"] = {"component": "sram-2KiB-w256-22nm"}
    file.write_text(yaml_text(block), encoding="utf-8")
    return read(file)


def fates_of(folder: Path, wish: Wish, **changes: object):
    tree = tree_of(folder, **changes)
    return {fate.path: fate for fate in fates(build(Architecture, tree), tree, wish)}


def test_every_circuit_is_found_once(tmp_path):
    paths = [path for path, _ in circuits(build(Architecture, tree_of(tmp_path)))]
    assert len(paths) == len(set(paths))
    assert {"tile.array.dac", "tile.array.adc", "tile.array.parts.registers", "tile.accumulator", "network"} <= set(paths)


def test_who_is_scaled_from_where(tmp_path):
    found = fates_of(tmp_path, Wish(7 * NM))
    scaled = {path: (whole(fate.scaling.from_node), fate.scaling.type_name) for path, fate in found.items() if fate.scaling}
    assert scaled == {
        "tile.array.adc": (14, "adc-survey"),
        "tile.input_buffer": (22, "stillmaker-baas"),
        "tile.accumulator": (14, "stillmaker-baas"),
        "tile.vector_unit": (32, "stillmaker-baas"),
        "network": (14, "stillmaker-baas"),
    }
    assert "a driver gives" in found["tile.array.dac"].reason
    assert "package of its own" in found["tile.output_buffer"].reason
    assert "analog" in found["tile.neuron"].reason
    assert "--digital" in found["tile.array.parts.registers"].reason
    buffer = found["tile.input_buffer"].scaling
    assert isinstance(buffer, StillmakerBaas)
    assert (buffer.interpolate, buffer.supply, buffer.to_supply) == (True, 0.9, 0.7)


def test_parts_and_converters_as_asked_for(tmp_path):
    found = fates_of(tmp_path, Wish(7 * NM, converters="keep", parts=("registers",)))
    assert found["tile.array.adc"].scaling is None
    assert found["tile.array.parts.registers"].scaling
    assert found["tile.array.parts.sample and hold"].scaling is None
    with pytest.raises(InputError, match="has no part of that name"):
        fates_of(tmp_path, Wish(7 * NM, parts=("register",)))


def test_the_supply_of_the_chip_is_that_of_its_own_circuits(tmp_path):
    found = fates_of(tmp_path, Wish(7 * NM, supply=0.75), supply="1 V")
    assert (found["tile.accumulator"].scaling.supply, found["tile.accumulator"].scaling.to_supply) == (1.0, 0.75)
    assert found["tile.vector_unit"].scaling.supply == 0.9  # a component of 32 nm


def test_a_supply_that_no_table_knows_is_told(tmp_path):
    with pytest.raises(InputError, match=r"supply of 1.8 V is not among those .* at 14 nm \(0.7 to 1.1 V\); leave out `supply`"):
        fates_of(tmp_path, Wish(7 * NM), supply="1.8 V")


def test_nothing_to_scale(tmp_path):
    found = fates_of(tmp_path, Wish(14 * NM))
    assert "of 14 nm already" in found["tile.accumulator"].reason
    assert found["tile.vector_unit"].scaling
    free = fates_of(tmp_path, Wish(7 * NM), tile={"accumulator": {"energy": "0 J"}})
    assert "not counted" in free["tile.accumulator"].reason


def test_a_scaling_that_is_there_goes_on_to_the_new_node(tmp_path):
    old = {"type": "dennard", "from_node": "90 nm", "to_node": "45 nm"}
    scaling = fates_of(tmp_path, Wish(22 * NM), tile={"accumulator": {"scaling": old}})["tile.accumulator"].scaling
    assert (scaling.type_name, whole(scaling.from_node), whole(scaling.to_node)) == ("dennard", 90, 22)


def test_all_that_cannot_be_scaled_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        fates_of(tmp_path, Wish(5 * NM))
    told = {problem.key: problem.message for problem in caught.value.problems}
    assert {"tile.array.adc", "tile.accumulator", "network"} <= set(told)
    assert "5 nm is not in the table of 'adc-survey', which has 7, 14, 22, 32 nm" in told["tile.array.adc"]
    with pytest.raises(InputError, match="say --from '14 nm'"):
        fates_of(tmp_path, Wish(7 * NM), node=None)
    assert fates_of(tmp_path, Wish(7 * NM, origin=32 * NM), node=None)["network"].scaling.from_node == 32 * NM


@pytest.mark.parametrize("wish", [{"digital": "stillmaker"}, {"converters": "kept"}])
def test_tables_that_do_not_exist(wish):
    with pytest.raises(InputError, match=r"no such table \(did you mean"):
        Wish(7 * NM, **wish)


def test_nodes_of_components(tmp_path):
    tree = tree_of(tmp_path)
    assert whole(component_node(tree, "tile.vector_unit")) == 32
    assert component_node(tree, "tile.accumulator") is None
    assert component_node(tree, "tile.nothing.here") is None
