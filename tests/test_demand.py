"""The arithmetic of a claim against closed forms and the published figures, and a chip against its own headline numbers."""

import math

import pytest
from builders import chip, linear, network
from hypothesis import given
from hypothesis import strategies as st

from chipsim.architecture import Measured
from chipsim.comparators.comparator import comparators
from chipsim.demand import (
    ALL,
    PUBLISHED,
    Demand,
    area_rows,
    demand_rows,
    energy_rows,
    layer_rows,
    peak,
    ratio_rows,
    time_rows,
)
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question

positive = st.floats(1e-3, 1e24)


def test_the_published_figures_demand():
    values = {row["name"]: row["value"] for row in demand_rows(PUBLISHED)}
    assert values["energy of an operation"] == pytest.approx(35.6e-15, rel=0.02)
    assert values["area x time of an operation"] == pytest.approx(278e-21, rel=0.02)
    assert values["power density"] == pytest.approx(0.128e6, rel=0.02)
    assert values["energy of a synapse and example"] == pytest.approx(214e-15, rel=0.02)
    assert values["area x time of a synapse and example"] == pytest.approx(1667e-21, rel=0.02)
    assert [row["time"] for row in time_rows(PUBLISHED)] == pytest.approx([238e-9, 167e-9], rel=0.02)


def test_ratios_against_named_comparators():
    rows = ratio_rows(PUBLISHED.efficiency, PUBLISHED.density, comparators(["v100-fp16", "v100-tensor"]))
    assert [row["comparator"] for row in rows] == ["V100 without tensor cores", "V100 with tensor cores"]
    assert [row["energy"] for row in rows] == pytest.approx([280, 67], rel=0.01)
    assert [row["area"] for row in rows] == pytest.approx([98, 23.4], rel=0.01)


@given(efficiency=positive, density=positive, area=st.floats(1e-15, 1.0), operations=st.floats(0.1, 100))
def test_a_claim_is_consistent(efficiency, density, area, operations):
    claim = Demand(efficiency, density)
    assert claim.power_density == pytest.approx(claim.energy / claim.area_time)
    time = claim.example_time(area, operations)
    assert operations / time / area == pytest.approx(density)  # what runs at that pace has the claimed density


@pytest.mark.parametrize(("efficiency", "density"), [(0, 1), (1, 0), (-1, 1), (math.inf, 1), (1, math.nan)])
def test_a_claim_that_is_none(efficiency, density):
    with pytest.raises(InputError, match=r"Demand\.(efficiency|density): .* expected a number above zero"):
        Demand(efficiency, density)


@pytest.mark.parametrize("area", [0.0, -1.0, math.nan])
def test_an_area_that_is_none(area):
    with pytest.raises(InputError, match="expected an area above zero"):
        PUBLISHED.example_time(area)


def test_parts_of_energy_by_hand():
    rows = energy_rows(Demand(1e12, 1e18), {"adc": 3e-12, "array": 1e-12, "dac": 0.0}, operations=2)
    assert [row["part"] for row in rows] == ["adc", "array", ALL]
    assert [row["energy"] for row in rows] == pytest.approx([1.5e-12, 0.5e-12, 2e-12])
    assert [row["share"] for row in rows] == pytest.approx([0.75, 0.25, 1])
    assert [row["factor"] for row in rows] == pytest.approx([1.5, 0.5, 2])


def test_parts_of_area_by_hand():
    rows = area_rows(Demand(1e12, 1e18), {"array": 1e-6, "adc": 3e-6}, operations=8, time=1e-12)
    assert [row["part"] for row in rows] == ["adc", "array", ALL]
    assert [row["area_time"] for row in rows] == pytest.approx([3.75e-19, 1.25e-19, 5e-19])
    assert rows[-1]["factor"] == pytest.approx(0.5)


@pytest.mark.parametrize("parts", [{}, {"adc": 0.0}])
def test_nothing_spent_is_an_error(parts):
    with pytest.raises(InputError, match="expected more than nothing"):
        energy_rows(PUBLISHED, parts, 1.0)


def test_layers_elsewhere():
    rows = layer_rows([(1024, 1024)], (1, 4096), comparators(["v100-tensor"]))
    assert [row["batch"] for row in rows] == [1, 4096]
    assert rows[0]["share"] < 0.01 < 0.99 < rows[1]["share"]
    assert rows[0]["time"] * 300 / (6 * 1024**2) == pytest.approx(rows[0]["energy"])


def test_a_chip_at_its_peak_agrees_with_the_headline_of_a_run():
    work = network([30, 1, 1], linear("fc1", 20), linear("fc2", 4), samples=8)
    architecture = chip()
    result = Experiment(Question(workload=work.spec, architecture=architecture, repeats=1), work).run()
    spent = peak(architecture, activity=0.0)
    assert spent.operations / spent.time == pytest.approx(result.metrics["peak_ops"])
    assert spent.operations / spent.time / sum(spent.area.values()) == pytest.approx(result.metrics["peak_ops_per_area"])
    least = spent.operations / sum(spent.energy.values())  # with cells that do nothing
    most = spent.operations / sum(peak(architecture, activity=1.0).energy.values())
    assert most < result.metrics["peak_ops_per_watt"] < least


def test_busy_cells_take_energy_in_proportion():
    half, full = (peak(chip(), activity).energy for activity in (0.5, 1.0))
    assert half["array"] == pytest.approx(full["array"] / 2)
    assert {part: value for part, value in half.items() if part != "array"} == {p: v for p, v in full.items() if p != "array"}
    array = chip().tile.array
    each = array.dac.read_voltage**2 * array.dac.drive_time * array.cell.device.g_max
    assert full["array"] == pytest.approx(12 * 32 * 32 * 2 * each)  # tiles, rows, columns, devices of a pair


@pytest.mark.parametrize("activity", [-0.1, 1.1, math.nan])
def test_an_activity_that_is_no_share(activity):
    with pytest.raises(InputError, match="expected a share from 0 to 1"):
        peak(chip(), activity)


def test_a_measured_core_keeps_its_total():
    core = Measured(energy=1e-6, time=50e-9, area=1e-4)
    spent = peak(chip().having(tile=chip().tile.having(measured=core)))
    assert sum(spent.energy[part] for part in ("array", "dac", "adc", "unaccounted")) == pytest.approx(12 * 1e-6)
    assert spent.time == 50e-9
