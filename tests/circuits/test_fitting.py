"""Weights on their way into an array."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.fitting import fitting, full_scale
from chipsim.errors import InputError
from chipsim.reading import from_plain

ARRAY = from_plain(Array, {"rows": 4, "columns": 3, "cell": {"device": "ideal"}, "dac": "ideal", "adc": "ideal"})


def test_the_largest_weight_of_a_column_or_of_all_is_the_full_scale() -> None:
    matrix = fitting(ARRAY, [[1, -4, 0], [-2, 3, 0]])
    assert full_scale(ARRAY, matrix).tolist() == [[2, 4, 1]]
    assert full_scale(ARRAY.having(weight_scaling="array"), matrix).tolist() == [[4]]


@pytest.mark.parametrize("weights", [np.ones((5, 3)), np.ones((4, 4)), np.ones((0, 3)), np.ones(3), [["a"]], [[np.nan]]], ids=str)
def test_what_does_not_fit_is_refused(weights: object) -> None:
    with pytest.raises(InputError, match=r"Crossbar.program: weights"):
        fitting(ARRAY, weights)
