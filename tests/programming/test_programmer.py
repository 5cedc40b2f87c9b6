"""The contract of every registered algorithm, on every kind of device and cell: what is written, told, refused and repeated."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices import MRAM, PCM, Device
from chipsim.errors import InputError
from chipsim.programming import Programmer
from chipsim.programming.access import Access
from chipsim.programming.programmer import Point, Step, nearest_state
from chipsim.reading import from_plain
from chipsim.streams import Stream

QUICK = {
    "gradient": {"iterations": 4, "batch": 64},
    "optimised": {"population": 2, "generations": 2, "points": 2, "polish": False},
    "write_verify": {"iterations": 6},
    "one_shot": {},
}
MEASURED = {"type": "measured", "conductances": ["0 uS", "10 uS", "20 uS"], "programming": ["0.5 uS", "1.5 uS", "2 uS"]}
DEVICES = [*(name for name in Device.members if not name.startswith("measured")), MEASURED]  # `measured-traces` needs a file
CELLS = {
    "pair": {"type": "pair"},
    "max_set": {"type": "pair", "devices_per_polarity": 2, "fill": "max_set"},
    "significance": {"type": "significance"},
    "offset": {"type": "offset"},
    "sliced": {"type": "sliced", "bits": 4, "bits_per_slice": 2},
    "binary": {"type": "sliced", "bits": 3, "bits_per_slice": 1},
}
WEIGHTS = np.random.default_rng(5).normal(size=(12, 6)).astype(np.float32)


def array(device, cell="pair", **changes):
    block = {"rows": 16, "columns": 32, "cell": CELLS[cell] | {"device": device}, "dac": "ideal", "adc": "ideal"}
    return from_plain(Array, block | changes)


def made(name):
    return Programmer.members[name](**QUICK.get(name, {}))


def written(name, device, cell="pair", seed=3):
    crossbar = Crossbar(array(device, cell), Stream(seed))
    return crossbar, made(name).program(crossbar, WEIGHTS)


def test_the_quick_settings_know_every_algorithm():
    assert set(QUICK) == set(Programmer.members)


def refusal(name, device, cell):
    """Why a combination is refused, as far as anything says so; empty where it works."""
    try:
        written(name, device, cell)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device if isinstance(device, str) else "measured")
@pytest.mark.parametrize("cell", CELLS)
def test_every_algorithm_writes_every_device_in_every_cell_or_says_why_not(device, cell):
    for name in Programmer.members:
        reason = refusal(name, device, cell)
        two_states = device == "mram" and cell != "binary"  # nothing is kept between its states
        if name == "optimised":
            assert bool(reason) == (device == "mram" or cell not in ("max_set", "significance")), (name, reason)
        else:
            assert bool(reason) == two_states, (name, reason)
        if reason:
            assert "; " in reason  # what was expected, what to try
            assert "expected" in reason


@pytest.mark.parametrize("name", sorted(QUICK))
@pytest.mark.parametrize("device", ["pcm", "rram-wan2022", "capacitor"])
def test_what_is_written_is_near_what_was_asked_for_and_repeatable(name, device):
    first, points = written(name, device, "significance")
    again, _ = written(name, device, "significance")
    other, _ = written(name, device, "significance", seed=4)
    assert np.array_equal(first.matrix, again.matrix)
    assert not np.array_equal(first.matrix, other.matrix)
    error = (first.matrix - WEIGHTS) / first.scale
    assert np.sqrt(np.mean(error**2)) < 0.12
    assert all(isinstance(point, Point) and point.error >= 0 and 0 <= point.open <= 1 for point in points)
    assert [point.iteration for point in points] == list(range(len(points)))
    assert [point.time for point in points] == sorted(point.time for point in points)


@pytest.mark.parametrize("name", sorted(QUICK))
def test_every_step_takes_its_time_and_nothing_negative(name):
    crossbar, programmer = Crossbar(array("pcm", "significance"), Stream(1)), made(name)
    cell = programmer.plan(crossbar.array, [WEIGHTS])
    for step in programmer.steps(crossbar, WEIGHTS, Access.of_array(crossbar.array), cell):
        assert step.duration > 0
        assert min(step) >= 0
        assert all(isinstance(count, int) for count in step[1:5])
    assert crossbar.stored.planes[0].target.shape == (12, 6)
    assert crossbar.age == 0


def test_steps_add_up():
    assert Step(1.0, 2, 3, 4, 5, 6.0).then(Step(10.0, 20, 30, 40, 50, 60.0)) == Step(11.0, 22, 33, 44, 55, 66.0)


def test_the_nearest_state_of_a_binary_device_and_of_one_without_states():
    target = np.array([[40e-6, 60e-6, 75e-6, 100e-6]], np.float32)
    assert np.allclose(nearest_state(MRAM(), target), [[40e-6, 40e-6, 100e-6, 100e-6]])
    assert nearest_state(PCM(), target) is target


@pytest.mark.parametrize(("name", "most"), [("one_shot", 0.5), ("write_verify", 0.5), ("gradient", 0.75)])
def test_junctions_round_where_they_may(name, most):
    device = {"type": "mram", "between_states": "nearest", "spread": 0, "write_error_rate": 0}
    crossbar, _ = written(name, device)
    error = np.abs((crossbar.matrix - WEIGHTS) / crossbar.scale)
    assert error.max() <= most + 1e-5  # to the nearest of -1, 0 and 1; products of few inputs do not tell 0.4 from 0.6


def test_the_cell_of_the_plan_is_the_one_that_is_written():
    crossbar, programmer = Crossbar(array("pcm", "significance"), Stream(1)), made("optimised")
    cell = programmer.plan(crossbar.array, [WEIGHTS])
    for _ in programmer.steps(crossbar, WEIGHTS, Access.of_array(crossbar.array), cell):
        pass
    assert crossbar.stored.cell == cell != crossbar.array.cell
    assert made("gradient").plan(crossbar.array, [WEIGHTS]) is None
