"""Room in buffers: equal parts, by need where equal parts are too little, refused where all of it is."""

import pytest
from builders import chip, conv, linear, mapped, network
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.rooms import _shares, rooms

WORK = network([3, 6, 6], conv("a", 8, padding=1), linear("fc", 40))


def laid(capacity: str):
    tile = chip(tile={"arrays": 40, "input_buffer": {"capacity": capacity}}, mesh=(1, 1))
    return lay_out(WORK, tile, mapped(WORK, tile, copies="none")), tile


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=9), st.integers(1, 9000))
def test_shares_hold_what_is_needed_and_no_more_than_there_is(needs: list[int], capacity: int) -> None:
    shares = _shares(needs, capacity)
    if sum(needs) > capacity:
        assert shares == [] or len(set(shares)) == 1  # equal parts that hold every need at once have room for the sum
        assert not shares or capacity // len(needs) >= max(needs)
    else:
        assert sum(shares) <= capacity
        assert all(share >= need for share, need in zip(shares, needs, strict=True))


def test_a_memory_that_is_too_small_in_equal_parts_is_divided_by_need() -> None:
    flow, tile = laid("64 kb")
    needs = {(s.number, n): s.deepest(n) for s in flow.stages for n in range(len(s.feeds))}
    found = rooms(flow, tile)
    assert all(found[reader] >= need for reader, need in needs.items())
    tight, small = laid("5.5 kb")
    divided = rooms(tight, small)
    assert all(divided[reader] >= need for reader, need in needs.items())
    assert any(divided[reader] < found[reader] for reader in needs)


def test_a_memory_that_is_too_small_for_all_is_refused_with_the_sum() -> None:
    flow, tile = laid("0.3 kb")
    with pytest.raises(InputError, match=r"tile.input_buffer: .* the buffer has 300 b for \d+ readers that must hold \d+ b together"):
        rooms(flow, tile)
