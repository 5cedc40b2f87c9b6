"""Four vectors by hand, and offsets that are not felt."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.reading import from_plain
from chipsim.training.rules import Activity, Rule

ONE, RATE = np.ones((1, 1), np.float32), 0.06
RULE = {"type": "agad", "response": even(0.1), "read_noise": 0.0, "memory": 1.0, "flip": 0.5, "tail": 2.0}


def test_four_vectors_by_hand():
    """Readings 0.1, 0.2 | 0.1, 0: after the flip they are 0.1 and 0.2 below the past, times 6: a pulse at 1.8."""
    agad = begun(RULE, (1, 1))
    for number in range(2):
        assert agad.update(ONE, ONE, RATE, number) == Activity(pulses=1, slots=1, lines=2, reads=1, operations=1 + 2 + 3 + 3, drives=2)
        assert agad.state()["buffer"] == 0
    assert agad.state()["past"] == pytest.approx(0.2)
    agad.update(ONE, ONE, RATE, 2)
    assert agad.state()["buffer"] == pytest.approx(0.6, rel=1e-5)
    agad.update(ONE, ONE, RATE, 3)
    assert agad.state()["buffer"] == pytest.approx(0.18, rel=1e-5)
    assert agad.weights == pytest.approx(0.1)
    assert agad.state()["past"] == pytest.approx(0, abs=1e-6)
    assert agad.state()["choppers"] == 1


@pytest.mark.parametrize("offset", [-0.4, 0.2])
def test_an_offset_of_the_fast_array_is_not_felt(offset):
    """The same pulses on a fast array that starts elsewhere, with steps that are equal everywhere, give the same weights."""
    centred, off = begun(RULE, (3, 2)), begun(RULE | {"fast": even(0.1) | {"reset": offset}}, (3, 2))
    draw = np.random.default_rng(3)
    for number in range(24):
        x, d = draw.uniform(-1, 1, (1, 3)).astype(np.float32), draw.uniform(-1, 1, (1, 2)).astype(np.float32)
        centred.update(x, d, 0.4, number)
        off.update(x, d, 0.4, number)
    assert (abs(off.state()["fast weights"]) < 1).all()  # no bound was reached, where steps would differ
    assert centred.weights.any()
    assert off.weights == pytest.approx(centred.weights, abs=1e-5)


@pytest.mark.parametrize(("flip", "lines", "period"), [(0.1, 20, 10), (0.3, 20, 4), (1.0, 20, 2), (0.1, 784, 3), (0.1, 4000, 2)])
def test_period(flip, lines, period):
    """Not longer than 2,000 vectors, but two reads at least."""
    rule = from_plain(Rule, {"type": "agad", "response": even(0.1), "flip": flip})
    assert rule.period(lines) == period
    assert rule.having(transfer_every=2, half_period=4000.0).period(lines) == period


def test_a_difference_that_is_no_larger_than_its_error_does_not_count():
    """Readings of nothing but noise: few of them pass two standard errors, none are held back without the test."""
    x, d = np.ones((60, 40), np.float32), np.zeros((60, 30), np.float32)
    d[0] = 1e-3  # so that there is a scale
    filled = {}
    for significance in (0.0, 2.0, 1e6):
        keys = {"read_noise": 0.1, "significance": significance, "flip": 0.1}
        agad = begun({"type": "agad", "response": even(1e-5), "fast": even(0.1) | {"asymmetry": 1.0}} | keys, (40, 30))
        for start in range(0, 40 * 40, 40):
            agad.update(x[:40], d[:40] if start == 0 else d[20:], 0.01, start)
        filled[significance] = float(np.abs(agad.state()["buffer"]).mean() + 1e5 * np.abs(agad.weights).mean())
    assert filled[1e6] == pytest.approx(0, abs=1e-3)
    assert filled[2.0] < 0.5 * filled[0.0]


def test_the_test_of_significance_by_hand():
    """Period 4, tail 2: half of each reading. 0.1, 0.3, 0.2, 0.2 leave a mean of 0.2 and a variance of 0.0034375 / 2."""
    agad = begun(RULE | {"flip": 0.25, "significance": 1.0}, (1, 1))
    took = agad.update(ONE, ONE, RATE, 0)
    assert took.operations == 1 + 2 + 3 + 9
    mean = variance = 0.0
    for reading in (0.1, 0.2, 0.3, 0.4):
        apart = reading - mean
        mean, variance = mean + apart / 2, (variance + apart**2 / 2) / 2
    for number in range(1, 4):
        agad.update(ONE, ONE, RATE, number)
    assert agad.state()["mean"] == pytest.approx(mean)
    assert agad.state()["variance"] == pytest.approx(variance)
    agad.update(ONE, ONE, RATE, 4)  # 0.3 against a past of 0.306: too little
    assert agad.state()["buffer"] == 0


def test_the_mean_of_the_past_follows_its_tail():
    """Period 4 and tail 2: each reading counts half; readings 0.1, 0.2, 0.3, 0.4 leave 0.30625."""
    agad = begun(RULE | {"flip": 0.25}, (1, 1))
    for number in range(4):
        agad.update(ONE, ONE, RATE, number)
    assert agad.state()["past"] == pytest.approx(0.1 / 16 + 0.2 / 8 + 0.3 / 4 + 0.4 / 2)
