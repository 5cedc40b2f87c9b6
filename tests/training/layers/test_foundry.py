"""What a network starts from: room on the arrays, given weights, and initial ones."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.responses import ConstantStep
from chipsim.streams import Stream
from chipsim.training.layers import Cut
from chipsim.training.layers.foundry import initial
from chipsim.training.rules import TikiTakaV2
from chipsim.workload.weights import Weights

from .small import RULE, batch, network, reads

FC = ({"type": "linear", "name": "one", "out_features": 7}, {"type": "linear", "name": "two", "out_features": 4, "bias": False})


def test_a_layer_larger_than_the_array_asks_for_cuts():
    small = reads(rows=4, columns=64)
    with pytest.raises(InputError, match=r"layer 'one' has weights \(6, 7\) on one array.*give cuts"):
        network(*FC, how=small)
    halves = Cut((0, 3), (0, 7)), Cut((3, 6), (0, 7))
    with pytest.raises(InputError, match=r"layer 'two' has weights \(7, 4\)"):
        network(*FC, how=small, cuts={"one": halves})
    network(*FC, how=small, cuts={"one": halves, "two": (Cut((0, 4), (0, 4)), Cut((4, 7), (0, 4)))})
    with pytest.raises(InputError, match=r"layer 'one' has weights \(5, 7\)"):
        network(*FC, how=small, cuts={"one": (Cut((0, 5), (0, 7)), Cut((5, 6), (0, 7)))})


def test_initial_weights_are_uniform_within_the_bound():
    matrix, bias = initial((400, 100), True, Stream(3))
    assert np.abs(matrix).max() <= 1 / 20
    assert matrix.std() == pytest.approx(1 / 20 / np.sqrt(3), rel=0.02)
    assert np.abs(bias).max() <= 1 / 20
    wide, none = initial((400, 100), False, Stream(3), bound=0.5)
    assert none is None
    assert wide == pytest.approx(10 * matrix, rel=1e-6)


def test_blocks_share_the_scale_of_their_layer():
    learned = network(*FC, rule=RULE, omega=0.3, cuts={"one": (Cut((0, 3), (0, 7)), Cut((3, 6), (0, 7)))})
    plain = network(*FC)
    assert learned.blocks[0].scale == learned.blocks[1].scale == pytest.approx(np.abs(plain.matrices[0].weights).max() / 0.3)
    assert learned.weights()["one.weight"] == pytest.approx(plain.weights()["one.weight"], abs=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Weights(np.ones((7, 6), np.float32), np.ones(7, np.float32)), r"weights \(7, 6\) and a bias \(7,\); expected \(6, 7\)"),
        (Weights(np.ones((6, 7), np.float32), None), r"no bias; expected .* a bias \(7,\)"),
        (Weights(np.ones((6, 7), np.float32), np.ones(6, np.float32)), r"a bias \(6,\); expected .* a bias \(7,\)"),
    ],
)
def test_start_weights_of_another_shape_are_refused(given, message):
    with pytest.raises(InputError, match=f"layer 'one' starts from {message}" if message[0] == "w" else message):
        network(*FC, start={"one": given})


@pytest.mark.parametrize(
    ("layers", "shape", "arrays"),
    [
        (FC, (6, 1, 1), 2),
        (({"type": "conv2d", "name": "maps", "out_channels": 3, "kernel": 3}, FC[1]), (2, 6, 5), 2),
        (({"type": "lstm", "name": "steps", "hidden_size": 3, "last_only": True},), (2, 5, 1), 1),
        (({"type": "gru", "name": "steps", "hidden_size": 3, "last_only": True},), (2, 5, 1), 1),
    ],
)
def test_every_array_is_read_once_a_sample_however_many_vectors_it_gets(layers, shape, arrays):
    """With a rule that reads a line of its fast array after every sample."""
    rule = TikiTakaV2(response=ConstantStep())
    learned = network(*layers, shape=shape, rule=rule)
    x, labels = batch(shape, learned.classes)
    assert learned.step(x, labels, 0.01, 0).activity.reads == 5 * arrays
    seldom = network(*layers, shape=shape, rule=rule.having(transfer_every=2))
    assert seldom.step(x, labels, 0.01, 1).activity.reads == 3 * arrays  # after samples 1, 3 and 5 of 1 to 5
