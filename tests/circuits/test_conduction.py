"""Devices whose current is a curve, read at one voltage."""

from __future__ import annotations

from typing import final

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.conduction import Chord, is_ohmic
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices import Ideal
from chipsim.devices.ideal import Ideal as IdealDevice
from chipsim.devices.rram_milo2021 import RRAMMilo2021
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

MILO = {"type": "rram-milo2021", "program_scale": 0, "retention": "constant"}
TIME = {"type": "pulse_width", "bits": 16, "read_voltage": "0.3 V"}
PLAIN = {"rows": 32, "columns": 8, "adc": "ideal", "dac": TIME, "conduction": "device"}
WEIGHTS = np.random.default_rng(0).normal(size=(32, 8)).astype(np.float32)


def crossbar(**keys: object) -> Crossbar:
    made = Crossbar(from_plain(Array, PLAIN | {"cell": {"device": MILO}} | keys), Stream(0))
    made.program(WEIGHTS)
    return made


def polynomial(g: np.ndarray, volts: float) -> np.ndarray:
    """The published fit, written down once more."""
    decades = np.log10(g)
    quadratic = 7.063e-3 + 5.711e-3 * decades + 1.541e-3 * decades**2 + 1.388e-4 * decades**3
    cubic = 1.2968e-3 + 6.7919e-4 * decades + 8.8710e-5 * decades**2
    return g * volts + quadratic * volts**2 + cubic * volts**3


def test_a_chord_is_the_current_over_the_voltage() -> None:
    device = RRAMMilo2021()
    g = np.linspace(device.g_min, device.g_max, 7).astype(np.float32)
    chord = Chord(device, 0.3)
    assert chord.conductance(g) == pytest.approx(polynomial(g.astype(float), 0.3) / 0.3, rel=1e-5)
    ends = chord.scale * chord.conductance(g[[0, -1]])
    assert ends[1] - ends[0] == pytest.approx(device.g_max - device.g_min, rel=1e-6)


def test_noise_takes_the_slope_of_the_curve() -> None:
    chord, g, sigma = Chord(RRAMMilo2021(), 0.5), np.array([6e-5], np.float32), np.array([1e-6], np.float32)
    high, low = polynomial(np.array([6.1e-5, 5.9e-5]), 0.5) / 0.5
    assert chord.spread(g, sigma)[0] == pytest.approx((high - low) / 2, rel=1e-3)


@pytest.mark.parametrize("dac", [TIME, {"type": "bit_serial", "bits": 10, "read_voltage": "0.3 V"}])
def test_a_product_with_the_chords_of_the_devices(dac: dict) -> None:
    made = crossbar(dac=dac)
    device, share = made.array.cell.device, WEIGHTS / np.abs(WEIGHTS).max(axis=0)
    span = device.g_max - device.g_min
    current = polynomial(device.g_min + np.abs(share.astype(float)) * span, 0.3)
    full, empty = polynomial(np.array([device.g_max, device.g_min]), 0.3)
    weights = np.sign(share) * (current - empty) / (full - empty)
    assert made.weights == pytest.approx(weights, abs=2e-5)
    assert np.abs(made.weights).max() == pytest.approx(1, abs=1e-5)
    assert np.abs(made.weights - crossbar(dac=dac, conduction="ohmic").weights).max() > 0.01
    assert np.array_equal(made.backward(np.eye(8, dtype=np.float32), *2 * [np.arange(8, dtype=np.uint32)]).y.shape, (8, 32))


def test_energy_is_that_of_the_current() -> None:
    x, ids = np.ones((1, 32), np.float32), np.zeros(1, np.uint32)
    made = crossbar()
    device, share = made.array.cell.device, np.abs(WEIGHTS / np.abs(WEIGHTS).max(axis=0)).astype(float)
    full = polynomial(device.g_min + share * (device.g_max - device.g_min), 0.3) / 0.3
    empty = polynomial(np.array(device.g_min), 0.3) / 0.3
    assert made.multiply(x, ids, ids).energy_sum[0] == pytest.approx((full + empty).sum(), rel=1e-4)


def test_ohmic_devices_stay_as_they_are() -> None:
    assert is_ohmic(Ideal())
    assert not is_ohmic(RRAMMilo2021())
    for dac in ("ideal", TIME):
        ours, plain = (crossbar(cell={"device": "pcm"}, dac=dac, conduction=how) for how in ("device", "ohmic"))
        assert np.array_equal(ours.weights, plain.weights)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"dac": "ideal"}, r"current of type 'rram-milo2021' is a curve .*\(dac of type 'ideal'\).*pulse_width or bit_serial"),
        ({"dac": {"type": "voltage", "bits": 6}}, "set conduction: ohmic"),
        ({"dac": TIME | {"read_voltage": "0.6 V"}}, "a voltage of 600 mV.*change dac.read_voltage"),
        ({"ir_drop": 1, "ir_drop_model": "exact"}, "exact wires need ohmic cells"),
    ],
    ids=str,
)
def test_what_is_no_product_is_refused_when_it_is_described(keys: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        crossbar(**keys)


def test_a_device_without_a_slope_is_refused() -> None:
    @final
    class Saturated(IdealDevice.__mro__[1], type="saturated-for-a-test"):  # type: ignore[misc]
        program = IdealDevice.program
        mean_at = IdealDevice.mean_at
        read_sigma_at = IdealDevice.read_sigma_at
        programming_sigma = IdealDevice.programming_sigma
        exponent_mean = IdealDevice.exponent_mean
        exponent_sigma = IdealDevice.exponent_sigma

        def current(self, conductance: object, voltage: object) -> np.ndarray:
            return np.full(np.shape(conductance), 1e-6, np.float32)

    with pytest.raises(InputError, match=r"Saturated.current: at 200 mV g_max carries 1 .*A and g_min 1 .*A; expected more current"):
        Chord(Saturated(), 0.2)
    type(Saturated()).members.pop("saturated-for-a-test")
