"""The updates as a graph."""

from builders import conv, linear
from lessons import ONE, counted, described, made, one, sources


def test_every_block_learns_from_every_sample_and_the_bias_once():
    found = counted(made(described([1, 6, 6], conv("c", 9), linear("fc", 4)), samples=3))
    assert found["pulses", "c"] == found["recall", "c"] == 3 * 4
    assert found["barrier", "c"] == 4
    assert found["bias", "c"] == 2  # two column blocks
    assert found["bias", "fc"] == 1
    assert counted(made(described([4, 1, 1], linear("fc", 2, bias=False))))["bias", "fc"] == 0


def test_nothing_moves_before_all_errors_have_passed():
    of = made(described([4, 1, 1], linear("a", 3), linear("b", 2)), samples=3)
    waited = sources(of, one(of, "barrier", "b", 0, 0))
    assert sum(task.name.startswith("transposed") for task in waited) == 3
    assert sum(task.name.startswith("keep") for task in waited) == 3


def test_what_a_rule_does_besides_is_a_stage_of_its_own():
    of = made(described([4, 1, 1], linear("fc", 2)), 2, ONE._replace(reads=2, operations=9))
    stages = {task.name.split()[0]: task.stage for task in of.tasks}
    assert (stages["pulses"], stages["lines"], stages["operations"]) == ("update", "transfer", "transfer")
    second = next(t for t in of.tasks if t.name.startswith("pulses") and t.sample == 1)
    assert {task.name.split()[0] for task in sources(of, second)} == {"operations", "recall"}


def test_samples_are_held_until_their_update():
    of = made(described([4, 1, 1], linear("a", 3), linear("b", 2)), samples=2)
    assert [(held.store, held.first.name.split()[0], held.last.name.split()[0]) for held in of.held] == [
        (0, "fetch", "pulses"), (0, "fetch", "pulses"), (1, "product", "pulses"), (1, "product", "pulses")
    ]  # fmt: skip
