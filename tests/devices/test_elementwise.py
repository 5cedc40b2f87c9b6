"""Arrays of devices: pieces, zeros, cut-offs."""

import numpy as np
import pytest

from chipsim.devices import elementwise
from chipsim.devices.elementwise import at_least, in_pieces, nothing_like, positive, zeros_like


@pytest.mark.parametrize("shape", [(), (0,), (7,), (3, 8192), (2, 24577)])
def test_pieces_give_what_the_whole_gives(shape):
    generator = np.random.default_rng(0)
    x, y = (generator.normal(size=shape).astype(np.float32) for _ in range(2))
    found = in_pieces(lambda a, b: a * b + 1, x, y)
    assert found.shape == shape
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, x * y + 1)


def test_no_piece_is_longer_than_said_and_the_result_may_replace_an_argument():
    lengths = []
    x = np.arange(2 * elementwise.PIECE + 5, dtype=np.float32)

    def law(piece):
        lengths.append(piece.size)
        return piece + 1

    assert in_pieces(law, x, out=x) is x
    np.testing.assert_array_equal(x, np.arange(1, x.size + 1))
    assert lengths == [elementwise.PIECE, elementwise.PIECE, 5]


def test_arrays_in_any_order_of_memory():
    x = np.arange(12, dtype=np.float32).reshape(3, 4).T
    np.testing.assert_array_equal(in_pieces(lambda a: 2 * a, x), 2 * x)


def test_a_float_goes_to_every_piece():
    x = np.arange(2 * elementwise.PIECE, dtype=np.float32)
    np.testing.assert_array_equal(in_pieces(lambda a, b, c: a * np.float32(b) + c, x, 2.0, x), 3 * x)


def test_zeros():
    assert zeros_like([[1, 2]]).shape == nothing_like([[1, 2]]).shape == (1, 2)
    assert nothing_like(np.ones((512, 512))).base.nbytes == 4
    with pytest.raises(ValueError, match="read-only"):
        nothing_like([1.0])[0] = 1


def test_cut_offs_keep_nan():
    values = np.float32([-1, 0, 2, np.nan, np.inf])
    np.testing.assert_array_equal(positive(values), np.float32([0, 0, 2, np.nan, np.inf]))
    np.testing.assert_array_equal(at_least(np.float32(1), values), np.float32([1, 1, 2, np.nan, np.inf]))
    assert positive(values).dtype == np.float32
