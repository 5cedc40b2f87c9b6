"""One array of a layer: what a watched mini-batch says of it, and that watching changes nothing."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep
from chipsim.training.layers import Cut, Pass
from chipsim.training.layers.watch import Watch
from chipsim.training.reads import Reads
from chipsim.training.rules import AGAD, SGD, Chopped, ClosedLoopTransfer, MixedPrecision, PCMCapacitor, PCMPair, TikiTaka, TikiTakaV2

from .small import ARRAY, RULE, batch, network, reads

FC = ({"type": "linear", "name": "one", "out_features": 7, "activation": "relu"}, {"type": "linear", "name": "two", "out_features": 4})
CONVOLUTION = ({"type": "conv2d", "name": "stem", "out_channels": 3, "kernel": 2, "activation": "relu"}, *FC)
CLIPPING = {"adc": {"type": "sar", "bits": 6, "bound": 1}, "bound_management": 3}
NOISY = {"short_term_noise": 0.05, "ir_drop": 1.0, "output_noise": 0.1} | CLIPPING
SERIAL = {"dac": {"type": "bit_serial", "bits": 6}, "adc": {"type": "sar", "bits": 7, "bound": 8}}
VOLTAGE = {"dac": {"type": "voltage", "bits": 6}, "nonlinearity": 0.01}
RESPONSE = ConstantStep()
KINDS = SGD, MixedPrecision, TikiTaka, TikiTakaV2, Chopped, AGAD, ClosedLoopTransfer, PCMCapacitor, PCMPair


@pytest.mark.parametrize("changes", [{}, NOISY, SERIAL, VOLTAGE])
@pytest.mark.parametrize("layers", [FC, CONVOLUTION])
def test_watching_changes_no_bit(changes, layers):
    shape = (2, 5, 4)
    x, labels = batch(shape, 4)
    steps, after = [], []
    for watch in (False, True):
        learned = network(*layers, shape=shape, rule=RULE, how=Reads(from_plain(Array, ARRAY | changes)))
        steps.append(learned.step(x, labels, 0.2, 30, watch=watch))
        after.append(learned.state())
    assert np.array_equal(steps[0].losses, steps[1].losses)
    assert steps[0][1:3] == steps[1][1:3]
    assert steps[0].work is None
    for name, array in after[0].items():
        assert np.array_equal(array, after[1][name]), name


@pytest.mark.parametrize("rule", KINDS)
def test_watching_changes_no_bit_whatever_the_rule(rule):
    x, labels = batch((2, 5, 4), 4)
    after = []
    for watch in (False, True):
        learned = network(*CONVOLUTION, shape=(2, 5, 4), rule=rule(response=RESPONSE), how=reads())
        activities = [learned.step(x, labels, 0.2, first, watch=watch).activity for first in (0, 5)]
        after.append((activities, learned.state()))
    assert after[0][0] == after[1][0]
    for name, array in after[0][1].items():
        assert np.array_equal(array, after[1][1][name]), name


def test_the_record_of_a_mini_batch():
    learned = network(*CONVOLUTION, shape=(2, 5, 4), rule=RULE, how=reads(), cuts={"one": (Cut((0, 20), (0, 7)), Cut((20, 36), (0, 7)))})
    x, labels = batch((2, 5, 4), 4)
    step = learned.step(x, labels, 0.2, 30, watch=True)
    work = step.work
    assert (work.first, work.samples) == (30, 5)
    assert [one[:4] for one in work.arrays] == [
        ("stem", 0, 0, (8, 3)), ("one", 0, 0, (20, 7)), ("one", 1, 0, (16, 7)), ("two", 0, 0, (7, 4)),
    ]  # fmt: skip
    assert [one.retries.shape for one in work.arrays] == [one.cells.shape for one in work.arrays] == [(5, 12), (5, 1), (5, 1), (5, 1)]
    assert [one.back_cells.shape for one in work.arrays] == [(5, 0), (5, 1), (5, 1), (5, 1)]  # nobody asks the first for errors
    assert all(len(one.updates) == 5 for one in work.arrays)
    for field in ("pulses", "slots", "lines", "operations"):
        assert sum(getattr(update, field) for one in work.arrays for update in one.updates) == getattr(step.activity, field)


@pytest.mark.parametrize(("dac", "power"), [({"type": "pulse_width", "bits": 16}, 1), ({"type": "voltage", "bits": 16}, 2)])
def test_energy_in_the_cells_by_hand(dac, power):
    """Sum over the cells of |w| f(|x| / max |x|); f(x) = x for pulses as wide as the input, x**2 for voltages."""
    learned = network(*FC, rule=RULE, how=reads(dac=dac, output_noise=0.0))
    x, labels = batch((6, 1, 1), 4)
    weights = [np.abs(matrix.weights) for matrix in learned.matrices]
    shares = learned.shares(x, labels, 0).shares
    work = learned.step(x, labels, 0.2, 0, watch=True).work
    for one, share, weight in zip(work.arrays, shares, weights, strict=True):
        scaled = np.abs(share.x) / np.abs(share.x).max(axis=1, keepdims=True)
        assert one.cells[:, 0] == pytest.approx(scaled**power @ weight.sum(axis=1), rel=1e-4)
    errors = np.abs(shares[1].d) / np.abs(shares[1].d).max(axis=1, keepdims=True)
    assert work.arrays[1].back_cells[:, 0] == pytest.approx(errors**power @ weights[1].sum(axis=0), rel=1e-4)


def test_repetitions_are_counted():
    narrow = reads(adc={"type": "sar", "bits": 6, "bound": 0.05}, bound_management=3, output_noise=0.0)
    learned = network(*FC, rule=RULE, how=narrow)
    work = learned.step(*batch((6, 1, 1), 4), 0.2, 0, watch=True).work
    assert 0 < work.arrays[0].retries.max() <= 3
    assert (work.arrays[1].back_retries == 0).all()  # the transposed read has no bound management unless it is given


def test_nothing_is_recorded_of_numbers():
    assert network(*FC).step(*batch((6, 1, 1), 4), 0.2, 0, watch=True).work is None


def test_errors_pass_through_the_weights_as_they_are_now():
    learned = network(*FC)
    x, labels = batch((6, 1, 1), 4)
    block, at = learned.blocks[1], Pass(0, 5)
    d = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    for first in (0, 5):
        assert block.backward(d, at, at.words()) == pytest.approx(d @ block.learner.weights.T, abs=1e-6)
        learned.step(x, labels, 5.0, first)
    learned.restore(network(*FC, seed=2).state())
    assert block.backward(d, at, at.words()) == pytest.approx(d @ block.learner.weights.T, abs=1e-6)


def test_evaluation_has_noise_of_its_own():
    block = network(*FC, how=reads()).blocks[0]
    x = batch((6,), 4)[0]
    at = [Pass(0, 5), Pass(0, 5, moment=0), Pass(0, 5, moment=1), Pass(0, 5, watch=Watch(0, 5))]
    lesson, first, second, watched = (block.forward(x, one, one.words()) for one in at)
    assert np.array_equal(lesson, watched)
    assert not np.array_equal(lesson, first)
    assert not np.array_equal(first, second)
