import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.layers import BatchNorm, Conv2d, Linear
from chipsim.workload.weights import layer_parameters, layer_weights

LAYERS = [
    (Conv2d(name="conv", out_channels=2, kernel=(2, 3)), (3, 5, 5)),
    (Linear(name="fc", out_features=4, bias=False), (2, 4, 3)),
]


def arrays(**changes):
    random = np.random.default_rng(0)
    shapes = {"conv.weight": (2, 3, 2, 3), "conv.bias": (2,), "fc.weight": (4, 24)}
    stored = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return stored | {name.replace("_", "."): array for name, array in changes.items()}


def test_layout_and_values():
    stored = arrays()
    weights = layer_weights(LAYERS, stored)
    np.testing.assert_array_equal(weights["conv"].matrix, stored["conv.weight"].reshape(2, 18).T)
    np.testing.assert_array_equal(weights["conv"].bias, stored["conv.bias"])
    np.testing.assert_array_equal(weights["fc"].matrix, stored["fc.weight"].T)
    assert weights["fc"].bias is None
    for matrix, _ in weights.values():
        assert matrix.dtype == np.float32
        assert matrix.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            matrix[0, 0] = 1


def test_stored_arrays_are_not_touched():
    stored = {name: array.copy() for name, array in arrays().items()}
    layer_weights(LAYERS, stored)
    assert all(array.flags.writeable for array in stored.values())


def test_half_and_double_precision_are_taken():
    stored = {name: array.astype(kind) for (name, array), kind in zip(arrays().items(), ("f8", "f2", "f8"), strict=True)}
    weights = layer_weights(LAYERS, stored)
    np.testing.assert_array_equal(weights["conv"].bias, stored["conv.bias"].astype(np.float32))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conv_bias": np.zeros(3, np.float32)}, r"w\.npz: conv\.bias: is of shape \[3\], expected \[2\]"),
        ({"fc_weight": np.zeros((24, 4), np.float32)}, r"is of shape \[24, 4\], expected \[4, 24\] \(it is transposed\)"),
        ({"fc_weight": np.zeros((4, 24), np.int8)}, "is of type int8, expected a floating type"),
        ({"fc_bias": np.zeros(4, np.float32)}, "fc.bias: no layer uses this array"),
        ({"fd_weight": np.zeros(4, np.float32)}, r"no layer uses this array \(did you mean 'fc.weight'\?\)"),
        ({"conv_bias": np.array([0, np.nan], np.float32)}, r"1 values that are not finite in float32, the first is nan at \[1\]"),
        ({"conv_bias": np.array([1e300, 0])}, r"not finite in float32, the first is 1e\+300 at \[0\]"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        layer_weights(LAYERS, arrays(**changes), "w.npz")


def test_all_problems_come_at_once():
    stored = arrays(fc_weight=np.full((4, 24), np.inf), conv_bias=np.zeros(9, np.float32), more=np.zeros(1))
    del stored["conv.weight"]
    with pytest.raises(InputError) as caught:
        layer_weights(LAYERS, stored)
    assert [problem.key for problem in caught.value.problems] == ["conv.weight", "conv.bias", "fc.weight", "more"]
    assert "the array is missing, expected shape [2, 3, 2, 3]" in str(caught.value)


PARAMETERS = {f"norm.{name}": np.arange(1, 4, dtype=np.float32) for name in ("running_mean", "running_var", "weight", "bias")}


def test_parameters_of_digital_layers_are_checked_and_shaped_like_images():
    layers = [(BatchNorm(name="norm"), (3, 2, 2))]
    assert layer_weights(layers, PARAMETERS) == {}
    found = layer_parameters(layers, PARAMETERS)["norm"]
    assert [array.shape for array in found] == [(1, 3, 1, 1)] * 4
    assert not any(array.flags.writeable for array in found)
    with pytest.raises(InputError, match=r"norm\.weight: is of shape \[2\], expected \[3\]"):
        layer_weights(layers, PARAMETERS | {"norm.weight": np.ones(2, np.float32)})
    with pytest.raises(InputError, match=r"norm\.running_var: the array is missing"):
        layer_weights(layers, {name: array for name, array in PARAMETERS.items() if name != "norm.running_var"})
