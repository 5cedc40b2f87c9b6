"""What linear responses share: the symmetry point in closed form, and when pulses may be taken together."""

import numpy as np
import pytest

from chipsim.kernels.pulsed_update import PulsedCells, pulsed_update
from chipsim.responses import LinearStep, Response, SoftBounds, SoftBoundsReference
from chipsim.responses.linear_law import balance
from chipsim.streams import Stream

MEMBERS = [
    LinearStep(gamma_up=0.3, gamma_down=0.6),
    LinearStep(gamma_up=0.3, gamma_down=0.6, own_bounds=True),
    SoftBounds(asymmetry_spread=0.2),
    SoftBoundsReference(asymmetry=0.1, reference_mean=0.1),
    SoftBoundsReference(subtract_symmetry_point=True, asymmetry_spread=0.2),
]


@pytest.mark.parametrize("device", MEMBERS)
def test_the_closed_form_is_what_halving_finds(device):
    cells, _ = device.instantiate((40, 50), Stream(), Stream(2))
    assert device.symmetry_point(cells) == pytest.approx(Response.symmetry_point(device, cells), abs=1e-5)


def test_the_symmetry_point_by_hand():
    """w* = (s_up - s_down) / (s_up / b_max - s_down / b_min) of soft bounds."""
    up, down, low, high = (np.full((1, 1), value, np.float32) for value in (0.03, 0.02, -0.5, 1.0))
    assert balance(PulsedCells(up, down, low, high, up / high, -down / low))[0, 0] == pytest.approx(0.01 / (0.03 + 0.04))


def test_without_a_slope_it_is_a_bound_or_nowhere():
    flat = np.zeros((1, 3), np.float32)
    up, down = np.float32([[2, 1, 1]]), np.float32([[1, 2, 1]])
    assert balance(PulsedCells(up, down, flat, flat, flat, flat)).tolist() == [[np.inf, -np.inf, 0]]
    device = LinearStep(gamma_up_spread=0, gamma_down_spread=0, asymmetry=0.1, asymmetry_spread=0)
    cells, _ = device.instantiate((3, 3), Stream(), Stream())
    assert (device.symmetry_point(cells) == cells.pulsed.high).all()


@pytest.mark.parametrize(
    ("device", "grouped"),
    [
        (SoftBounds(noise=0.3), True),
        (SoftBounds(noise=0.3, additive=True), False),  # next to a bound the noise is larger than the step
        (LinearStep(noise=0.3, additive=True, gamma_up=0.05), True),
        (LinearStep(noise=0.3, additive=True, gamma_up=0.5), False),
        (LinearStep(noise=0.5), False),
    ],
)
def test_pulses_are_done_at_once_only_if_they_are_steady(device, grouped):
    assert device.law.grouped == grouped
    assert (device.law.relative, device.law.fixed) == ((0, device.noise) if device.additive else (device.noise, 0))


def test_devices_with_next_to_no_range_stay_within_it():
    """Of 200,000 with 30 % of spread some have a bound within a fiftieth of a step: many pulses leave them in between."""
    device = SoftBoundsReference(subtract_symmetry_point=True)
    assert device.law.grouped
    cells, weights = device.instantiate((784, 256), Stream(), Stream())
    steep = np.argwhere(np.minimum(cells.pulsed.high, -cells.pulsed.low) < 0.02 * device.step)
    assert len(steep) > 0
    low, high = device.bounds(cells)
    for row in np.unique(steep[:, 0]):
        for number, count in enumerate((31, -31, 992)):
            lines = np.zeros((1, 784), np.float32), np.full((1, 256), count, np.float32)
            lines[0][0, row] = 1
            who = np.array([number], np.uint32)
            pulsed_update(weights, cells.pulsed, device.law, key=(1, 2), sample=who, vector=who, lines=lines)
        assert ((low[row] - 1e-6 <= weights[row]) & (weights[row] <= high[row] + 1e-6)).all()
