"""Who the vectors of a pass are."""

import numpy as np

from chipsim.training.layers import Pass


def numbers(words):
    return (words.vector.astype(np.uint64) << np.uint64(32)) + words.sample


def test_vectors_are_numbered_sample_after_sample():
    assert numbers(Pass(7, 3).words()).tolist() == [7, 8, 9]
    assert numbers(Pass(7, 3).words(4)).tolist() == list(range(28, 40))
    assert numbers(Pass(7, 3).words_at(2, 4)).tolist() == [30, 34, 38]


def test_numbers_may_be_larger_than_a_word():
    many = Pass(2**33, 2).words(3)
    assert numbers(many).tolist() == list(range(3 * 2**33, 3 * 2**33 + 6))
    assert many.vector.tolist() == [6] * 6


def test_an_evaluation_has_a_moment():
    words = Pass(5, 2, moment=2**32 + 9).words(2)
    assert words.sample.tolist() == [10, 11, 12, 13]
    assert words.vector.tolist() == [9] * 4
    assert all(part.dtype == np.uint32 and part.flags.c_contiguous for part in Pass(5, 2, 1).words_at(1, 2))
