"""Digital work of a lesson, counted."""

import pytest
from builders import add, conv, linear, pool
from lessons import SMALL, described, learner, placed

from chipsim.lesson import operations

CHIP = learner(array=SMALL, mesh=(6, 4))


def layer(name, *layers, shape=(4, 6, 6)):
    return placed(described(list(shape), *layers), CHIP).graph.layers[name]


def test_the_loss_is_a_softmax():
    assert operations.loss_operations(10) == {"function": 10, "add": 20, "multiply": 10}


@pytest.mark.parametrize(("keys", "expected"), [({}, {"add": 2}), ({"activation": "tanh"}, {"tanh": 5, "multiply": 5, "add": 2})])
def test_derivatives(keys, expected):
    assert operations.derivative_operations(layer("x", linear("x", 5, **keys)), 5, 2) == expected


def test_layers_without_weights():
    head = linear("end", 2)
    assert operations.back_operations(layer("x", pool("x"), head), 4) == {"max": 12}
    assert operations.back_operations(layer("x", {"type": "average_pool", "name": "x", "kernel": 2}, head), 4) == {"multiply": 4}
    gelu = {"type": "activation", "name": "x", "function": "gelu"}
    assert operations.back_operations(layer("x", gelu, head), 4) == {"gelu": 4, "multiply": 4}
    two = conv("a", 2, padding=1), conv("b", 2, padding=1), add("x", "b", "a"), head
    assert operations.back_operations(layer("x", *two), 4) == {}


def test_recurrent_cells_and_bias():
    lstm = layer("x", {"type": "lstm", "name": "x", "hidden_size": 5}, shape=(3, 4, 1))
    assert operations.cell_operations(lstm) == {"function": 25, "multiply": 15, "add": 10}
    assert operations.back_cell_operations(lstm) == {"multiply": 60, "add": 25}
    assert operations.bias_operations(7, 3) == {"add": 21, "multiply": 7}
