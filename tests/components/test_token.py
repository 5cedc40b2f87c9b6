"""Units with two time stamps."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chipsim.components.token import Token, time_of


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 50))
def test_vectors_lie_evenly_between_the_stamps(first: int, spread: int, vectors: int) -> None:
    last = first + (spread if vectors > 1 else 0)
    times = [time_of(first, last, vector, vectors) for vector in range(vectors)]
    assert times[0] == first
    assert times[-1] == last
    assert times == sorted(times)
    exact = [first + (last - first) * vector / max(1, vectors - 1) for vector in range(vectors)]
    assert all(0 <= time - even < 1 for time, even in zip(times, exact, strict=True))  # rounded up, never early


def test_a_token_keeps_its_values() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    token = Token(5, 2, values, 100, 130)
    assert token.at(7, 9) == Token(5, 2, values, 7, 9)
    part = token.of(slice(1, 3))
    assert part.values.tolist() == [[1, 2], [5, 6], [9, 10]]
    assert (part.sample, part.unit, part.first, part.last) == (5, 2, 100, 130)
