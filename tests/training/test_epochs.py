"""Rows of epochs read back from their numbers, and what is added up on the way to them."""

import math

import numpy as np
import pytest

from chipsim.training.epochs import EpochRow, Sums, row_of


def test_a_row_reads_back_exactly():
    row = EpochRow(3, 0.1, 1 / 3, 0.5, 0.6, math.nan, math.nan, math.nan, 2**52 + 1, 0.7, 0.0, 12, 13, 1e-3)
    again = row_of(np.array(row, np.float64))
    assert repr(again) == repr(row)
    assert isinstance(again.epoch, int)
    assert isinstance(again.pulses, int)


def test_sums_of_mini_batches():
    sums = Sums().plus(np.array([1.0, 2.5]), 1).plus(np.array([0.25]), 1)
    assert sums == pytest.approx((3.75, 2))
