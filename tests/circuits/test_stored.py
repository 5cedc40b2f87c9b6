"""The devices behind a crossbar: written, pulsed, aged, stuck, and read as weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.stored import Stored
from chipsim.reading import from_plain
from chipsim.streams import Stream

WEIGHTS = np.random.default_rng(0).uniform(-1, 1, (12, 7)).astype(np.float32)
CELLS: list[dict[str, Any]] = [
    {"type": "pair"},
    {"type": "pair", "devices_per_polarity": 2, "fill": "max_set"},
    {"type": "significance"},
    {"type": "offset"},
    {"type": "sliced", "bits": 8},
]


def stored(cell: dict[str, Any] | None = None, device: dict[str, Any] | None = None, **keys: Any) -> Stored:
    block = {"cell": {**(cell or {"type": "pair"}), "device": device or {"type": "pcm"}}, "dac": "ideal", "adc": "ideal"}
    array = from_plain(Array, {"rows": 12, "columns": 64, **block, **keys})
    return Stored(array, array.cell, WEIGHTS, Stream(1).child("a"), Stream(2).child("a"))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(map(str, cell.values())))
def test_ideal_devices_hold_the_weights(cell: dict[str, Any]) -> None:
    found = stored(cell, {"type": "ideal"})
    found.write_once()
    weights, conductance = found.weights_at(0.0)
    parts = np.asarray(found.cell.part_weights, np.float32)
    assert_allclose(np.tensordot(weights.reshape(12, len(parts), 7), parts, (1, 0)), WEIGHTS, atol=5e-3)  # 8 bits where sliced
    assert weights.shape == conductance.shape == (12, 7 * len(parts))
    assert conductance.min() >= 0


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(map(str, cell.values())))
def test_the_conductance_of_a_row_is_that_of_all_its_devices(cell: dict[str, Any]) -> None:
    found = stored(cell)
    found.write_once()
    _, conductance = found.weights_at(10.0)
    devices = sum(float(found.conductance(index, 10.0).sum(dtype=np.float64)) for index in range(len(found.planes)))
    assert float(conductance.sum(dtype=np.float64)) == pytest.approx(devices, rel=1e-5)


def test_erased_devices_are_near_their_smallest_conductance() -> None:
    found = stored()
    found.erase()
    assert max(float(found.mean(index).max()) for index in range(2)) < 2e-6
    found = stored(device={"type": "ideal", "g_min": "1 uS"})
    found.erase()
    assert_array_equal(found.mean(0), np.full((12, 7), np.float32(1e-6)))


def test_pulses_move_devices_and_their_names_make_them_differ() -> None:
    first, second, third = stored(), stored(), stored()
    change = np.zeros((12, 7), np.float32)
    change[3] = 2e-6
    for found, name in ((first, "pulse 0"), (second, "pulse 0"), (third, "pulse 1")):
        found.erase()
        before = found.mean(0)
        found.pulse(0, change, name)
        assert_array_equal(np.delete(found.mean(0), 3, 0), np.delete(before, 3, 0))
        assert float((found.mean(0) - before)[3].mean()) == pytest.approx(2e-6, rel=0.5)
    assert_array_equal(first.mean(0), second.mean(0))
    assert not np.array_equal(first.mean(0), third.mean(0))


def test_devices_that_waited_have_drifted_as_if_they_were_older() -> None:
    waited, fresh = stored(), stored()
    for found in (waited, fresh):
        found.write_once()
    for index in range(2):
        waited.age(index, 3000.0)
        waited.age(index, np.full((12, 1), 600.0, np.float32))
        early, late = (f.cell.device.mean_at(f.states[index], t) for f, t in ((waited, 400.0), (fresh, 4000.0)))
        assert_allclose(early, late, rtol=1e-5)


def test_stuck_devices_are_read_as_they_are_whatever_is_written() -> None:
    found = stored(faults={"low": 0.2, "high": 0.2})
    found.write_once()
    stuck = found.stuck["plus0"]
    broken = ~np.isnan(stuck)
    assert 0.2 < broken.mean() < 0.6
    found.pulse(0, np.full((12, 7), 5e-6, np.float32), "pulse")
    for value in (found.mean(0), found.conductance(0, 1e6)):
        assert_array_equal(value[broken], stuck[broken])


def test_the_chip_decides_what_is_stuck_and_the_stream_all_else() -> None:
    def drawn(stream: int, chip: int) -> tuple[np.ndarray, np.ndarray]:
        array = from_plain(
            Array,
            {"rows": 12, "columns": 7, "cell": {"device": "pcm"}, "dac": "ideal", "adc": "ideal", "faults": {"low": 0.3}},
        )
        xbar = Crossbar(array, Stream(stream).child("a"), chip=Stream(chip).child("a"))
        xbar.program(WEIGHTS)
        return np.isnan(xbar.stored.stuck["plus0"]), xbar.stored.states[0].conductance

    assert_array_equal(drawn(1, 1)[0], drawn(2, 1)[0])
    assert not np.array_equal(drawn(1, 1)[0], drawn(1, 2)[0])
    assert_array_equal(drawn(1, 1)[1], drawn(1, 2)[1])
    assert not np.array_equal(drawn(1, 1)[1], drawn(2, 1)[1])


def test_a_moment_has_noise_of_its_own() -> None:
    found = stored()
    found.write_once()
    same, other = found.conductance(0, 0.0, "turn 1"), found.conductance(0, 0.0, "turn 2")
    assert_array_equal(same, found.conductance(0, 0.0, "turn 1"))
    assert not np.array_equal(same, other)
    assert not np.array_equal(same, found.conductance(0, 0.0))


def test_read_noise_during_programming_follows_the_array() -> None:
    for how, silent in (("held", False), ("fresh", False), ("off", True)):
        found = stored(read_noise=how)
        found.write_once()
        assert (not found.read_sigma(0).any()) == silent


def test_a_cell_of_its_own_may_be_given() -> None:
    array = from_plain(Array, {"rows": 12, "columns": 7, "cell": {"device": "ideal"}, "dac": "ideal", "adc": "ideal"})
    other = from_plain(Cell, {"type": "significance", "device": {"type": "ideal"}})
    xbar = Crossbar(array)
    xbar.program(WEIGHTS, other)
    assert len(xbar.stored.planes) == 4
    assert_allclose(xbar.matrix, WEIGHTS, atol=1e-6)
