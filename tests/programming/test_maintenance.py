"""Ages by hand, and what holds for all intervals: an upkeep never lies ahead, and its own moment is answered as just before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.programming.maintenance import Maintenance

DAY = 86400.0
TIMES = st.floats(0, 1e9)
INTERVALS = st.none() | st.floats(1e-3, 1e9)


def test_without_upkeep_drift_is_measured_before_every_reading():
    for time in (0.0, 1.0, 1e9):
        assert (Maintenance().programming(time), Maintenance().age(time), Maintenance().calibrated(time)) == (0, time, time)


@pytest.mark.parametrize(
    ("time", "number", "age"),
    [(0.0, 0, 0.0), (1.0, 0, 1.0), (10.0, 0, 10.0), (10.5, 1, 0.5), (20.0, 1, 10.0), (35.0, 3, 5.0)],
)
def test_ages_by_hand(time, number, age):
    plan = Maintenance(reprogram_every=10.0)
    assert (plan.programming(time), plan.age(time)) == (number, pytest.approx(age))


@pytest.mark.parametrize(("age", "calibrated"), [(0.0, 0.0), (3.0, 0.0), (4.0, 0.0), (4.1, 4.0), (8.0, 4.0), (9.0, 8.0), (10.0, 8.0)])
def test_calibrations_are_counted_from_the_last_programming(age, calibrated):
    plan = Maintenance(calibrate_every=4.0, reprogram_every=10.0)
    assert plan.calibrated(plan.age(age)) == calibrated
    assert plan.calibrated(plan.age(30.0 + age)) == (calibrated if age else 8.0)  # 30.0 itself: just before the third


@given(TIMES, INTERVALS, INTERVALS)
def test_an_upkeep_never_lies_ahead(time, calibrate, program):
    plan = Maintenance(calibrate_every=calibrate, reprogram_every=program)
    age = plan.age(time)
    assert 0 <= plan.calibrated(age) <= age <= time
    assert age <= (program or time) * (1 + 1e-9) + time * 2e-12
    assert age - plan.calibrated(age) <= (calibrate or 0.0) * (1 + 1e-9) + age * 2e-12


@given(st.integers(1, 100_000), st.floats(1e-3, 1e6))
def test_the_moment_of_an_upkeep_is_the_worst_of_its_interval(count, every):
    plan = Maintenance(calibrate_every=every, reprogram_every=every)
    assert plan.programming(count * every) == count - 1
    assert plan.age(count * every) == pytest.approx(every, rel=1e-6)
    assert plan.calibrated(count * every) == pytest.approx((count - 1) * every)
    assert plan.programming(count * every * (1 + 1e-9)) == count


@given(st.floats(0.01, 1), st.integers(0, 1000))
def test_what_happens_repeats_with_every_programming(share, number):
    plan = Maintenance(calibrate_every=DAY, reprogram_every=30 * DAY)
    time = share * 30 * DAY
    later = time + number * 30 * DAY
    assert plan.programming(later) == number
    assert plan.age(later) == pytest.approx(time, rel=1e-6)


@pytest.mark.parametrize("keys", [{"calibrate_every": 0.0}, {"reprogram_every": -1.0}, {"statistics": -1}])
def test_impossible_upkeep_is_refused(keys):
    with pytest.raises(InputError, match=next(iter(keys))):
        Maintenance(**keys)
