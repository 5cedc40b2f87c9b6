"""Inputs applied bit by bit: planes, signs, and what negative inputs become where there is no sign."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.bit_serial import BitSerial
from chipsim.circuits.crossbar import Crossbar
from chipsim.errors import InputError
from chipsim.reading import from_plain

NUMBERS = np.zeros(3, np.uint32), np.arange(3, dtype=np.uint32)


def array(bits: int, sign: str = "none", **keys: object) -> Array:
    dac = {"type": "bit_serial", "bits": bits, "sign": sign, "digit_bits": keys.pop("digit_bits", 1), "read_voltage": "1 V"}
    plain = {"rows": 16, "columns": 8, "cell": {"device": "ideal"}, "dac": dac, "adc": "ideal"}
    return from_plain(Array, plain | {"input_scaling": {"type": "fixed", "range": 1}} | keys)


def written(of: Array, seed: int = 0) -> tuple[Crossbar, np.ndarray]:
    weights = np.random.default_rng(seed).uniform(-1, 1, (16, 8)).astype(np.float32)
    xbar = Crossbar(of)
    xbar.program(weights)
    return xbar, weights


@pytest.mark.parametrize(("bits", "digit_bits", "planes"), [(1, 1, 1), (8, 1, 8), (8, 3, 3), (16, 1, 16), (16, 2, 8)])
def test_without_a_sign_all_bits_are_magnitude(bits: int, digit_bits: int, planes: int) -> None:
    dac = BitSerial(bits=bits, digit_bits=digit_bits, sign="none")
    assert (dac.planes, dac.levels) == (planes, 2 * (2**bits - 1))
    signed = BitSerial(bits=min(bits + 1, 16), digit_bits=digit_bits)
    assert bits == 16 or (dac.planes, dac.levels, dac.plane_bits) == (signed.planes, signed.levels, signed.plane_bits)


def test_one_bit_with_a_sign_is_refused() -> None:
    for sign in ("polarity", "twos_complement"):
        with pytest.raises(InputError, match=r"bits is 1, which is the sign alone; .*sign: none"):
            BitSerial(bits=1, sign=sign)


@pytest.mark.parametrize("bits", [1, 5, 8])
@pytest.mark.parametrize("adc", ["ideal", {"type": "sar", "bits": 16, "bound": 16}], ids=["exact", "plane by plane"])
def test_codes_without_a_sign_arrive_and_negative_inputs_count_as_zero(bits: int, adc: object) -> None:
    xbar, weights = written(array(bits, adc=adc))
    largest = 2**bits - 1
    x = (np.random.default_rng(1).integers(-largest, largest + 1, (3, 16)) / largest).astype(np.float32)
    assert xbar.multiply(x, *NUMBERS).y == pytest.approx(np.maximum(x, 0) @ weights, abs=1e-5 if adc == "ideal" else 2e-3)
    assert xbar.input_limits == (0.0, 1.0)
    assert written(array(8, "polarity"))[0].input_limits == (-1.0, 1.0)


def test_sixteen_bits_without_a_sign_are_exact() -> None:
    xbar, weights = written(array(16))
    x = np.array([[1 / 65535] * 16, [65535 / 65535] * 16, [32769 / 65535] * 16], np.float32)
    y = xbar.multiply(x, *NUMBERS).y
    assert y == pytest.approx(x @ weights, rel=1e-4)


def test_the_cells_take_energy_for_the_set_bits_of_what_is_applied() -> None:
    xbar, _ = written(array(4, adc={"type": "sar", "bits": 16, "bound": 16}))
    x = np.zeros((3, 16), np.float32)
    x[0, 0], x[1, 0], x[2, 0] = 11 / 15, 15 / 15, -11 / 15
    spent = xbar.multiply(x, *NUMBERS).energy_sum
    assert spent / spent[0] == pytest.approx([1, 4 / 3, 0])


def test_a_product_of_both_signs_is_done_in_two_while_programming() -> None:
    xbar, weights = written(array(12))
    x = np.random.default_rng(2).uniform(-1, 1, (3, 16)).astype(np.float32)
    found = xbar.probe(x, 1)
    assert found.y == pytest.approx(x @ weights, abs=0.01)
    assert list(found.retries) == [1, 1, 1]


def test_what_needs_both_signs_is_refused() -> None:
    with pytest.raises(InputError, match=r"balance: .* no negative inputs"):
        array(8, balance=True)
    xbar, _ = written(array(8))
    with pytest.raises(InputError, match="no negative inputs, which errors have"):
        xbar.backward(np.ones((3, 8), np.float32), *NUMBERS)


@pytest.mark.parametrize(("kind", "charges"), [("pair", 8), ("offset", 8), ("sliced", 8)])
def test_cells_with_a_capacitance_pay_for_every_charge(kind: str, charges: int) -> None:
    """Whatever the weights: columns in use (of reference too) x rows x capacitance x V^2 x set bits."""
    slices = {"bits": 4, "bits_per_slice": 2} if kind == "sliced" else {}
    cell = {"type": kind, "device": "ideal", "capacitance": "2 fF"} | slices
    of = array(4, cell=cell, adc={"type": "sar", "bits": 16, "bound": 16})
    xbar = Crossbar(of)
    xbar.program(np.random.default_rng(3).uniform(-1, 1, (16, of.outputs)).astype(np.float32))
    x = np.full((3, 16), [[11 / 15], [1.0], [0.0]], np.float32)  # 3, 4 and no bits
    spent = xbar.multiply(x, *NUMBERS).energy_sum * of.energy_per_conductance
    assert spent == pytest.approx(np.array([3, 4, 0]) * 16 * charges * 2e-15)


def test_trains_charge_a_capacitance_with_every_pulse() -> None:
    dac = {"type": "pulse_train", "bits": 4, "read_voltage": "1 V"}
    of = array(8, dac=dac, cell={"device": "ideal", "capacitance": "1 fF"})
    xbar, _ = written(of)
    x = np.full((3, 16), [[1.0], [3 / 7], [0.0]], np.float32)
    spent = xbar.multiply(x, *NUMBERS).energy_sum * of.energy_per_conductance
    assert spent == pytest.approx(np.array([7, 3, 0]) * 16 * 8 * 1e-15)
