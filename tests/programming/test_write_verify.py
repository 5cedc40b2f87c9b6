"""Program-and-verify: the margin, counts by hand on a small array, groups of devices, stuck devices, drift while waiting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.programming import WriteVerify
from chipsim.programming.access import Access
from chipsim.programming.prices import Prices
from chipsim.reading import from_plain
from chipsim.streams import Stream

ACCESS = Access(read_time=100e-9)
PRICES = Prices(pulse=10e-12, row=1e-12, column=1e-13)
PULSE = {"duration": "1 us", "energy": "10 pJ", "spread": 0.0, "floor": 0.0}
WEIGHTS = np.random.default_rng(1).normal(size=(20, 10)).astype(np.float32)


def array(device=None, cell=None, **changes):
    device = {"type": "ideal", "pulse": PULSE} | (device or {})
    cell = {"type": "pair"} | (cell or {}) | {"device": device}
    return from_plain(Array, {"rows": 32, "columns": 64, "cell": cell, "dac": "ideal", "adc": "ideal"} | changes)


def run(programmer, array, weights=WEIGHTS, seed=0, access=ACCESS):
    """Steps, points and crossbar after the programming."""
    crossbar, found = Crossbar(array, Stream(seed)), []
    steps = programmer.steps(crossbar, weights, access)
    while True:
        try:
            found.append(next(steps))
        except StopIteration as end:
            return found, end.value, crossbar


def exact(**keys):
    return WriteVerify(**{"noise": 0.0, "counts": 1000} | keys)


def deviations(crossbar):
    """How far every device is from its target, as a share of its range (planes, rows, columns)."""
    stored = crossbar.stored
    return np.stack([stored.mean(i) - plane.target for i, plane in enumerate(stored.planes)]) / stored.cell.span


# --- the margin ------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.floats(1, 50), st.floats(0, 0.5))
def test_without_noise_every_device_ends_within_the_margin_or_is_given_up(seed, margin, spread):
    noiseless = array({"pulse": {"spread": spread, "floor": 0.0}})
    _, points, crossbar = run(exact(margin=margin, iterations=200), noiseless, seed=seed)
    half_a_count = 0.5 / 1000
    far = np.abs(deviations(crossbar)) > margin / 1000 + half_a_count + 1e-6
    assert far.mean() <= points[-1].open
    assert points[-1].open == 0


def test_the_margin_is_honoured_against_the_read_not_against_the_truth():
    _, _, quiet = run(WriteVerify(noise=0.0), array())
    _, _, noisy = run(WriteVerify(noise=10.0, iterations=100), array())
    assert np.abs(deviations(quiet)).max() <= (5 + 0.5) / 100 + 1e-6
    assert np.abs(deviations(noisy)).max() > 0.1  # who was read well by chance was accepted


def test_reads_that_are_averaged_find_the_truth():
    pulses = {"pulse": PULSE | {"spread": 0.3, "floor": 0.01}}
    errors = [np.std(deviations(run(WriteVerify(noise=5.0, reads=n, margin=2.0), array(pulses))[2])) for n in (1, 16)]
    assert errors[1] < 0.7 * errors[0]


def test_pulses_without_error_need_one_turn():
    _, points, crossbar = run(exact(margin=0.6), array())
    assert len(points) == 2
    assert points[-1].open == 0
    assert np.abs(deviations(crossbar)).max() <= 1.1 / 1000


# --- counts by hand --------------------------------------------------------------------------------------------------------


def test_counts_of_a_2_by_2_array_by_hand():
    """Pairs: of 1 and 0 the first side is off its target by the whole range, so that each row needs one turn in plane plus."""
    weights = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    steps, points, _ = run(exact(), array(), weights)
    # plus: erase, read, pulse, read; minus: erase, read
    assert [step.duration for step in steps] == pytest.approx([2 * 1e-6 + 2 * 0.1e-6 + 1e-6 + 0.1e-6] * 2)
    assert [step.pulses for step in steps] == [2 + 1 + 2] * 2  # two devices erased, one pulsed; two erased
    assert [step.reads for step in steps] == [3] * 2
    assert [PRICES.pulses(step) for step in steps] == pytest.approx([5 * 10e-12] * 2)
    assert [PRICES.reads(step) for step in steps] == pytest.approx([3 * (1e-12 + 2 * 1e-13)] * 2)
    assert [(p.error, p.open) for p in points] == [(pytest.approx(0.5), 0.25), (pytest.approx(0, abs=1e-6), 0)]  # two of eight are far
    assert points[-1].time == pytest.approx(sum(step.duration for step in steps))
    assert points[0].time == pytest.approx(2 * (2 * 1e-6 + 2 * 0.1e-6))


def test_a_reference_column_and_a_slice_are_read_by_themselves():
    weights = np.array([[1.0, -1.0, 0.5]], np.float32)
    (step,), _, _ = run(exact(), array(cell={"type": "offset"}), weights)
    # cell: erased, read, pulsed (the second is at its target), read; reference: one device, erased, read, pulsed, read
    assert (step.pulses, step.reads) == (3 + 2 + 1 + 1, 4)
    assert PRICES.reads(step) == pytest.approx(2 * (1e-12 + 3e-13) + 2 * (1e-12 + 1e-13))
    sliced = array(cell={"type": "sliced", "bits": 2, "bits_per_slice": 1})
    (step,), _, _ = run(exact(), sliced, weights, access=ACCESS._replace(parts=2))
    assert PRICES.reads(step) == pytest.approx(step.reads * (1e-12 + 3e-13))


def test_a_stuck_device_costs_all_turns():
    stuck = array(faults={"low": 1.0})
    weights = np.ones((1, 1), np.float32)
    (step,), points, _ = run(exact(iterations=7, reads=3), stuck, weights)
    assert len(points) == 7
    assert points[-1] == points[0]._replace(iteration=6, time=points[-1].time)  # it never moves
    assert points[-1].open == 0.5  # the other side is at its target
    assert step.reads == 3 * (7 + 1)
    assert step.pulses == 2 + 7
    assert step.duration == pytest.approx(1e-6 * (2 + 7) + 100e-9 * 3 * (7 + 1))


def test_a_group_takes_as_many_turns_as_its_most_stubborn_device():
    noisy = array({"pulse": PULSE | {"spread": 0.3, "floor": 0.0}})
    together, _, first = run(exact(), noisy)
    in_twos, _, second = run(exact(devices_at_once=2), noisy)
    by_one, _, third = run(exact(devices_at_once=1), noisy)
    for index in range(2):
        conductances = [crossbar.stored.states[index].conductance for crossbar in (first, second, third)]
        assert np.array_equal(conductances[0], conductances[1])
        assert np.array_equal(conductances[0], conductances[2])
    pulses = [sum(step.pulses for step in steps) for steps in (together, in_twos, by_one)]
    assert pulses[0] == pulses[1] == pulses[2]
    durations = [sum(step.duration for step in steps) for steps in (together, in_twos, by_one)]
    assert durations[0] < durations[1] < durations[2]
    # one by one: a device that is pulsed k times is read k + 1 times
    corrections = pulses[2] - 2 * WEIGHTS.size  # less those that erased
    assert sum(step.reads for step in by_one) == corrections + 2 * WEIGHTS.size


def test_more_devices_at_once_than_a_row_has_are_a_row():
    assert run(exact(devices_at_once=1000), array())[0] == run(exact(), array())[0]


def test_the_last_point_has_the_time_of_all_steps_where_all_converge():
    steps, points, _ = run(exact(devices_at_once=3), array({"pulse": PULSE | {"spread": 0.3}}))
    assert points[-1].open == 0
    assert points[-1].time == pytest.approx(sum(step.duration for step in steps))


# --- time ------------------------------------------------------------------------------------------------------------------


def test_devices_wait_for_the_rest_of_their_tile():
    steps, _, crossbar = run(WriteVerify(), array({"type": "pcm"}))
    rows = [crossbar.stored.states[index].early for index in (0, 1)]
    durations = np.array([step.duration for step in steps])
    after = durations.sum() - np.cumsum(durations)
    assert np.allclose(rows[1][:, 0], after, rtol=1e-5, atol=1e-12)  # the last plane of a row is done when the row is
    assert (np.diff(rows[0][:, 0]) < 0).all()
    assert (rows[0] >= rows[1]).all()
    assert np.all(rows[0] == rows[0][:, :1])


def test_a_row_that_waited_longer_has_drifted_further():
    slow = array({"type": "pcm", "pulse": {"duration": "1 s", "spread": 0.0, "floor": 0.0}, "drift_start": "1 s"}, read_noise="off")
    _, _, crossbar = run(exact(), slow, np.ones((30, 4), np.float32))
    left = crossbar.stored.mean(0).mean(axis=1)
    assert left[0] < left[-1]


def test_junctions_are_written_again_only_where_a_write_failed():
    binary = {"cell": {"type": "sliced", "bits": 1, "bits_per_slice": 1}}
    weights = np.sign(WEIGHTS)
    sound = array({"type": "mram", "spread": 0.05, "write_error_rate": 0.0}, **binary)
    steps, points, _ = run(WriteVerify(), sound, weights)
    assert sum(step.pulses for step in steps) == 2 * weights.size  # one write each, although their resistances differ by 5 %
    failing = array({"type": "mram", "spread": 0.05, "write_error_rate": 0.2}, **binary)
    steps, points, crossbar = run(WriteVerify(), failing, weights)
    assert sum(step.pulses for step in steps) > 2.2 * weights.size
    assert points[-1].open == 0
    assert np.abs(crossbar.matrix / crossbar.scale - weights).max() < 0.6
