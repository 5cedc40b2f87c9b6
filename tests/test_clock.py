"""Integer time, and an order of simultaneous events that does not depend on who was made first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.clock import Clock


def test_calls_happen_at_their_time() -> None:
    clock, log = Clock(), []
    for delay in (30, 10, 20):
        clock.call(delay, 0, lambda: log.append(clock.now))
    clock.run()
    assert log == [10, 20, 30]
    assert clock.idle
    assert isinstance(clock.now, int)


@given(st.permutations(range(6)))
def test_simultaneous_calls_run_in_the_order_of_their_keys(order: list[int]) -> None:
    clock, log = Clock(), []
    for key in order:
        clock.call(5, key, lambda key=key: log.append(key))
    clock.run()
    assert log == sorted(order)


def test_processes_that_wake_at_the_same_time_go_before_calls() -> None:
    clock, log = Clock(), []

    def process():
        yield clock.timeout(5)
        log.append("process")

    clock.call(5, 0, lambda: log.append("call"))
    clock.process(process())
    clock.run()
    assert log == ["process", "call"]


def test_a_call_may_call_for_the_same_moment() -> None:
    clock, log = Clock(), []
    clock.call(5, 7, lambda: (log.append("a"), clock.call(0, 1, lambda: log.append("b"))))
    clock.call(5, 9, lambda: log.append("c"))
    clock.run()
    assert log == ["a", "b", "c"]  # key 1 is before key 9
    assert clock.now == 5


def test_pending_tells_time_from_now_and_label() -> None:
    clock = Clock()
    clock.call(5, 0, lambda: None, ("credit", 3, 4))
    clock.call(9, 0, lambda: None)
    clock.timeout(7)
    assert sorted(clock.pending()) == [(5, ("credit", 3, 4)), (7, ()), (9, ())]
    clock.step()
    assert sorted(clock.pending()) == [(2, ()), (4, ())]


def test_the_past_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="a delay of -1 ps lies in the past"):
        Clock().call(-1, 0, lambda: None)
