import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE, FUNCTIONS, ActivationName, apply

NAMES = sorted(FUNCTIONS)
POINTS = np.array([-90, -20, -3, -2.5, -1, -0.5, -1e-6, 0, 1e-6, 0.5, 1, 2.5, 3, 20, 90], np.float32)
CLOSED = {
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x >= 0 else DEFAULT_SLOPE * x,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "hard_tanh": lambda x: min(max(x, -1.0), 1.0),
    "gelu": lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "hard_silu": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "elu": lambda x: x if x >= 0 else math.expm1(x),
    "softplus": lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
}


def test_the_names_offered_are_the_functions_there_are():
    assert set(get_args(ActivationName)) == set(FUNCTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_values_of_the_formula(name):
    wanted = [CLOSED[name](float(x)) for x in POINTS]
    with np.errstate(all="raise", under="ignore"):
        result = apply(name, POINTS)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, wanted, rtol=3e-6, atol=3e-7)


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_pytorch(name):
    torch = pytest.importorskip("torch")
    functions = {"hard_sigmoid": "hardsigmoid", "hard_tanh": "hardtanh", "hard_silu": "hardswish", "gelu_tanh": "gelu"}
    x = np.linspace(-12, 12, 4001, dtype=np.float32)
    keys = {"approximate": "tanh"} if name == "gelu_tanh" else {}
    wanted = getattr(torch.nn.functional, functions.get(name, name))(torch.from_numpy(x), **keys).numpy()
    np.testing.assert_allclose(apply(name, x), wanted, rtol=2e-6, atol=1e-6)  # its gelu is 9e-7 off the exact value


def test_slope_of_leaky_relu():
    np.testing.assert_array_equal(apply("leaky_relu", np.float32([-4, 4]), slope=0.25), np.float32([-1, 4]))


@pytest.mark.parametrize("name", NAMES)
def test_bits_do_not_depend_on_length_alignment_or_strides(name):
    """SIMD loops treat the tail of an array separately; it must come out the same."""
    x = np.random.default_rng(1).normal(0, 4, 331).astype(np.float32)
    x[::17] = np.resize(POINTS, len(x[::17]))
    single = np.array([apply(name, x[i : i + 1])[0] for i in range(len(x))])
    for start in range(34):
        for stop in [*range(start + 1, start + 35), len(x)]:
            assert apply(name, x[start:stop]).tobytes() == single[start:stop].tobytes()
    for step in (2, 3, 7, -1, -4):
        assert apply(name, x[::step]).tobytes() == single[::step].tobytes()
    table = x[:330].reshape(15, 22)
    np.testing.assert_array_equal(apply(name, table.T), single[:330].reshape(15, 22).T)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(x=st.floats(-(2.0**127), 2.0**127, width=32))
def test_any_finite_number_gives_a_number(name, x):
    with np.errstate(all="raise", under="ignore"):
        result = apply(name, np.float32([x]))[0]
    assert np.isfinite(result)


@pytest.mark.parametrize("name", NAMES)
def test_nan_stays_nan_and_the_argument_is_left_alone(name):
    x = np.float32([np.nan, -2, 2])
    assert np.isnan(apply(name, x)[0])
    np.testing.assert_array_equal(x, np.float32([np.nan, -2, 2]))
