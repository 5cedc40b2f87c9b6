"""The loops over one row, each against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels import rows

floats = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=70).map(lambda values: np.array(values, np.float32))


@settings(max_examples=50, deadline=None)
@given(row=floats)
def test_the_order_of_bits_is_the_order_of_magnitudes(row):
    assert np.int32(rows.largest_bits(row)).view(np.float32) == abs(row).max()


@settings(max_examples=50, deadline=None)
@given(row=floats, limit=st.sampled_from([3.0, 7.5, 1e9]), order=st.integers(0, 2))
def test_quantise(row, limit, order):
    target = np.empty_like(row)
    rows.quantise(row, target, np.float32(0.5), np.float32(limit), np.float32(0.25), order)
    half = row * np.float32(0.5)
    expected = [
        np.clip(np.rint(half), -limit, limit) * 0.25,
        np.rint(np.clip(half, -limit, limit)) * 0.25,
        np.clip(half, -limit, limit),
    ]
    assert np.array_equal(target, expected[order].astype(np.float32))


@settings(max_examples=50, deadline=None)
@given(row=floats, limit=st.sampled_from([3.0, 7.5, 1e9]), rounding=st.booleans())
def test_convert_reports_what_it_clips(row, limit, rounding):
    before = np.rint(row * np.float32(0.125)) if rounding else row.copy()
    top = rows.convert(row, np.float32(0.125), np.float32(limit), rounding)
    assert np.array_equal(row, np.clip(before, -limit, limit).astype(np.float32))
    assert np.int32(top).view(np.float32) == abs(before).max()


def test_bit_planes_add_up_to_the_codes():
    codes = np.arange(-63, 64, dtype=np.float32)
    drive = np.full((8, codes.size), np.nan, np.float32)
    rows.bit_planes(codes, drive, 1, 6, np.float32(0.5), 1)
    assert set(abs(drive[1:7]).reshape(-1)) == {0.0, 0.5}
    assert np.array_equal(2.0 ** np.arange(6) @ drive[1:7] * 2, codes)
    assert np.isnan(drive[[0, 7]]).all()


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6])
def test_digits_add_up_to_the_codes_and_in_twos_complement_with_a_sign_plane(bits):
    codes = np.arange(-63, 64, dtype=np.float32)
    planes, largest = -(-6 // bits), 2**bits - 1
    weights = largest * 2.0 ** (bits * np.arange(planes))
    drive = np.full((planes + 2, codes.size), np.nan, np.float32)
    rows.bit_planes(codes, drive, 1, planes, np.float32(0.5), bits)
    assert np.allclose(weights @ drive[1 : planes + 1] * 2, codes, atol=1e-4)
    rows.complement_planes(codes, drive, 1, planes + 1, np.float32(0.5), bits, 6)
    assert drive[1:].min() == 0.0
    assert np.allclose(np.append(weights, -(2.0**6)) @ drive[1:] * 2, codes, atol=1e-4)
    assert np.isnan(drive[0]).all()


def test_a_comparator_tells_signs_and_what_is_not_finite():
    row = np.array([0.3, -0.3, 0.0, -0.0], np.float32)
    assert rows.compare(row, np.float32(2)) == 0
    assert np.array_equal(row, [2, -2, 2, 2])
    assert rows.compare(np.array([1.0, np.nan], np.float32), np.float32(2)) >= rows.INFINITY_BITS


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_row_energy(kind):
    codes = np.arange(-200, 200, dtype=np.float32)
    conductance = np.linspace(0, 1, codes.size, dtype=np.float32)
    values = {1: abs(codes), 2: codes**2, 3: np.bitwise_count(abs(codes).astype(np.int64))}[kind]
    energy = rows.row_energy(codes * np.float32(1 if kind < 3 else 0.01), conductance, kind, np.float32(100))
    assert energy == pytest.approx(values.astype(float) @ conductance, rel=1e-12)


def test_bend_is_a_hyperbolic_sine():
    row = np.concatenate([-np.logspace(-30, 0, 200), [0.0], np.logspace(-30, 0, 200)]).astype(np.float32)
    for selectivity in (1e-3, 0.3, 5.0, 80.0):
        target = np.empty_like(row)
        rows.bend(row, target, np.float32(selectivity), np.float32(0.5))
        exact = 0.5 * np.sinh(np.float32(selectivity) * row.astype(float))
        # The argument is rounded to float32, which counts t times in exp(t).
        assert (abs(target - exact) <= (3e-7 + 1e-7 * selectivity) * abs(exact)).all()
        rows.bend(row, row_copy := row.copy(), np.float32(selectivity), np.float32(0.5))
        assert np.array_equal(row_copy, target)


def test_bend_beyond_its_range_stays_finite():
    target = np.empty(2, np.float32)
    rows.bend(np.array([1e9, -1e9], np.float32), target, np.float32(40), np.float32(1))
    assert np.isfinite(target).all()


def test_adjust_and_compress():
    row = np.array([-2.0, 0.0, 4.0], np.float32)
    rows.adjust(row, np.array([1.0, 2.0, 0.5], np.float32), np.array([0.5, 1.0, -1.0], np.float32))
    assert row.tolist() == [-1.5, 1.0, 1.0]
    rows.compress(row, np.array([1.0, 0.0, 1.0], np.float32), np.float32(2))
    assert row == pytest.approx([-3 / 2.5, 2.0, 1.0])


def test_product_energy():
    row, other, conductance = (np.linspace(a, b, 9, dtype=np.float32) for a, b in ((-1, 1), (-2, 3), (0, 1)))
    assert rows.product_energy(row, other, conductance) == pytest.approx((row.astype(float) * other) @ conductance)


def test_copy():
    target = np.zeros(5, np.float32)
    rows.copy(np.arange(5, dtype=np.float32), target)
    assert target.tolist() == [0, 1, 2, 3, 4]
