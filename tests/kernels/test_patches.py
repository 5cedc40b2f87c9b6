"""Patches against the definition and against a convolution."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim.kernels.patches import patches


def by_definition(x, kernel, stride, padding):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows = [
        image[:, top : top + kernel, left : left + kernel].reshape(-1)
        for image in padded
        for top in range(0, padded.shape[2] - kernel + 1, stride)
        for left in range(0, padded.shape[3] - kernel + 1, stride)
    ]
    return np.array(rows)


@settings(max_examples=100, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
)
def test_every_patch_is_a_row(shape, kernel, stride, padding):
    assume(min(shape[2:]) + 2 * padding >= kernel)
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    assert np.array_equal(patches(x, kernel, stride, padding), by_definition(x, kernel, stride, padding))


def test_a_box_filter_sums_its_window():
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    sums = patches(x, 3) @ np.ones(9, np.float32)
    assert sums.tolist() == [45, 54, 81, 90]


def test_a_transposed_batch_is_read_by_its_meaning():
    x = np.random.default_rng(1).standard_normal((2, 6, 5, 3), dtype=np.float32).transpose(0, 3, 1, 2)
    assert np.array_equal(patches(x, 2), by_definition(x, 2, 1, 0))


@pytest.mark.parametrize(
    ("x", "kernel", "message"),
    [
        (np.zeros((1, 1, 4, 4)), 3, "float64"),
        (np.zeros((1, 4, 4), np.float32), 3, "batch, channels"),
        (np.zeros((1, 1, 4, 2), np.float32), 3, "do not fit"),
        (np.zeros((1, 1, 4, 4), np.float32), 0, "do not fit"),
    ],
)
def test_wrong_images_are_refused(x, kernel, message):
    with pytest.raises(ValueError, match=message):
        patches(x, kernel)
