"""Counting pulses on one row against Python's own counting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels.coincidences import drop_down, multiply, overlap, totals

SIGN, SLOTS = 1 << 31, (1 << 31) - 1
WORD = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(own=st.lists(WORD, min_size=1, max_size=3), lines=st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=20))
def test_common_slots_are_counted_over_all_words(own, lines):
    words, negative = len(own), own[0] & SIGN
    own = [word & SLOTS | negative for word in own]
    lines = [[word & SLOTS | line[0] & SIGN for word in line[:words]] for line in lines]
    rows = np.zeros((2, words, 4), np.uint32)
    rows[1, :, 3] = own
    columns = np.zeros((2, words, len(lines)), np.uint32)
    columns[1] = np.transpose(lines)
    counts = np.full(len(lines), 77, np.int32)
    expected = [
        (-1 if (line[0] ^ own[0]) & SIGN else 1) * sum((a & b & SLOTS).bit_count() for a, b in zip(own, line, strict=True))
        for line in lines
    ]
    if overlap(counts, rows, columns, 1, 3):
        assert counts.tolist() == expected
    else:
        assert not any(expected)
        assert not any(word & SLOTS for word in own)


def test_products_are_rounded():
    counts, line = np.zeros(4, np.int32), np.float32([0.5, -1, 0.05, 0])
    assert multiply(counts, np.float32(-5.2), line)
    assert counts.tolist() == [-3, 5, 0, 0]
    assert not multiply(counts, np.float32(0), line)


def test_totals_and_one_side():
    counts = np.array([3, -5, 0, 1], np.int32)
    assert totals(counts) == (9, 5)
    drop_down(counts)
    assert counts.tolist() == [3, 0, 0, 1]
