"""Pulse trains: the bits of the twin, the probabilities asked for, no dependence on the batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels.pulse_reference import pulses_of, unpacked
from chipsim.kernels.trains import COLUMNS, ROWS, SLOTS, clipped_share, trains, words_of

KEY = (11, 12)


def names(batch, first=0):
    return np.full(batch, 3, np.uint32), np.arange(first, first + batch, dtype=np.uint32)


def trains_of(values, gain, length, side=ROWS, first=0, key=KEY):
    values = np.atleast_2d(np.asarray(values, np.float32))
    batch = len(values)
    return trains(values, np.full(batch, float(gain)), np.full(batch, length), key, *names(batch, first), side)


@settings(max_examples=25, deadline=None)
@given(length=st.integers(1, 100), lines=st.integers(1, 40), gain=st.floats(0, 3), seed=st.integers(0, 99))
def test_every_bit_is_that_of_the_twin(length, lines, gain, seed):
    values = np.random.default_rng(seed).uniform(-1, 1, (2, lines)).astype(np.float32)
    for side in (ROWS, COLUMNS):
        words = trains_of(values, gain, length, side)
        for number in range(2):
            slots, signs = unpacked(words[number])
            assert (slots[:length] == pulses_of(values[number], gain, length, KEY, 3, number, side)).all()
            assert not slots[length:].any()
            assert (signs == np.where(values[number] < 0, -1, 1)).all()


def test_a_share_of_nothing_and_of_everything():
    slots, _ = unpacked(trains_of([0.0, 1.0, -2.0, -0.0], 1.0, 40)[0])
    assert slots.sum(axis=0).tolist() == [0, 40, 40, 0]


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 1e-3])
def test_pulses_come_with_the_probability_asked_for(share):
    lines, length = 20000, 31
    slots, _ = unpacked(trains_of(np.full(lines, share), 1.0, length)[0])
    count, error = slots.sum(axis=0), np.sqrt(share * (1 - share) / (lines * length))
    assert abs(slots[:length].mean() - share) < 4 * error
    # Slots of a line are independent: the number of pulses is binomial.
    variance = length * share * (1 - share)
    assert count.var() == pytest.approx(variance, rel=4 * np.sqrt((2 + 1 / variance) / lines))


def test_words_lines_sides_and_vectors_are_independent():
    lines, length, share = 4000, 2 * SLOTS, 0.4
    values = np.full((2, lines), share)
    rows, columns = trains_of(values, 1.0, length), trains_of(values, 1.0, length, COLUMNS)
    bits = {
        "first": unpacked(rows[0])[0][:SLOTS],
        "second word": unpacked(rows[0])[0][SLOTS:],
        "next vector": unpacked(rows[1])[0][:SLOTS],
        "columns": unpacked(columns[0])[0][:SLOTS],
        "next line": np.roll(unpacked(rows[0])[0][:SLOTS], 1, axis=1),
        "next slot": np.roll(unpacked(rows[0])[0][:SLOTS], 1, axis=0),
        "other key": unpacked(trains_of(values, 1.0, length, key=(11, 13))[0])[0][:SLOTS],
    }
    first = bits.pop("first")
    for name, other in bits.items():
        correlation = np.corrcoef(first.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(first.size), name


def test_a_batch_may_be_split():
    values = np.random.default_rng(0).uniform(-1, 1, (5, 33)).astype(np.float32)
    whole = trains_of(values, 0.7, 31)
    parts = [trains_of(values[:2], 0.7, 31), trains_of(values[2:], 0.7, 31, first=2)]
    assert (np.concatenate(parts) == whole).all()


def test_trains_of_different_lengths_share_a_batch():
    values = np.ones((3, 4), np.float32)
    words = trains(values, np.ones(3), np.array([0, 5, 40]), KEY, *names(3), ROWS)
    assert words.shape == (3, 2, 4)
    assert [int(unpacked(word)[0][:, 0].sum()) for word in words] == [0, 5, 40]
    assert words_of(np.array([0, 31])) == 1
    assert words_of(np.array([32])) == 2


def test_the_clipped_share_counts_lines_with_a_value():
    values = np.array([[0, 0.5, 1.0, -2.0]], np.float32)
    assert clipped_share(values, np.array([1.0])) == pytest.approx(1 / 3)
    assert clipped_share(np.zeros((1, 3), np.float32), np.array([9.0])) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.ones((1, 2))}, "float64"),
        ({"values": np.full((1, 2), np.nan, np.float32)}, "not finite"),
        ({"gain": np.array([-1.0])}, "below 0"),
        ({"gain": np.ones(2)}, r"gain is float64 of shape \(2,\)"),
        ({"length": np.array([-1])}, "-1"),
        ({"length": np.array([SLOTS << 17])}, "slots"),
        ({"sample": np.zeros(1, np.int64)}, "sample is int64"),
    ],
)
def test_what_does_not_fit_is_refused(change, said):
    sample, vector = names(1)
    given = {
        "values": np.ones((1, 2), np.float32),
        "gain": np.ones(1),
        "length": np.ones(1, np.int64),
        "sample": sample,
        "vector": vector,
    }
    given |= change
    with pytest.raises(ValueError, match=said):
        trains(given["values"], given["gain"], given["length"], KEY, given["sample"], given["vector"], ROWS)
