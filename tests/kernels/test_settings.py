"""Settings that mean nothing are refused by name."""

import math

import pytest

from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, Scaling, check, is_linear, planes_of, pulse_energy, steps_of


def test_steps_leave_one_code_unused():
    assert [steps_of(bits) for bits in (2, 7, 8, 9)] == [2, 126, 254, 510]
    for bits in (1, 23):
        with pytest.raises(ValueError, match="steps_of"):
            steps_of(bits)


def test_planes_are_the_magnitude_bits():
    serial = MVMSettings(encoding=Encoding.BIT_SERIAL, input_bound=1.0)
    assert [planes_of(serial._replace(input_steps=steps_of(bits))) for bits in (2, 3, 8, 12)] == [1, 2, 7, 11]
    assert planes_of(MVMSettings(input_steps=254, input_bound=1.0)) == 1


def test_linear_means_nothing_but_the_dac():
    assert is_linear(MVMSettings(input_steps=254, input_bound=1.0, scaling=Scaling.ABSOLUTE_MAXIMUM))
    for name in ("input_noise", "output_noise", "cell_noise", "nonlinearity", "ir_drop", "output_bound", "selectivity"):
        assert not is_linear(MVMSettings(**{name: 0.5}))


def test_a_set_bit_is_a_full_scale_pulse():
    serial = MVMSettings(encoding=Encoding.BIT_SERIAL, input_steps=6, input_bound=0.5)
    units = [pulse_energy(serial._replace(energy=kind))[1] for kind in (1, 2, 3)]
    assert units == [0.5, 0.25, 1.0]
    assert pulse_energy(MVMSettings(energy=InputEnergy.SQUARE)) == (2, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"encoding": 2},
        {"scaling": -1},
        {"input_order": 5},
        {"energy": 4},
        {"input_noise": -0.1},
        {"output_noise": math.nan},
        {"cell_noise": math.inf},
        {"nonlinearity": -1.0},
        {"ir_drop": math.inf},
        {"selectivity": -1.0},
        {"selectivity": 1e-9},
        {"selectivity": 41.0},
        {"selectivity": math.nan},
        {"slope": 0.0},
        {"slope": math.inf},
        {"plane_bits": 0},
        {"plane_bits": 17},
        {"max_retries": -1},
        {"max_retries": 61},
        {"input_range": 0.0},
        {"input_range": math.inf},
        {"input_bound": -1.0},
        {"output_bound": math.nan},
        {"conductance_ratio": 0.0},
        {"input_steps": 254},
        {"output_steps": 1},
        {"input_steps": 1, "input_bound": 1.0},
        {"input_steps": 2**23, "input_bound": 1.0},
        {"input_steps": 0, "encoding": Encoding.BIT_SERIAL},
        {"input_steps": 7, "input_bound": 1.0, "energy": InputEnergy.SET_BITS},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="MVMSettings"):
        check(MVMSettings(**wrong))
