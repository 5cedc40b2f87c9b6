"""Tasks know each other by what they wait for, and are ordered by their keys."""

import pytest

from chipsim.lesson.task import Task, ordered


def task(number, node=0):
    return Task((2, 0, 1, number, 7), "fc", "forward", node, f"tile[{node}].array", 5)


def test_results_go_to_the_same_node_without_a_message():
    one, near, far, further = task(0), task(1), task(2, 4), task(3, 5)
    one.before(near, 8, (0, 1))
    one.before(far, 8, (0, 1))
    one.before(further, 8, (0, 1))
    one.before(further, 3, (0, 2))
    assert one.then == [near]
    sent = {what: (message.bits, sorted(message.targets)) for what, message in one.messages.items()}
    assert sent == {(0, 1): (8, [4, 5]), (0, 2): (3, [5])}
    assert (near.waits, far.waits, further.waits) == (1, 1, 2)
    assert sorted((target.key[3], bits) for target, bits in one.followers) == [(1, 0), (2, 8), (3, 3), (3, 8)]


def test_word_without_numbers_needs_no_message():
    one, far = task(0), task(1, 4)
    one.before(far)
    assert one.then == [far]
    assert not one.messages


def test_ranks_follow_the_keys_and_keys_are_unique():
    tasks = ordered([task(3), task(0), task(1)])
    assert [one.key[3] for one in tasks] == [0, 1, 3]
    assert [one.rank for one in tasks] == [0, 1, 2]
    with pytest.raises(ValueError, match="two tasks"):
        ordered([task(1), task(1)])


def test_results_come_when_the_work_is_over_unless_said_otherwise():
    assert task(0).latency == 5
    assert Task((0,), "fc", "forward", 0, "", 5, (), 9).latency == 9
    assert task(1).name == "fetch 1-7 of layer 'fc', sample 2"
