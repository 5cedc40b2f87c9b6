"""Input ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chipsim.circuits.encoding import AbsoluteMaximum, Fixed, InputScaling, Unscaled
from chipsim.errors import InputError
from chipsim.reading import from_plain

X = np.float32([[0.5, -2.0, 1.0], [0, 0, 0], [0.25, 0.1, -0.1]])
VECTORS = arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 6)), elements=st.floats(-1e6, 1e6, width=32))


def test_absolute_maximum():
    assert AbsoluteMaximum().factors(X).tolist() == [2.0, 1.0, 0.25]
    assert AbsoluteMaximum(limit=0.5).factors(X).tolist() == [0.5, 0.5, 0.25]


def test_fixed():
    assert Fixed(range=3.0).factors(X).tolist() == [3.0] * 3
    assert Fixed(range=3.0).factors(X, learned=0.75).tolist() == [0.75] * 3
    for learned in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match=f"a learned input range of {learned}"):
            Fixed().factors(X, learned=learned)


def test_unscaled():
    assert Unscaled().factors(X).tolist() == [1.0] * 3


@pytest.mark.parametrize("name", sorted(InputScaling.members))
@given(inputs=VECTORS)
def test_every_way_gives_one_positive_number_a_vector(name, inputs):
    member = InputScaling.members[name]()
    factors = member.factors(inputs)
    assert factors.shape == (len(inputs),)
    assert factors.dtype == np.float32
    assert (factors > 0).all()
    assert from_plain(InputScaling, name) == member


@given(VECTORS)
def test_the_absolute_maximum_brings_every_vector_into_the_range(inputs):
    assert (np.abs(inputs) <= AbsoluteMaximum().factors(inputs)[:, None]).all()
