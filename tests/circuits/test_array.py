"""An array as a description: time of a product, energy in the cells, and the settings of the kernel."""

import math

import pytest

from chipsim.circuits.array import Array
from chipsim.errors import InputError
from chipsim.kernels.settings import Encoding, InputEnergy, RoundingOrder, Scaling
from chipsim.reading import from_plain


def array(**keys: object) -> Array:
    plain = {"rows": 64, "columns": 48, "cell": {"device": "ideal"}, "dac": "ideal", "adc": "ideal"}
    return from_plain(Array, plain | keys)


SAR = {"type": "sar", "bits": 8, "clock": "1 GHz", "columns_per_adc": 8}


@pytest.mark.parametrize(
    ("dac", "adc", "time"),
    [
        ({"type": "ideal", "read_time": "50 ns"}, "ideal", 50e-9),
        ({"type": "voltage", "read_time": "50 ns"}, SAR, 50e-9 + 8 * 9e-9),
        ({"type": "pulse_width", "bits": 8}, {"type": "cco"}, 130e-9),
        ({"type": "pulse_width", "bits": 8, "phases": 4}, {"type": "cco"}, 520e-9),
        ({"type": "bit_serial", "bits": 8, "bit_time": "10 ns"}, SAR, 7 * (10e-9 + 72e-9)),
        ({"type": "voltage", "read_time": "50 ns"}, {"type": "ramp", "bits": 6, "clock": "2 GHz"}, 50e-9 + 32e-9),
    ],
    ids=str,
)
def test_a_product_takes_the_read_and_all_conversions(dac, adc, time: float) -> None:
    assert array(dac=dac, adc=adc).product_time == pytest.approx(time)


@pytest.mark.parametrize(
    ("dac", "energy", "kind"),
    [
        ({"type": "ideal", "read_time": "50 ns", "read_voltage": "0.1 V"}, 0.01 * 50e-9, InputEnergy.SQUARE),
        ({"type": "voltage", "read_time": "50 ns", "read_voltage": "0.1 V"}, 0.01 * 50e-9, InputEnergy.SQUARE),
        ({"type": "pulse_width", "bits": 8, "read_voltage": "0.1 V"}, 0.01 * 127e-9, InputEnergy.MAGNITUDE),
        ({"type": "bit_serial", "bits": 8, "bit_time": "10 ns", "read_voltage": "0.1 V"}, 0.01 * 10e-9, InputEnergy.SET_BITS),
    ],
    ids=str,
)
def test_energy_for_one_siemens_is_voltage_squared_times_drive_time(dac, energy: float, kind: InputEnergy) -> None:
    made = array(dac=dac)
    assert made.energy_per_conductance == pytest.approx(energy)
    assert made.settings.energy == kind


def test_settings_of_an_ideal_array_are_an_exact_product() -> None:
    settings = array(input_scaling="none").settings
    assert (settings.encoding, settings.scaling) == (Encoding.AMPLITUDE, Scaling.NONE)
    assert (settings.input_steps, settings.output_steps, settings.output_bound) == (0, 0, math.inf)
    assert not any((settings.input_noise, settings.output_noise, settings.ir_drop, settings.nonlinearity, settings.max_retries))


def test_settings_say_what_the_description_says() -> None:
    settings = array(
        dac={"type": "bit_serial", "bits": 6, "round_first": False},
        adc={"type": "sar", "bits": 7, "bound": 5},
        input_scaling={"type": "fixed", "range": 3},
        output_noise=0.04,
        input_noise=0.01,
        nonlinearity=0.02,
        ir_drop=0.5,
        wire_resistance="0.5 Ohm",
        wire_conductance_reference="4 uS",
        bound_management=3,
    ).settings
    assert settings.encoding == Encoding.BIT_SERIAL
    assert (settings.scaling, settings.input_range) == (Scaling.FIXED_RANGE, 3)
    assert (settings.input_steps, settings.input_order) == (62, RoundingOrder.CLIP_THEN_ROUND)
    assert (settings.output_steps, settings.output_bound) == (126, 5)
    assert (settings.output_noise, settings.input_noise, settings.nonlinearity, settings.ir_drop) == (0.04, 0.01, 0.02, 0.5)
    assert settings.conductance_ratio == pytest.approx(1 / (0.5 * 4e-6))
    assert settings.max_retries == 3


def test_an_oscillator_resolves_only_as_much_as_the_read_is_long() -> None:
    made = array(dac={"type": "pulse_width", "bits": 6}, adc={"type": "cco", "bits": 12, "lsb_time": "1 ns"})
    assert made.settings.output_steps == 34  # counts of 1 ns in 32 + 2 ns


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"adc": {"type": "sar", "columns_per_adc": 49}}, "49 is more than the 48 columns"),
        ({"rows": 0}, "rows"),
        ({"columns": 20000}, "columns"),
        ({"output_noise": -0.1}, "output_noise"),
        ({"wire_resistance": "1e-300 Ohm", "wire_conductance_reference": "1e-30 S"}, "is 0; expected 1e-30 to 1e30; set ir_drop: 0"),
        ({"bound_management": 17}, "bound_management"),
        ({"cell": {"type": "sliced", "device": "ideal", "bits": 8, "bits_per_slice": 1}, "columns": 7}, "leave no room"),
        ({"colums": 3}, "did you mean 'columns'"),
    ],
    ids=str,
)
def test_impossible_arrays_are_refused(keys: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        array(**keys)


def test_the_slope_is_calibrated_within_the_range_of_the_converter() -> None:
    sar = {"type": "sar", "bits": 8, "bound": 10}
    assert array(adc=sar, nonlinearity=0.02).settings.slope == 1.0
    assert array(adc=sar, nonlinearity=0.02, slope_calibration=0.5).settings.slope == pytest.approx((1 + 0.02 * 0.5 * 10) ** 2)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"nonlinearity_spread": 0.1}, "nonlinearity_spread is 0.1 without a curve"),
        ({"slope_calibration": 0.5}, "slope_calibration is 0.5 without a curve"),
        ({"slope_calibration": 0.5, "nonlinearity": 0.1}, "type 'ideal' has no bound"),
    ],
    ids=str,
)
def test_a_curve_without_its_numbers_is_refused(keys: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        array(**keys)
