"""What a training took: tables that agree with each other, with the published demands and with the comparators."""

from types import SimpleNamespace

import pytest
from small_training import small_result

from chipsim.comparators.comparator import comparators
from chipsim.demand import PUBLISHED
from chipsim.insitu.costs import _prepared
from chipsim.training.rules import Activity


@pytest.fixture(scope="module")
def result():
    return small_result()


def test_operations_are_six_for_each_synapse(result):
    assert result.metrics["ops_per_example"] == 6 * (6 * 5 + 5 * 3)
    assert result.metrics["sustained_ops"] == pytest.approx(270 / result.metrics["time_per_example"])
    assert result.metrics["sustained_ops_per_watt"] == pytest.approx(270 / result.metrics["energy_per_example"])


def test_parts_are_held_against_what_is_demanded(result):
    total = next(row for row in result.by_energy if row["part"] == "all")
    assert total["energy"] == pytest.approx(result.metrics["energy_per_example"] / 270)
    assert total["factor"] == pytest.approx(total["energy"] / 35.6e-15, rel=1e-3)
    assert sum(row["energy"] for row in result.by_energy) == pytest.approx(2 * total["energy"])
    area = next(row for row in result.by_area if row["part"] == "all")
    assert area["area_time"] == pytest.approx(result.metrics["area"] * result.metrics["time_per_example"] / 270)
    assert area["factor"] == pytest.approx(area["area_time"] / PUBLISHED.area_time)


def test_comparators_are_named(result):
    assert [row["comparator"] for row in result.comparators] == [one.name for one in comparators()]
    first = comparators()[0]
    assert result.comparators[0]["energy"] == pytest.approx(result.metrics["sustained_ops_per_watt"] * first.power / first.peak)
    assert {(row["rows"], row["columns"], row["batch"]) for row in result.elsewhere} == {(6, 5, 2), (5, 3, 2)}


def test_other_comparators_may_be_named():
    found = small_result("comparators=[a100-tensor, tpu-v1]")
    assert [row["comparator"] for row in found.comparators] == ["A100 with tensor cores", "TPU v1"]
    assert {row["comparator"] for row in found.elsewhere} == {"A100 with tensor cores"}  # the other cannot train
    alone = small_result("comparators=[]")
    assert (alone.comparators, alone.elsewhere) == ([], [])


def test_sums_of_the_training(result):
    assert result.metrics["training_time"] == pytest.approx(sum(row["time"] for row in result.curves))
    assert result.metrics["training_energy_error"] == pytest.approx(result.seeds[0]["energy_error"])
    assert result.timing["moments"] == len(result.moments) == 6
    assert result.timing["error"]["time"] == pytest.approx(result.seeds[0]["time_error"] / result.seeds[0]["time"])


def test_means_over_seeds_are_known_better():
    two = small_result("seeds=2")
    errors = [row["time_error"] for row in two.seeds]
    assert two.metrics["training_time_error"] == pytest.approx((errors[0] ** 2 + errors[1] ** 2) ** 0.5 / 2)


def test_assumed_numbers_are_listed(result):
    assert "tile.array.cell.area" in {row["key"] for row in result.assumed}


def test_what_a_rule_does_before_it_begins_is_counted():
    block = SimpleNamespace(learner=SimpleNamespace(prepared=Activity(pulses=6)))
    trained = SimpleNamespace(training=SimpleNamespace(networks=[SimpleNamespace(blocks=[block, block])]))
    assert _prepared([trained]) == {"prepared_pulses": 12}
    assert "prepared_pulses" not in small_result().metrics
