"""Names of measures: their units, their values from a data sheet and from a run."""

import re

import pytest
from builders import chip, linear, network
from commands import HOUSE

from chipsim.comparators.comparator import comparator
from chipsim.demand import PUBLISHED
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.report.tables import METRIC_UNITS
from chipsim.sheet.datasheet import FIGURES, datasheet
from chipsim.validation.measures import CLAIM, PARTS, RATINGS, RATIOS, RUN, explained, known, of_claim, of_run, of_sheet, unit_of
from chipsim.validation.target import dimension_of

PLAIN = {"fraction", "OP", "1/s"}


@pytest.fixture(scope="module")
def result():
    work = network([30, 1, 1], linear("fc1", 20), linear("fc2", 4), samples=8)
    return Experiment(Question(workload=work.spec, architecture=chip(), repeats=1, times=(1.0,)), work).run()


def test_every_number_of_a_run_is_a_measure(result):
    assert set(result.metrics) - set(RUN) == set()
    assert all(of_run(name, result) == value for name, value in result.metrics.items())


def test_units_are_those_of_the_reports():
    for name, unit in METRIC_UNITS.items():
        assert RUN[name] == ("" if unit in PLAIN else unit)
    for name in RUN.keys() & FIGURES.keys():
        assert unit_of(name, runs=True) == unit_of(name, runs=False)


def test_every_unit_can_be_read():
    units = {unit_of(name, runs=False) for name in FIGURES} | set(RUN.values()) | {unit for unit, _ in CLAIM.values()}
    assert all(dimension_of(unit) is not None for unit in units if unit)


def test_parts_of_every_table():
    sheet = datasheet(chip())
    for head, (table, column, unit) in PARTS.items():
        rows = getattr(sheet, table)
        assert unit_of(f"{head}.adc", runs=False) == unit
        if rows:
            assert of_sheet(f"{head}.{rows[0]['part']}", sheet) == rows[0][column]


def test_a_part_that_is_not_there():
    with pytest.raises(InputError, match=r"area\.adcs: the chip has no part 'adcs' there"):
        of_sheet("area.adcs", datasheet(chip()))


def test_accuracy_layers_and_parts_of_a_run(result):
    accuracy = of_run("accuracy", result)
    assert accuracy == result.accuracy[0]["mean"]
    assert of_run("accuracy_loss", result) == pytest.approx(result.metrics["float_accuracy"] - accuracy)
    assert of_run("layers.fc1.latency", result) == result.layers[0]["latency"]
    assert of_run("layers.fc1.macs", result) == 600
    adc = sum(row["energy"] for row in result.energy if row["part"] == "adc")
    assert of_run("inference_energy.adc", result) == pytest.approx(adc)
    assert of_run("array_ops", result) is None


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("layers.fc3.latency", "no layer 'fc3' \\(did you mean 'fc"),
        ("layers.fc1.latencies", "no number 'latencies' \\(did you mean 'latency'"),
        ("layers.fc1.type", "no number 'type'"),
        ("inference_energy.adcs", "no part 'adcs'"),
    ],
)
def test_what_a_run_does_not_have(result, measure, said):
    with pytest.raises(InputError, match=said):
        of_run(measure, result)


@pytest.mark.parametrize("measure", ["peak_op", "area / aria", "layers.fc1", "nonsense", "", ".adc", "area."])
def test_names_that_are_none(measure):
    with pytest.raises(InputError, match="is no measure"):
        unit_of(measure, runs=True)


def test_quotients_have_the_unit_that_comes_out():
    assert unit_of("area.adc / area", runs=False) == ""
    assert unit_of("peak_ops / area", runs=False) == "OP/s/m2"
    assert unit_of("devices / tiles", runs=False) == ""
    assert unit_of("energy / latency", runs=True) == "W"


def test_what_is_known_of_a_run_contains_what_is_known_of_a_chip():
    assert set(known(runs=False)) < set(known(runs=True))


def test_every_measure_of_a_chip_and_of_a_claim_is_told_in_the_docs():
    told = set(re.findall(r"\w+", (HOUSE / "docs" / "how-to-validate-my-chip.md").read_text(encoding="utf-8")))
    assert {*FIGURES, *CLAIM, *RATIOS, "accuracy", "accuracy_loss", "inference_energy"} - told == set()


def test_every_measure_is_explained():
    rows = explained()
    names = [name for name, _, _ in rows]
    assert len(names) == len(set(names))
    assert set(names) == set(known(True)) | set(CLAIM) | set(RATIOS)
    assert all(meaning for _, _, meaning in rows)


def test_claims():
    assert of_claim("claim_energy", PUBLISHED, None) == pytest.approx(35.6e-15, rel=2e-3)
    assert of_claim("claim_area_time", PUBLISHED, None) == pytest.approx(278e-21, rel=2e-3)
    assert of_claim("claim_energy_ratio", PUBLISHED, comparator("v100-fp16")) == pytest.approx(280.65)
    assert unit_of("claim_energy", runs=False, claims=True) == "J"


def test_ratings_of_a_comparator():
    gpu = comparator("v100-fp16")
    assert {unit: rating(gpu) for unit, rating in RATINGS.items()} == pytest.approx(
        {"OP/s": 30e12, "OP/s/W": 1e11, "OP/s/m2": 30e12 / 815e-6, "W": 300, "m2": 815e-6}
    )
