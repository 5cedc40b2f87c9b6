"""Studies of responses: curves beside closed forms, devices beside their description, one-sided and stuck devices."""

import json

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep, LinearStep, Response, SoftBounds, SoftBoundsReference
from chipsim.studies.response import POINTS, study, usual_pulses
from chipsim.verbs.response import library

ALIKE = {"step_spread": 0.0, "asymmetry_spread": 0.0, "w_max_spread": 0.0, "w_min_spread": 0.0, "noise": 0.0}


def component(name):
    return from_plain(Response, {"component": name})


@pytest.fixture(scope="module", params=library())
def entry(request):
    return study(component(request.param), cells=400)


def test_devices_without_spread_follow_the_closed_form():
    """Soft bounds: high - (high - low) (1 - step / high)**n upwards from the lower bound."""
    found = study(SoftBounds(step=0.05, w_max=1.0, w_min=-1.0, **ALIKE), cells=50, pulses=40)
    for row in found.curve[:41]:
        expected = 1 - 2 * 0.95 ** row["pulse"]
        assert row["average"] == pytest.approx(expected, abs=1e-5)
        assert (row["mean"], row["low"], row["high"]) == pytest.approx((expected, expected, expected), abs=1e-5)
    assert found.curve[-1]["pulse"] == 160
    assert len(found.curve) == 161
    steps = {round(row["weight"], 3): row for row in found.steps}
    assert (steps[0.5]["up_average"], steps[0.5]["down_median"]) == (pytest.approx(0.025), pytest.approx(0.075))


def test_usual_sweeps_reach_the_end():
    assert usual_pulses(ConstantStep(step=0.001, w_max=0.6, w_min=-0.6), False) == pytest.approx(0.95 * 1200, rel=0.05)
    assert usual_pulses(SoftBounds(step=0.01, w_max=1.0, w_min=-1.0), False) == pytest.approx(np.log(0.05) / np.log(0.99), rel=0.05)
    found = study(component("rpu-idealized"), cells=50)
    assert len(found.curve) == 1 + 4 * POINTS  # however many pulses a sweep has


def test_symmetry_and_asymmetry_by_hand():
    gammas = {"gamma_up": 0.5, "gamma_up_spread": 0.0, "gamma_down": 0.5, "gamma_down_spread": 0.0}
    found = study(LinearStep(step=0.01, asymmetry=0.1, **gammas, **ALIKE), cells=50)
    assert found.asymmetry == pytest.approx((0.1 / 1.9, 0), abs=1e-6)
    slope = 0.5 / 0.6
    assert found.symmetry_point[0] == pytest.approx(0.1 / (slope + 0.9 * slope), abs=1e-5)
    assert found.states == pytest.approx(120)
    assert found.own_states == pytest.approx([120 / 0.95] * 3, rel=1e-5)


def test_every_entry_of_the_library(entry):
    """Drawn devices are those described, within five standard errors; every number is finite; text and files need nothing else."""
    for row in entry.spreads:
        if row["deviation"] is not None:
            assert abs(row["deviation"]) < 5 * row["error"] + 1e-9, row
            assert abs(row["mean"] - row["mean_closed"]) < 5 * row["sigma"] / np.sqrt(row["devices"]) + 1e-6 * abs(row["mean"]), row
    assert json.loads(entry.to_json())["cells"] == 400
    assert all(row["low"] <= row["high"] for row in entry.curve)
    assert entry.stuck == pytest.approx(entry.stuck_described, abs=4 * np.sqrt(0.12 / 400))
    top, end = entry.curve[POINTS if entry.pulses >= POINTS else entry.pulses], entry.curve[0]
    assert top["mean"] > end["mean"]


def test_measured_yields():
    assert component("reram-om-measured-yield").stuck == 0.135
    assert component("reram-hfo2-measured-yield").stuck == 0.098
    for name in ("reram-om", "reram-hfo2"):
        plain, measured = (component(each).plain() for each in (name, f"{name}-measured-yield"))
        assert {key for key in plain if plain[key] != measured[key]} == {"stuck", "source"}


def test_one_of_a_pair_is_reset_between_sweeps():
    found = study(component("pcm-one-sided"), cells=200)
    assert found.one_sided
    assert (found.symmetry, found.symmetry_point, found.asymmetry) == ([], None, None)
    assert all(row["direction"] >= 0 for row in found.curve)
    resets = [row for row in found.curve if row["direction"] == 0]
    assert [row["pulse"] for row in resets] == [0, found.pulses]
    assert all(row["mean"] < 0.05 for row in resets)
    assert all(row["down_mean"] is None for row in found.steps)


def test_reading_noise_and_symmetry_of_a_reference():
    found = study(SoftBoundsReference(step=0.05, write_noise=1.0, subtract_symmetry_point=True, reference_mean=0.02), cells=4000)
    rows = {row["quantity"]: row for row in found.spreads}
    assert rows["reading noise"]["sigma"] == pytest.approx(1, rel=0.05)
    assert rows["pulse noise"]["sigma"] == pytest.approx(1, rel=0.05)
    assert rows["symmetry point"]["mean"] == pytest.approx(-0.02, abs=0.004)


def test_stuck_devices_stay_out_of_the_spreads():
    found = study(SoftBounds(step=0.05, stuck=0.5), cells=1000)
    assert found.stuck == pytest.approx(0.5, abs=0.06)
    assert next(row["devices"] for row in found.spreads) == round(1000 * (1 - found.stuck))
    assert study(SoftBounds(step=0.05, stuck=1.0), cells=60).symmetry == []


def test_the_same_seed_gives_the_same_devices():
    response = component("reram-om")
    one, other, third = study(response, 100), study(response, 100), study(response, 100, seed=1)
    assert one == other
    assert one.curve != third.curve
    assert study(response, 100, pulses=5).spreads == one.spreads


@pytest.mark.parametrize("keys", [{"cells": 49}, {"cells": 2_000_000}, {"pulses": 0}, {"pulses": 30_000}])
def test_numbers_out_of_reach_are_refused(keys):
    with pytest.raises(InputError, match="response study"):
        study(ConstantStep(), **keys)
