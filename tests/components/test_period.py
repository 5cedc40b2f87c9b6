"""Recognising a repetition."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from chipsim.components.period import FIRST, Period, Repetition
from chipsim.fabric import Traffic

NOTHING = Traffic((), (), 0)


def search(warm_up: int, period: int, limit: int = 100_000) -> tuple[Period, int]:
    """What is found, and after how many completions, in a sequence with this warm-up and period."""
    repetition = Repetition()
    for completed in itertools.count(1):
        number = completed - 1
        state = number if number < warm_up else warm_up + (number - warm_up) % period
        found = repetition.found(state, completed, 7 * completed, NOTHING)
        if found:
            return found, completed
        assert completed < limit
    raise AssertionError


@given(st.integers(0, 200), st.integers(1, 200))
def test_every_repetition_is_found_and_true(warm_up: int, period: int) -> None:
    found, completed = search(warm_up, period)
    assert found.samples % period == 0
    assert found.after + found.samples == completed
    assert found.after > warm_up
    assert found.time == 7 * found.samples
    assert completed <= max(FIRST, 4 * (warm_up + period))


@given(st.integers(0, 30), st.integers(1, 30))
def test_early_repetitions_are_found_at_once(warm_up: int, period: int) -> None:
    assert search(warm_up, period) == (Period(warm_up + 1, period, 7 * period, NOTHING), warm_up + period + 1)


def test_few_states_are_kept() -> None:
    repetition = Repetition()
    for completed in range(1, 5000):
        assert repetition.found(completed, completed, 0, NOTHING) is None
        assert len(repetition.states) <= FIRST
