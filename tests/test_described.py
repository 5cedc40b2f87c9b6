"""The numbers of a description: all of them, with their sources, ranges and limits; and descriptions with others."""

from __future__ import annotations

import pytest
from builders import chip
from spec_strategies import ARCHITECTURES

from chipsim.architecture import Architecture, Host
from chipsim.described import numbers_of, with_numbers
from chipsim.devices.mram import MRAM
from chipsim.errors import InputError
from chipsim.reading import from_plain, load


def test_every_number_that_is_not_zero_is_found_once():
    host = Host(bandwidth=1e9, energy=0.0, node=0)
    assert [number.path for number in numbers_of(host)] == ["bandwidth"]
    paths = [number.path for number in numbers_of(chip())]
    assert len(paths) == len(set(paths))
    assert {"tile.array.rows", "tile.array.adc.energy", "network.topology.columns", "activation_bits"} <= set(paths)
    assert not {"source", "ranges", "node", "supply"} & set(paths)


def test_a_number_knows_where_it_is_from():
    plain = {"bandwidth": "8 Gb/s", "energy": "1 pJ/b", "source": {"energy": "assumed"}, "ranges": {"energy": ["0.5 pJ/b", "2 pJ/b"]}}
    number = {number.path: number for number in numbers_of(from_plain(Host, plain), above="a paper")}["energy"]
    assert (number.shown, number.unit, number.source, number.assumed) == ("1 pJ/b", "J/b", "assumed", True)
    assert number.ends == (0.5e-12, 2e-12)
    assert number.limits == (0, None)
    assert number.show(2e-12) == "2 pJ/b"


def test_pure_numbers_are_choices_unless_their_source_is_told():
    found = {number.path: number for number in numbers_of(load(next(f for f in ARCHITECTURES if f.stem == "pcm-64"), Architecture))}
    assert not found["tile.array.rows"].assumed
    assert found["tile.array.adc.bound"].assumed
    assert not found["tile.measured.energy"].assumed


@pytest.mark.parametrize("file", ARCHITECTURES, ids=lambda file: file.stem)
def test_every_number_can_be_put_back(file):
    architecture = load(file, Architecture)
    numbers = list(numbers_of(architecture))
    assert with_numbers(architecture, {number.steps: number.value for number in numbers[::9]}).digest() == architecture.digest()


def test_only_the_number_named_changes():
    before = chip(parts={"clock tree": {"area": "1 mm2"}})
    old = {number.steps: number.value for number in numbers_of(before)}
    wanted = {("parts", "clock tree", "area"): 2e-6, ("host", "bandwidth"): 5e9}
    new = {number.steps: number.value for number in numbers_of(with_numbers(before, wanted))}
    assert {steps for steps in new if new[steps] != old[steps]} == set(wanted)


def test_what_follows_from_other_numbers_still_follows():
    device = MRAM(g_max=100e-6, tmr=1.0)
    assert with_numbers(device, {("tmr",): 3.0}).g_min == pytest.approx(25e-6)
    with pytest.raises(InputError, match="contradicts"):
        with_numbers(device.having(), {("tmr",): 3.0})


def test_a_changed_number_has_no_range():
    host = from_plain(Host, {"bandwidth": "8 Gb/s", "energy": "1 pJ/b", "ranges": {"energy": ["0.5 pJ/b", "2 pJ/b"]}})
    assert with_numbers(host, {("energy",): 9e-12}).ranges is None


def test_what_the_description_forbids_is_refused():
    with pytest.raises(InputError, match="bandwidth"):
        with_numbers(chip(), {("host", "bandwidth"): -1.0})
