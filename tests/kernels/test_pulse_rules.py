"""Lengths and gains of trains against their purpose: the mean update is lr x d."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels.pulse_rules import counted, fixed, implicit, managed, unit

RULES = {"managed": managed, "fixed": fixed, "unit": unit}


def drawn(seed, batch=3, rows=5, columns=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((batch, rows)).astype(np.float32), rng.standard_normal((batch, columns)).astype(np.float32)


def mean_pulses(plan, x, d):
    rows, columns = np.minimum(abs(x) * plan.row_gain[:, None], 1), np.minimum(abs(d) * plan.column_gain[:, None], 1)
    return plan.length[:, None, None] * rows[:, :, None] * columns[:, None, :]


@settings(max_examples=100, deadline=None)
@given(
    rule=st.sampled_from(sorted(RULES)), seed=st.integers(0, 999), rate=st.floats(1e-4, 1), granularity=st.floats(1e-4, 0.1),
    longest=st.integers(1, 100),
)  # fmt: skip
def test_the_mean_update_is_the_one_asked_for_unless_a_line_is_clipped(rule, seed, rate, granularity, longest):
    x, d = drawn(seed)
    plan = RULES[rule](x, d, rate, granularity, longest)
    wanted = rate * abs(x)[:, :, None] * abs(d)[:, None, :] / granularity
    found = mean_pulses(plan, x, d)
    assert (found <= wanted * (1 + 1e-5)).all()
    if plan.clipped == (0.0, 0.0):
        assert found == pytest.approx(wanted, rel=1e-5)
    assert plan.wanted == pytest.approx(wanted.max(axis=(1, 2)), rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 999), rate=st.floats(1e-4, 1), granularity=st.floats(1e-4, 0.1), longest=st.integers(1, 100))
def test_management_needs_no_more_slots_than_the_largest_change(seed, rate, granularity, longest):
    x, d = drawn(seed)
    plan = managed(x, d, rate, granularity, longest)
    assert (plan.length == np.minimum(np.ceil(plan.wanted), longest)).all()
    within = plan.wanted <= longest
    on_rows, on_columns = abs(x).max(axis=1) * plan.row_gain, abs(d).max(axis=1) * plan.column_gain
    assert on_rows[within] == pytest.approx(on_columns[within], rel=1e-6)
    assert on_rows[~within] == pytest.approx(1, rel=1e-6)
    assert on_columns[~within] == pytest.approx(plan.wanted[~within] / longest, rel=1e-6)
    assert plan.clipped[0] == 0


def test_by_hand():
    x, d = np.array([[2.0, 1.0]], np.float32), np.array([[-0.5]], np.float32)
    plan = managed(x, d, 0.01, 0.001, 31)  # K = 10
    assert (plan.length[0], plan.wanted[0]) == (10, pytest.approx(10))
    assert (plan.row_gain[0], plan.column_gain[0]) == (pytest.approx(0.5), pytest.approx(2.0))
    plan = fixed(x, d, 0.01, 0.001, 40)
    assert (plan.length[0], plan.row_gain[0], plan.column_gain[0]) == (40, pytest.approx(0.5), pytest.approx(0.5))
    plan = unit(x, d, 0.05, 0.001, 31)
    assert (plan.length[0], plan.row_gain[0], plan.clipped) == (50, 1.0, (0.5, 0.0))
    plan = unit(x, d, 0.0495, 0.001, 31)
    assert (plan.length[0], plan.row_gain[0]) == (50, pytest.approx(0.99**0.5))
    plan = managed(x, d, 0.05, 0.001, 25)  # K = 50: the only d is twice too large for 25 slots
    assert (plan.length[0], plan.row_gain[0], plan.column_gain[0], plan.clipped) == (25, 0.5, pytest.approx(4.0), (0.0, 1.0))


def test_a_gradient_scale_saves_slots_and_clips_the_largest_gradients():
    x, d = np.ones((1, 1), np.float32), np.array([[1.0, 0.4]], np.float32)
    plan = managed(x, d, 0.01, 0.001, 31, gradient_scale=0.5)
    assert plan.length[0] == 5
    assert plan.clipped == (0.0, 0.5)
    assert mean_pulses(plan, x, d)[0, 0] == pytest.approx([5, 4], rel=1e-6)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_nothing_to_do_means_no_pulse(rule):
    x, d = np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)
    assert mean_pulses(RULES[rule](x, d, 0.1, 0.001, 31), x, d).max() == 0
    assert mean_pulses(RULES[rule](d, x, 0.1, 0.001, 31), d, x).max() == 0
    assert mean_pulses(RULES[rule](d, d, 0.0, 0.001, 31), d, d).max() == 0


def test_multiplications_without_chance():
    x, d = np.array([[1.0, -0.26]], np.float32), np.array([[0.5, -1.0, 0.0]], np.float32)
    plan = managed(x, d, 0.01, 0.001, 31)  # 10 slots, all probabilities are |x| and |d|
    a, b = implicit(x, d, plan)
    assert np.rint(np.multiply.outer(a[0], b[0])).tolist() == [[5, -10, 0], [-1, 3, 0]]
    assert a[0] @ np.ones(2) == pytest.approx(7.4)
    a, b = counted(x, d, plan)
    assert a[0].tolist() == [10, -3]
    assert b[0].tolist() == [0.5, -1, 0]
    assert np.rint(np.multiply.outer(a[0], b[0])).tolist() == [[5, -10, 0], [-2, 3, 0]]


@pytest.mark.parametrize(
    ("change", "said"), [({"rate": -1}, "rate of -1"), ({"granularity": 0}, "granularity of 0"), ({"longest": 0}, "at most 0")]
)
@pytest.mark.parametrize("rule", sorted(RULES))
def test_impossible_numbers_are_refused(rule, change, said):
    x, d = drawn(0)
    with pytest.raises(ValueError, match=said):
        RULES[rule](x, d, **({"rate": 0.1, "granularity": 0.001, "longest": 31} | change))
    with pytest.raises(ValueError, match="not finite"):
        RULES[rule](x * np.inf, d, 0.1, 0.001, 31)
    with pytest.raises(ValueError, match="gradient scale"):
        managed(x, d, 0.1, 0.001, 31, gradient_scale=0)
