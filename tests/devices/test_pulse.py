"""Programming pulses: what each device makes of them."""

import numpy as np
import pytest

from chipsim.devices import MRAM, PCM, Capacitor, Device, Ideal
from chipsim.devices.pulse import Pulse
from chipsim.errors import InputError
from chipsim.streams import Stream

STREAM = Stream(5).child("array")
TIMES = (0.0, 1.0, 3600.0, 86400.0)


@pytest.fixture(params=sorted(Device.members))
def device(request, examples):
    """One device of every type."""
    return examples(request.param)


def middle(device):
    return device.states[0] if device.states else (device.g_min + device.g_max) / 2


def programmed_at(device, value, count=64):
    return device.program(np.full(count, value), STREAM)


def parts(programmed):
    early = () if programmed.early is None else (programmed.early,)
    return [programmed.conductance, programmed.exponent, *programmed.memory, *early]


def assert_same(one, other):
    assert len(parts(one)) == len(parts(other))
    for left, right in zip(parts(one), parts(other), strict=True):
        np.testing.assert_array_equal(left, right)


def with_early(programmed, early):
    return programmed._replace(early=np.full(programmed.conductance.shape, early, np.float32))


def test_no_change_leaves_everything_bit_for_bit(device):
    before = with_early(programmed_at(device, middle(device)), 7.0)
    assert_same(device.pulsed(before, 0.0, STREAM), before)
    change = np.where(np.arange(64) % 2 == 0, 0.1 * device.g_max, 0)
    after = device.pulsed(before, change, STREAM)
    for left, right in zip(parts(after), parts(before), strict=True):
        np.testing.assert_array_equal(left[1::2], right[1::2])


def test_shapes_types_and_streams(device):
    for shape in [(), (5,), (3, 4)]:
        before = device.program(np.full(shape, middle(device)), STREAM)
        one, two = (device.pulsed(before, 0.05 * device.g_max, STREAM) for _ in range(2))
        assert_same(one, two)
        assert all(np.shape(part) == shape for part in parts(one))
        assert one.conductance.dtype == one.exponent.dtype == np.float32
        assert device.pulse_sigma(np.full(shape, 1e-6)).shape == shape


def test_a_pulse_on_one_device_does_not_depend_on_the_others(device):
    target = np.full((6, 10), middle(device))
    change = np.resize([0.1 * device.g_max, 0, -0.1 * device.g_max], target.shape)
    whole = device.pulsed(device.program(target, STREAM), change, STREAM)
    front = device.pulsed(device.program(target.reshape(-1)[:23], STREAM), change.reshape(-1)[:23], STREAM)
    for left, right in zip(parts(whole), parts(front), strict=True):
        np.testing.assert_array_equal(left.reshape(-1)[:23], right)


def test_the_mean_of_many_pulses_is_the_wanted_change(device):
    if device.states:
        pytest.skip("a binary device has no changes to scale")
    device = device.having(pulse=Pulse(spread=0.3, floor=0.01))
    before = device.program(np.full(40_000, middle(device)), STREAM)
    start = device.mean_at(before, 0.0)
    start = start[np.abs(start - middle(device)) < 0.05 * device.g_max]  # far from both ends
    chosen = np.abs(device.mean_at(before, 0.0) - middle(device)) < 0.05 * device.g_max
    for share in (-0.1, 0.02, 0.1):
        change = share * (device.g_max - device.g_min)
        moved = (device.pulsed(before, change, STREAM).conductance[chosen] - start).astype(np.float64)
        sigma = float(device.pulse_sigma(change))
        assert abs(moved.mean() - change) < 5 * sigma / np.sqrt(moved.size)
        assert moved.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * moved.size))


def test_what_a_pulse_leaves_is_what_is_read_at_the_end_of_programming(device):
    after = device.pulsed(programmed_at(device, middle(device)), 0.03 * device.g_max, STREAM)
    np.testing.assert_array_equal(device.mean_at(after, 0.0), after.conductance)
    assert (after.conductance >= 0).all()


