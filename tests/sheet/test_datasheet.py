"""The data sheet: closed forms, sums that agree with each other, and a run that agrees with the sheet."""

import json
import math

import pytest
from builders import chip, linear, network
from commands import HOUSE
from hypothesis import given
from hypothesis import strategies as st

from chipsim.architecture import Architecture, Measured
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.reading import load
from chipsim.sheet.datasheet import FIGURES, datasheet

HERMES = HOUSE / "architectures" / "pcm-64.yaml"


def total(rows, name):
    return sum(row[name] for row in rows)


def test_every_figure_is_there_and_named():
    sheet = datasheet(chip())
    assert list(sheet.figures) == list(FIGURES)
    assert json.loads(sheet.to_json())["figures"] == sheet.figures


def test_figures_of_a_small_chip_by_hand():
    figures = datasheet(chip(tile={"arrays": 2}), activity=0.0).figures
    assert figures["product_time"] == figures["product_interval"] == pytest.approx(100e-9)
    assert figures["product_energy"] == pytest.approx(32 * 10e-15 + 32 * 20e-15)
    assert figures["array_ops"] == pytest.approx(2048 / 100e-9)
    assert figures["tile_ops"] == pytest.approx(2 * 2048 / 100e-9)
    assert figures["peak_ops"] == pytest.approx(12 * 2 * 2048 / 100e-9)
    assert figures["tile_power"] == pytest.approx(2 * (0.96e-12 + 32 * 6e-15) / 100e-9 + 1e-6)
    assert figures["peak_power"] == pytest.approx(12 * figures["tile_power"])
    assert figures["area"] == pytest.approx(12 * (2 * 1024e-12 + 0.01e-6))
    assert (figures["tiles"], figures["arrays"], figures["weights"]) == (12, 24, 24 * 1024)
    assert figures["devices"] == 24 * 2048


def test_weight_planes_hold_more_but_do_no_more():
    one, two = (datasheet(chip(array={"planes": planes})).figures for planes in (1, 2))
    assert two["weights"] == 2 * one["weights"]
    assert two["devices"] == 2 * one["devices"]
    assert two["peak_ops"] == one["peak_ops"]


@given(st.floats(0, 1))
def test_sums_agree(activity):
    sheet = datasheet(chip(tile={"arrays": 2, "parts": {"control": {"power": "1 mW", "leakage": "1 uW"}}}), activity)
    figures = sheet.figures
    assert total(sheet.product, "energy") == pytest.approx(figures["product_energy"])
    assert total(sheet.product, "share") == pytest.approx(1)
    assert total(sheet.area, "area") == pytest.approx(figures["area"])
    assert total(sheet.rating, "power") == pytest.approx(figures["rated_power"])
    assert figures["peak_ops"] / figures["peak_power"] == pytest.approx(figures["peak_ops_per_watt"])
    assert figures["energy_per_op"] * figures["array_ops_per_watt"] == pytest.approx(1)
    assert figures["chip_product_energy"] == pytest.approx(24 * figures["product_energy"])


def test_a_measured_core_is_what_was_measured():
    figures = datasheet(load(HERMES, Architecture)).figures
    assert figures["array_ops"] == pytest.approx(131_072 / 130e-9)
    assert figures["array_ops_per_watt"] == pytest.approx(131_072 / 12.48e-9)
    assert figures["array_ops_per_area"] == pytest.approx(131_072 / 130e-9 / 0.634e-6)


def test_the_headline_of_a_run_has_the_same_peak():
    work = network([30, 1, 1], linear("fc1", 20), linear("fc2", 4), samples=8)
    control = {"control": {"power": "1 mW", "leakage": "1 uW"}}
    architecture = chip(tile={"arrays": 2, "parts": control}, parts={"clock": {"power": "2 mW"}})
    metrics = Experiment(Question(workload=work.spec, architecture=architecture, repeats=1), work).run().metrics
    idle, busy = (datasheet(architecture, activity).figures for activity in (0.0, 1.0))
    assert idle["peak_ops"] == pytest.approx(metrics["peak_ops"])
    assert idle["area"] == pytest.approx(metrics["area"])
    assert idle["peak_ops_per_area"] == pytest.approx(metrics["peak_ops_per_area"])
    assert busy["peak_ops_per_watt"] < metrics["peak_ops_per_watt"] < idle["peak_ops_per_watt"]


def test_a_measured_core_has_the_peak_of_a_run_to_the_last_digit():
    work = network([30, 1, 1], linear("fc1", 20), samples=4)
    core = Measured(energy=1e-9, time=50e-9, area=1e-4)
    architecture = chip().having(tile=chip().tile.having(measured=core))
    metrics = Experiment(Question(workload=work.spec, architecture=architecture, repeats=1), work).run().metrics
    assert datasheet(architecture).figures["peak_ops_per_watt"] == pytest.approx(metrics["peak_ops_per_watt"])


def test_assumed_numbers_are_counted_also_in_parts():
    plain, more = (datasheet(chip(parts=parts)) for parts in ({}, {"clock tree": {"power": "1 mW", "source": "assumed"}}))
    assert 0 < plain.figures["assumed"] <= 1
    assert {row["key"] for row in more.assumed} - {row["key"] for row in plain.assumed} == {"parts.clock tree.power"}


def test_a_chip_without_area_or_energy_has_a_sheet():
    free = {"cell": {"area": "0 um2"}, "dac": {"energy": 0}, "adc": {"energy": 0}}
    architecture = chip(array=free, network={"router_area": 0})
    figures = datasheet(architecture, activity=0.0).figures
    assert figures["area"] == figures["peak_ops_per_area"] == figures["array_ops_per_watt"] == 0


@pytest.mark.parametrize("file", sorted((HOUSE / "architectures").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_chip_that_we_ship_has_a_sheet(file):
    sheet = datasheet(load(file, Architecture))
    figures = sheet.figures
    assert all(math.isfinite(value) and value >= 0 for value in figures.values())
    assert figures["area"] >= figures["tiles"] * figures["tile_area"] * (1 - 1e-9)
    assert figures["tile_area"] >= load(file, Architecture).tile.arrays * figures["array_area"] * (1 - 1e-9)
    assert figures["rated_power"] >= figures["static_power"] * (1 - 1e-9)
    assert total(sheet.rating, "power") == pytest.approx(figures["rated_power"])


def test_an_activity_that_is_no_share():
    with pytest.raises(InputError, match="expected a share"):
        datasheet(chip(), 2.0)


@pytest.mark.parametrize(("adc", "steps"), [
    ({"type": "sar", "bits": 8}, 254),
    ({"type": "cco", "bits": 12, "lsb_time": "1 ns"}, 100),  # a read of 100 ns
    ({"type": "cco", "bits": 4, "lsb_time": "1 ns"}, 14),
    ("ideal", 0),
], ids=str)  # fmt: skip
def test_steps_are_those_that_a_read_has_time_for(adc, steps):
    assert datasheet(chip(array={"adc": adc})).figures["output_steps"] == steps
