"""The same chip with arrays of another size: what grows how, the rest of a measured core, grids that the network fits."""

import pytest
from builders import chip, conv, linear, network

from chipsim.errors import InputError
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import MappingOptions
from chipsim.sheet.product import cell_energy, product_parts
from chipsim.studies.resized import REST, fitted, grid, resized, unexplained

ADC = {"type": "sar", "energy": "1 pJ", "area": "100 um2", "columns_per_adc": 16, "bound": 8}
CORE = {"energy": "300 pJ", "time": "200 ns", "area": "0.02 mm2"}
WORK = network([40, 1, 1], linear("one", 20), linear("two", 6))


def test_rows_and_columns_and_nothing_else():
    old = chip(array={"adc": ADC})
    new = resized(old, 64)
    assert new.tile.array.having(rows=32, columns=32) == old.tile.array
    assert new.having(tile=old.tile, network=old.network) == old
    assert new.network.pitch > old.network.pitch
    assert resized(chip(network={"pitch": None}), 64).network.pitch is None


def test_converters_shared_by_more_columns_than_there_are():
    small = resized(chip(array={"adc": ADC}), 8)
    assert small.tile.array.adc.columns_per_adc == 8
    assert resized(chip(array={"adc": ADC}), 128, "sqrt").tile.array.adc.bound == pytest.approx(16)
    assert resized(chip(array={"adc": ADC}), 128, "keep").tile.array.adc.bound == 8


@pytest.mark.parametrize(("rest", "growth"), [("lines", 4), ("cells", 16), ("none", 0)])
def test_the_rest_of_a_measured_core(rest, growth):
    old = chip(array={"adc": ADC}, tile={"measured": CORE})
    left = unexplained(old.tile, old.tile.measured)
    assert left == pytest.approx(300e-12 - sum(product_parts(old.tile, cell_energy(old.tile.array)).values()) + left)
    same, large = resized(old, 32, rest=rest), resized(old, 128, rest=rest)
    assert large.tile.measured is None
    if rest == "none":
        assert REST not in large.tile.array.parts
        return
    assert sum(product_parts(same.tile, cell_energy(same.tile.array)).values()) == pytest.approx(300e-12)
    assert sum(same.tile.area_parts.values()) == pytest.approx(0.02e-6)
    part = large.tile.array.parts[REST]
    assert part.energy == pytest.approx(growth * left)
    assert part.area == pytest.approx(growth * old.tile.area_parts["unaccounted"])


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_the_network_fits_and_hardly_a_tile_is_spare(size):
    options = MappingOptions(copies="none")
    new = fitted(resized(chip(), size), WORK, options)
    mapping = map_workload(WORK, new, options)
    topology = new.network.topology
    assert abs(topology.columns - topology.rows) <= 1
    assert len(mapping.used) <= mapping.tiles < len(mapping.used) + topology.columns


def test_packing_needs_fewer_tiles():
    work = network([2, 6, 6], conv("a", 3), conv("b", 3), linear("c", 4))
    packed = MappingOptions(copies="none", pack=True)
    loose = fitted(resized(chip(), 128), work, MappingOptions(copies="none")).network.topology
    assert fitted(resized(chip(), 128), work, packed).network.topology.columns < loose.columns


@pytest.mark.parametrize(
    ("topology", "tiles", "nodes"),
    [
        ({"type": "torus", "columns": 4, "rows": 3}, 10, 12),
        ({"type": "ring", "nodes": 4}, 7, 7),
        ({"type": "tree", "arity": 4, "levels": 2}, 5, 6),
        ({"type": "concentrated_mesh", "columns": 2, "rows": 2, "concentration": 4}, 17, 24),
    ],
)
def test_topologies_of_another_size(topology, tiles, nodes):
    network_of = chip(network={"topology": topology}).network
    changed = grid(network_of, tiles)
    kept = topology["type"] if topology["type"] != "tree" else "mesh"
    assert changed.topology.type_name == kept
    assert sum(tile for _, tile in changed.graph().nodes(data="tile")) == nodes


def test_digital_cores_keep_their_network_and_places_without_tiles_are_filled():
    core = {"nodes": {"named": [0]}, "vector_unit": {"type": "simd"}, "buffer": {"type": "sram", "capacity": "1 Mb"}}
    whole = chip(cores={"light": core})
    assert fitted(whole, WORK, MappingOptions(copies="none")) == whole
    gaps = chip(network={"no_tile": {"named": [0, 5]}}).network
    assert sum(tile for _, tile in grid(gaps, 9).graph().nodes(data="tile")) == 9


def test_tiles_named_by_hand_are_refused():
    with pytest.raises(InputError, match=r"mapping\.tiles"):
        fitted(chip(), WORK, MappingOptions(tiles={"one": (0, 1)}))
