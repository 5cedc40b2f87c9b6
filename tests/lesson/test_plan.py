"""The record of a mini-batch must be that of the mapping."""

import pytest
from builders import linear
from lessons import SMALL, costs, described, learner, placed, work_of

from chipsim.errors import CheckError, InputError
from chipsim.lesson import lesson_of

CHIP = learner(array=SMALL, mesh=(6, 4))
PLACES = placed(described([20, 1, 1], linear("a", 6), linear("b", 2)), CHIP)
WORK = work_of(PLACES, 2)


def planned(change):
    return lesson_of(PLACES, costs(CHIP), [WORK._replace(arrays=tuple(map(change, WORK.arrays)))])


def test_records_of_other_arrays_are_refused():
    with pytest.raises(InputError, match=r"an array \(20, 6\) for block 0, 0 of layer 'a', which the mapping cuts to \(7, 6\)"):
        planned(lambda array: array._replace(shape=(20, 6)))
    with pytest.raises(InputError, match="nothing for block 0, 0 of layer 'a'"):
        planned(lambda array: array._replace(layer="c"))


def test_records_that_contradict_themselves_are_refused():
    with pytest.raises(CheckError, match=r"backward, and updates \[2, 1, 2, 0, 1\]; expected \[2, 1, 2, 0, 2\]"):
        planned(lambda array: array._replace(updates=array.updates[:1]))
    with pytest.raises(CheckError, match="layer 'b'"):
        planned(lambda array: array._replace(back_retries=array.back_retries[:, :0]))


def test_tasks_carry_their_mini_batch_and_sample():
    of = lesson_of(PLACES, costs(CHIP), [WORK, work_of(PLACES, 3)])
    assert {(task.batch, task.sample) for task in of.tasks} == {(0, 0), (0, 1), (1, 2), (1, 3), (1, 4)}
    assert (of.batches, of.samples, len(of.stores)) == (2, 5, 4)
    assert len(of.held) == 4 * 5
