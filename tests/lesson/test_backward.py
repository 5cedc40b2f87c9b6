"""The backward pass as a graph."""

from builders import conv, linear, pool
from lessons import counted, described, made, one, sent, sources


def test_errors_pass_the_layers_above_one_that_learns():
    found = counted(made(described([1, 6, 6], conv("c", 9, activation="relu"), pool("p"), linear("fc", 4)), samples=2))
    assert found["derivative", "c"] == 2 * 16 * 2
    assert found["transposed", "c"] == 0  # nothing learns below
    assert found["back", "p"] == 2 * 4 * 2
    assert found["transposed", "fc"] == 2 * 5
    assert found["gather", "fc"] == 0  # one column block: nothing to add
    assert found["keep", "c"] == 2 * 4


def test_an_error_waits_for_all_windows_that_hold_its_position():
    of = made(described([1, 5, 5], conv("a", 2, 2), conv("b", 2, 2), linear("fc", 2)))
    gather = one(of, "gather", "b", 5, 0)  # position (1, 1) of 4 x 4, under four windows of 3 x 3
    assert {task.key[3] for task in sources(of, gather)} == {0, 1, 3, 4}
    corner = sources(of, one(of, "derivative", "a", 0, 0))  # position (0, 0), under one window: no sum
    assert [task.name.split()[:2] for task in corner] == [["transposed", "0-0"]]


def test_a_position_that_no_window_holds_has_no_error_to_wait_for():
    of = made(described([1, 4, 4], conv("a", 2, 2), conv("b", 2, 1, stride=2), linear("fc", 2)))
    assert [task.name.split()[0] for task in sources(of, one(of, "derivative", "a", 1, 0))] == ["loss"]
    assert [task.name.split()[0] for task in sources(of, one(of, "derivative", "a", 0, 0))] == ["transposed"]


def test_errors_of_column_blocks_are_added_where_they_meet():
    of = made(described([4, 1, 1], linear("a", 6, activation="relu"), linear("b", 12)))
    turned = one(of, "transposed", "b", 0, 1)  # the second column block: partial sums of 6 rows, 16 bits each
    assert sent(turned) == {("gather", 96)}
    assert sent(one(of, "gather", "b", 0, 0)) == {("derivative", 48)}


def test_errors_go_back_through_time():
    of = made(described([3, 3, 1], {"type": "lstm", "name": "x", "hidden_size": 4}, linear("fc", 2)))
    assert counted(of)["transposed", "x"] == 2 * 2  # two steps have a step before them; two column blocks
    assert {task.name.split()[0] for task in sources(of, one(of, "derivative", "x", 2, 0))} == {"transposed"}  # from fc
    assert "gather" in {task.name.split()[0] for task in sources(of, one(of, "derivative", "x", 0, 0))}
