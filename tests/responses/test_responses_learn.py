"""Rules, trains, kernel and devices together: a layer learns weights by stochastic gradient descent, as well as its devices allow.

A layer of 20 x 20 cells sees random inputs and the error of its outputs against those of a goal with 5 % of noise.
"""

import numpy as np
import pytest
from tracing import save, traces_of

from chipsim.kernels.pulse_rules import managed
from chipsim.kernels.pulsed_update import pulsed_update
from chipsim.kernels.trains import COLUMNS, ROWS, trains
from chipsim.reading import from_plain
from chipsim.responses import MeasuredSteps, Response
from chipsim.streams import Stream

SIZE, STEPS, RATE, LONGEST = 20, 3000, 0.05, 31


def component(name):
    return from_plain(Response, {"component": name})


def weight_error(device):
    """Root mean square of the error of the weights the devices hold, over that of the goal."""
    stream = Stream(1).child("array")
    cells, weights = device.instantiate((SIZE, SIZE), stream, Stream(2))
    hidden, law, key = weights.copy(), device.law, stream.child("pulses").key
    draw = np.random.default_rng(0)
    goal = np.clip(0.3 * draw.standard_normal((SIZE, SIZE)), -0.6, 0.6).astype(np.float32)
    for step in range(STEPS):
        x = draw.uniform(-1, 1, (1, SIZE)).astype(np.float32)
        d = (x @ goal - x @ weights + 0.05 * draw.standard_normal((1, SIZE))).astype(np.float32)
        plan = managed(x, d, RATE, device.granularity, LONGEST)
        who = {"sample": np.full(1, step, np.uint32), "vector": np.zeros(1, np.uint32)}
        rows = trains(x, plan.row_gain, plan.length, key, who["sample"], who["vector"], ROWS)
        columns = trains(d, plan.column_gain, plan.length, key, who["sample"], who["vector"], COLUMNS)
        pulsed_update(weights, cells.pulsed, law, key=key, **who, trains=(rows, columns), hidden=hidden)
    held = hidden if law.write_noise else weights
    return np.sqrt(np.mean((held - goal) ** 2) / np.mean(goal**2))


@pytest.mark.parametrize("name", ["rpu-idealized", "rpu-baseline-unit", "ecram-li", "capacitor-3t1c"])
def test_devices_with_many_even_steps_learn(name):
    assert weight_error(component(name)) < 0.1


def test_devices_with_twenty_states_do_not():
    """Above 25 %, as published for plain descent on devices with 20 states (Rasch et al., Nature Communications 2024)."""
    assert weight_error(component("reram-om")) > 0.25


def test_measured_devices_learn_as_well_as_those_that_were_measured(tmp_path):
    true = component("ecram-li")
    weights, signs = traces_of(true, devices=100, up=1500, down=1500, cycles=1)
    measured = MeasuredSteps(file=save(tmp_path / "a.npz", weights, signs, siemens=False))
    assert weight_error(measured) < 1.3 * weight_error(true)
