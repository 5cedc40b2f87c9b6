"""The device of tables: interpolation, closed forms at and between its points, what it refuses."""

import numpy as np
import pytest

from chipsim.devices import Device, Measured
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

SAMPLES, DAY = 60_000, 86400.0
TABLE = {
    "conductances": (1e-6, 5e-6, 20e-6),
    "programming": (0.2e-6, 0.5e-6, 0.8e-6),
    "programming_shift": (0.1e-6, 0.0, -0.3e-6),
    "drift_mean": (0.06, 0.05, -0.01),
    "drift_spread": (0.02, 0.01, 0.005),
    "drift_start": 20.0,
    "read_noise": (0.05e-6, 0.1e-6, 0.3e-6),
}
TARGETS = np.array([1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 14.0, 18.0, 20.0]) * 1e-6


def at(name, target):
    return float(np.interp(target, TABLE["conductances"], TABLE[name]))


@pytest.mark.parametrize("target", TARGETS)
def test_mean_and_spread_at_five_times(target, laws):
    """The exponent keeps its sign, so E ratio**-nu is the transform of a plain normal."""
    device = Measured(**TABLE)
    programmed = device.program(np.full(SAMPLES, target), Stream(3).child(f"{target}"))
    first, second = laws.rectified(target + at("programming_shift", target), at("programming", target))
    for time in laws.times:
        rate = np.log((time + 20) / 20)
        decay, square = (
            np.exp(-k * rate * at("drift_mean", target) + (k * rate * at("drift_spread", target)) ** 2 / 2) for k in (1, 2)
        )
        mean, sigma = first * decay, np.sqrt(second * square - (first * decay) ** 2)
        right, text = laws.within_sampling_error(device.mean_at(programmed, time), mean, sigma)
        assert right, f"{target} at {time} s {text}"


@pytest.mark.parametrize("target", TARGETS)
def test_the_moments_are_those_of_the_tables(target):
    device = Measured(**TABLE)
    wanted = [at(name, target) for name in ("programming", "drift_mean", "drift_spread")]
    found = [moment(target) for moment in (device.programming_sigma, device.exponent_mean, device.exponent_sigma)]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_the_noise_keeps_its_share_of_a_drifting_conductance():
    device = Measured(**TABLE).having(program_scale=0.0)
    programmed = device.program(TARGETS, Stream(1))
    for time in (0.0, DAY):
        share = device.mean_at(programmed, time) / programmed.conductance
        wanted = [at("read_noise", target) for target in TARGETS] * share
        np.testing.assert_allclose(device.read_sigma_at(programmed, time), wanted, rtol=1e-5)


def test_tables_in_a_file_carry_units():
    text = {
        "type": "measured", "conductances": ["1 uS", "4000 nS"], "programming": ["50 nS", "0.1 uS"], "temperature": "300 K",
        "drift_mean": [0.05, 0.04], "drift_start": "1 min", "drift_until": "1 d",
    }  # fmt: skip
    device = from_plain(Device, text)
    assert (device.g_min, device.g_max, device.drift_start) == (1e-6, 4e-6, 60.0)
    assert device.programming_sigma(2.5e-6) == pytest.approx(75e-9)
    assert from_plain(Device, device.plain()) == device
    with pytest.raises(InputError, match=r"programming\[?.?0\]?: 0.05 has no unit, expected a conductance"):
        from_plain(Device, text | {"programming": [0.05, "0.1 uS"]})


def test_times_that_were_not_measured_are_refused():
    without = {name: value for name, value in TABLE.items() if not name.startswith("drift")}
    device = Measured(**without)
    programmed = device.program([5e-6], Stream(1))
    with pytest.raises(InputError, match=r"expected 0 s, the moment of programming; measure retention"):
        device.mean_at(programmed, 1.0)
    np.testing.assert_array_equal(device.having(retention="constant").mean_at(programmed, 1e9), programmed.conductance)
    day = Measured(**TABLE, drift_until=DAY)
    assert day.mean_at(day.program([5e-6], Stream(1)), DAY) > 0
    with pytest.raises(InputError, match=r"a read time of 2 d is not covered; expected 0 s to 1 d"):
        day.mean_at(day.program([5e-6], Stream(1)), 2 * DAY)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"conductances": (1e-6, 5e-6, 5e-6)}, "conductances do not ascend"),
        ({"programming": (0.2e-6, 0.5e-6)}, r"programming has 2 values for 3 conductances; give one for each \(there are gaps\)"),
        ({"read_noise": (0.1e-6, -0.1e-6, 0.1e-6)}, "read_noise holds -100 nS; a standard deviation is not negative"),
        ({"drift_spread": (0.1, 0.1, -0.1)}, "drift_spread holds -0.1; a standard deviation is not negative"),
        ({"drift_start": None}, "drift_start is missing; exponents mean nothing without"),
        ({"drift_mean": ()}, "drift_spread stands without drift_mean"),
        ({"g_max": 30e-6}, "g_max 30 uS is not within 1 uS to 20 uS, the measured range"),
        ({"g_min": 0.0}, "g_min 0 S to g_max 20 uS is not within 1 uS"),
        ({"programming": (0.2e-6, float("nan"), 0.8e-6)}, "finite"),
    ],
)
def test_unusable_tables_are_refused(keys, message):
    with pytest.raises(InputError, match=message):
        Measured(**TABLE | keys)
