"""Measured devices: what is resampled has the moments of the devices that were measured, and what a file cannot say is refused."""

import numpy as np
import pytest
from pulsing import QUIET, pulsed
from tracing import SCALE, ZERO, save, small_file, traces_of

from chipsim.errors import InputError
from chipsim.kernels.pulse_reference import one_pulse
from chipsim.responses import ExponentialStep, MeasuredSteps, OneSidedPair, SoftBounds
from chipsim.streams import Stream

SHAPE = (60, 500)
WEIGHTS = (-0.2, 0.0, 0.2)  # where every law still moves: tables are as fine as their points
KNOWN = {
    "soft bounds": (SoftBounds(step=0.04, noise=0.3, stuck=0.1), {"up": 80, "down": 80, "cycles": 3}),
    "exponential": (
        ExponentialStep(step=0.03, noise=0.5, w_max_spread=0.1, w_min_spread=0.1, a_up=0.2, gamma_up=6, a_down=0.1, gamma_down=8,
                        slope=0.5, offset=0.0, asymmetry=0.2),
        {"up": 150, "down": 150, "cycles": 2},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(KNOWN))
def pair(request, tmp_path_factory):
    """(true response, its 400 devices, measured response)."""
    response, keys = KNOWN[request.param]
    weights, signs = traces_of(response, devices=400, **keys)
    true, _ = response.instantiate((400, 1), Stream(1), Stream(1).child("chip"))
    file = save(tmp_path_factory.mktemp("traces") / "a.npz", weights, signs, siemens=False)
    return response, true, MeasuredSteps(file=file)


def drawn(measured, seed=3):
    return measured.instantiate(SHAPE, Stream(seed), Stream(seed).child("chip"))[0]


def inside(response, cells, weight, margin=0.05):
    """Devices whose range holds the weight with room to spare."""
    low, high = response.bounds(cells)
    return (low < weight - margin) & (high > weight + margin) & ~cells.stuck


@pytest.mark.parametrize("weight", WEIGHTS)
def test_steps_and_their_spread_are_those_of_the_devices(pair, weight):
    response, true, measured = pair
    cells = drawn(measured)
    for ours, theirs in zip(
        measured.mean_steps(cells, np.full(SHAPE, weight)), response.mean_steps(true, np.full((400, 1), weight)), strict=True
    ):
        mine, his = ours[inside(measured, cells, weight)], theirs[inside(response, true, weight)]
        assert mine.mean() == pytest.approx(his.mean(), rel=0.05 if isinstance(response, SoftBounds) else 0.08)  # curved: 12 points
        assert np.quantile(mine, (0.16, 0.5, 0.84)) == pytest.approx(np.quantile(his, (0.16, 0.5, 0.84)), rel=0.12)


def test_range_states_and_stuck_share(pair):
    response, true, measured = pair
    cells = drawn(measured)
    assert measured.stuck == pytest.approx(true.stuck.mean(), abs=0.005)  # one device may move too little
    assert cells.stuck.mean() == pytest.approx(measured.stuck, abs=0.01)
    if isinstance(response, SoftBounds):
        live = ~true.stuck
        assert measured.w_max == pytest.approx(true.pulsed.high[live].mean(), rel=0.04)
        assert measured.w_max_spread == pytest.approx(0.3, rel=0.1)
        assert measured.states == pytest.approx(response.states, rel=0.06)
        assert abs(measured.steps.stuck).max() <= 0.02


def test_symmetry_points(pair):
    response, true, measured = pair
    cells = drawn(measured)
    ours, theirs = measured.symmetry_point(cells)[~cells.stuck], response.symmetry_point(true)[~true.stuck]
    assert np.median(ours) == pytest.approx(np.median(theirs), abs=0.02)


def test_noise_from_cycle_to_cycle(pair):
    """One pulse from weight 0: scatter about the mean, over the mean, as the kernel plays it."""
    response, _, measured = pair
    cells = drawn(measured.having(stuck=0.0))
    start = np.zeros(SHAPE, np.float32)
    mean = measured.mean_steps(cells, start)[0]
    seen = pulsed(measured.having(write_noise=0.0), cells, start, [1])
    here = inside(measured, cells, 0.0, 0.15) & (mean > 0.01)
    assert np.sqrt(np.mean(((seen - mean)[here] / mean[here]) ** 2)) == pytest.approx(response.noise, rel=0.12)
    assert measured.noise == pytest.approx(response.noise, rel=0.12)


def test_the_whole_curve_is_that_of_the_devices(pair):
    """Mean weight of new devices after pulses up and down, beside that of new devices of the true kind."""
    response, _, measured = pair
    for seed, directions in ((5, [1] * 15), (6, [1] * 40), (7, [1] * 40 + [-1] * 20)):
        found = []
        for kind in (response, measured):
            cells, weights = kind.having(write_noise=0.0).instantiate(SHAPE, Stream(seed), Stream(seed).child("chip"))
            found.append(pulsed(kind.having(write_noise=0.0), cells, weights, directions))
        assert found[1].mean() == pytest.approx(found[0].mean(), abs=0.025)
        assert found[1].std() == pytest.approx(found[0].std(), rel=0.1)


def test_the_kernel_is_the_twin(pair):
    _, _, measured = pair
    quiet = measured.having(**QUIET)
    cells = drawn(quiet)
    low, high = quiet.bounds(cells)
    start = np.ascontiguousarray(np.clip(np.linspace(-0.5, 0.5, SHAPE[1], dtype=np.float32), low, high))
    for sign in (1, -1):
        twin = one_pulse(start.astype(float), np.full(SHAPE, sign > 0), cells.pulsed, quiet.law, np.zeros(SHAPE))
        assert pulsed(quiet, cells, start, [sign]) == pytest.approx(twin, abs=1e-6)


def test_every_cell_is_a_device_of_the_file(pair):
    """Tables and range belong together: the correlations of the measured devices are kept."""
    _, _, measured = pair
    cells = drawn(measured.having(stuck=0.0))
    highs = measured.steps.high.astype(np.float32)
    assert set(np.unique(cells.pulsed.high)) <= set(highs)
    assert (highs[cells.pulsed.up_shape.astype(int)] == cells.pulsed.high).all()
    counts = np.bincount(cells.pulsed.up_shape.astype(int).ravel(), minlength=highs.size)
    mean = cells.stuck.size / highs.size
    assert abs(counts - mean).max() < 6 * np.sqrt(mean)


def test_the_mean_table_scales_from_cell_to_cell(pair):
    _, _, measured = pair
    mean = MeasuredSteps(file=measured.file, devices="mean")
    assert mean.granularity == pytest.approx(measured.granularity) == pytest.approx(mean.step)
    alike = mean.having(step_spread=0.0, asymmetry_spread=0.0, w_max_spread=0.0, w_min_spread=0.0, stuck=0.0)
    cells = drawn(alike)
    assert np.ptp(cells.pulsed.up) == np.ptp(cells.pulsed.high) == 0
    double = drawn(alike.having(step=2 * mean.step))
    steps = [alike.mean_steps(each, np.zeros(SHAPE))[0][0, 0] for each in (cells, double)]
    assert steps[1] == pytest.approx(2 * steps[0])
    spread = drawn(mean.having(stuck=0.0))
    assert spread.pulsed.up.std() / spread.pulsed.up.mean() == pytest.approx(np.hypot(mean.step_spread, mean.asymmetry_spread), rel=0.06)


def test_noise_can_be_scaled_and_stuck_devices_left_out(tmp_path):
    measured = MeasuredSteps(file=small_file(tmp_path))
    assert measured.having(noise=0.0).law.relative == 0
    assert measured.law.relative == 1
    assert measured.having(noise=measured.noise / 2).law.relative == pytest.approx(0.5)
    assert drawn(measured.having(stuck=0.3)).stuck.mean() == pytest.approx(0.3, abs=0.02)


def test_conductances_become_weights(tmp_path):
    file = small_file(tmp_path)
    own = MeasuredSteps(file=file, zero=ZERO, unit=SCALE)
    scaled = MeasuredSteps(file=file)
    assert scaled.w_max == pytest.approx(1)
    assert scaled.w_min == pytest.approx(-1)
    assert own.w_max == pytest.approx(0.6, rel=0.1)
    assert scaled.states == pytest.approx(own.states, rel=0.05)


def test_stuck_devices_stand_where_they_stood(tmp_path):
    weights, signs = traces_of(SoftBounds(step=0.05), devices=60)
    weights[:12] = np.array([0.25] * 6 + [-0.4] * 6)[:, None]
    measured = MeasuredSteps(file=save(tmp_path / "a.npz", weights, signs, siemens=False))
    assert measured.stuck == pytest.approx(0.2)
    cells, held = measured.instantiate(SHAPE, Stream(1), Stream(2))
    assert cells.stuck.mean() == pytest.approx(0.2, abs=0.01)
    assert np.isclose(held[cells.stuck], 0.25, atol=1e-6).mean() == pytest.approx(0.5, abs=0.03)
    assert np.isclose(pulsed(measured, cells, held, [1, 1, -1])[cells.stuck], held[cells.stuck]).all()


def test_pulses_up_only_make_a_device_of_a_pair(tmp_path):
    weights, signs = traces_of(SoftBounds(step=0.05, w_min=0.0, w_max=1.0), devices=60, up=60, down=0, cycles=1)
    measured = MeasuredSteps(file=save(tmp_path / "a.npz", weights, signs))
    assert measured.w_min == pytest.approx(0, abs=1e-9)
    assert measured.w_max == pytest.approx(1)
    pair = OneSidedPair(device=measured)
    assert 0 < pair.granularity < 0.2
    assert (np.diff(pair.staircase) > 0).all()
    cells, _ = measured.instantiate(SHAPE, Stream(1), Stream(2))
    start = np.full(SHAPE, 0.3, np.float32)
    assert pulsed(measured, cells, start, [-1])[~cells.stuck & (cells.pulsed.high > 0.3)] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"step": 0.5}, "step 0.5 is not that of the file"),
        ({"w_max": 2.0}, "use devices: mean"),
        ({"additive": True}, "no meaning here"),
        ({"points": 1}, "points"),
        ({"stuck_below": 1.0}, "stuck_below"),
        ({"file": "nothing.npz"}, "nothing.npz"),
        ({"zero": 30e-6}, "expected 0 between"),
    ],
)
def test_what_a_file_cannot_say_is_refused(tmp_path, keys, said):
    with pytest.raises(InputError, match=said):
        MeasuredSteps(**{"file": small_file(tmp_path)} | keys)
