"""Tables of steps from traces: linear laws exactly, known laws within their noise."""

import numpy as np
import pytest
from tracing import traces_of

from chipsim.responses import SoftBounds
from chipsim.responses.pulse_steps import steps_of
from chipsim.responses.pulse_traces import PulseTraces
from chipsim.responses.step_tables import tables_of


def steps_from(response, **keys):
    weights, signs = traces_of(response, **keys)
    return steps_of(PulseTraces(weights, np.broadcast_to(signs, (len(weights), signs.size)), False, ""), 0.05)


def quiet(points):
    return tables_of(steps_from(SoftBounds(step=0.02, noise=0.0), devices=20, up=300, down=300, cycles=1), points)


@pytest.mark.parametrize("points", [2, 5, 12])
def test_linear_laws_without_noise_are_exact(points):
    """Soft bounds: the table is a straight line, and so are the states between its points."""
    tables = quiet(points)
    line = np.linspace(0, 1, points)
    for table, sign in ((tables.up, -1), (tables.down, 1)):
        ends = table[:, :1], table[:, -1:]
        assert table == pytest.approx(ends[0] + (ends[1] - ends[0]) * line, abs=3e-4)
        assert (sign * (table[:, -1] - table[:, 0]) > 0).all()
    assert max(tables.up_spread.max(), tables.down_spread.max()) < 1e-3


def test_means_and_spreads_of_a_noisy_law():
    response = SoftBounds(step=0.03, step_spread=0, asymmetry_spread=0, w_max_spread=0, w_min_spread=0, noise=0.3, additive=True)
    steps = steps_from(response, devices=100, up=100, down=100, cycles=4)
    tables = tables_of(steps, 12)
    place = np.linspace(steps.low.mean(), steps.high.mean(), 12)
    assert tables.mean.up[0][:-1] == pytest.approx(0.03 * (1 - place / 0.6)[:-1], abs=0.0015)  # noise is cut short at the bound
    assert tables.mean.down[0][1:] == pytest.approx(0.03 * (1 + place / 0.6)[1:], abs=0.0015)
    inner = slice(2, -2)  # bounds cut the noise short
    assert tables.mean.up_spread[0][inner] == pytest.approx(np.full(8, 0.3 * 0.03), rel=0.1)
    assert tables.mean.down_spread[0][inner] == pytest.approx(np.full(8, 0.3 * 0.03), rel=0.1)


def test_noise_of_the_readings_is_taken_off():
    response = SoftBounds(step=0.03, step_spread=0, asymmetry_spread=0, noise=0.6, additive=True, write_noise=1.0)
    steps = steps_from(response, devices=200, up=100, down=100, cycles=4)
    tables = tables_of(steps, 12)
    raw = float(np.sqrt(tables.mean.up_spread[0, 6] ** 2 + 2 * steps.read_noise**2))
    assert raw > 2.2 * 0.6 * 0.03
    assert tables.mean.up_spread[0, 6] == pytest.approx(0.6 * 0.03, rel=0.25)


def test_no_pulses_down_no_steps_down():
    weights, signs = traces_of(SoftBounds(step=0.05), devices=10, up=40, down=0, cycles=1)
    tables = tables_of(steps_of(PulseTraces(weights, np.broadcast_to(signs, (10, 40)), False, ""), 0.05), 6)
    assert (tables.down == 0).all()
    assert (tables.up[:, 0] > 0).all()
