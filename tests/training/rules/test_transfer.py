"""Which line is read when."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.rules import Rule
from chipsim.training.rules.pulsed_array import PulsedArray


def changed(by, every, count):
    """Cells of the slow array that have moved after each of `count` vectors, all of whose gradients are alike."""
    keys = {"response": even(0.001), "read_noise": 0.0, "gamma": 0.0, "transfer_by": by, "transfer_every": every}
    tiki = begun({"type": "tiki_taka"} | keys, (2, 3))
    before, moved = tiki.weights.copy(), []
    for number in range(count):
        tiki.update(np.ones((1, 2), np.float32), np.ones((1, 3), np.float32), 0.1, number)
        moved.append([tuple(map(int, cell)) for cell in np.argwhere(tiki.weights != before)])
        before = tiki.weights.copy()
    return moved


def test_rows_take_turns():
    rows = [[(0, 0), (0, 1), (0, 2)], [(1, 0), (1, 1), (1, 2)]]
    assert changed("row", 1, 4) == rows * 2
    assert changed("row", 3, 6) == [[], [], rows[0], [], [], rows[1]]


def test_columns_take_turns():
    columns = [[(0, column), (1, column)] for column in range(3)]
    assert changed("column", 1, 4) == [*columns, columns[0]]


def test_what_a_read_costs_does_not_grow_with_the_array():
    for shape, by, width in (((4, 7), "row", 7), ((4, 7), "column", 4), ((400, 7), "row", 7)):
        rule = {"type": "tiki_taka", "response": even(0.01), "read_noise": 0.0, "transfer_by": by}
        x, d = np.zeros((1, shape[0]), np.float32), np.zeros((1, shape[1]), np.float32)
        took = begun(rule, shape).update(x, d, 0.1, 0)
        assert (took.reads, took.operations - sum(shape)) == (1, width)


def test_reads_have_noise_of_their_own():
    """Nothing but noise is added to an array that gets no gradient: 0.1 x rate a read, whose mean is 0."""
    rule = {"type": "tiki_taka", "response": even(0.0001), "gamma": 0.0, "longest": 992}
    tiki = begun(rule, (60, 50))
    tiki.update(np.zeros((60, 60), np.float32), np.zeros((60, 50), np.float32), 0.2, 0)
    assert tiki.weights.std() == pytest.approx(0.1 * 0.2, rel=0.05)
    assert abs(tiki.weights.mean()) < 4 * 0.1 * 0.2 / np.sqrt(3000)
    assert not tiki.state()["fast weights"].any()


@pytest.mark.parametrize("every", [1, 3])
def test_the_vectors_between_two_transfers_are_one_call_of_the_kernel(every, monkeypatch):
    """Also those of a sample with many vectors, such as the positions of a convolution."""
    calls, whole = [], PulsedArray.descend
    monkeypatch.setattr(PulsedArray, "descend", lambda self, x, *rest: (calls.append(len(x)), whole(self, x, *rest))[1])
    rule = from_plain(Rule, {"type": "tiki_taka_v2", "response": even(0.01), "transfer_every": every}).for_vectors(50)
    v2 = rule.begin((4, 3), None, Stream(1), Stream(2))
    draw = np.random.default_rng(1)
    took = v2.update(*(draw.uniform(-1, 1, (300, width)).astype(np.float32) for width in (4, 3)), 0.1, 0)
    assert calls == [50 * every] * (6 // every)
    assert took.reads == 6 // every
