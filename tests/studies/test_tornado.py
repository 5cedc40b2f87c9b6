"""What to improve first: closed forms of linear costs, refused sides, steps of whole numbers, rankings."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from builders import chip, linear, network

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.tornado import elasticity, steps_of, study, usual

WORK = network([4, 1, 1], linear("fc", 3), samples=20)
PRICES = ("energy", "power", "energy per bit", "energy per bit and length")


def experiment(work=WORK, **changes) -> Experiment:
    return Experiment(Question(workload=work.spec, architecture=chip(**changes), times=(1.0,), repeats=1, stream=4), work)


@pytest.fixture(scope="module")
def run():
    return experiment().run()


@pytest.fixture(scope="module")
def found():
    return study(experiment())


def slopes(found, measure: str) -> dict[str, float]:
    return {row["key"]: row["elasticity"] for row in found.effects if row["measure"] == measure}


def test_a_linear_cost_has_its_share_as_elasticity(found, run):
    shares = {part: sum(row["energy"] for row in run.energy if row["part"] == part) / run.metrics["energy"] for part in ("adc", "dac")}
    assert slopes(found, "energy")["tile.array.adc.energy"] == pytest.approx(shares["adc"], rel=1e-6)
    assert slopes(found, "energy")["tile.array.dac.energy"] == pytest.approx(shares["dac"], rel=1e-6)
    router = next(row["share"] for row in run.area if row["part"] == "network routers")
    assert slopes(found, "area")["network.router_area"] == pytest.approx(router, rel=1e-6)


def test_energies_and_powers_together_make_the_energy(found, run):
    """Energy is homogeneous of degree one in them, but for what the cells take: conductance x voltage^2 x time."""
    dimensions = {row["key"]: row["dimension"] for row in found.numbers}
    total = sum(slope for key, slope in slopes(found, "energy").items() if dimensions[key] in PRICES)
    cells = sum(row["energy"] for row in run.energy if row["part"] == "array") / run.metrics["energy"]
    assert total == pytest.approx(1 - cells, rel=1e-6)
    areas = sum(slope for key, slope in slopes(found, "area").items() if dimensions[key] == "area")
    assert areas == pytest.approx(1, rel=1e-6)


def test_efficiency_is_the_inverse_of_energy(found):
    """A power law on both sides of unequal length: d ln (1/y) = - d ln y, to second order of the step."""
    energy, efficiency = slopes(found, "energy"), slopes(found, "sustained_ops_per_watt")
    assert efficiency["tile.array.adc.energy"] == pytest.approx(-energy["tile.array.adc.energy"], rel=0.02)


def test_what_does_not_matter_has_no_effect(found):
    assert slopes(found, "latency")["tile.array.adc.energy"] == 0.0
    assert slopes(found, "accuracy")["tile.array.adc.energy"] == 0.0
    rows = {(row["measure"], row["key"]): row for row in found.effects}
    row = rows["latency", "tile.array.adc.energy"]
    assert (row["down"], row["up"], row["improve"], row["gain"]) == (0.0, 0.0, "", 0.0)
    assert {row["key"]: row["affects"] for row in found.numbers}["tile.array.adc.energy"] == "prices"


def test_numbers_are_ranked_by_their_gain(found):
    for measure in (row["measure"] for row in found.measures):
        gains = [row["gain"] for row in found.effects if row["measure"] == measure]
        assert gains == sorted(gains, reverse=True)
        assert len(gains) == len(found.numbers)
    best = next(row for row in found.effects if row["measure"] == "sustained_ops_per_watt" and row["key"] == "tile.array.adc.energy")
    assert (best["improve"], best["tried"]) == ("less", True)
    assert best["gain"] == best["down"]


def test_values_are_those_of_a_run(found, run):
    values = {row["measure"]: row["value"] for row in found.measures}
    assert values["energy"] == run.metrics["energy"]
    assert values["accuracy"] == run.accuracy[0]["mean"]
    up = next(row["up"] for row in found.effects if (row["measure"], row["key"]) == ("energy", "host.energy"))
    number = next(row for row in found.numbers if row["key"] == "host.energy")
    changed = experiment(host={"energy": f"{number['high'] * 1e12!r} pJ/b"}).run()
    assert up == pytest.approx(changed.metrics["energy"] / run.metrics["energy"] - 1, rel=1e-9)


def test_a_refused_side_is_told():
    found = study(experiment(array={"planes": 1}), measures=("area",), only=["tile.array.planes"])
    number = next(row for row in found.numbers if row["key"] == "tile.array.planes")
    assert (number["low"], number["high"]) == (None, 2)
    assert "greater than or equal to 1" in number["reason"]
    row = next(row for row in found.effects if row["key"] == "tile.array.planes")
    assert row["down"] is None


def test_a_better_side_that_is_refused_gains_nothing():
    """The tile's only area that cannot shrink: the parts of a chip may not fill more than its published area."""
    whole = experiment().run().metrics["area"]
    found = study(experiment(measured_area=f"{whole * 1e6 * 1.01!r} mm2"), measures=("area",), only=["measured_area"])
    row = next(row for row in found.effects if row["key"] == "measured_area")
    assert (row["down"], row["improve"], row["tried"]) == (None, "less", False)
    assert (row["up"], row["gain"]) == (pytest.approx(0.1), 0.0)


