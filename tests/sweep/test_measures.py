"""Columns: names, units and meanings; values of runs, chips and trainings, quotients, what a point does not have."""

from __future__ import annotations

import pytest
from small_files import write_small
from small_training import load_small, small_result

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.sheet.datasheet import FIGURES, datasheet
from chipsim.sweep.measures import TRAINING, USUAL, USUAL_TRAINING, Column, age, offered, values_of


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    experiment = load_experiment(write_small(tmp_path_factory.mktemp("small")) / "experiment.yaml")
    return experiment.run(), experiment.question.architecture


@pytest.mark.parametrize(
    ("time", "words"),
    [(1, "1s"), (60, "1min"), (5400, "1.5h"), (3600, "1h"), (86400, "1d"), (7 * 86400, "7d"),
     (2_592_000, "1month"), (2_629_800, "1month"),
     (90 * 86400, "3month"), (31_536_000, "1y"), (31_557_600, "1y"), (1e7, "10000000s"),
     (1e-3, "1ms"), (20.5, "20.5s"), (100, "100s"), (0, "0s")],
)  # fmt: skip
def test_ages_are_short(time, words):
    assert age(time) == words


def test_names_units_meanings():
    assert Column("accuracy", 86400.0).name == "accuracy_1d"
    assert Column("accuracy", 86400.0, spread=True).name == "accuracy_1d_spread"
    assert Column("accuracy", 86400.0).meaning == "accuracy 1 d after programming"
    assert Column("accuracy", spread=True).meaning == "standard deviation of accuracy"
    assert (Column("energy / area").unit, Column("peak_ops_per_area").unit, Column("tile_area").unit) == ("J/m2", "OP/s/m2", "m2")
    assert Column("tile_area").meaning == FIGURES["tile_area"][1]
    assert Column("training_time", training=True).unit == "s"
    assert Column("gap_spread", training=True).unit == ""
    assert all(Column(name).meaning for name in USUAL)
    assert all(Column(name, training=True).meaning for name in USUAL_TRAINING)


@pytest.mark.parametrize(("training", "word"), [(False, "latensy"), (True, "bets"), (True, "tiles_used")])
def test_a_measure_that_no_answer_has(training, word):
    with pytest.raises(InputError, match=f"'{word}' is no measure of a {'training' if training else 'run'}"):
        Column(word, training=training).unit  # noqa: B018


@pytest.mark.parametrize("training", [False, True])
def test_a_name_that_is_like_none_is_told_the_nearest_and_where_all_are(training):
    with pytest.raises(InputError) as error:
        Column("blorkfunggle", training=training).unit  # noqa: B018
    told = str(error.value)
    assert told.endswith("; 'chipsim explain measures' names all)")
    names = told.partition("(such as ")[2].partition(";")[0].split(", ")
    assert len(names) == len(set(names)) == 12
    assert len(offered(training)) == len(set(offered(training)))


def test_values_of_a_run_and_of_its_chip(run):
    result, chip = run
    names = ["energy", "accuracy", "accuracy_loss", "tile_area", "area.array", "energy / area"]
    names += ["layers.fc1.latency", "inference_energy.adc"]
    found = values_of(result, [*map(Column, names), Column("accuracy", 3600.0), Column("accuracy", 3600.0, spread=True)], chip)
    assert found["energy"] == result.metrics["energy"]
    assert found["accuracy"] == result.accuracy[0]["mean"]
    assert found["accuracy_1h"] == result.accuracy[1]["mean"]
    assert found["accuracy_1h_spread"] == result.accuracy[1]["spread"]
    assert found["accuracy_loss"] == pytest.approx(result.metrics["float_accuracy"] - result.accuracy[0]["mean"])
    assert found["tile_area"] == datasheet(chip).figures["tile_area"]
    assert found["energy / area"] == pytest.approx(result.metrics["energy"] / result.metrics["area"])
    assert found["layers.fc1.latency"] == result.layers[0]["latency"]
    assert found["inference_energy.adc"] == pytest.approx(sum(row["energy"] for row in result.energy if row["part"] == "adc"))
    assert found["area.array"] == pytest.approx(result.metrics["area"])


def test_what_a_point_does_not_have_is_none(run):
    result, chip = run
    columns = [Column("accuracy", 5.0), Column("area.router"), Column("layers.fc9.energy"), Column("energy / area.router")]
    assert list(values_of(result, columns, chip).values()) == [None] * 4


def test_values_of_a_training(tmp_path):
    result, chip = small_result(), load_small(tmp_path).question.architecture
    names = ["accuracy", "training_energy", "area", "training_energy / area"]
    columns = [*(Column(name, training=True) for name in names), Column("accuracy", spread=True, training=True)]
    found = values_of(result, columns, chip)
    assert found["accuracy"] == result.metrics["accuracy"]
    assert found["area"] == datasheet(chip).figures["area"]
    assert found["training_energy / area"] == pytest.approx(result.metrics["training_energy"] / found["area"])
    assert found["accuracy_spread"] is None


def test_every_number_of_a_training_has_a_unit_and_is_offered():
    metrics = {name.removesuffix("_spread") for name in small_result().metrics} - {"arrays", "digital_bits", "prepared_pulses"}
    assert metrics <= set(TRAINING)
    assert {"accuracy", "gap_spread", "tile_area", "area.PART"} <= set(offered(training=True))
    assert "layers.NAME.COLUMN" in offered(training=False)
