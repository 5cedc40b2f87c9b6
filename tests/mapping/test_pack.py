"""Several small blocks in one array."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.mapping.pack import pack

ROWS, COLUMNS = 16, 12
blocks = st.lists(st.tuples(st.integers(1, ROWS), st.integers(1, COLUMNS)), max_size=30)


@given(blocks)
def test_blocks_lie_inside_their_array_and_never_overlap(shapes: list[tuple[int, int]]) -> None:
    cells: set[tuple[int, int, int]] = set()
    for (rows, columns), (number, (top, left)) in zip(shapes, pack(shapes, ROWS, COLUMNS), strict=True):
        assert 0 <= top <= ROWS - rows
        assert 0 <= left <= COLUMNS - columns
        mine = {(number, top + i, left + j) for i in range(rows) for j in range(columns)}
        assert not mine & cells
        cells |= mine


@given(blocks)
def test_arrays_are_numbered_without_gaps_and_never_more_than_blocks(shapes: list[tuple[int, int]]) -> None:
    numbers = [number for number, _ in pack(shapes, ROWS, COLUMNS)]
    assert sorted(set(numbers)) == list(range(len(set(numbers))))


def test_four_quarters_share_an_array_and_full_blocks_do_not() -> None:
    assert pack([(8, 6)] * 4, ROWS, COLUMNS) == [(0, (0, 0)), (0, (0, 6)), (0, (8, 0)), (0, (8, 6))]
    assert [number for number, _ in pack([(16, 12)] * 3, ROWS, COLUMNS)] == [0, 1, 2]
    assert pack([], ROWS, COLUMNS) == []


def test_a_block_larger_than_the_array_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"\(17, 1\) does not fit .*\(16, 12\)"):
        pack([(17, 1)], ROWS, COLUMNS)
