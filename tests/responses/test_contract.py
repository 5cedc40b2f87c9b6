"""What every answer to a pulse must do, for all types with their defaults and all entries of the technology library."""

from pathlib import Path

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed
from tracing import small_file

import chipsim
from chipsim.kernels.pulsed_update import PulsedCells
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.tree import parse

LIBRARY = Path(chipsim.__file__).parent / "technology" / "response.yaml"
ENTRIES = {name: {"component": name} for name in parse(LIBRARY).value}
TYPES = {name: {"type": name} for name in Response.members if name != "measured_steps"}
MEASURED = {f"measured {kind}": {"type": "measured_steps", "devices": kind} for kind in ("each", "mean")}
BENT = {
    "linear half lost": {"type": "linear_step", "gamma_up": 0.5, "gamma_down": 0.7},
    "linear own bounds": {"type": "linear_step", "gamma_up": 0.5, "gamma_down": 0.7, "own_bounds": True, "additive": True},
    "power 2": {"type": "power_step", "power": 2.0, "power_spread": 0.2, "power_asymmetry": 0.1},
    "table": {"type": "piecewise_step", "up": (1.5, 1.0, 0.6, 0.1), "down": (0.2, 0.5, 1.2)},
    "half stuck": {"type": "soft_bounds_reference", "stuck": 0.5, "stuck_range": 0.1, "subtract_symmetry_point": True},
    "smaller up": {"type": "constant_step", "asymmetry": -0.3},
}
ALL = ENTRIES | TYPES | BENT | MEASURED
SHAPE = (24, 40)
CHIP = Stream(3).child("chip")


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    return small_file(tmp_path_factory.mktemp("traces"))


@pytest.fixture(params=sorted(ALL))
def response(request, traces):
    return from_plain(Response, ALL[request.param] | ({"file": traces} if request.param in MEASURED else {}))


def devices(response, seed=1, chip=CHIP):
    return response.instantiate(SHAPE, Stream(seed), chip)


def test_the_arrays_are_what_the_kernel_reads(response):
    cells, weights = devices(response)
    for matrix in (*cells.pulsed, weights):
        assert matrix.dtype == np.float32
        assert matrix.flags.c_contiguous
        assert matrix.size == 0 or (matrix.shape == SHAPE and np.isfinite(matrix).all())
    assert cells.stuck.shape == cells.rest.shape == cells.rate.shape == SHAPE
    assert (cells.pulsed.up >= 0).all()
    assert (cells.pulsed.down >= 0).all()
    assert (cells.pulsed.low <= cells.pulsed.high).all()
    low, high = response.bounds(cells)
    assert ((low <= weights) & (weights <= high)).all()


def test_everything_comes_from_the_streams(response):
    cells, weights = devices(response)
    again, weights_again = devices(response)
    for one, other in zip((*cells.pulsed, weights, *cells[1:]), (*again.pulsed, weights_again, *again[1:]), strict=True):
        assert (one == other).all()
    repeated, weights_repeated = devices(response, seed=2)  # another programming on the same chip
    assert all((one == other).all() for one, other in zip(cells.pulsed, repeated.pulsed, strict=True))
    assert (weights != weights_repeated).mean() > 0.4  # not those that are stuck or at a bound
    moved, _ = devices(response, chip=Stream(4))
    assert (cells.pulsed.up != moved.pulsed.up).mean() > 0.4


def test_a_larger_array_has_other_devices_but_the_same_statistics(response):
    small, large = (response.instantiate(shape, Stream(), CHIP)[0].pulsed.up for shape in ((50, 50), (100, 100)))
    error = np.sqrt(small.var() / small.size + large.var() / large.size)
    assert abs(small.mean() - large.mean()) <= 4 * error


def test_up_pulses_raise_the_mean_and_down_pulses_lower_it(response):
    cells, weights = devices(response)
    weights = response.confined(cells, np.zeros_like(weights))
    count = max(1, min(30, round(response.states / 20)))
    assert pulsed(response, cells, weights, [1] * count).mean() > weights.mean()
    high = response.confined(cells, weights + 0.3)
    assert pulsed(response, cells, high, [-1] * count).mean() < high.mean()


def test_no_pulse_leaves_the_bounds(response):
    cells, weights = devices(response)
    low, high = response.bounds(cells)
    for directions in ([1] * 20, [-1] * 20, [1, -1] * 10):
        for start in (weights, low, high):
            after = pulsed(response, cells, start, directions)
            assert np.isfinite(after).all()
            assert ((low - 1e-6 <= after) & (after <= high + 1e-6)).all()


def test_stuck_devices_stay_where_they_are():
    response = from_plain(Response, BENT["half stuck"])
    cells, weights = devices(response)
    assert cells.stuck.mean() == pytest.approx(0.5, abs=0.07)
    after = pulsed(response, cells, weights, [1] * 5)
    assert after[cells.stuck] == pytest.approx(weights[cells.stuck], abs=1e-6)
    assert (abs(weights[cells.stuck]) <= 0.1 + 1e-6).all()
    assert (after[~cells.stuck] != weights[~cells.stuck]).mean() > 0.99


