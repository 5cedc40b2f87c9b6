"""Treemaps: areas in proportion, nothing outside, nothing overlapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.report.treemap import Rectangle, treemap

ROOM = Rectangle(10.0, 20.0, 300.0, 200.0)


@given(st.lists(st.one_of(st.just(0.0), st.floats(1e-12, 1e3)), min_size=1, max_size=12))
def test_areas_fill_the_room_in_proportion(areas):
    found = treemap(areas, ROOM)
    total = sum(areas)
    for area, (x, y, width, height) in zip(areas, found, strict=True):
        share = area / total if total else 0.0
        assert width * height == pytest.approx(share * ROOM.width * ROOM.height, rel=1e-6, abs=1e-6)
        assert x >= ROOM.x - 1e-6
        assert y >= ROOM.y - 1e-6
        assert x + width <= ROOM.x + ROOM.width + 1e-6
        assert y + height <= ROOM.y + ROOM.height + 1e-6


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=10))
def test_nothing_overlaps(areas):
    found = treemap(areas, ROOM)
    for index, one in enumerate(found):
        for other in found[:index]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(across, down) <= 1e-6


def test_equal_areas_become_squares():
    assert {(round(r.width), round(r.height)) for r in treemap([1] * 6, Rectangle(0, 0, 300, 200))} == {(100, 100)}


def test_nothing_to_fill():
    assert treemap([], ROOM) == []
    assert treemap([0.0, 0.0], ROOM) == [Rectangle(10.0, 20.0, 0.0, 0.0)] * 2
