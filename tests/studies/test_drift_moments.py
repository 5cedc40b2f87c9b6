"""The moments of the study of drift, by hand and as `Maintenance` tells them."""

import pytest

from chipsim.programming.maintenance import Maintenance
from chipsim.studies.drift_moments import Interval, Moment, curve_of, ends_of, intervals_of


@pytest.mark.parametrize(
    ("every", "times", "ends"),
    [
        (10.0, [1.0, 24.0, 26.0, 100.0], {10.0: 1, 20.0: 2, 30.0: 3, 100.0: 10}),
        (30.0, [1.0, 100.0], {30.0: 1, 90.0: 3}),  # the last end before the last time
        (100.0, [1.0, 100.0], {100.0: 1}),
        (101.0, [1.0, 100.0], {1.0: 0, 100.0: 0}),  # longer than anyone looks
        (None, [1.0, 100.0], {1.0: 0, 100.0: 0}),
    ],
)
def test_ends_of_intervals_nearest_to_the_times(every, times, ends):
    assert ends_of(every, times) == ends


def test_moments_of_upkeep_by_hand():
    intervals = list(intervals_of(("none", "global"), [1.0, 100.0], (40.0, None), (40.0,)))
    assert intervals == [
        Interval("program", "none", 40.0, {40.0: Moment("none", 0, 40.0, 40.0), 80.0: Moment("none", 1, 40.0, 40.0)}),
        Interval("calibrate", "global", 40.0, {40.0: Moment("global", 0, 40.0, 0.0), 80.0: Moment("global", 0, 80.0, 40.0)}),
        Interval("calibrate", "global", None, {1.0: Moment("global", 0, 1.0, 0.0), 100.0: Moment("global", 0, 100.0, 0.0)}),
        Interval("program", "global", 40.0, {40.0: Moment("global", 0, 40.0, 40.0), 80.0: Moment("global", 1, 40.0, 40.0)}),
    ]


def test_moments_are_those_that_maintenance_tells():
    """The end of an interval is the moment that `Maintenance` answers for, just before the upkeep."""
    for every in (40.0, 7.0):
        (calibrate, program) = intervals_of(("global",), [1.0, 33.0, 100.0], (every,), (every,))
        for time, moment in calibrate.moments.items():
            plan = Maintenance(calibrate_every=every)
            assert (moment.programming, moment.age, moment.calibrated) == (0, time, plan.calibrated(time))
        for time, moment in program.moments.items():
            plan = Maintenance(reprogram_every=every)
            assert (moment.programming, moment.age) == (plan.programming(time), pytest.approx(plan.age(time)))


def test_curves_follow_the_maintenance_of_the_experiment():
    plan = Maintenance(calibrate_every=10.0, reprogram_every=100.0)
    curve = curve_of("column", plan, [5.0, 25.0, 225.0])
    assert curve == {5.0: Moment("column", 0, 5.0, 0.0), 25.0: Moment("column", 0, 25.0, 20.0), 225.0: Moment("column", 2, 25.0, 20.0)}
    assert curve_of("none", plan, [25.0]) == {25.0: Moment("none", 0, 25.0, 25.0)}
