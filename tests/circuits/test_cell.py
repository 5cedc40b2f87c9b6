"""Unit cells: what is written can be read back, and costs what it should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.errors import InputError
from chipsim.reading import from_plain

CELLS = {
    "pair": {"type": "pair"},
    "two a side": {"devices_per_polarity": 2},
    "max set": {"type": "pair", "devices_per_polarity": 3, "fill": "max_set"},
    "significance": {"type": "significance", "factors": [1.0, 3.0]},
    "offset": {"type": "offset"},
    "sliced": {"type": "sliced", "bits": 12, "bits_per_slice": 5},
}


def array(cell: dict[str, object], device: object = "ideal", **keys: object) -> Array:
    plain = {"rows": 40, "columns": 40, "cell": cell | {"device": device}, "dac": "ideal", "adc": "ideal"}
    return from_plain(Array, plain | keys)


def cell(name: str, device: object = "ideal") -> Cell:
    return array(CELLS[name], device).cell


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=25)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 40), columns=st.integers(1, 8))
def test_ideal_devices_give_the_weights_back(name, seed, rows, columns):
    random = np.random.default_rng(seed)
    weights = random.normal(size=(rows, columns)).astype(np.float32)
    xbar = Crossbar(array(CELLS[name]))
    xbar.program(weights)
    step = np.abs(weights).max() / (2**12 - 1) if name == "sliced" else 0.0
    assert np.allclose(xbar.matrix, weights, rtol=1e-5, atol=1e-5 + step)
    x = random.normal(size=(3, rows)).astype(np.float32)
    assert np.allclose(x @ xbar, x @ xbar.matrix, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CELLS)
@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20))
def test_targets_lie_within_the_range_of_the_device(name, values):
    chosen = cell(name, {"type": "ideal", "g_min": "5 uS", "g_max": "25 uS"})
    for plane in chosen.planes(np.array([values], np.float32)):
        assert plane.target.min() >= 5e-6 * (1 - 1e-6)
        assert plane.target.max() <= 25e-6 * (1 + 1e-6)


@given(st.floats(-1, 1, width=32))
def test_max_set_leaves_at_most_one_device_in_between(weight):
    planes = cell("max set").planes(np.array([[weight]], np.float32))
    between = [p for p in planes if 1e-3 < float(p.target[0, 0]) / 25e-6 < 1 - 1e-3]
    assert len(between) <= 1


def test_the_significant_pair_is_used_only_when_the_other_is_full():
    def shares(weight: float) -> list[float]:
        return [float(p.target[0, 0]) / 25e-6 for p in cell("significance").planes(np.array([[weight]], np.float32))]

    assert shares(0.2) == pytest.approx([0.8, 0, 0, 0])
    assert shares(0.25) == pytest.approx([1, 0, 0, 0])
    assert shares(0.7) == pytest.approx([1, 0, 0.6, 0])


def test_columns_for_reference_and_slices_hold_no_further_weights():
    assert array(CELLS["pair"]).outputs == 40
    assert array(CELLS["offset"]).outputs == 39
    assert array(CELLS["sliced"]).outputs == 13
    with pytest.raises(InputError, match="leave no room"):
        array(CELLS["sliced"] | {"bits_per_slice": 1}, columns=10)


def test_devices_of_a_cell_are_counted():
    counts = {"pair": 2, "two a side": 4, "max set": 6, "significance": 4, "offset": 1, "sliced": 6}
    assert {name: cell(name).devices for name in CELLS} == counts


def test_a_block_without_type_is_a_pair():
    assert cell("two a side").type_name == "pair"


def test_several_devices_average_their_errors():
    """Programming errors of n devices a side are independent: the error of the weight falls with sqrt(n)."""
    weights = np.full((40, 39), 0.5, np.float32)
    weights[0] = 1.0
    spread = {}
    for count in (1, 4):
        xbar = Crossbar(array({"devices_per_polarity": count}, "pcm", read_noise="off"))
        xbar.program(weights)
        spread[count] = float(xbar.matrix[1:].std())
    assert spread[1] / spread[4] == pytest.approx(2.0, rel=0.1)


def test_a_reference_column_shifts_a_whole_row_together():
    xbar = Crossbar(array(CELLS["offset"], "pcm", read_noise="off", drift_compensation="none"))
    xbar.program(np.tile(np.array([[1.0], [-1.0]], np.float32), (20, 39)))
    errors = xbar.matrix - np.tile(np.array([[1.0], [-1.0]], np.float32), (20, 39))
    assert float(errors.mean(axis=1).std()) > 0.5 * float(errors.std(axis=1).mean())


def test_slices_are_converted_one_by_one():
    noisy = array(CELLS["sliced"], output_noise=0.01)
    xbar = Crossbar(noisy)
    xbar.program(np.ones((40, 4), np.float32))
    x = np.zeros((4000, 40), np.float32)
    x[:, 0] = 1.0
    spread = float((x @ xbar).std())
    assert spread == pytest.approx(0.01 * np.sqrt(sum(m**2 for m in noisy.cell.part_weights)), rel=0.05)
