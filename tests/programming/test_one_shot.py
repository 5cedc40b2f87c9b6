"""Direct mapping: the devices of Crossbar.program, and time and energy by hand."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.programming import OneShot
from chipsim.programming.access import Access
from chipsim.programming.prices import Prices
from chipsim.reading import from_plain
from chipsim.streams import Stream

WEIGHTS = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)


def array(cell, **device):
    device = {"type": "pcm", "pulse": {"duration": "200 ns", "energy": "3 pJ"}} | device
    return from_plain(Array, {"rows": 8, "columns": 16, "cell": cell | {"device": device}, "dac": "ideal", "adc": "ideal"})


def test_it_writes_what_the_crossbar_writes_by_itself():
    by_steps, alone = (Crossbar(array({"type": "pair"}), Stream(2)) for _ in range(2))
    assert OneShot().program(by_steps, WEIGHTS) == []
    alone.program(WEIGHTS)
    for time in (0.0, 3600.0):
        by_steps.drift_to(time)
        alone.drift_to(time)
        assert np.array_equal(by_steps.matrix, alone.matrix)


@pytest.mark.parametrize(
    ("cell", "planes", "devices"),
    [
        ({"type": "pair"}, 2, 2 * 15),
        ({"type": "pair", "devices_per_polarity": 2}, 4, 4 * 15),
        ({"type": "offset"}, 2, 15 + 5),  # a reference column
        ({"type": "sliced", "bits": 8, "bits_per_slice": 2}, 8, 8 * 15),
    ],
)
def test_a_pulse_for_every_row_of_a_plane_and_energy_for_every_device(cell, planes, devices):
    crossbar = Crossbar(array(cell), Stream(2))
    (step,) = OneShot().steps(crossbar, WEIGHTS, Access.of_array(crossbar.array))
    assert step.duration == pytest.approx(5 * planes * 200e-9)
    assert Prices.of_array(crossbar.array).pulses(step) == pytest.approx(devices * 3e-12)
    assert (step.pulses, step.reads, step.driven, step.converted, step.cells) == (devices, 0, 0, 0, 0.0)
