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
