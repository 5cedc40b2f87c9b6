"""The bus of a tile at work."""

from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.bus import Bus
from chipsim.clock import Clock
from chipsim.components.bus import BusLine


def line(clock: Clock | None = None) -> BusLine:
    return BusLine(clock or Clock(), Bus(width=64, clock=1e9, energy=1e-15), node=3, bits=8, sum_bits=16)


def test_a_vector_and_its_results_are_two_transfers() -> None:
    assert line().moves(rows=10, columns=5) == (80, 80)
    assert line().time(rows=10, columns=5) == (2 + 2) * 1000  # each on 64 wires


@given(times=st.lists(st.integers(1, 1000), min_size=1, max_size=9))
def test_transfers_follow_each_other(times: list[int]) -> None:
    bus = line()
    waits = [bus.book(time) for time in times]
    assert waits == [sum(times[:number]) for number in range(len(times))]
    assert bus.busy == bus.state() == sum(times)


def test_time_that_passes_frees_the_bus() -> None:
    clock = Clock()
    bus = line(clock)
    bus.book(700)
    clock.timeout(500)
    clock.run()
    assert bus.state() == 200
    assert bus.book(100) == 200
    clock.timeout(1000)
    clock.run()
    assert bus.state() == 0
    assert bus.book(100) == 0


def test_those_who_come_at_once_have_their_turn_in_the_order_of_their_numbers() -> None:
    clock = Clock()
    bus, came = line(clock), []

    def station(number: int):
        yield bus.turn(number)
        came.append(number)

    for number in (5, 2, 9):
        clock.process(station(number))
    clock.run()
    assert came == [2, 5, 9]
