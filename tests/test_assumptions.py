"""What an answer rests on: which numbers are assumed, where the others come from, which works are used."""

from __future__ import annotations

import pytest
from builders import chip, linear, network
from spec_strategies import ARCHITECTURES

from chipsim.architecture import Architecture
from chipsim.assumptions import ALWAYS, assumed_numbers, citations, sentences, specs_in
from chipsim.question import Question
from chipsim.reading import from_plain, load
from chipsim.result import weight_precision
from chipsim.spec import Spec

PCM64 = next(file for file in ARCHITECTURES if file.stem == "pcm-64")
ENERGY = [{"part": "adc", "layer": "a", "energy": 3.0}, {"part": "host", "layer": "", "energy": 1.0}]
AREA = [{"part": "adc", "area": 1.0, "share": 0.1}, {"part": "array", "area": 9.0, "share": 0.9}]


def assumed(architecture: Architecture) -> dict[str, str]:
    return {row["key"]: row["source"] for row in assumed_numbers(architecture, ENERGY, AREA)}


@pytest.fixture
def pcm64() -> Architecture:
    return load(PCM64, Architecture)


def test_a_number_without_a_source_and_one_that_is_assumed_are_listed(pcm64):
    rows = assumed(pcm64)
    assert rows["host.bandwidth"] == "assumed"
    assert rows["network.clock"].startswith("assumed")
    assert "tile.measured.energy" not in rows  # published
    assert "network.router_energy" not in rows  # published


def test_a_source_of_one_key_is_for_that_key_only(pcm64):
    host = pcm64.host.having(source={"bandwidth": "a paper"})
    rows = assumed(pcm64.having(host=host))
    assert "host.bandwidth" not in rows
    assert rows["host.energy"] == "no source given"


def test_the_text_of_a_block_is_for_the_blocks_inside_it(pcm64):
    tile = pcm64.tile.having(neuron=pcm64.tile.neuron.having(source=None), source="a paper")
    assert "tile.neuron.energy" not in assumed(pcm64.having(tile=tile))
    tile = tile.having(source={"neuron": "assumed too"})
    assert assumed(pcm64.having(tile=tile))["tile.neuron.energy"] == "assumed too"


def test_a_default_keeps_its_own_source(pcm64):
    network = pcm64.network.having(router_energy=type(pcm64.network).model_fields["router_energy"].default, source="assumed")
    rows = assumed(pcm64.having(network=network))
    assert "network.router_energy" not in rows  # the default is ISAAC's
    network = network.having(router_energy=1e-13)
    assert assumed(pcm64.having(network=network))["network.router_energy"] == "assumed"


def test_numbers_of_large_parts_come_first():
    rows = assumed_numbers(chip(), ENERGY, AREA)
    weights = [row["weight"] for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert all(0 <= weight <= 2 for weight in weights)
    assert rows == assumed_numbers(chip(), ENERGY, AREA)


def test_zero_is_no_assumption():
    rows = assumed(chip())
    assert "host.leakage" not in rows
    assert "tile.array.adc.energy" in rows


def test_works_are_those_of_the_models_that_take_part(pcm64):
    assert set(ALWAYS) <= set(citations(pcm64))
    device = pcm64.tile.array.cell.device
    assert set(device.cites) <= set(citations(pcm64))
    ideal = load(PCM64, Architecture, ["tile.array.cell.device=ideal"])
    assert not set(device.cites) <= set(citations(ideal))
    assert citations(pcm64) == sorted(set(citations(pcm64)))


def test_every_description_inside_is_found(pcm64):
    found = list(specs_in(pcm64))
    assert found[0] is pcm64
    for part in (pcm64.tile, pcm64.tile.array.cell.device, pcm64.network.topology, pcm64.host):
        assert any(spec is part for spec in found)
    assert all(isinstance(spec, Spec) for spec in found)


def test_sentences_say_what_this_run_did(pcm64):
    workload = network([4, 1, 1], linear("a", 3)).spec
    rows = " ".join(sentences(Question(workload=workload, architecture=pcm64)))
    other = Question(workload=workload, architecture=from_plain(Architecture, chip().plain()), token="vector", repeats=1)
    vectors = " ".join(sentences(other))
    assert "8 bits" in rows
    assert "pcm" in rows
    assert "two time stamps" in rows
    assert "measured core" in rows
    assert "3 programmings of 1 chip;" in rows
    assert "two time stamps" not in vectors
    assert "measured core" not in vectors
    assert "not rounded" in vectors


def test_what_is_described_is_no_assumption(pcm64):
    assert pcm64.node is not None
    assert not {"node", "supply"} & assumed(pcm64.having(supply=0.8)).keys()


def test_a_cell_that_rounds_says_how_finely():
    sliced = {"cell": {"type": "sliced", "bits": 8, "bits_per_slice": 2, "device": {"type": "ideal"}}}
    cell = chip(array=sliced).tile.array.cell
    assert weight_precision(cell.plain()) == "8 b and sign in slices of 2 b"
    assert weight_precision(cell.having(bits=2).plain()) == "2 b and sign"
    assert weight_precision(chip().tile.array.cell.plain()) == "analog"
    binary = chip(array={"cell": {"device": {"type": "mram"}}})
    assert weight_precision(binary.tile.array.cell.plain()) == "in binary devices"


def test_inputs_without_sign_have_all_their_bits_as_magnitude():
    drivers = {"dac": {"type": "bit_serial", "bits": 8, "sign": "none"}}
    question = Question(workload=network([4, 1, 1], linear("fc", 2)).spec, architecture=chip(array=drivers))
    assert "inputs 8 bits without sign" in " ".join(sentences(question))
