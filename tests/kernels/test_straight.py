"""Fused passes of a training step against NumPy."""

import numpy as np
import pytest

from chipsim.kernels import straight

RANDOM = np.random.default_rng(3)
EMPTY = np.empty(0, np.float32)


def floats(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("alike", [False, True])
def test_codes_are_rounded_and_clipped_and_counted(alike, in_place):
    x, factors = floats(3, 2500), np.abs(floats(1 if alike else 2500)) + 5
    wanted, given = np.rint(x * factors), x.copy()
    codes = given if in_place else np.empty_like(x)
    beyond, negative = straight.send(given, factors, codes, 7.0)
    assert np.array_equal(codes, np.clip(wanted, -7, 7))
    assert (beyond, negative) == ((abs(wanted) > 7).sum(), (wanted < 0).sum())


def test_largest_is_that_of_a_column():
    x = floats(4, 9)
    x[:, 2] = 0
    tops = np.empty(9, np.float32)
    straight.largest(x, tops)
    assert np.array_equal(tops, abs(x).max(axis=0))


def test_outputs_are_converted_where_they_belong_and_gradients_come_back():
    images, outputs, places, every = 3, 2, 5, 4
    y, scale, alpha = 9 * floats(outputs, images * places), floats(outputs), floats(images * places)
    result, over = np.zeros((images, every, places), np.float32), np.empty(images * outputs * places, np.uint8)
    clipped = straight.receive(
        y.reshape(-1), EMPTY, EMPTY, EMPTY, places, images * places, scale, alpha, 0.5, 0.0, 0.0, 0.0, 0.0, 4.0, 1, 2,
        images, outputs, places, 1, result.reshape(-1), over,
    )  # fmt: skip
    codes = np.rint(y * 0.5).reshape(outputs, images, places).transpose(1, 0, 2)
    digital = scale[:, None] * alpha.reshape(images, 1, places)
    assert result[:, 1:3] == pytest.approx(np.clip(codes, -4, 4) * digital, rel=1e-5)
    assert not result[:, [0, 3]].any()
    assert clipped == (abs(codes) > 4).sum() > 0
    gradient, back = floats(images, every, places), np.empty_like(y)
    straight.pass_back(
        gradient.reshape(-1), over, scale, alpha, places, images * places, images, outputs, places, 1, every, back.reshape(-1)
    )
    wanted = gradient[:, 1:3] * digital * (abs(codes) <= 4)
    assert back.reshape(outputs, images, places).transpose(1, 0, 2) == pytest.approx(wanted, rel=1e-5)


def test_cells_are_drawn_from_their_table():
    weights, table = np.clip(floats(40, 500) / 3, -1, 1), np.abs(floats(65, 4))
    values, variance, sums = np.empty_like(weights), np.empty_like(weights), np.empty((2, 40))
    straight.draw(weights, table, 2.0, 0.3, 1, 2, values, variance, sums)
    near = table[(weights * np.float32(32) + np.float32(32.5)).astype(np.int32)]
    xi = (values - weights - near[..., 0]) / (2 * near[..., 1])
    assert (abs(xi.mean()), xi.std()) == pytest.approx((0, 1), abs=0.03)
    assert variance == pytest.approx(abs(values) * 0.3, rel=1e-5)
    assert sums == pytest.approx(near[..., 2:].sum(axis=1).T, rel=1e-4)
