"""The conversion path of the transposed product."""

import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.transposed import TransposedRead
from chipsim.errors import InputError
from chipsim.reading import from_plain

ARRAY = from_plain(
    Array,
    {
        "rows": 100,
        "columns": 50,
        "cell": {"device": {"type": "ideal"}},
        "dac": {"type": "pulse_width", "bits": 7, "step": "1 ns", "overhead": "6 ns"},
        "adc": {"type": "sar", "bits": 9, "bound": 12, "rate": "100 MHz", "columns_per_adc": 10},
        "output_noise": 0.06,
        "input_noise": 0.01,
        "short_term_noise": 0.02,
        "input_scaling": {"type": "fixed", "range": 2},
        "bound_management": 4,
        "ir_drop": 1.0,
    },
)


def read(**keys):
    return from_plain(TransposedRead, keys)


def test_what_is_not_given_is_as_forward():
    turned = read().array(ARRAY)
    assert (turned.adc, turned.dac) == (ARRAY.adc, ARRAY.dac)
    assert (turned.output_noise, turned.input_noise, turned.short_term_noise) == (0.06, 0.01, 0.02)
    assert (turned.ir_drop, turned.bound_management, turned.input_scaling.type_name) == (0, 0, "absolute_maximum")


def test_what_is_given_is_its_own():
    own = read(
        adc={"type": "sar", "bits": 6, "bound": 3}, dac={"type": "pulse_width", "bits": 5}, output_noise=0.0, input_noise=0.2,
        short_term_noise=0.3, bound_management=2,
    )  # fmt: skip
    chain = own.array(ARRAY).settings
    assert (chain.input_steps, chain.output_steps, chain.output_bound, chain.max_retries) == (30, 62, 3, 2)
    assert (chain.output_noise, chain.input_noise, own.array(ARRAY).short_term_noise) == (0.0, 0.2, 0.3)
    assert ARRAY.settings.input_steps == 126


def test_rows_are_converted_in_their_time():
    assert read().product_time(ARRAY) == pytest.approx(64e-9 + 6e-9 + 10 * 10e-9)
    serial = read(dac={"type": "bit_serial", "bits": 5, "bit_time": "20 ns"}, adc={"type": "sar", "rate": "50 MHz"})
    assert serial.product_time(ARRAY) == pytest.approx(4 * 20e-9 + 4 * 20e-9)
    many = read(adc={"type": "sar", "rate": "100 MHz", "columns_per_adc": 40})
    assert many.product_time(ARRAY) == pytest.approx(70e-9 + 40 * 10e-9)


def test_converters_that_do_not_go_with_the_array_are_refused():
    with pytest.raises(InputError, match=r"room for .* counts"):
        read(adc={"type": "cco", "lsb_time": "100 ns"}).array(ARRAY).settings  # noqa: B018
    with pytest.raises(InputError, match="columns_per_adc"):
        read(adc={"type": "sar", "columns_per_adc": 60}).array(ARRAY)
