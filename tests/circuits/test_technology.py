"""Every entry of the technology library loads into the circuit it is for, says where it comes from, and has sensible figures."""

from pathlib import Path

import pytest

import chipsim
import chipsim.circuits as circuits
from chipsim.comparators.comparator import Comparator
from chipsim.comparators.von_neumann import VonNeumann
from chipsim.compose import technology
from chipsim.noc.network import Network
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.spec import Family
from chipsim.tree import parse

FOLDER = Path(chipsim.__file__).parent / "technology"
FAMILIES = {
    "accumulator": circuits.Accumulator,
    "adc": circuits.ADC,
    "comparator": Comparator,
    "dac": circuits.DAC,
    "memory": circuits.Memory,
    "response": Response,
    "router": Network,
    "vector_unit": circuits.VectorUnit,
    "von_neumann": VonNeumann,
}
OWN_KEYS = {"router": {"topology": {"type": "mesh", "columns": 2, "rows": 2}, "payload": "256 b", "link_energy": "0.1 nJ/b/m"}}

COSTLESS = {"comparator", "response", "router", "von_neumann"}


def entries():
    for file in sorted(FOLDER.glob("*.yaml")):
        for name, node in parse(file).value.items():
            yield pytest.param(file.stem, name, node.plain(), id=name)


ENTRIES = list(entries())


def loaded(file, name):
    return from_plain(FAMILIES[file], {"component": name} | OWN_KEYS.get(file, {}))


def test_every_file_has_its_circuit_and_no_name_is_used_twice():
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(FAMILIES)
    names = [entry.id for entry in ENTRIES]
    assert len(names) == len(set(names)) == len(technology())
    assert len(names) >= 50


@pytest.mark.parametrize(("file", "name", "entry"), ENTRIES)
def test_an_entry_is_complete(file, name, entry):
    assert set(entry) == {"values", "node", "source", "confidence"}
    assert entry["confidence"] in {"high", "medium", "low"}
    assert "neurosim" not in entry["source"].lower()
    assert len(entry["source"]) > 30
    assert entry["node"] == "none" or entry["node"].endswith(" nm")


@pytest.mark.parametrize(("file", "name", "entry"), ENTRIES)
def test_an_entry_loads_into_its_circuit_with_its_source(file, name, entry):
    circuit = loaded(file, name)
    assert entry["source"] in circuit.source
    assert f"library '{name}'" in circuit.source
    for key in set(entry["values"]) - {"type"}:
        assert getattr(circuit, key) is not None
        assert getattr(circuit, key) != 0 or file in ("response", "comparator")  # where 0, or no, says something
    if isinstance(circuit, Family):
        assert circuit.type_name == entry["values"]["type"]


@pytest.mark.parametrize(("file", "name", "entry"), [entry for entry in ENTRIES if entry.values[0] not in COSTLESS])
def test_an_entry_costs_energy(file, name, entry):
    circuit = loaded(file, name)
    costs = [circuit.cost(action, 100) for action in circuit.actions]
    assert max(cost.energy for cost in costs) > 0
    assert all(cost.latency > 0 for cost in costs)


def test_a_block_may_change_what_the_library_says():
    block = {"type": "sar", "component": "adc-8b-40MSps-14nm", "columns_per_adc": 16, "energy": "0.5 pJ"}
    adc = from_plain(circuits.ADC, block)
    assert (adc.bits, adc.columns_per_adc, adc.energy) == (8, 16, 0.5e-12)
    assert adc.area == pytest.approx(922.5e-12)


def test_converters_by_hand():
    adc = loaded("adc", "adc-8b-1GSps-32nm")
    assert adc.cost("convert") == pytest.approx((1.371e-12, 1e-9, 1e-9))
    assert adc.unit_leakage * 1e-9 / (adc.energy + adc.unit_leakage * 1e-9) == pytest.approx(0.2, abs=1e-4)


def test_memories_by_hand():
    memory = loaded("memory", "sram-64KiB-w256-32nm")
    assert memory.cost("read", 256) == pytest.approx((29.56e-12, 1.282e-9, 1.282e-9), rel=1e-4)
    assert memory.cost("write", 256).energy == pytest.approx(36.46e-12, rel=1e-4)
    hbm = loaded("memory", "hbm2-stack")
    assert hbm.cost("read", 2048).energy == pytest.approx(12.8e-9)
    assert hbm.cost("read", 256e9 * 8).interval == pytest.approx(1.0)


def test_parts_of_isaac_add_up_to_their_published_power():
    """At full rate: 8 converters 16 mW, 1,024 drivers 4 mW, 4 shift-adders 0.2 mW, 2 sigmoid units 0.52 mW, eDRAM 20.7 mW."""
    adc, dac, adder = loaded("adc", "isaac-adc"), loaded("dac", "isaac-dac"), loaded("accumulator", "isaac-shift-add")
    sigmoid, memory = loaded("vector_unit", "isaac-sigmoid"), loaded("memory", "isaac-edram-64kB")
    assert 8 * adc.energy * 1.2e9 == pytest.approx(16e-3, rel=1e-3)
    assert 1024 * dac.energy / dac.bit_time == pytest.approx(4e-3, rel=1e-3)
    assert 4 * adder.lanes * adder.energy * adder.clock == pytest.approx(0.2e-3, rel=2e-3)
    assert 2 * sigmoid.energy_function * sigmoid.clock == pytest.approx(0.52e-3, rel=2e-3)
    assert 256 * memory.read_energy / memory.cycle_time == pytest.approx(20.7e-3, rel=0.02)
