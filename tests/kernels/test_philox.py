"""The generator against its published vectors, and its numbers against the distributions they claim."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chipsim.kernels import reference
from chipsim.kernels.philox import fill_words, normal, uniform

words32 = st.integers(0, 2**32 - 1)

# Known answers published with Random123: counter, key, output.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def numbers(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
def test_known_answers_of_the_numpy_generator(counter, key, output):
    result = reference.philox(np.array(numbers(counter), np.uint32), tuple(numbers(key)))
    assert result.tolist() == numbers(output)


def test_known_answer_of_the_kernel_at_block_zero():
    out = np.empty(4, np.uint32)
    fill_words(out, 0, 0, 0, 0, 0)
    assert out.tolist() == numbers(KNOWN[0][2])


@settings(max_examples=60, deadline=None)
@given(key=st.tuples(words32, words32), counters=st.tuples(words32, words32, words32), length=st.integers(0, 90))
def test_kernel_words_equal_the_numpy_generator(key, counters, length):
    # The NumPy generator passes all published vectors, so the kernel does too.
    out = np.empty(length, np.uint32)
    fill_words(out, *key, *counters)
    blocks = np.array([[block, *counters] for block in range(-(-length // 4))], np.uint32).reshape(-1, 4)
    assert np.array_equal(out, reference.philox(blocks, key).reshape(-1)[:length])


@settings(max_examples=60, deadline=None)
@given(key=st.tuples(words32, words32), counters=st.tuples(words32, words32, words32), length=st.integers(1, 90))
def test_normals_and_uniforms_follow_from_the_words(key, counters, length):
    out = np.empty(-(-length // 4) * 4, np.uint32)
    fill_words(out, *key, *counters)
    expected = reference.normals(out.reshape(-1, 4)).reshape(-1)
    # u is rounded to float32: near 1 its error 2**-25 is an error 2**-25 / r of the radius r.
    radius = np.repeat(np.hypot(expected[0::2], expected[1::2]), 2)
    tolerance = 4e-6 * radius + 2.0**-24 / (radius + 2.0**-12)
    assert (abs(normal(length, key, *counters) - expected[:length]) <= tolerance[:length]).all()
    assert np.array_equal(uniform(length, key, *counters), (out[:length] >> 8) / np.float32(2**24))


def test_a_shorter_fill_is_the_start_of_a_longer_one():
    whole = normal((20, 51), (3, 4), 5)
    for length in (1, 2, 3, 4, 63, 64, 65, 500):
        assert np.array_equal(normal(length, (3, 4), 5), whole.reshape(-1)[:length])


def moments(x):
    """z-scores of mean, variance, skewness and excess kurtosis of supposed standard normals."""
    n = x.size
    x = x.astype(np.float64)
    scores = x.mean() * math.sqrt(n), (np.mean(x**2) - 1) * math.sqrt(n / 2)
    return *scores, np.mean(x**3) * math.sqrt(n / 15), (np.mean(x**4) - 3) * math.sqrt(n / 96)


def test_moments_and_distribution_of_normals():
    x = normal(4_000_000, (11, 12), 13)
    assert max(map(abs, moments(x))) < 4.5
    assert stats.kstest(x[:1_000_000].astype(float), "norm").pvalue > 1e-4
    beyond = np.count_nonzero(abs(x) > 4)
    expected = x.size * 2 * stats.norm.sf(4)
    assert abs(beyond - expected) < 4.5 * math.sqrt(expected)


@pytest.mark.slow
def test_moments_of_a_hundred_million_normals():
    sums = np.array([moments(normal(1_000_000, (21, 22), batch)) for batch in range(100)])
    assert abs(sums.sum(axis=0) / 10).max() < 4.5


def test_moments_and_distribution_of_uniforms():
    x = uniform(2_000_000, (11, 12)).astype(float)
    assert x.min() >= 0
    assert x.max() < 1
    assert abs(x.mean() - 0.5) * math.sqrt(12 * x.size) < 4.5
    assert stats.kstest(x[:1_000_000], "uniform").pvalue > 1e-4


@pytest.mark.parametrize("change", range(5))
def test_streams_that_differ_in_one_bit_are_uncorrelated(change):
    names = [7, 8, 9, 10, 11]
    first = normal(400_000, (names[0], names[1]), *names[2:])
    names[change] ^= 1
    second = normal(400_000, (names[0], names[1]), *names[2:])
    correlation = np.corrcoef(first, second)[0, 1]
    squares = np.corrcoef(first**2, second**2)[0, 1]
    assert abs(correlation) * math.sqrt(first.size) < 4.5
    assert abs(squares) * math.sqrt(first.size) < 4.5


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 5, 8, 64])
def test_neighbours_are_uncorrelated(lag):
    x = normal(1_000_000, (31, 32)).astype(float)
    for y in (x, x**2 - 1):
        assert abs(np.mean(y[lag:] * y[:-lag]) / y.var()) * math.sqrt(x.size) < 4.5


def test_lanes_of_a_block_are_alike():
    lanes = normal(2_000_000, (41, 42)).reshape(-1, 4)
    for lane in lanes.T:
        assert max(map(abs, moments(lane))) < 4.5


@pytest.mark.parametrize("bad", [-1, 2**32])
def test_words_outside_32_bits_are_refused(bad):
    with pytest.raises(ValueError, match="32-bit"):
        normal(4, (bad, 0))
    with pytest.raises(ValueError, match="32-bit"):
        uniform(4, (0, 0), bad)
