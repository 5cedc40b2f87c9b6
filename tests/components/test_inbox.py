"""The input buffer of a stage."""

import numpy as np
import pytest
from builders import built, chip, conv, linear, network

from chipsim.components.inbox import Inbox
from chipsim.components.token import Token
from chipsim.mapping.dataflow import Stage


def stage_of(kernel: int = 3, token: str = "row", **options: object) -> Stage:
    """The array stage of a convolution over a 2 x 5 x 4 image."""
    workload = network([2, 5, 4], conv("c", 1, kernel))
    stages = built(workload, chip(), token=token, copies="none", **options).dataflow.stages
    return next(s for s in stages if s.kind == "array")


def unit(sample: int, number: int, first: int, last: int, channels: int = 2, value: float = 1.0) -> Token:
    return Token(sample, number, np.full((4, channels), value, np.float32), first, last)


def test_a_unit_of_work_is_ready_when_its_whole_window_is_there() -> None:
    inbox = Inbox(stage_of(), 0, lambda *_: None)  # rows u to u + 2; output vectors 0 and 1 need columns 2 and 3 of them
    for row, stamps in enumerate([(10, 40), (20, 50)]):
        inbox.put(unit(0, row, *stamps), 0, (0, 2))
        assert inbox.ready(0, 0) is None
    inbox.put(unit(0, 2, 60, 90), 0, (0, 2))
    assert inbox.ready(0, 0) == (80, 90)  # columns 2 and 3 of the last row
    assert inbox.ready(0, 1) is None
    assert inbox.ready(1, 0) is None


def test_each_row_is_waited_for_as_far_as_the_window_reaches() -> None:
    inbox = Inbox(stage_of(), 0, lambda *_: None)
    for row, stamps in enumerate([(10, 200), (20, 50), (60, 90)]):
        inbox.put(unit(0, row, *stamps), 0, (0, 2))
    assert inbox.ready(0, 0) == (137, 200)  # columns 2 and 3 of row 0, which is late: 10 + 190 * 2/3, rounded up


def test_all_segments_of_a_unit_count_and_the_latest_decides() -> None:
    stage = stage_of(1)
    stage.feeds[0].segments = 2
    inbox = Inbox(stage, 0, lambda *_: None)
    inbox.put(unit(0, 0, 10, 40, 1, 3.0), 0, (0, 1))
    assert inbox.ready(0, 0) is None
    inbox.put(unit(0, 0, 30, 35, 1, 4.0), 1, (1, 2))
    assert inbox.ready(0, 0) == (30, 40)
    assert inbox.image(0)[:, 0].tolist() == [[3, 3, 3, 3], [4, 4, 4, 4]]


def test_partial_sums_keep_their_order_whatever_comes_first() -> None:
    workload = network([40, 1, 1], linear("fc", 2))
    stage = next(s for s in built(workload, chip()).dataflow.stages if s.kind == "neuron")
    inbox = Inbox(stage, 0, lambda *_: None)
    second, first = (Token(0, 0, np.full((1, 2), value, np.float32), 5, 5) for value in (2.0, 1.0))
    inbox.put(second, 1, (0, 2))
    inbox.put(first, 0, (0, 2))
    assert [part.tolist() for part in inbox.parts(0, 0)] == [[[1, 1]], [[2, 2]]]


def test_room_is_given_back_once_for_each_unit_in_order() -> None:
    log: list[tuple[int, int]] = []
    inbox = Inbox(stage_of(), 0, lambda sample, number: log.append((sample, number)))
    for row in (1, 0, 2, 3):
        inbox.put(unit(0, row, 1, 2), 0, (0, 2))
    inbox.forget(0, 2)
    assert log == [(0, 0), (0, 1)]
    inbox.forget(0, 2)
    inbox.forget(1, 5)
    assert log == [(0, 0), (0, 1)]
    assert inbox.ready(0, 2) is None  # rows 2 and 3 are there, row 4 is not
    inbox.put(unit(0, 4, 1, 2), 0, (0, 2))
    assert inbox.ready(0, 2) is not None
    inbox.forget(0, 5)
    assert log == [(0, row) for row in range(5)]
    with pytest.raises(KeyError):
        inbox.image(0)


def test_the_state_is_relative_to_now_and_to_the_samples_completed() -> None:
    inbox, later = (Inbox(stage_of(), 0, lambda *_: None) for _ in range(2))
    inbox.put(unit(3, 1, 110, 140), 0, (0, 2))
    later.put(unit(8, 1, 1110, 1140), 0, (0, 2))
    assert inbox.state(120, 2) == later.state(1120, 7) == ((1, 1, 0, 0, 20),)
    assert inbox.state(100, 2) != later.state(1120, 7)