def test_large_steps_are_not_scaled():
    """One plane of cells goes to two, 100 % in place of 10 %: the change is that of two planes."""
    found = study(experiment(array={"planes": 1}), measures=("area",), only=["tile.array.planes"])
    (number,), (row,) = found.numbers, found.effects
    two = experiment(array={"planes": 2}).run().metrics["area"] / experiment(array={"planes": 1}).run().metrics["area"] - 1
    assert (row["up"], abs(row["gain"])) == (pytest.approx(two), pytest.approx(max(-two, 0.0)))
    assert (usual(number, "low", 0.1), usual(number, "high", 0.1), usual(number, "high", 1.0)) == (True, False, True)


def test_a_number_that_can_only_be_what_it_is():
    array = {"adc": {"type": "cco", "bits": 8, "bound": 8, "lsb_time": "1 ns"}, "dac": {"type": "pulse_width", "bits": 6, "step": "1 ns"}}
    found = study(experiment(array=array), measures=("area",), only=["tile.array.adc"])
    refused = {row["key"]: row["reason"] for row in found.refused}
    assert "columns_per_adc" in refused["tile.array.adc.columns_per_adc"]
    assert "tile.array.adc.columns_per_adc" not in {row["key"] for row in found.numbers}


@pytest.mark.parametrize(
    ("value", "sign", "steps"),
    [
        (256, 1, [282, 512]), (256, -1, [230, 128]), (1, 1, [2, 2]), (1, -1, [0]), (7, -1, [6]), (2.5, 1, [2.75]), (-0.5, 1, [-0.55]),
        (64.0, -1, [57.6, 58.0, 32.0]), (1.0, 1, [1.1, 2.0]), (1.0, -1, [0.9]), (2032.0, 1, [2235.2, 2235.0]),
    ],
)  # fmt: skip
def test_steps(value, sign, steps):
    assert list(steps_of(value, 0.1, sign)) == pytest.approx(steps)


def test_elasticities_of_known_laws():
    assert elasticity(2.0, 7.0, (1.8, 6.4), (2.2, 7.6)) == pytest.approx(6 / 7)  # 1 + 3 x
    assert elasticity(8, 64.0, (4, 16.0), (16, 256.0)) == pytest.approx(2)  # x^2 over unequal steps
    assert elasticity(8, 1 / 8, (4, 1 / 4), (16, 1 / 16)) == pytest.approx(-1)
    assert elasticity(2.0, 7.0, None, (2.2, 7.6)) == pytest.approx(6 / 7)
    assert elasticity(2.0, 0.0, None, (2.2, 1.0)) is None
    assert elasticity(1, 1.0, (0, 0.0), (3, 3.0)) == pytest.approx(1)


def test_an_accuracy_has_its_noise():
    work = network([4, 1, 1], linear("fc", 3), samples=400)
    noisy = experiment(work, array={"output_noise": 1.0})
    found = study(noisy, measures=("accuracy",), step=0.9, only=["tile.array.output_noise", "host"])
    assert 0 < found.measures[0]["noise"] < 0.2
    rows = {row["key"]: row for row in found.effects}
    noise = rows["tile.array.output_noise"]
    assert (noise["improve"], noise["within_noise"], rows["host.bandwidth"]["within_noise"]) == ("less", False, False)
    assert noise["down"] > 2 * found.measures[0]["noise"]
    close = study(noisy, measures=("accuracy",), step=0.01, only=["tile.array.output_noise"])
    change = max(abs(close.effects[0]["down"]), abs(close.effects[0]["up"]))
    assert close.effects[0]["within_noise"] is (0 < change < 2 * close.measures[0]["noise"])


def test_bad_questions():
    for step in (0.0, 1.0, -0.1, math.nan):
        with pytest.raises(InputError, match="--step"):
            study(experiment(), step=step)


def test_json(found):
    told = json.loads(found.to_json())
    assert replace(found, **told) == found
