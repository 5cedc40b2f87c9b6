"""The cell with tables: weights come back as the tables say, other cells are special cases, bad tables are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.tabulated import Tabulated, Translation
from chipsim.devices.ideal import Ideal
from chipsim.errors import InputError
from chipsim.reading import from_plain

SPLIT = {  # the low pair first, as `significance` with factors 1 and 2 does it
    "type": "tabulated", "device": "ideal", "points": [0, 1 / 3, 1], "factors": [1, 2],
    "pairs": [
        {"plus": ["0 uS", "25 uS", "25 uS"], "minus": ["0 uS", "0 uS", "0 uS"]},
        {"plus": ["0 uS", "0 uS", "25 uS"], "minus": ["0 uS", "0 uS", "0 uS"]},
    ],
}  # fmt: skip
SINGLE = {
    "type": "tabulated", "device": {"type": "ideal", "g_min": "5 uS"}, "points": [0, 1],
    "pairs": [{"plus": ["5 uS", "25 uS"], "minus": ["5 uS", "5 uS"]}],
}  # fmt: skip
BENT = {
    "type": "tabulated", "device": "ideal", "points": [0, 0.5, 1], "scale": "20 uS",
    "pairs": [{"plus": ["3 uS", "12 uS", "25 uS"], "minus": ["3 uS", "3 uS", "4 uS"]}],
}  # fmt: skip


def cell(plain: dict[str, object]) -> Tabulated:
    made = from_plain(Cell, plain)
    assert isinstance(made, Tabulated)
    return made


def read(plain: dict[str, object], weights: np.ndarray) -> np.ndarray:
    """What ideal devices give for weights of which the largest is 1."""
    keys = {"rows": len(weights), "columns": weights.shape[1], "weight_scaling": "array", "drift_compensation": "none"}
    xbar = Crossbar(from_plain(Array, keys | {"cell": plain, "dac": "ideal", "adc": "ideal"}))
    xbar.program(weights)
    return xbar.matrix


def drawn(seed: int) -> np.ndarray:
    weights = np.random.default_rng(seed).uniform(-1, 1, (20, 7)).astype(np.float32)
    weights[0, :3] = [1.0, -1.0, 0.0]
    return weights


@pytest.mark.parametrize("plain", [SPLIT, SINGLE])
@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_weights_come_back_at_and_between_points(plain, seed):
    weights = drawn(seed)
    assert np.allclose(read(plain, weights), weights, rtol=1e-5, atol=1e-6)


def test_a_table_may_bend_the_weights():
    assert cell(BENT).read_as == pytest.approx((0.0, 0.45, 1.05))
    weights = np.array([[1.0, 0.5, 0.25], [-1.0, -0.75, 0.0]], np.float32)
    assert np.allclose(read(BENT, weights), [[1.05, 0.45, 0.225], [-1.05, -0.75, 0.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (SPLIT, {"type": "significance", "device": "ideal", "factors": [1, 2]}),
        (SINGLE, {"type": "pair", "device": {"type": "ideal", "g_min": "5 uS"}}),
    ],
)
def test_other_cells_are_special_cases(plain, other):
    weights = drawn(3)
    for mine, theirs in zip(cell(plain).planes(weights), from_plain(Cell, other).planes(weights), strict=True):
        assert mine.name == theirs.name
        assert mine.factor == pytest.approx(theirs.factor, rel=1e-6)
        assert np.allclose(mine.target, theirs.target, rtol=1e-5, atol=1e-11)


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20))
def test_a_negative_weight_is_the_mirror_of_a_positive_one(values):
    weights = np.array([values], np.float32)
    there, back = cell(BENT).planes(weights), cell(BENT).planes(-weights)
    assert np.array_equal(there[0].target, back[1].target)
    assert np.array_equal(there[1].target, back[0].target)


def test_any_number_of_pairs():
    three = SINGLE | {"pairs": SINGLE["pairs"] * 3, "factors": [1, 2, 4]}
    assert cell(three).devices == 6
    assert cell(three).full_scale == pytest.approx(7 * 20e-6)
    assert np.allclose(read(three, drawn(5)), drawn(5), atol=1e-6)


def test_in_python_conductances_are_in_siemens():
    pair = Translation(plus=(0.0, 10e-6), minus=(0.0, 0.0))
    assert Tabulated(device=Ideal(), points=(0, 1), pairs=(pair,), factors=(1.0,)).full_scale == pytest.approx(10e-6)


def table(*plus: str, minus: tuple[str, ...] = ("0 uS", "0 uS", "0 uS")) -> list[dict[str, list[str]]]:
    return [{"plus": list(plus), "minus": list(minus)}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": [0, 0.5, 0.9]}, "must rise from 0 to 1"),
        ({"points": [0.1, 0.5, 1]}, "must rise from 0 to 1"),
        ({"points": [0, 0.5, 0.5, 1]}, "must rise from 0 to 1"),
        ({"factors": [1, 2]}, "expected 1 above zero"),
        ({"factors": [0]}, "expected 1 above zero"),
        ({"pairs": table("0 uS", "9 uS")}, r"pairs\[0\]\.plus: 2 conductances for 3 points"),
        ({"pairs": table("0 uS", "9 uS", "26 uS")}, r"26 uS is outside the device's range; expected 0 S to 25 uS"),
        ({"pairs": table("0 uS", "9 uS", "9 uS")}, "from weight 0.5 to 1 what is read goes from 9 uS to 9 uS"),
        ({"pairs": table("1 uS", "9 uS", "19 uS")}, "a weight of 0 is held as 1 uS"),
        ({"scale": "0 uS"}, "greater than 0"),
    ],
)
def test_bad_tables_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        cell(BENT | change)
