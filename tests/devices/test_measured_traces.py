"""Resampled traces: the very histories that were measured, and mixtures of them between measured targets."""

import numpy as np
import pytest

from chipsim.devices import Device, MeasuredTraces
from chipsim.errors import InputError
from chipsim.reading import load
from chipsim.streams import Stream

SAMPLES, DAY = 60_000, 86400.0
LEVELS = np.array([2e-6, 4e-6, 8e-6, 16e-6])
TIMES = np.array([10.0, 100.0, 1000.0, DAY])
COUNT = 15


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Made-up histories with a bias and a spread of their own at each target, and the file that holds them."""
    generator = np.random.default_rng(7)
    target = np.repeat(LEVELS, COUNT)
    start = target * (1.03 + 0.1 * generator.standard_normal(target.size))
    history = start[:, None] * (1 + generator.normal(0, 0.2, target.size)[:, None] * np.array([0, 0.3, 0.7, 1.0]))
    history = np.abs(history)
    file = tmp_path_factory.mktemp("traces") / "traces.npz"
    order = generator.permutation(target.size)
    np.savez(file, target=target[order], time=TIMES, conductance=history[order])
    return file, history.reshape(len(LEVELS), COUNT, len(TIMES))


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_at_a_measured_target_every_device_is_a_measured_one(measured, level):
    file, history = measured
    device = MeasuredTraces(file=str(file))
    programmed = device.program(np.full(3000, LEVELS[level]), Stream(1).child(f"{level}"))
    found = np.stack([device.mean_at(programmed, time) for time in TIMES], axis=1)
    np.testing.assert_allclose(programmed.conductance, found[:, 0], rtol=1e-6)
    nearest = np.abs(found[:, None, :] - history[level]).max(axis=2).argmin(axis=1)
    np.testing.assert_allclose(found, history[level][nearest], rtol=1e-5)
    counts = np.bincount(nearest, minlength=COUNT)
    assert ((counts - 3000 / COUNT) ** 2 / (3000 / COUNT)).sum() < 45  # chi squared, 14 degrees of freedom


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("interval", [0, 1, 2])
def test_between_targets_mean_and_square_of_the_error_are_linear(measured, share, interval, laws):
    file, history = measured
    device = MeasuredTraces(file=str(file))
    target = (1 - share) * LEVELS[interval] + share * LEVELS[interval + 1]
    programmed = device.program(np.full(SAMPLES, target), Stream(2).child(f"{interval} {share}"))
    for number, time in enumerate(TIMES):
        errors = history[interval : interval + 2, :, number] - LEVELS[interval : interval + 2, None]
        weights = np.array([1 - share, share])
        mean, square = weights @ errors.mean(axis=1), weights @ (errors**2).mean(axis=1)
        sigma = np.sqrt(square - mean**2)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), target + mean, sigma)
        assert right, f"{time} s {text}"
        if number == 0:
            np.testing.assert_allclose(device.programming_sigma(target), sigma, rtol=1e-4)


def test_between_readings_a_trace_is_linear_in_the_logarithm(measured):
    file, _ = measured
    device = MeasuredTraces(file=str(file))
    programmed = device.program(np.full(200, LEVELS[1]), Stream(4))
    early, late = device.mean_at(programmed, 100.0), device.mean_at(programmed, 1000.0)
    np.testing.assert_allclose(device.mean_at(programmed, np.sqrt(1e5)), (early + late) / 2, rtol=1e-5)


def test_scales_act_on_the_error_and_on_what_follows(measured):
    file, _ = measured
    full, half = MeasuredTraces(file=str(file)), MeasuredTraces(file=str(file), program_scale=0.5, drift_scale=2.0)
    target = np.full(100, LEVELS[2])
    one, other = full.program(target, Stream(5)), half.program(target, Stream(5))
    np.testing.assert_allclose(other.conductance - target, (one.conductance - target) / 2, atol=1e-11)
    change = full.mean_at(one, DAY) - one.conductance
    np.testing.assert_allclose(half.mean_at(other, DAY), np.maximum(other.conductance + 2 * change, 0), atol=1e-11)


def test_targets_and_times_outside_are_refused(measured):
    file, _ = measured
    device = MeasuredTraces(file=str(file))
    assert (device.g_min, device.g_max) == (2e-6, 16e-6)
    programmed = device.program([4e-6], Stream(1))
    for time in (5.0, 2 * DAY):
        with pytest.raises(InputError, match=r"is not covered; expected 0 s or 10 s to 1 d; ask for a time within every trace"):
            device.mean_at(programmed, time)
    with pytest.raises(InputError, match="g_max 20 uS is not within 2 uS to 16 uS, the measured targets"):
        MeasuredTraces(file=str(file), g_max=20e-6)


def test_the_file_is_named_from_the_device_file(measured, tmp_path):
    file, _ = measured
    (tmp_path / "device.yaml").write_text(f"type: measured-traces\nfile: {file.name}\n")
    (tmp_path / file.name).write_bytes(file.read_bytes())
    device = load(tmp_path / "device.yaml", Device)
    assert device.program([4e-6], Stream(1)).conductance == MeasuredTraces(file=str(file)).program([4e-6], Stream(1)).conductance


def test_a_file_that_changes_is_read_again(measured, tmp_path):
    copy = tmp_path / "traces.npz"
    arrays = dict(np.load(measured[0]))
    np.savez(copy, **arrays)
    assert MeasuredTraces(file=str(copy)).g_max == 16e-6
    np.savez(copy, **arrays | {"target": arrays["target"] * 2, "time": TIMES * 2})
    assert MeasuredTraces(file=str(copy)).g_max == 32e-6


@pytest.mark.parametrize("name", ["missing.npz", "traces.txt"])
def test_a_file_that_cannot_be_read_is_one_sentence(name, tmp_path):
    (tmp_path / "traces.txt").write_text("target")
    with pytest.raises(InputError, match=rf"{name}: (cannot be read|traces are read from \.csv or \.npz)"):
        MeasuredTraces(file=str(tmp_path / name))
