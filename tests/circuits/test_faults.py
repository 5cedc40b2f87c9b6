"""Stuck devices: how many, where, and that they stay."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.faults import Faults
from chipsim.devices import Ideal
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream


def crossbar(faults: dict[str, float], device: str = "pcm", **keys: object) -> Crossbar:
    plain = {"rows": 200, "columns": 200, "cell": {"device": device}, "dac": "ideal", "adc": "ideal", "faults": faults}
    xbar = Crossbar(from_plain(Array, plain | keys), Stream(3))
    xbar.program(np.random.default_rng(0).normal(size=(200, 200)))
    return xbar


def test_shares_of_stuck_devices():
    values = Faults(low=0.1, high=0.2, random=0.3).stuck_at((200, 500), Ideal(), Stream(1))
    assert np.isnan(values).mean() == pytest.approx(0.4, abs=0.01)
    assert (values == 0).mean() == pytest.approx(0.1, abs=0.005)
    assert (values == np.float32(25e-6)).mean() == pytest.approx(0.2, abs=0.006)
    between = values[(values > 0) & (values < np.float32(25e-6))]
    assert between.mean() == pytest.approx(12.5e-6, rel=0.02)


def test_no_faults_change_nothing():
    assert np.array_equal(crossbar({}).weights, crossbar({"low": 0.0}).weights)


def test_faults_touch_only_the_stuck_devices():
    healthy, broken = crossbar({}).weights, crossbar({"high": 0.01}).weights
    changed = healthy != broken
    assert changed.mean() == pytest.approx(1 - 0.99**2, rel=0.1)  # two devices in a cell


def test_stuck_devices_do_not_drift():
    xbar = crossbar({"high": 1.0}, drift_compensation="none")
    first = xbar.weights.copy()
    xbar.drift_to(1e7)
    assert np.array_equal(xbar.weights, first)


def test_more_than_all_devices_is_refused():
    with pytest.raises(InputError, match="add up to more than 1"):
        Faults(low=0.6, high=0.5)


def test_compensation_by_column_removes_what_one_factor_leaves():
    """Columns of small weights drift more (PCM): a factor of their own brings each back to its sum."""
    weights = np.ones((200, 200), np.float32)
    weights[:, :100] *= 0.05
    weights[0] = 1.0
    left = {}
    for kind in ("none", "global", "column"):
        xbar = crossbar({}, drift_compensation=kind, weight_scaling="array")
        xbar.program(weights)
        fresh = np.abs(xbar.matrix).sum(axis=0)
        xbar.drift_to(3e7)
        left[kind] = float(np.abs(np.abs(xbar.matrix).sum(axis=0) / fresh - 1).max())
    assert left["column"] < 1e-5 < left["global"] < left["none"]


def dead(values: np.ndarray) -> np.ndarray:
    return values == np.float32(0)


def test_dead_rows_take_every_device_of_the_row():
    made = crossbar({"rows": 0.1}, cell={"type": "pair", "devices_per_polarity": 2, "device": "ideal"})
    lines = [dead(values).all(axis=1) for values in made.stuck.values()]
    assert len(lines) == 4
    assert all(np.array_equal(line, lines[0]) for line in lines)
    assert lines[0].mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 200))
    assert np.array_equal(dead(made.stuck["plus0"]).sum(), 200 * lines[0].sum())
    assert (made.weights[lines[0]] == 0).all()
    assert (np.abs(made.weights[~lines[0]]).sum(axis=1) > 0).all()


def test_dead_columns_give_zero():
    made = crossbar({"columns": 0.2}, cell={"type": "pair", "device": "ideal"})
    gone = dead(made.stuck["plus0"]).all(axis=0)
    assert gone.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 200))
    assert np.array_equal(gone, dead(made.stuck["minus0"]).all(axis=0))
    y = np.random.default_rng(0).normal(size=(3, 200)).astype(np.float32) @ made
    assert (y[:, gone] == 0).all()
    assert (y[:, ~gone] != 0).all()


def test_parts_and_reference_columns_die_by_themselves():
    sliced = crossbar({"columns": 0.5}, cell={"type": "sliced", "device": "ideal", "bits": 4, "bits_per_slice": 2}, columns=400)
    low, high = (dead(sliced.stuck[name]).all(axis=0) for name in ("plus0", "plus1"))
    assert (low != high).mean() == pytest.approx(0.5, abs=0.15)
    offset = crossbar({"columns": 1.0}, cell={"type": "offset", "device": "ideal"}, columns=201)
    assert dead(offset.stuck["reference"]).all()
    assert (offset.weights == 0).all()


def test_dead_lines_belong_to_the_chip_not_to_what_is_written():
    made = crossbar({"rows": 0.2, "columns": 0.2})
    whole = {name: dead(values) for name, values in made.stuck.items()}
    made.program(np.ones((30, 20)))
    for name, values in made.stuck.items():
        assert np.array_equal(dead(values), whole[name][:30, :20])


def test_lines_change_nothing_of_the_devices_that_are_stuck_by_themselves():
    alone, lines = crossbar({"high": 0.1}).stuck["plus0"], crossbar({"high": 0.1, "rows": 0.1}).stuck["plus0"]
    left = ~dead(lines)
    assert np.array_equal(alone[left], lines[left], equal_nan=True)


def test_without_faults_the_picture_is_empty():
    stuck = crossbar({}).stuck
    assert set(stuck) == {"plus0", "minus0"}
    assert all(np.isnan(values).all() and values.shape == (200, 200) for values in stuck.values())
