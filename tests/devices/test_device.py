"""What every registered device must do, and how it refuses what it cannot do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.devices import PCM, Device, Ideal, Measured, Programmed, Times
from chipsim.devices.device import span
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

STREAM = Stream(3).child("array")
TIMES = (0.0, 1.0, 60.0, 3600.0, 86400.0, 172800.0, 3.15e7)


@pytest.fixture(params=sorted(Device.members))
def device(request, examples):
    """One device of every type, with the keys of `examples` where a type has compulsory ones."""
    return examples(request.param)


def targets(device, shape=(16, 25)):
    count = int(np.prod(shape))
    values = np.resize(device.states, count) if device.states else np.linspace(device.g_min, device.g_max, count)
    return values.reshape(shape)


def times(device):
    covered = [time for time in TIMES if device.covered.cover(time)]
    assert covered[0] == 0
    return covered


def without_scales(device):
    return device.having(**{name: 0.0 for name in type(device).model_fields if name.endswith("_scale")})


def test_the_members_are_registered():
    phase_change, resistive = {"pcm", "pcm-hermes", "pcm-joshi"}, {"rram-wan2022", "rram-milo2021", "rram-cmo-hfox"}
    others = {"ideal", "flash-sonos", "mram", "ecram", "capacitor", "measured", "measured-traces"}
    assert phase_change | resistive | others <= set(Device.members)


def test_shapes_and_types(device):
    for shape in [(), (5,), (3, 4), (2, 3, 4)]:
        target = np.full(shape, device.g_max)
        programmed = device.program(target, STREAM)
        arrays = [programmed.conductance, programmed.exponent]
        arrays += [question(programmed, time) for time in times(device) for question in (device.mean_at, device.read_sigma_at)]
        arrays += [moment(target) for moment in (device.programming_sigma, device.exponent_mean, device.exponent_sigma)]
        arrays += [device.read_at(programmed, times(device)[-1], STREAM), device.current(target, 0.1)]
        assert [np.shape(array) for array in arrays] == [shape] * len(arrays)
        assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
        assert all(np.shape(array) == shape for array in programmed.memory)


def test_the_same_stream_gives_the_same_array_and_the_input_is_left_alone(device):
    target = targets(device).astype(np.float32)
    before = target.copy()
    first, second = device.program(target, STREAM), device.program(target, STREAM)
    for one, other in zip([*first[:2], *first.memory], [*second[:2], *second.memory], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(target, before)
    first.conductance[0, 0] = -1.0
    np.testing.assert_array_equal(target, before)


def test_an_element_does_not_depend_on_the_shape_or_on_its_neighbours(device):
    target = targets(device)
    whole = device.program(target, STREAM)
    front = device.program(target.reshape(-1)[:37], STREAM)
    for time in times(device):
        np.testing.assert_array_equal(device.mean_at(whole, time).reshape(-1)[:37], device.mean_at(front, time))
    np.testing.assert_array_equal(whole.exponent.reshape(-1)[:37], front.exponent)


def test_time_begins_with_the_programmed_state_and_nothing_is_negative(device):
    programmed = device.program(targets(device), STREAM)
    np.testing.assert_array_equal(device.mean_at(programmed, 0.0), programmed.conductance)
    for time in times(device):
        assert (device.mean_at(programmed, time) >= 0).all()
        assert (device.read_sigma_at(programmed, time) >= 0).all()
        assert (device.read_at(programmed, time, STREAM) >= 0).all()


def test_the_order_in_which_times_are_asked_for_changes_nothing(device):
    programmed = device.program(targets(device), STREAM)
    forwards = [device.mean_at(programmed, time) for time in times(device)]
    backwards = [device.mean_at(programmed, time) for time in reversed(times(device))]
    np.testing.assert_array_equal(forwards, backwards[::-1])


def test_an_answer_can_be_written_to_without_changing_the_devices(device):
    programmed = device.program(targets(device), STREAM)
    before = programmed.conductance.copy()
    for time in times(device):
        device.mean_at(programmed, time)[:] = 0
    np.testing.assert_array_equal(programmed.conductance, before)


def test_scales_of_zero_make_a_device_exact(device):
    exact = without_scales(device)
    target = targets(device).astype(np.float32)
    programmed = exact.program(target, STREAM)
    np.testing.assert_array_equal(programmed.conductance, target)
    for time in times(exact):
        np.testing.assert_array_equal(exact.mean_at(programmed, time), target)
        np.testing.assert_array_equal(exact.read_at(programmed, time, STREAM), target)
        assert not exact.read_sigma_at(programmed, time).any()
    for moment in (exact.programming_sigma, exact.exponent_mean, exact.exponent_sigma):
        assert not moment(target).any()


def test_targets_outside_the_range_are_refused_with_the_worst_value(device):
    for worst in (device.g_min - 0.5 * device.g_max, 2 * device.g_max):
        with pytest.raises(InputError, match=r"\.program: target .*2 of 3 are outside.*scale the weights") as caught:
            device.program([device.g_max, worst, worst * (0.95 if worst > 0 else 1.05)], STREAM)
        assert "uS" in str(caught.value)
    with pytest.raises(InputError, match="target nan S"):
        device.program([device.g_max, float("nan")], STREAM)


def test_rounding_in_float32_is_no_error(device):
    above = np.nextafter(np.float32(device.g_max), np.float32(1))
    assert without_scales(device).program([above], STREAM).conductance[0] == np.float32(device.g_max)


@pytest.mark.parametrize("time", [-1.0, float("nan"), float("inf")])
def test_times_before_programming_are_refused(device, time):
    programmed = device.program([device.g_max], STREAM)
    for question in (device.mean_at, device.read_sigma_at):
        with pytest.raises(InputError, match=r"read time of .* s; expected seconds since"):
            question(programmed, time)


def test_times_that_no_source_covers_are_refused(device):
    programmed = device.program([device.g_max], STREAM)
    for time in (1e-3, 7.0, 3e6, 1e12):
        if device.covered.cover(time):
            assert np.isfinite(device.mean_at(programmed, time)).all()
            continue
        for question in (device.mean_at, device.read_sigma_at):
            with pytest.raises(InputError, match=r"a read time of .* is not covered; expected 0 s.*; .+"):
                question(programmed, time)


def test_a_temperature_is_refused_where_no_source_knows_what_it_does(device):
    if device.temperature_is_known:
        assert device.having(temperature=350.0).temperature == 350.0
    else:
        with pytest.raises(InputError, match=r"temperature 350 K: no source of type '.*' gives what .* leave the key out"):
            device.having(temperature=350.0)


def test_a_device_equals_its_description(device):
    assert from_plain(Device, device.plain()) == device


def test_rewriting_some_devices_takes_over_all_they_remember(device):
    target = targets(device)
    first, second = device.program(target, STREAM), device.program(target[::-1], Stream(4))
    where = np.arange(target.size).reshape(target.shape) % 3 == 0
    mixed = first.rewritten(where, second)
    for time in times(device):
        wanted = np.where(where, device.mean_at(second, time), device.mean_at(first, time))
        np.testing.assert_array_equal(device.mean_at(mixed, time), wanted)


def test_an_empty_range_is_refused():
    with pytest.raises(InputError, match="g_min 30 uS is not below g_max 25 uS"):
        Ideal(g_min=30e-6)


def test_a_current_is_ohmic():
    np.testing.assert_allclose(Ideal().current([[1e-6], [2e-6]], [0.1, -0.2]), [[1e-7, -2e-7], [2e-7, -4e-7]], rtol=1e-6)


def test_programmed_devices_remember_nothing_by_default():
    plain = Programmed(np.float32([1e-6]), np.float32([0.1]))
    assert plain.memory == ()
    assert plain.rewritten([True], PCM().program([2e-6], STREAM)).conductance[0] == PCM().program([2e-6], STREAM).conductance[0]


@pytest.mark.parametrize(
    ("covered", "text", "inside", "outside"),
    [
        (Times(), "0 s and later", (0.0, 1e9), ()),
        (Times(first=1.0), "0 s or 1 s and later", (0.0, 1.0), (0.5,)),
        (Times(first=20.0, last=86400.0), "0 s or 20 s to 1 d", (0.0, 20.0, 86400.0), (19.0, 86401.0)),
        (Times(last=0.0), "0 s, the moment of programming", (0.0,), (1e-9,)),
        (Times(only=(1.0, 86400.0)), "0 s, 1 s or 1 d", (0.0, 1.0, 86400.0), (2.0,)),
    ],
)
def test_covered_times_say_what_they_are(covered, text, inside, outside):
    assert str(covered) == text
    assert all(map(covered.cover, inside))
    assert not any(map(covered.cover, outside))


def test_times_in_messages():
    assert [span(time) for time in (0.001, 90.0, 86400.0, 172800.0, 100000.0)] == ["1 ms", "90 s", "1 d", "2 d", "100 ks"]


def test_ends_of_the_range_that_a_table_leaves_open():
    table = {"conductances": (2e-6, 8e-6), "programming": (1e-7, 1e-7)}
    assert (Measured(**table).g_min, Measured(**table, g_max=5e-6).g_max) == (2e-6, 5e-6)
    with pytest.raises(InputError, match=r"g_min 2 uS to g_max 1 uS is not within 2 uS to 8 uS, the measured range"):
        Measured(**table, g_max=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1e9), st.sampled_from(sorted(Device.members)))
def test_any_seed_and_time_give_finite_numbers_or_a_sentence(examples, seed, time, name):
    device = examples(name)
    programmed = device.program(targets(device, (40,)), Stream(seed))
    if device.covered.cover(time):
        assert np.isfinite(device.read_at(programmed, time, Stream(seed))).all()
    else:
        with pytest.raises(InputError, match="is not covered"):
            device.read_at(programmed, time, Stream(seed))
