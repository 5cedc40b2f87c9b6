"""A matrix in blocks: sums in digital, learning by slices, state, and cuts that make no sense."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.streams import Stream
from chipsim.training.layers import Cut, Pass
from chipsim.training.layers.matrix import places
from chipsim.training.network import Network

from .small import RULE, batch, network, reads, spec

FC = ({"type": "linear", "name": "one", "out_features": 7, "activation": "tanh"}, {"type": "linear", "name": "two", "out_features": 4})
GRID = tuple(Cut(rows, columns) for rows in ((0, 3), (3, 5), (5, 6)) for columns in ((0, 4), (4, 7)))
CUTS = {"one": GRID}


def test_exact_blocks_compute_and_learn_as_the_whole():
    x, labels = batch((6, 1, 1), 4)
    one, two = network(*FC), network(*FC, cuts=CUTS)
    assert [block.shape for block in two.blocks] == [(3, 4), (3, 3), (2, 4), (2, 3), (1, 4), (1, 3), (7, 4)]
    assert np.array_equal(one.matrices[0].weights, two.matrices[0].weights)
    for first in (0, 5):
        steps = [some.step(x, labels, 0.5, first) for some in (one, two)]
        assert steps[1].losses == pytest.approx(steps[0].losses, rel=1e-5)
    for name, array in one.weights().items():
        assert two.weights()[name] == pytest.approx(array, abs=1e-6)
    at = Pass(0, 5)
    d = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    back = [some.matrices[0].backward(d, at, at.words()) for some in (one, two)]
    assert back[0] == pytest.approx(back[1], abs=1e-5)
    assert back[1] == pytest.approx(d @ two.matrices[0].weights.T, abs=1e-5)


def test_one_cut_is_no_cut():
    one = network(*FC, rule=RULE, how=reads())
    two = network(*FC, rule=RULE, how=reads(), cuts={"one": (Cut((0, 6), (0, 7)),)})
    x, labels = batch((6, 1, 1), 4)
    for some in (one, two):
        some.step(x, labels, 0.5, 0)
    assert one.digest == two.digest
    for name, array in one.state().items():
        assert np.array_equal(array, two.state()[name])


def test_blocks_are_arrays_of_their_own():
    learned = network(*FC, rule=RULE, how=reads(), cuts=CUTS)
    assert len({port.key for block in learned.blocks for port in block.ports}) == 3 * len(learned.blocks)
    up = [block.learner.array.cells.pulsed.up.ravel()[:3] for block in learned.blocks]
    assert len({tuple(some) for some in up}) == len(up)
    assert learned.digest != network(*FC, rule=RULE, how=reads()).digest


def test_every_block_learns_from_its_own_slices():
    learned = network(*FC, rule=RULE, how=reads(), cuts=CUTS)
    x, labels = batch((6, 1, 1), 4)
    share = learned.shares(x, labels, 0).shares[0]
    twin = network(*FC, rule=RULE, how=reads(), cuts=CUTS)
    for block, other in zip(learned.blocks[:6], twin.blocks[:6], strict=True):
        (a, b), (c, e) = block.cut
        other.learner.update(share.x[:, a:b], share.d[:, c:e], 0.5, 0)
    learned.step(x, labels, 0.5, 0)
    assert np.array_equal(learned.matrices[0].weights, twin.matrices[0].weights)


def test_state_of_blocks():
    x, labels = batch((6, 1, 1), 4)
    one, two = (network(*FC, rule=RULE, how=reads(), cuts=CUTS) for _ in range(2))
    one.step(x, labels, 0.5, 0)
    two.restore(one.state())
    after = [some.step(x, labels, 0.5, 5) for some in (one, two)]
    assert np.array_equal(after[0].losses, after[1].losses)
    assert np.array_equal(one.weights()["one.weight"], two.weights()["one.weight"])
    assert "one.rule.2.1.weights" in one.state()
    with pytest.raises(InputError, match=r"no one\.bias"):
        two.restore({name: array for name, array in one.state().items() if name != "one.bias"})
    with pytest.raises(InputError, match=r"Learner\.restore"):
        two.restore(network(*FC, rule=RULE, how=reads()).state())


@pytest.mark.parametrize(
    "cuts",
    [
        (),
        GRID[:-1],
        GRID[::-1],
        (Cut((0, 7), (0, 7)),),
        (Cut((0, 3), (0, 7)), Cut((2, 6), (0, 7))),
        (Cut((0, 3), (0, 7)), Cut((4, 6), (0, 7))),
        (Cut((0, 6), (0, 7)), Cut((6, 6), (0, 7))),
        (Cut((0, 6), (0, 4)), Cut((0, 3), (4, 7)), Cut((3, 6), (4, 7))),
    ],
)
def test_cuts_that_are_no_grid_are_refused(cuts):
    with pytest.raises(InputError, match=r"of layer 'one' are no grid over its weights \(6, 7\)"):
        Network(spec(*FC), None, reads(), Stream(), cuts={"one": cuts})


def test_places_of_a_grid():
    assert places("one", (6, 7), GRID) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
