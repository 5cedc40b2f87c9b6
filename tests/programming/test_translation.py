"""Every place in the cube is a valid table; the corners that have names are what they are called."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.cell import Cell
from chipsim.circuits.tabulated import Tabulated
from chipsim.programming.translation import Cube, split
from chipsim.reading import from_plain


def like(device: object = "pcm", area: str = "0 um2") -> Cell:
    return from_plain(Cell, {"type": "significance", "device": device, "area": area})


CUBES = {
    "as published": Cube(6, (0.1, 5.0)),
    "one point": Cube(1, (2.0, 3.0)),
    "listed factors": Cube(4, (4.0, 1.0, 2.0), listed=True),
    "bent": Cube(6, (0.1, 5.0), bend=0.9),
}


@st.composite
def places(draw, size: int) -> np.ndarray:
    """Inside, on faces and in corners."""
    return np.array(draw(st.lists(st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)), min_size=size, max_size=size)))


@pytest.mark.parametrize("name", CUBES)
@settings(max_examples=60)
@given(data=st.data())
def test_every_place_is_a_valid_table(name, data):
    """Tabulated itself refuses what leaves the range of the device or cannot be inverted."""
    cube = CUBES[name]
    u = data.draw(places(cube.size))
    for device in ("pcm", "rram-cmo-hfox"):
        cell = cube.cell(u, like(device))
        assert isinstance(cell, Tabulated)
        least, most = min(cube.factors), max(cube.factors)
        assert least <= cell.factors[1] <= most
        assert not cube.listed or cell.factors[1] in cube.factors
        if not cube.bend:
            assert cell.read_as == pytest.approx(tuple(cell.points), abs=1e-6)


@given(data=st.data())
def test_many_places_at_once_are_the_same_as_one_by_one(data):
    cube = CUBES["bent"]
    u = np.array([data.draw(places(cube.size)) for _ in range(3)])
    together = cube.tables(u)
    for index in range(3):
        for many, one in zip(together, cube.tables(u[index : index + 1]), strict=True):
            assert np.allclose(many[index], one[0])


def test_the_published_search_has_26_unknowns():
    assert Cube(6, (0.1, 5.0), bend=0.5).size == 26
    assert Cube(6, (0.1, 5.0)).size == 20  # of 26, six are tied by the weights that are to be read


@pytest.mark.parametrize(
    ("factor", "cube"),
    [
        (2.0, Cube(6, (1.0, 3.0))),
        (0.5, Cube(6, (0.1, 5.0), bend=0.4)),
        (1.0, Cube(4, (0.1, 5.0))),
        (3.0, Cube(4, (1.0, 3.0, 2.0), listed=True)),
    ],
)
def test_a_plain_split_with_its_knee_at_a_point_is_a_place(factor, cube):
    found, plain = cube.cell(cube.place(factor), like()), split(factor, like())
    weights = np.linspace(-1, 1, 31, dtype=np.float32)[None]
    for one, other in zip(found.planes(weights), plain.planes(weights), strict=True):
        assert one.factor == pytest.approx(other.factor)
        assert np.allclose(one.target, other.target, atol=1e-11)


@pytest.mark.parametrize("factor", [1.0, 2.0, 3.7])
def test_a_plain_split_is_a_significance_cell(factor):
    weights = np.linspace(-1, 1, 31, dtype=np.float32)[None]
    other = from_plain(Cell, {"type": "significance", "device": "pcm", "factors": [1.0, factor]})
    for one, two in zip(split(factor, like()).planes(weights), other.planes(weights), strict=True):
        assert one.factor == pytest.approx(two.factor, rel=1e-6)
        assert np.allclose(one.target, two.target, rtol=1e-5, atol=1e-11)


def test_a_split_with_a_factor_below_one_fills_the_second_pair_first():
    cell = split(0.5, like())
    assert cell.points == pytest.approx((0, 1 / 3, 1))
    assert cell.pairs[0].plus == pytest.approx((0, 0, 25e-6))
    assert cell.read_as == pytest.approx(cell.points)


def test_the_area_of_the_cell_is_kept():
    assert split(2.0, like(area="1 um2")).area == pytest.approx(1e-12)
    cube = Cube(2, (1.0, 3.0))
    assert cube.cell(np.full(cube.size, 0.5), like(area="1 um2")).area == pytest.approx(1e-12)
