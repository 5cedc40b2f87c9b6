"""Yield maps: every stuck device in its colour, and how many work."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.report.yield_map import _kinds, plot_yield_map


@pytest.fixture
def xbar() -> Crossbar:
    keys = {"rows": 24, "columns": 16, "cell": {"device": "pcm"}, "dac": "ideal", "adc": "ideal"}
    made = Crossbar(from_plain(Array, keys | {"faults": {"low": 0.05, "high": 0.04, "random": 0.03, "rows": 0.05}}))
    made.program(np.random.default_rng(0).normal(size=(24, 16)))
    return made


def test_kinds_are_told_apart() -> None:
    values = np.array([[np.nan, 0.0, 25e-6, 12e-6]], np.float32)
    assert _kinds(values, 0.0, 25e-6).tolist() == [[0, 1, 3, 2]]


def test_the_map_says_how_many_devices_work(xbar: Crossbar, tmp_path: Path) -> None:
    device = xbar.array.cell.device
    text = plot_yield_map(xbar.stuck, device.g_min, device.g_max, tmp_path / "map.svg").read_text(encoding="utf-8")
    for values in xbar.stuck.values():
        share = 100 * float(np.isnan(values).mean())
        assert re.search(rf"{share:.1f} % work", text)
    assert all(word in text for word in ("stuck low", "stuck high", "stuck between", "row", "column"))
    assert plot_yield_map(xbar.stuck, device.g_min, device.g_max, tmp_path / "map.png").stat().st_size > 5000


def test_an_empty_map_and_an_unknown_format_are_refused(xbar: Crossbar, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="program the crossbar first"):
        plot_yield_map({}, 0.0, 1.0, tmp_path / "map.png")
    with pytest.raises(InputError, match=r"'map.gif' has no known format"):
        plot_yield_map(xbar.stuck, 0.0, 25e-6, tmp_path / "map.gif")
