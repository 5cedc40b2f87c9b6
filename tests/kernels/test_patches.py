"""Patches against the definition and against a convolution."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim.kernels.patches import folded, patches

PAIR = st.tuples(st.integers(1, 5), st.integers(1, 5))


def by_definition(x, kernel, stride):
    rows = [
        image[:, top : top + kernel[0], left : left + kernel[1]].reshape(-1)
        for image in x
        for top in range(0, x.shape[2] - kernel[0] + 1, stride[0])
        for left in range(0, x.shape[3] - kernel[1] + 1, stride[1])
    ]
    return np.array(rows)


@settings(max_examples=100, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)),
    kernel=PAIR,
    stride=PAIR,
)
def test_every_patch_is_a_row(shape, kernel, stride):
    assume(shape[2] >= kernel[0] and shape[3] >= kernel[1])
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    assert np.array_equal(patches(x, kernel, stride), by_definition(x, kernel, stride))


def test_a_box_filter_sums_its_window():
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    sums = patches(x, (3, 3)) @ np.ones(9, np.float32)
    assert sums.tolist() == [45, 54, 81, 90]


def test_a_transposed_batch_is_read_by_its_meaning():
    x = np.random.default_rng(1).standard_normal((2, 6, 5, 3), dtype=np.float32).transpose(0, 3, 1, 2)
    assert np.array_equal(patches(x, (2, 2)), by_definition(x, (2, 2), (1, 1)))


@pytest.mark.parametrize(
    ("x", "kernel", "message"),
    [
        (np.zeros((1, 1, 4, 4)), (3, 3), "float64"),
        (np.zeros((1, 4, 4), np.float32), (3, 3), "batch, channels"),
        (np.zeros((1, 1, 4, 2), np.float32), (3, 3), "do not fit"),
        (np.zeros((1, 1, 4, 4), np.float32), (0, 3), "do not fit"),
    ],
)
def test_wrong_images_are_refused(x, kernel, message):
    with pytest.raises(ValueError, match=message):
        patches(x, kernel)


@settings(max_examples=100, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)),
    kernel=PAIR,
    stride=PAIR,
)
def test_folding_is_the_transpose(shape, kernel, stride):
    assume(shape[2] >= kernel[0] and shape[3] >= kernel[1])
    random = np.random.default_rng(0)
    x = random.integers(-9, 9, shape).astype(np.float32)
    rows = random.integers(-9, 9, patches(x, kernel, stride).shape).astype(np.float32)
    assert np.vdot(patches(x, kernel, stride), rows) == np.vdot(x, folded(rows, shape[1:], kernel, stride))  # whole numbers: exact


def test_folding_counts_the_windows_over_a_position():
    counts = folded(np.ones((4, 4), np.float32), (1, 3, 3), (2, 2))
    assert counts.tolist() == [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]


def test_rows_of_other_images_are_refused():
    for rows in (np.zeros((4, 4)), np.zeros((4, 5), np.float32), np.zeros((3, 4), np.float32)):
        with pytest.raises(ValueError, match="4 rows of 4 for each image"):
            folded(rows, (1, 3, 3), (2, 2))
    with pytest.raises(ValueError, match="0 rows of"):
        folded(np.zeros((1, 25), np.float32), (1, 3, 3), (5, 5))
