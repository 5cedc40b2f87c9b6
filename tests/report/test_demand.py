"""Demands for a reader: units of the field, the claim in full, which parts alone are above a demand."""

import io
import json

import pytest
from rich.console import Console

from chipsim.comparators.comparator import comparators
from chipsim.demand import PUBLISHED, Demand, area_rows, demand_rows, energy_rows, layer_rows, ratio_rows, time_rows
from chipsim.report.demand import (
    SWAPPED,
    factor,
    measured,
    print_area,
    print_demand,
    print_energy,
    print_layers,
    print_ratios,
    rate_per_watt_in_full,
    to_json,
    verdict,
)


@pytest.fixture
def page():
    """A console of 80 columns, and what was printed on it in single spaces."""
    stream = io.StringIO()
    return Console(file=stream, width=80, color_system=None), lambda: " ".join(stream.getvalue().split())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1 / 3.6e18, "m2 s", "277.8 um2 ns"), (0.128e6, "W/m2", "0.128 W/mm2"), (35.63e-15, "J", "35.6 fJ"), (5e-21, "m2 s", "5 um2 ns")],
)
def test_units_of_the_field(value, unit, text):
    assert measured(value, unit) == text


def test_a_claim_is_printed_with_all_its_digits():
    assert rate_per_watt_in_full(28_065e9) == "28,065 GOP/s/W"
    assert rate_per_watt_in_full(1.5e9) == "1.5 GOP/s/W"


@pytest.mark.parametrize(("value", "text"), [(2.7182, "x2.72"), (12_480.0, "x12,500"), (0.0043, "x0.0043")])
def test_factors(value, text):
    assert factor(value) == text


def test_the_published_claim_names_its_source_and_another_does_not(page):
    console, printed = page
    print_demand(console, PUBLISHED, demand_rows(PUBLISHED), time_rows(PUBLISHED))
    assert "28,065 GOP/s/W and 3.6 TOP/s/mm2 (Ambrogio et al., Nature 558, 60, 2018); 6 OP" in printed()
    assert "7 um2 238 ns" in printed()
    before = len(printed())
    other = Demand(1e12, 1e18)
    print_demand(console, other, demand_rows(other), [])
    assert "Ambrogio" not in printed()[before:]
    assert "time of an example" not in printed()[before:]


def test_ratios_and_layers_name_the_comparator(page):
    console, printed = page
    others = comparators(["v100-fp16"])
    print_ratios(console, ratio_rows(PUBLISHED.efficiency, PUBLISHED.density, others), SWAPPED)
    assert "V100 without tensor cores x281 x97.8" in printed()
    assert "the other way round" in printed()
    rows = layer_rows([(1024, 1024)], (4096,), others)
    print_layers(console, rows)
    assert "claim:" not in printed()
    print_layers(console, rows, PUBLISHED.energy)
    assert "x281" in printed()[printed().index("claim:") :]


def test_parts_and_their_verdict(page):
    console, printed = page
    claim = Demand(1e12, 1e18)
    print_energy(console, energy_rows(claim, {"adc": 3e-12, "array": 1e-12}, 2), "What was counted.")
    assert "What was counted." in printed()
    assert "adc 1.5 pJ 75.0 % x1.5" in printed()
    assert "2 times the demand; above it by themselves: adc." in printed()
    print_area(console, area_rows(claim, {"adc": 1e-6}, 8, 1e-12))
    assert "adc 125 um2 ns 100.0 % x0.125" in printed()
    assert "Within the demand (x0.125)." in printed()
    even = energy_rows(claim, {"adc": 0.8e-12, "array": 0.8e-12}, 1)
    assert verdict(even) == "1.6 times the demand; no part is above it by itself."


def test_json_holds_everything_in_si():
    text = json.loads(to_json(PUBLISHED, {"demands": demand_rows(PUBLISHED)}))
    assert text["demand"] == {"efficiency": 28_065e9, "density": 3.6e18}
    assert text["demands"][0]["value"] == pytest.approx(1 / 28_065e9)
