"""Cutting a matrix into blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.mapping.partition import spans

lengths = st.integers(1, 3000)
limits = st.integers(1, 600)
splits = st.sampled_from(["balanced", "full"])


@given(lengths, limits, splits)
def test_blocks_cover_every_row_once_and_fit(length: int, limit: int, split) -> None:
    found = spans(length, limit, split)
    assert [row for low, high in found for row in range(low, high)] == list(range(length))
    assert all(0 < high - low <= limit for low, high in found)


@given(lengths, limits, splits)
def test_there_are_as_few_blocks_as_possible(length: int, limit: int, split) -> None:
    assert len(spans(length, limit, split)) == -(-length // limit)


@given(lengths, limits)
def test_balanced_blocks_differ_by_one_row_at_most(length: int, limit: int) -> None:
    sizes = [high - low for low, high in spans(length, limit, "balanced")]
    assert max(sizes) - min(sizes) <= 1


@given(lengths, limits)
def test_full_blocks_are_full_but_the_last(length: int, limit: int) -> None:
    assert all(high - low == limit for low, high in spans(length, limit, "full")[:-1])


def test_examples() -> None:
    assert spans(784, 256) == [(0, 196), (196, 392), (392, 588), (588, 784)]
    assert spans(784, 256, "full") == [(0, 256), (256, 512), (512, 768), (768, 784)]
    assert spans(1, 1) == [(0, 1)]
    assert spans(7, 3) == [(0, 3), (3, 5), (5, 7)]


@pytest.mark.parametrize(("length", "limit"), [(0, 4), (4, 0), (-1, 4)])
def test_sizes_that_make_no_sense_are_refused(length: int, limit: int) -> None:
    with pytest.raises(ValueError, match=f"length {length} and limit {limit}"):
        spans(length, limit)