def test_mean_steps_are_what_the_kernel_does(response):
    quiet = response.having(**QUIET, **({"noise_floor": 0.0, "noise_share": 0.0} if hasattr(response, "noise_floor") else {}))
    cells, weights = devices(quiet)
    up, down = quiet.mean_steps(cells, weights)
    low, high = (bound.astype(float) for bound in quiet.bounds(cells))
    assert pulsed(quiet, cells, weights, [1]) == pytest.approx(np.clip(weights + up, low, high), abs=1e-6)
    assert pulsed(quiet, cells, weights, [-1]) == pytest.approx(np.clip(weights - down, low, high), abs=1e-6)


def test_alternating_pulses_lead_to_the_symmetry_point(response):
    """Short of the quadratic terms: the two ends of the cycle lie on both sides of the point, at most a step apart."""
    quiet = response.having(**QUIET)
    cells, _ = devices(quiet)
    point = quiet.symmetry_point(cells)
    step = np.maximum(*quiet.mean_steps(cells, point))
    up = pulsed(quiet, cells, point, [1])
    assert pulsed(quiet, cells, up, [-1]) == pytest.approx(point, abs=float(step.max()))
    low, high = quiet.bounds(cells)
    for shifted, sign in ((point + 0.2 * (high - point), -1), (point - 0.2 * (point - low), 1)):
        rises, falls = quiet.mean_steps(cells, shifted)
        beyond = (point > low) & (point < high)  # at a bound there is no other side
        assert (sign * (rises - falls) >= -1e-5 * step)[beyond].all()


@pytest.mark.parametrize("name", ["reram-es", "reram-om", "reram-hfo2", "ecram-li", "pcm-one-sided", "power 2", "soft_bounds", "table"])
def test_many_alternating_pulses_end_at_the_symmetry_point(name):
    """They end in a cycle with up(bottom) = down(top); up falls and down grows with the weight, so the point is between its ends."""
    quiet = from_plain(Response, ALL[name]).having(**QUIET)
    cells, _ = devices(quiet)
    bottom, other = (pulsed(quiet, cells, start, [1, -1], 20000) for start in quiet.bounds(cells))
    assert (abs(bottom - other) < 2e-3).mean() > 0.99  # the start is forgotten
    top = pulsed(quiet, cells, bottom, [1])
    point = quiet.symmetry_point(cells)
    assert (bottom <= point + 1e-3).mean() > 0.99
    assert (top >= point - 1e-3).mean() > 0.99


PUBLISHED_STATES = {
    "rpu-baseline-2016": 1200, "rpu-baseline-unit": 1250, "rpu-idealized": 10000, "capacitor-3t1c": 400, "ecram-li": 1000,
    "reram-om": 21, "reram-hfo2": 4.3, "reram-sb": 1000,
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED_STATES)
def test_states_as_published(name):
    assert from_plain(Response, ENTRIES[name]).states == pytest.approx(PUBLISHED_STATES[name], rel=0.01)


@pytest.mark.parametrize("name", ["rpu-baseline-2016", "rpu-baseline-unit", "capacitor-3t1c"])
def test_that_many_pulses_lead_from_bottom_to_top(name):
    """Constant steps: exactly. Steps that lose a share g towards each bound: ln((1 + g) / (1 - g)) / (2 g) times as many, 1.0008 here."""
    quiet = from_plain(Response, ENTRIES[name]).having(**QUIET, **ALIKE, **({"gamma_up_spread": 0.0} if name[0] == "c" else {}))
    cells, _ = devices(quiet)
    low, high = quiet.bounds(cells)
    count = round(quiet.states)
    almost = pulsed(quiet, cells, low, [1] * (count - 2))
    assert (almost < high - quiet.step).all()
    assert pulsed(quiet, cells, low, [1] * (count + 2)) == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize("name", ["reram-om", "reram-hfo2", "soft_bounds"])
def test_soft_bounds_approach_the_top_in_that_many_steps(name):
    quiet = from_plain(Response, ALL[name]).having(**QUIET, **ALIKE, **({} if name == "soft_bounds" else {"reference_spread": 0.0}))
    cells, _ = devices(quiet)
    low, high = (bound[0, 0] for bound in quiet.bounds(cells))
    count, reached = round(quiet.states), quiet.step / quiet.w_max
    expected = high - (high - low) * (1 - reached) ** count
    assert pulsed(quiet, cells, np.full(SHAPE, low), [1] * count) == pytest.approx(np.full(SHAPE, expected), abs=2e-5)


def test_granularity_is_the_step_of_an_average_device(response):
    quiet = response.having(**QUIET, **(ALIKE if getattr(response, "devices", "mean") == "mean" else {}))
    assert response.granularity == quiet.granularity > 0
    assert response.having(assumed_step=0.5).granularity == 0.5
    if response.type_name not in ("exponential_step", "power_step", "piecewise_step") and response.asymmetry == 0:
        assert response.granularity == pytest.approx(response.step, rel=1e-5)


def test_all_pulses_at_once_only_where_they_hardly_turn_around(response):
    law = response.law
    assert isinstance(devices(response)[0].pulsed, PulsedCells)
    if law.grouped:
        assert response.noise <= 1 / 3
        assert response.type_name in ("constant_step", "linear_step", "soft_bounds", "soft_bounds_reference")


def test_a_description_survives_its_file(response):
    assert from_plain(Response, response.plain()) == response