def test_repeated_pulses_towards_a_target_converge(device):
    target = np.resize(device.states, 400) if device.states else np.linspace(device.g_min, device.g_max, 400)
    accepted = 0.25 * (device.g_max - device.g_min) if device.states else 0.0  # the junctions' own spread is no error to correct
    state = device.program(np.full(400, device.g_min), Stream(1))
    errors = []
    for turn in range(12):
        error = target - device.mean_at(state, 0.0)
        errors.append(np.sqrt((error.astype(np.float64) ** 2).mean()))
        state = device.pulsed(state, np.where(np.abs(error) > accepted, error, 0), Stream(2).child(str(turn)))
    floor = 0.05 * device.g_max if device.states else float(device.pulse_sigma(0.0)) + 1e-6 * device.g_max
    assert max(errors[6:]) < 1.3 * floor < 0.2 * errors[0]


def test_no_pulse_lifts_a_device_above_the_range_but_none_is_cut(device):
    before = programmed_at(device, device.g_max, 2000)
    above = before.conductance > device.g_max
    after = device.pulsed(before, 0.5 * device.g_max, STREAM)
    allowed = np.maximum(before.conductance, np.float32(device.g_max)) * (1 + 1e-6)
    assert (after.conductance <= allowed).all()
    untouched = device.pulsed(before, np.where(above, 0, -1e-9), STREAM)
    np.testing.assert_array_equal(untouched.conductance[above], before.conductance[above])
    fallen = device.pulsed(before, -2 * device.g_max, STREAM)
    assert (fallen.conductance >= 0).all()


def test_devices_that_were_pulsed_follow_the_law_of_devices_at_that_conductance(device):
    """Their change in time has the mean and the spread of devices written there, programming error aside."""
    if device.states:
        pytest.skip("holds its state")
    exact = device.having(program_scale=0.0) if "program_scale" in type(device).model_fields else device
    exact = exact.having(pulse=Pulse(spread=0.0, floor=0.0))
    goal = device.g_min + 0.6 * (device.g_max - device.g_min)
    written = exact.program(np.full(20_000, goal), STREAM)
    pulsed = exact.pulsed(exact.program(np.full(20_000, middle(device)), STREAM), goal - middle(device), STREAM)
    np.testing.assert_allclose(pulsed.conductance, goal, rtol=1e-5)
    for time in filter(device.covered.cover, TIMES):
        one, other = (exact.mean_at(state, time).astype(np.float64) for state in (written, pulsed))
        error = 5 * np.hypot(one.std(), other.std()) / np.sqrt(one.size) + 1e-5 * device.g_max
        assert abs(one.mean() - other.mean()) < error
        assert other.std() == pytest.approx(one.std(), rel=0.06, abs=1e-5 * device.g_max)
        np.testing.assert_allclose(exact.read_sigma_at(pulsed, time).mean(), exact.read_sigma_at(written, time).mean(), rtol=0.05)


def test_early_devices_are_older_by_that_much(device):
    """A device written 3600 s before the end is at 1 d - 3600 s what one of the same history without `early` is at 1 d."""
    state = programmed_at(device, middle(device))
    times = (82800.0, 86400.0)
    if device.covered.only or not all(map(device.covered.cover, times)):
        time = next(time for time in (*device.covered.only, 0.0) if device.covered.cover(time))
        np.testing.assert_array_equal(device.mean_at(with_early(state, 0.0), time), device.mean_at(state, time))
        return
    for question in (device.mean_at, device.read_sigma_at):
        np.testing.assert_allclose(question(with_early(state, 3600.0), times[0]), question(state, times[1]), rtol=2e-5)
        for time in (0.0, *times):
            np.testing.assert_allclose(question(with_early(state, 0.0), time), question(state, time), rtol=2e-6)


def test_a_pulse_starts_from_the_present_conductance_and_resets_the_age(device):
    old = with_early(programmed_at(device, middle(device)), 86400.0)
    present = device.mean_at(old, 0.0)
    change = np.where(np.arange(64) < 32, 1e-3 * device.g_max, 0)
    after = device.having(pulse=Pulse(spread=0.0, floor=0.0)).pulsed(old, change, STREAM)
    assert after.early is not None
    np.testing.assert_array_equal(after.early[32:], 86400.0)
    np.testing.assert_allclose(device.mean_at(after, 0.0)[32:], present[32:])
    if device.states:
        return
    np.testing.assert_array_equal(after.early[:32], 0.0)
    np.testing.assert_allclose(after.conductance[:32], present[:32] + 1e-3 * device.g_max, rtol=1e-5)


