"""The forward pass as a graph."""

from builders import conv, linear, pool
from lessons import counted, described, made, one, sent, sources


def test_every_vector_is_a_product_of_every_block():
    of = made(described([1, 6, 6], conv("c", 9, activation="relu"), pool("p"), linear("fc", 4)), samples=2)
    found = counted(of)
    assert found["fetch", "input"] == 2 * 36
    assert found["product", "c"] == 2 * 16 * 4  # 9 rows and 9 columns on arrays of 8: four blocks
    assert found["neuron", "c"] == 2 * 16 * 2
    assert found["vector", "p"] == 2 * 4 * 2
    assert found["product", "fc"] == 2 * 5  # 36 rows in five blocks
    assert found["loss", "fc"] == 2


def test_a_convolution_waits_for_its_window():
    of = made(described([1, 4, 4], conv("c", 2, 2), linear("fc", 2)))
    waited = {task.key[3] for task in sources(of, one(of, "product", "c", 4, 0)) if task.name.startswith("fetch")}
    assert waited == {5, 6, 9, 10}  # output (1, 1) of 3 x 3


def test_messages_carry_the_numbers_that_are_wanted():
    of = made(described([20, 1, 1], linear("a", 10, activation="relu"), linear("b", 3)))
    assert sent(one(of, "product", "a", 0, 2)) == {("neuron", 80)}  # row block 1: partial sums of 5 columns, 16 bits each
    assert sent(one(of, "neuron", "a", 0, 0)) == {("product", 40), ("store", 40)}


def test_a_state_is_passed_from_step_to_step():
    of = made(described([3, 3, 1], {"type": "lstm", "name": "x", "hidden_size": 4}, linear("fc", 2)))
    assert one(of, "cell", "x", 0, 0) in sources(of, one(of, "product", "x", 1, 0))
    assert not any(task.name.startswith("cell") for task in sources(of, one(of, "product", "x", 0, 0)))
