"""A selector bends inputs that are voltages, and no others."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

PLAIN = {"rows": 32, "columns": 8, "cell": {"device": "ideal"}, "adc": "ideal", "input_scaling": "none"}
SINH = {"type": "sinh", "voltage": "50 mV"}
WEIGHTS = np.random.default_rng(0).normal(size=(32, 8)).astype(np.float32)
X = np.random.default_rng(1).uniform(-1, 1, (20, 32)).astype(np.float32)


def crossbar(dac: object, selector: object = "none", **keys: object) -> Crossbar:
    made = Crossbar(from_plain(Array, PLAIN | {"dac": dac, "selector": selector} | keys), Stream(0))
    made.program(WEIGHTS)
    return made


@pytest.mark.parametrize("volts", [0.05, 0.2, 1.0])
def test_voltages_are_bent(volts: float) -> None:
    u = volts / 0.05
    expected = np.sinh(u * X.astype(float)) / np.sinh(u) @ WEIGHTS
    assert np.allclose(X @ crossbar({"type": "ideal", "read_voltage": f"{volts} V"}, SINH), expected, atol=1e-4)


def test_the_curve_acts_on_the_steps_of_the_dac() -> None:
    x = np.round(X * 63) / np.float32(63)
    expected = np.sinh(4 * x.astype(float)) / np.sinh(4) @ WEIGHTS
    assert np.allclose(X @ crossbar({"type": "voltage", "bits": 7}, SINH), expected, atol=1e-4)


@pytest.mark.parametrize("dac", ["pulse_width", "bit_serial"])
def test_inputs_in_time_are_not(dac: str) -> None:
    assert np.array_equal(X @ crossbar({"type": dac}, SINH), X @ crossbar({"type": dac}))


def test_a_wide_selector_is_a_straight_line() -> None:
    wide = {"type": "sinh", "voltage": "1 kV"}
    assert np.array_equal(X @ crossbar("ideal", wide), X @ crossbar("ideal"))


def test_the_energy_is_voltage_times_current() -> None:
    ids = np.zeros(len(X), np.uint32)
    found = crossbar("ideal", SINH).multiply(X, ids, ids).energy_sum
    conductance = np.abs(WEIGHTS / np.abs(WEIGHTS).max(axis=0)).sum(axis=1) * 25e-6
    assert found == pytest.approx((X * np.sinh(4 * X.astype(float)) / np.sinh(4)) @ conductance, rel=1e-5)


def test_a_curve_beyond_float32_is_refused() -> None:
    with pytest.raises(InputError, match=r"200 mV is 200 times its v0; expected at most 40 times; raise selector.voltage"):
        crossbar("ideal", {"type": "sinh", "voltage": "1 mV"})
