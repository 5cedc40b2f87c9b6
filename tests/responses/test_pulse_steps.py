"""Steps from traces: states and changes by hand, scale, stuck devices, bounds, and noise of the readings."""

import numpy as np
import pytest
from tracing import traces_of

from chipsim.errors import InputError
from chipsim.responses import ConstantStep, SoftBounds
from chipsim.responses.pulse_steps import steps_of
from chipsim.responses.pulse_traces import PulseTraces

SIGNS = np.array([1] * 5 + [-1] * 5, np.int8)


def by_hand(rows, siemens=False, signs=SIGNS):
    held = np.asarray(rows, float)
    return PulseTraces(held, np.broadcast_to(signs, (len(held), signs.size)), siemens, "a.npz")


SAW = np.array([0.0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0])


def test_states_and_changes_by_hand():
    steps = steps_of(by_hand([0.1 * SAW, 0.2 * SAW]), 0.05)
    assert steps.state[1] == pytest.approx(0.2 * SAW[:-1])
    assert steps.change == pytest.approx(np.repeat([[0.1], [0.2]], 10, axis=1))
    assert (steps.rises[0] == (SIGNS > 0)).all()
    assert (steps.low == 0).all()
    assert steps.high == pytest.approx([0.5, 1.0])
    assert (steps.read_noise, steps.stuck_share) == (0, 0)


def test_conductances_become_weights():
    """Mean range 2 to 8.5 uS: weight 0 in its middle, a full-scale weight is half of it."""
    traces = by_hand(1e-6 * (2 + np.stack([1.1 * SAW, 1.5 * SAW])), siemens=True)
    steps = steps_of(traces, 0.05)
    assert (steps.zero, steps.unit) == (pytest.approx(5.25e-6), pytest.approx(3.25e-6))
    assert (steps.low.mean(), steps.high.mean()) == (pytest.approx(-1), pytest.approx(1))
    own = steps_of(traces, 0.05, zero=4e-6, unit=2e-6)
    assert own.low == pytest.approx([-1, -1])
    assert own.high == pytest.approx([1.75, 2.75])
    up_only = steps_of(PulseTraces(traces.held[:, :6], traces.direction[:, :5], True, ""), 0.05)
    assert (up_only.zero, up_only.unit) == (pytest.approx(2e-6), pytest.approx(6.5e-6))
    with pytest.raises(InputError, match="holds weights; zero and unit"):
        steps_of(by_hand([SAW, SAW]), 0.05, zero=1e-6)


def test_devices_that_stay_are_stuck():
    steps = steps_of(by_hand([SAW, SAW, SAW, np.full(11, 0.3), 0.01 * SAW]), 0.05)
    assert steps.stuck_share == pytest.approx(0.4)
    assert steps.stuck == pytest.approx([0.3, 0.25 / 11])
    assert len(steps.low) == 3
    with pytest.raises(InputError, match="do not follow their pulses"):
        steps_of(by_hand([-SAW, -SAW]), 0.05)


def test_steps_that_a_bound_cuts_short_do_not_count():
    """Bound at 3: the step that ends there and those that begin there say nothing about up, but all about down."""
    saw = np.minimum([0.5, *SAW[1:]], 3)
    steps = steps_of(by_hand([saw, saw]), 0.05)
    assert steps.of(True)[0].tolist() == [True, True] + [False] * 8
    assert steps.of(False)[0].tolist() == [False] * 5 + [True] * 5


@pytest.mark.parametrize("response", [SoftBounds(step=0.04), ConstantStep(step=0.02), SoftBounds(step=0.04, additive=True)])
def test_readings_without_noise_are_taken_as_they_are(response):
    weights, signs = traces_of(response, devices=100, up=80, down=80)
    steps = steps_of(by_hand(weights, signs=signs), 0.05)
    assert steps.read_noise == 0
    assert (steps.state == weights[:, :-1]).all()


@pytest.mark.parametrize(
    ("response", "close"), [(ConstantStep(step=0.02, write_noise=0.5), 0.1), (SoftBounds(step=0.04, write_noise=0.5), 0.1),
                            (SoftBounds(step=0.04, write_noise=1.5), 0.1)]
)  # fmt: skip
def test_noise_of_the_readings_is_found(response, close):
    weights, signs = traces_of(response, devices=200, up=80, down=80)
    steps = steps_of(by_hand(weights, signs=signs), 0.05)
    assert steps.read_noise == pytest.approx(response.write_noise * response.step, rel=close)


def test_states_do_not_share_the_noise_of_their_steps():
    """Else steps would fall with the state where they are constant: by 2 var(e) / var(state) of a weight, here 0.01."""
    weights, signs = traces_of(ConstantStep(step=0.02, write_noise=1.5), devices=300, up=25, down=25, cycles=4)
    steps = steps_of(by_hand(weights, signs=signs), 0.05)
    used = steps.rises & (abs(steps.state) < 0.25)
    slope = np.polyfit(steps.state[used], steps.change[used], 1)[0]
    before = np.polyfit(weights[:, :-1][used], steps.change[used], 1)[0]
    assert before < -0.01
    assert abs(slope) < abs(before) / 3


def test_readings_after_a_reset_are_rest():
    signs = np.array([1, 1, 1, 0, 1, 1], np.int8)
    held = np.array([[0.1, 1, 2, 3, 0.2, 1, 2], [0.0, 1, 2, 3, 0.3, 1, 2]])
    steps = steps_of(PulseTraces(held, np.broadcast_to(signs, (2, 6)), False, ""), 0.05)
    assert sorted(steps.rest) == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert not steps.rises[:, 3].any()
