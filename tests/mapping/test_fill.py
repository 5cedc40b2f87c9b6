"""Groups of blocks on the arrays and weight planes of tiles."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.mapping.fill import by_hand, left_over, on_tile, slots, spread, tilefuls
from chipsim.mapping.mapping import Placement


def block(layer: str, number: int = 0) -> Placement:
    return Placement(layer, 0, number, 0, (0, 1), (0, 1))


def groups(*layers: str) -> list[list[Placement]]:
    return [[block(layer, number)] for number, layer in enumerate(layers)]


LOADS = st.lists(st.integers(1, 9), min_size=24, max_size=24)


@given(arrays=st.integers(1, 6), planes=st.integers(1, 4), share=st.floats(0.1, 1.0), loads=LOADS)
def test_every_group_has_one_place_and_planes_are_used_only_when_arrays_run_out(arrays, planes, share, loads) -> None:
    names = [f"l{number}" for number in range(max(1, int(arrays * planes * share)))]
    dealt = slots(groups(*names), dict(zip(names, loads, strict=False)), arrays, planes)
    assert sorted(b.layer for slot in dealt for group in slot for b in group) == sorted(names)
    assert len(dealt) == min(arrays, len(names))
    assert max(len(slot) for slot in dealt) <= planes
    if len(names) <= arrays:
        assert [len(slot) for slot in dealt] == [1] * len(names)


def test_a_further_plane_goes_where_the_fewest_products_are_made() -> None:
    dealt = slots(groups("slow", "quick", "middle", "last"), {"slow": 9, "quick": 1, "middle": 3, "last": 2}, arrays=3, planes=2)
    assert [[b.layer for group in slot for b in group] for slot in dealt] == [["slow"], ["quick", "last"], ["middle"]]


def test_more_groups_than_places_are_refused() -> None:
    with pytest.raises(ValueError, match="5 groups for 2 arrays of 2 planes"):
        slots(groups(*"abcde"), dict.fromkeys("abcde", 1), 2, 2)


def test_neighbours_lie_on_one_tile() -> None:
    dealt = slots(groups("a", "a", "a", "b", "b"), {"a": 1, "b": 1}, arrays=8, planes=1)
    first, second = tilefuls(dealt, 4)
    assert [b.layer for slot in first for group in slot for b in group] == ["a", "a", "a", "b"]
    found = on_tile(second, tile=7)
    assert [(b.tile, b.array, b.plane) for b in found] == [(7, 0, 0)]


@given(tiles=st.integers(1, 9), count=st.integers(0, 40))
def test_spread_keeps_the_order_and_evens_the_tiles_out(tiles, count) -> None:
    dealt = slots(groups(*map(str, range(count))), {str(n): 1 for n in range(count)}, 40, 1)
    found = spread(dealt, tiles)
    assert [slot for filling in found for slot in filling] == dealt
    assert len(found) == min(tiles, count)
    assert max(map(len, found), default=0) - min(map(len, found), default=0) <= 1


def test_by_hand_arrays_are_filled_before_planes() -> None:
    taken: Counter[int] = Counter()
    found = by_hand([block("a", n) for n in range(5)], (3, 3, 3, 1, 3), arrays=2, taken=taken)
    assert [(b.tile, b.array, b.plane) for b in found] == [(3, 0, 0), (3, 1, 0), (3, 0, 1), (1, 0, 0), (3, 1, 1)]
    assert taken == {3: 4, 1: 1}
    assert left_over(1, found, 2) == [1]
    assert left_over(3, found, 2) == []