def test_drift_after_pulses_matches_the_power_law():
    device = PCM(pulse=Pulse(spread=0.0, floor=0.0), drift_scale=1.0)
    state = device.pulsed(device.program(np.full(50, 5e-6), STREAM), 5e-6, STREAM)
    np.testing.assert_allclose(
        device.mean_at(state, 3600.0), state.conductance * (3620 / 20.0) ** -state.exponent.astype(float), rtol=1e-5
    )
    assert (state.exponent >= 0).all()


def test_a_junction_switches_or_stays():
    device = MRAM(write_error_rate=0.25)
    low = device.program(np.full(20_000, device.g_min), STREAM)
    low_before = low.memory[0]
    up = device.pulsed(low, 1e-6, STREAM.child("up"))
    np.testing.assert_array_equal(up.conductance[low_before], low.conductance[low_before])  # is there already
    stayed = (up.conductance == low.conductance)[~low_before].mean()
    assert stayed == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / 15_000))
    down = device.having(write_error_rate=0.0).pulsed(up, -1e-9, STREAM)
    assert not down.memory[0].any()
    back = low_before | ~up.memory[0]
    np.testing.assert_allclose(down.conductance[~back], low.conductance[~back], rtol=1e-6)  # its own barrier
    with pytest.raises(InputError, match=r"pulse: spread 0.3 and floor 0; expected 0 and 0.*write_error_rate"):
        MRAM(pulse=Pulse(spread=0.3))


@pytest.mark.parametrize("cls", [Ideal, MRAM, Capacitor])
def test_a_pulse_keeps_what_it_is_for_its_device_when_only_its_duration_is_given(cls):
    assert cls(pulse=Pulse(duration=1e-6)).pulse == cls().pulse.having(duration=1e-6)


def test_steps_of_a_leaky_device_add_up():
    device = Capacitor()
    step = (device.g_max - device.g_min) / 400
    np.testing.assert_allclose(device.pulse_sigma([0.0, step, -100 * step]), step * np.sqrt([1 / 12, 1 / 12 + 0.09, 1 / 12 + 9]))
    assert device.having(steps=100).pulse.floor == pytest.approx(np.sqrt(1 / 12) / 100)
    given = Capacitor(pulse=Pulse(floor=0.02))
    assert (given.pulse.floor, given.pulse.spread) == (0.02, 0.3)
    state = device.program(np.full(100, 5e-6), STREAM)
    np.testing.assert_array_equal(device.pulsed(state, 1e-6, STREAM).exponent, state.exponent)


def test_an_ideal_pulse_is_exact():
    state = Ideal().pulsed(Ideal().program([1e-6, 24e-6], STREAM), [2e-6, 5e-6], STREAM)
    np.testing.assert_allclose(state.conductance, [3e-6, 25e-6])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ([1e-6, float("nan")], r"PCM\.pulsed: a change of nan S \(1 of 2 are not finite\); expected siemens, 0 for no pulse; check"),
        (float("inf"), r"a change of inf S"),
        ([1e-6] * 3, r"changes of shape \(3,\) for devices of shape \(2,\); expected one change for each device"),
    ],
)
def test_changes_that_cannot_be_used_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        PCM().pulsed(PCM().program([1e-6, 2e-6], STREAM), change, STREAM)


def test_rewriting_carries_the_age():
    device = PCM()
    one, other = device.program([1e-6, 2e-6], STREAM), device.program([3e-6, 4e-6], STREAM)
    assert one.rewritten([True, False], other).early is None
    np.testing.assert_array_equal(with_early(one, 3.0).rewritten([True, False], other).early, [0.0, 3.0])
    np.testing.assert_array_equal(one.rewritten([True, False], with_early(other, 4.0)).early, [4.0, 0.0])


@pytest.mark.parametrize("keys", [{"spread": -0.1}, {"floor": -0.1}, {"duration": -1.0}, {"energy": -1.0}])
def test_negative_keys_are_refused(keys):
    with pytest.raises(InputError, match="greater than or equal to 0"):
        Pulse(**keys)


def test_the_spread_of_a_pulse():
    sigma = Pulse(spread=0.3, floor=0.01).sigma(np.float32([0, 1e-6, -4e-6]), 25e-6)
    np.testing.assert_allclose(sigma, np.hypot([0, 0.3e-6, 1.2e-6], 0.25e-6), rtol=1e-6)
