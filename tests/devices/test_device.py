"""What every registered device must do, and how it refuses what it cannot do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.devices import Device, Ideal
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

STREAM = Stream(3).child("array")
DEVICES = [pytest.param(member(), id=name) for name, member in sorted(Device.members.items())]


def targets(device, shape=(16, 25)):
    return np.linspace(device.g_min, device.g_max, int(np.prod(shape))).reshape(shape)


def test_the_members_are_registered():
    assert {"ideal", "pcm", "pcm-hermes"} <= set(Device.members)


@pytest.mark.parametrize("device", DEVICES)
def test_shapes_and_types(device):
    for shape in [(), (5,), (3, 4), (2, 3, 4)]:
        programmed = device.program(np.full(shape, device.g_max / 2), STREAM)
        arrays = [*programmed, device.mean_at(programmed, 60.0), device.read_sigma_at(programmed, 60.0)]
        moments = [device.programming_sigma, device.exponent_mean, device.exponent_sigma]
        arrays += [moment(np.full(shape, device.g_max / 2)) for moment in moments]
        arrays.append(device.read_at(programmed, 60.0, STREAM))
        assert [np.shape(array) for array in arrays] == [shape] * len(arrays)
        assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_stream_gives_the_same_array_and_the_input_is_left_alone(device):
    target = targets(device).astype(np.float32)
    before = target.copy()
    first, second = device.program(target, STREAM), device.program(target, STREAM)
    np.testing.assert_array_equal(first.conductance, second.conductance)
    np.testing.assert_array_equal(first.exponent, second.exponent)
    np.testing.assert_array_equal(target, before)
    first.conductance[0, 0] = -1.0
    np.testing.assert_array_equal(target, before)


@pytest.mark.parametrize("device", DEVICES)
def test_an_element_does_not_depend_on_the_shape_or_on_its_neighbours(device):
    target = targets(device)
    whole = device.program(target, STREAM)
    front = device.program(target.reshape(-1)[:37], STREAM)
    np.testing.assert_array_equal(whole.conductance.reshape(-1)[:37], front.conductance)
    np.testing.assert_array_equal(whole.exponent.reshape(-1)[:37], front.exponent)


@pytest.mark.parametrize("device", DEVICES)
def test_conductances_stay_positive_and_fall_with_time(device):
    programmed = device.program(targets(device), STREAM)
    assert (programmed.conductance >= 0).all()
    assert (programmed.exponent >= 0).all()
    means = [device.mean_at(programmed, time) for time in (0.0, 1.0, 3600.0, 86400.0, 3.15e7)]
    np.testing.assert_array_equal(means[0], programmed.conductance)
    for earlier, later in pairwise(means):
        assert (later <= earlier).all()
    for time in (0.0, 3600.0):
        assert (device.read_sigma_at(programmed, time) >= 0).all()
        assert (device.read_at(programmed, time, STREAM) >= 0).all()


@pytest.mark.parametrize("device", DEVICES)
def test_scales_of_zero_make_a_device_exact(device):
    off = {name: 0.0 for name in type(device).model_fields if name.endswith("_scale")}
    exact = device.having(**off)
    target = targets(device).astype(np.float32)
    programmed = exact.program(target, STREAM)
    np.testing.assert_array_equal(programmed.conductance, target)
    np.testing.assert_array_equal(exact.mean_at(programmed, 1e6), target)
    np.testing.assert_array_equal(exact.read_at(programmed, 1e6, STREAM), target)
    assert not exact.read_sigma_at(programmed, 1e6).any()
    for moment in (exact.programming_sigma, exact.exponent_mean, exact.exponent_sigma):
        assert not moment(target).any()


@pytest.mark.parametrize("device", DEVICES)
def test_targets_outside_the_range_are_refused_with_the_worst_value(device):
    for worst in (-1e-6, 2 * device.g_max):
        with pytest.raises(InputError, match=r"\.program: target .*2 of 3 are outside.*scale the weights") as caught:
            device.program([device.g_max, worst, 0.75 * worst], STREAM)
        assert "uS" in str(caught.value)
    with pytest.raises(InputError, match="target nan S"):
        device.program([0.0, float("nan")], STREAM)


@pytest.mark.parametrize("device", DEVICES)
def test_rounding_in_float32_is_no_error(device):
    above = np.nextafter(np.float32(device.g_max), np.float32(1))
    exact = device.having(**{name: 0.0 for name in type(device).model_fields if name.endswith("_scale")})
    assert exact.program([above], STREAM).conductance[0] == np.float32(device.g_max)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("time", [-1.0, float("nan"), float("inf")])
def test_times_before_programming_are_refused(device, time):
    programmed = device.program([device.g_max], STREAM)
    for question in (device.mean_at, device.read_sigma_at):
        with pytest.raises(InputError, match=r"read time of .* s; expected seconds since"):
            question(programmed, time)


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_equals_its_description(device):
    assert from_plain(Device, device.plain()) == device


def test_an_empty_range_is_refused():
    with pytest.raises(InputError, match="g_min 30 uS is not below g_max 25 uS"):
        Ideal(g_min=30e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1e9), st.sampled_from(sorted(Device.members)))
def test_any_seed_and_time_give_finite_numbers(seed, time, name):
    device = Device.members[name]()
    programmed = device.program(targets(device, (40,)), Stream(seed))
    assert np.isfinite(device.read_at(programmed, time, Stream(seed))).all()
    assert (device.mean_at(programmed, time) <= programmed.conductance).all()
