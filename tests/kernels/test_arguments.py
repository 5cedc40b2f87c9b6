"""Arguments that do not fit are refused by name, before anything is computed."""

import numpy as np
import pytest

from chipsim.kernels.mvm import analog_mvm
from chipsim.kernels.settings import InputEnergy, MVMSettings

GOOD = {
    "x": np.ones((5, 20), np.float32),
    "weights": np.ones((20, 8), np.float32),
    "settings": MVMSettings(),
    "key": (1, 2),
    "sample": np.zeros(5, np.uint32),
    "vector": np.zeros(5, np.uint32),
}


def test_good_arguments_pass():
    assert analog_mvm(**GOOD).y.shape == (5, 8)


def test_a_number_stands_for_all_columns():
    assert analog_mvm(**GOOD, column_scale=0.5).y[0, 0] == 10.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.zeros((20, 8))}, "float64"),
        ({"weights": np.zeros((8, 20), np.float32).T}, "C-contiguous"),
        ({"weights": np.zeros((20, 0), np.float32)}, "weights"),
        ({"x": np.zeros((5, 21), np.float32)}, "20 rows"),
        ({"x": np.zeros((5, 20))}, "float64"),
        ({"variance": np.zeros((20, 7), np.float32)}, "variance"),
        ({"sample": np.zeros(5, np.int64)}, "sample"),
        ({"vector": np.zeros(4, np.uint32)}, "vector"),
        ({"key": (-1, 0)}, "key"),
        ({"column_scale": np.ones(1, np.float32)}, "column_scale"),
        ({"nonlinearity": np.ones((8, 1), np.float32)}, "nonlinearity"),
        ({"gain": np.ones(7, np.float32)}, "gain"),
        ({"offset": np.ones((1, 8), np.float32)}, "offset"),
        ({"correction": np.ones(1, np.float32)}, "correction"),
        ({"row_conductance": np.ones(8, np.float32)}, "row_conductance"),
        ({"settings": MVMSettings(ir_drop=1.0)}, "magnitude is missing"),
        ({"settings": MVMSettings(ir_drop=1.0), "magnitude": np.ones((20, 8), np.float32)}, "droop is missing"),
        ({"settings": MVMSettings(energy=InputEnergy.SQUARE)}, "row_conductance is missing"),
    ],
)
def test_wrong_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        analog_mvm(**{**GOOD, **change})
