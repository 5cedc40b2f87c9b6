"""Functions of the vector unit against PyTorch and NumPy."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.layers import Function, LocalResponseNorm, PReLU, Product, Rearrange
from chipsim.workload.layers.function import FUNCTIONS

torch = pytest.importorskip("torch")
F = torch.nn.functional
X = np.random.default_rng(0).normal(size=(2, 6, 4, 5)).astype(np.float32)
T = torch.from_numpy(X)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"function": "elu", "alpha": 0.7}, F.elu(T, 0.7)),
        ({"function": "celu", "alpha": 0.3}, F.celu(T, 0.3)),
        ({"function": "selu", "alpha": 1.6732632, "gamma": 1.0507010}, F.selu(T)),
        ({"function": "thresholded", "alpha": 0.4}, F.threshold(T, 0.4, 0.0)),
        ({"function": "shrink", "alpha": 0.4, "gamma": 0.4}, F.softshrink(T, 0.4)),
        ({"function": "mish"}, F.mish(T)),
        ({"function": "softsign"}, F.softsign(T)),
        ({"function": "erf"}, torch.erf(T)),
        ({"function": "power", "alpha": 3.0}, T**3),
        ({"function": "round"}, torch.round(T)),
    ],
    ids=str,
)
def test_is_the_function_of_pytorch(keys, expected):
    layer = Function(name="a", **keys)
    np.testing.assert_allclose(layer.forward(X), expected.numpy(), rtol=1e-6, atol=1e-7)
    assert sum(layer.operations(7).values()) == 7


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_result_depends_on_its_own_argument_only(function):
    layer = Function(name="a", function=function)
    whole = layer.forward(X)
    for column in range(5):
        alone = layer.forward(np.ascontiguousarray(X[:1, :, :, column : column + 1]))
        np.testing.assert_array_equal(alone, whole[:1, :, :, column : column + 1])


def test_numbers_that_a_function_has_not():
    with pytest.raises(InputError, match="alpha 2 is given, but exp has none"):
        Function(name="a", function="exp", alpha=2.0)
    with pytest.raises(InputError, match="alpha 0 of celu"):
        Function(name="a", function="celu", alpha=0.0)


def test_slopes_of_channels():
    slopes = np.linspace(-1, 1, 6, dtype=np.float32)
    np.testing.assert_allclose(PReLU(name="a").forward(X, slopes.reshape(1, 6, 1, 1)), F.prelu(T, torch.from_numpy(slopes)).numpy())


def test_local_response_normalisation():
    layer = LocalResponseNorm(name="a", size=3, alpha=0.5, beta=0.6, bias=1.5)
    np.testing.assert_allclose(layer.forward(X), F.local_response_norm(T, 3, 0.5, 0.6, 1.5).numpy(), rtol=1e-5)


def test_products_of_matrices():
    other = np.random.default_rng(1).normal(size=(2, 6, 3, 1)).astype(np.float32)
    made = Product(name="a", groups=2, factor=0.5).forward(X, other)
    a, b = X.reshape(2, 2, 3, 20), other.reshape(2, 2, 3, 3)
    np.testing.assert_allclose(made.reshape(2, 2, 3, 20), 0.5 * np.einsum("zgkm,zgkn->zgnm", a, b), rtol=1e-5, atol=1e-6)
    assert Product(name="a", groups=2, factor=0.5).operations_at(0, 6, [(6, 4, 5), (6, 3, 1)]) == {"mac": 18, "multiply": 6}
    with pytest.raises(InputError, match="5 is not 6"):
        Product(name="a").output_shape((5, 1, 1), (6, 3, 1))


def test_numbers_change_places():
    shuffle = Rearrange(name="a", sizes=(2, 2, 3, 5), order=(2, 0, 3, 1), shape=(1, 6, 10))
    x = X[:, :4, :3]
    np.testing.assert_array_equal(shuffle.forward(x), F.pixel_shuffle(torch.from_numpy(x.copy()), 2).numpy())
    twice = Rearrange(name="a", sizes=(6, 4, 5), order=(0, 1, 3, 2, 4), shape=(6, 8, 10), repeats=(2, 2))
    np.testing.assert_array_equal(twice.forward(X), F.interpolate(T, scale_factor=2).numpy())
    with pytest.raises(InputError, match="expected each of them once"):
        Rearrange(name="a", sizes=(2, 3), order=(0, 0), shape=(2, 3, 1))
