"""A chip carried to another node: what is multiplied by what, measured totals with what their parts explain, nothing else changed."""

import json
from pathlib import Path

import pytest
from builders import CHIP, merged

from chipsim.architecture import Architecture
from chipsim.circuits.scaling import StillmakerBaas, SurveyADC
from chipsim.compose import changed, read
from chipsim.reading import build
from chipsim.sheet.product import cell_energy, product_parts
from chipsim.spec import yaml_text
from chipsim.studies.scale import overlay, study
from chipsim.studies.scale_plan import Wish

NM = 1e-9
COSTS = {
    "node": "32 nm",
    "tile": {
        "array": {"adc": {"type": "sar", "energy": "2 pJ", "area": "100 um2", "columns_per_adc": 4}, "dac": {"area": "3 um2"}},
        "neuron": {"area": "40 um2"},
    },
}
DIGITAL = StillmakerBaas(from_node=32 * NM, to_node=7 * NM, supply=0.9, to_supply=0.7).factors
CONVERTER = SurveyADC(from_node=32 * NM, to_node=7 * NM).factors


def written(folder: Path, **changes: object) -> Path:
    file = folder / "chip.yaml"
    file.write_text(yaml_text(merged(merged(CHIP, COSTS), changes)), encoding="utf-8")
    return file


def both(file: Path, wish: Wish):
    """The study, the chip before and the chip after."""
    found = study(file, wish)
    before, after = read(file), read(file)
    for change in found.changes:
        after = changed(after, change)
    return found, build(Architecture, before), build(Architecture, after)


def test_each_circuit_by_its_own_factors(tmp_path):
    found, old, new = both(written(tmp_path), Wish(7 * NM))
    before, after = old.tile.area_parts, new.tile.area_parts
    assert after["adc"] == pytest.approx(before["adc"] * CONVERTER.area)
    assert after["neuron"] == pytest.approx(before["neuron"] * DIGITAL.area)
    assert (after["array"], after["dac"]) == (before["array"], before["dac"])
    assert new.network.scaled_router_area == pytest.approx(old.network.router_area * DIGITAL.area)
    assert new.network.having(scaling=None) == old.network
    assert new.tile.product_time == old.tile.product_time
    figures = {row["name"]: row for row in found.figures}
    assert figures["product_energy"]["before"] == pytest.approx(sum(product_parts(old.tile, cell_energy(old.tile.array)).values()))
    assert figures["peak_ops"]["factor"] == 1
    assert figures["area"]["factor"] < 1 < figures["peak_ops_per_area"]["factor"]


def test_what_is_not_named_is_not_touched(tmp_path):
    _, old, new = both(written(tmp_path), Wish(7 * NM))
    bare, other = old.plain(), new.plain()
    for plain in (bare, other):
        for name in ("name", "about", "node"):
            plain.pop(name, None)
        for block in (plain["tile"]["array"]["adc"], plain["network"], *plain["tile"].values()):
            block.pop("scaling", None) if isinstance(block, dict) else None
    assert bare == other
    assert new.host == old.host
    assert new.tile.array.having(adc=old.tile.array.adc) == old.tile.array


def test_a_measured_core_keeps_what_its_parts_do_not_explain(tmp_path):
    core = {"energy": "200 pJ", "time": "150 ns", "area": "0.01 mm2", "source": "a paper"}
    found, old, new = both(written(tmp_path, tile={"measured": core}), Wish(7 * NM))
    cells = cell_energy(old.tile.array)
    converters = product_parts(old.tile, cells)["adc"]
    assert new.tile.measured.energy == pytest.approx(200e-12 - converters * (1 - CONVERTER.energy))
    assert new.tile.measured.time == old.tile.measured.time
    assert new.tile.area_parts["unaccounted"] == pytest.approx(old.tile.area_parts["unaccounted"])
    assert [row["what"] for row in found.rests] == ["energy", "time", "area"]
    assert new.tile.measured.source_of("time") == "a paper"
    assert "assumed" in new.tile.measured.source_of("energy")


def test_a_core_is_as_it_was_measured_at_its_own_node(tmp_path):
    """Parts that are described by components of another node stand for parts of the node at which the core was made."""
    core = {"energy": "200 pJ", "time": "150 ns", "area": "0.05 mm2"}
    changes = {"tile": {"measured": core, "output_buffer": {"leakage": "1 uW"}}, "node": "14 nm", "measured_area": "2 mm2"}
    file = written(tmp_path, **changes)
    other = tmp_path / "other.yaml"
    other.write_text("extends: chip.yaml\ntile: {vector_unit: {component: puma-vector-lane}}\n", encoding="utf-8")
    for each in (file, other):
        _, old, same = both(each, Wish(14 * NM))
        assert same.tile.measured.area == old.tile.measured.area
        assert same.tile.measured.energy == old.tile.measured.energy
        assert same.measured_area == pytest.approx(old.measured_area)
    _, old, new = both(other, Wish(7 * NM))
    shrunk = old.tile.vector_unit.area * (both(other, Wish(14 * NM))[2].tile.vector_unit.factors.area - new.tile.vector_unit.factors.area)
    rest = [part for part in new.tile.area_parts if part not in ("vector unit", "unaccounted")]
    others = sum(old.tile.area_parts[part] - new.tile.area_parts[part] for part in rest)
    assert new.tile.measured.area == pytest.approx(old.tile.measured.area - shrunk - others)


def test_a_core_of_less_than_its_parts_goes_with_them(tmp_path):
    """The activity of the cells is a guess: parts may add up to more than was measured."""
    core = {"energy": "64.4 pJ", "time": "150 ns", "area": "0.01 mm2"}  # just what drivers and converters take
    found, old, new = both(written(tmp_path, tile={"measured": core}), Wish(7 * NM))
    assert found.rests[0]["rest"] == 0
    assert 0 < new.tile.measured.energy < old.tile.measured.energy


def test_a_measured_chip_keeps_its_rest_too(tmp_path):
    _, old, new = both(written(tmp_path, measured_area="2 mm2"), Wish(7 * NM))
    tiles, routers = 12, 12
    assert new.area_parts(tiles, routers)["unaccounted"][1] == pytest.approx(old.area_parts(tiles, routers)["unaccounted"][1])
    assert new.measured_area < old.measured_area


def test_older_nodes_make_it_larger_and_the_way_back_is_the_same_chip(tmp_path):
    file = written(tmp_path)
    up, _, new = both(file, Wish(90 * NM, converters="keep"))
    assert {row["name"]: row["factor"] for row in up.figures}["area"] > 1
    back = tmp_path / "back.yaml"
    back.write_text(yaml_text({"extends": "chip.yaml"} | overlay(up)), encoding="utf-8")
    home, _, again = both(back, Wish(32 * NM, converters="keep", supply=0.9))
    assert again.tile.neuron.unit_area == pytest.approx(40e-12)
    assert again.tile.accumulator.cost("add", 1).energy == pytest.approx(5e-15)
    assert new.tile.accumulator.cost("add", 1).energy > 5e-15
    assert home.kept


def test_delays_on_demand(tmp_path):
    _, old, new = both(written(tmp_path), Wish(7 * NM, delay="scaled"))
    assert new.tile.neuron.tick < old.tile.neuron.tick
    assert new.network.cycle == old.network.cycle


def test_json_is_whole(tmp_path):
    found = study(written(tmp_path), Wish(7 * NM), ["tile.array.adc.bits=6"])
    assert json.loads(found.to_json())["scaled"] == found.scaled
    assert overlay(found)["tile"]["array"]["adc"]["bits"] == 6
