"""The contract of layers, run over every member that the package registers."""

import inspect

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.workload.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Add,
    Attention,
    AveragePool,
    BatchNorm,
    Clip,
    Concat,
    Conv2d,
    Cut,
    DigitalLayer,
    Flatten,
    Function,
    Gain,
    Layer,
    LayerNorm,
    Linear,
    LocalResponseNorm,
    MatrixLayer,
    Maximum,
    MaxPool,
    Minimum,
    Multiply,
    Offset,
    Operator,
    Pad,
    PReLU,
    Product,
    Rearrange,
    Recurrent,
    Reduce,
    Scale,
    Softmax,
    Subtract,
    ViewLayer,
    WeightedLayer,
)

EXAMPLES = [
    (Linear(name="a", out_features=3, activation="tanh"), [(2, 3, 4)]),
    (Linear(name="a", out_features=2), [(7, 1, 1)]),
    (Conv2d(name="a", out_channels=3, kernel=3, padding=1), [(2, 5, 6)]),
    (Conv2d(name="a", out_channels=2, kernel=(2, 3), stride=(3, 2), padding=(1, 0), bias=False), [(3, 7, 6)]),
    (MaxPool(name="a", kernel=2), [(2, 5, 6)]),
    (MaxPool(name="a", kernel=3, stride=2, padding=1), [(2, 6, 5)]),
    (AveragePool(name="a", kernel=(3, 2), stride=1, padding=(1, 1)), [(2, 5, 4)]),
    (AveragePool(name="a", kernel=2, stride=3), [(3, 5, 8)]),
    (Conv2d(name="a", out_channels=4, kernel=(3, 2), padding=(0, 1, 2, 0), dilation=(2, 1), groups=2), [(6, 6, 4)]),
    (Conv2d(name="a", out_channels=3, kernel=(3, 1), padding=(1, 0), groups=3, stride=(2, 1)), [(3, 7, 1)]),
    (MaxPool(name="a", kernel=3, stride=2, padding=(1, 0, 0, 1), ceil=True, dilation=2), [(2, 8, 7)]),
    (AveragePool(name="a", kernel=3, stride=2, padding=1, ceil=True, count_padding=False), [(2, 6, 5)]),
    (Activation(name="a", function="leaky_relu"), [(2, 3, 4)]),
    (Clip(name="a", low=-0.3, high=3.2), [(2, 3, 4)]),
    (Softmax(name="a"), [(5, 3, 2)]),
    (Softmax(name="a", log=True), [(4, 1, 3)]),
    (Concat(name="a", inputs=("b", "c")), [(2, 3, 4), (3, 3, 4)]),
    (Cut(name="a", channels=(1, 5, 2), rows=(1, 3), columns=(0, 4, 3)), [(6, 4, 5)]),
    (Pad(name="a", padding=(1, 0, 2, 1), value=-0.5), [(2, 3, 4)]),
    (Reduce(name="a", function="mean"), [(4, 3, 2)]),
    (Subtract(name="a", inputs=("b", "c")), [(2, 3, 4)] * 2),
    (Multiply(name="a", inputs=("b", "c")), [(2, 3, 4)] * 2),
    (Multiply(name="a", inputs=("b", "c")), [(3, 2, 4), (3, 1, 1)]),
    (Scale(name="a"), [(3, 2, 4)]),
    (Offset(name="a"), [(3, 2, 4)]),
    (Add(name="a", inputs=("b", "c")), [(2, 3, 4)] * 2),
    (Add(name="a", inputs=("b", "c", "d")), [(3, 2, 2)] * 3),
    (Attention(name="a", inputs=("b", "c", "d"), head_size=2), [(6, 5, 1)] * 3),
    (Attention(name="a", inputs=("b", "c", "d")), [(3, 2, 1), (3, 4, 1), (3, 4, 1)]),
    (Attention(name="a", inputs=("b", "c", "d"), head_size=3, causal=True), [(6, 4, 1)] * 3),
    (Attention(name="a", inputs=("b", "c", "d"), head_size=4), [(4, 2, 3)] * 3),
    (LayerNorm(name="a"), [(5, 3, 2)]),
    (LayerNorm(name="a", affine=False), [(4, 3, 1)]),
    (BatchNorm(name="a"), [(3, 2, 4)]),
    (BatchNorm(name="a", affine=False), [(3, 2, 2)]),
    (Flatten(name="a"), [(2, 3, 4)]),
    (Function(name="a", function="selu", alpha=1.5, gamma=0.7), [(2, 3, 4)]),
    (Gain(name="a"), [(2, 3, 4)]),
    (LocalResponseNorm(name="a", size=3, alpha=0.5), [(5, 3, 2)]),
    (Maximum(name="a", inputs=("b", "c")), [(2, 3, 4)] * 2),
    (Minimum(name="a", inputs=("b", "c", "d")), [(2, 3, 4)] * 3),
    (PReLU(name="a"), [(3, 2, 4)]),
    (PReLU(name="a", each_place=True), [(3, 2, 4)]),
    (Product(name="a", inputs=("b", "c"), groups=2, factor=0.5), [(6, 3, 2), (6, 4, 1)]),
    (Product(name="a", inputs=("b", "c"), along="positions"), [(5, 3, 2), (4, 5, 1)]),
    (Rearrange(name="a", sizes=(2, 2, 3, 5), order=(2, 0, 3, 1), shape=(1, 6, 10)), [(4, 3, 5)]),
    (Rearrange(name="a", sizes=(2, 3, 4), order=(0, 1, 2, 3), shape=(2, 3, 8), repeats=(2,)), [(2, 3, 4)]),
    (Operator(name="a", node="y0 = ReduceSum (x0, c1)", opset=17, tensors=((1, 2, 3, 4),), shape=(2, 1, 1),
              constants=({"name": "c1", "kind": "int64", "shape": (2,), "values": (2, 3)},)), [(2, 3, 4)]),
    (LSTM(name="a", hidden_size=3), [(2, 4, 1)]),
    (LSTM(name="a", hidden_size=2, last_only=True, bias=False), [(3, 5, 1)]),
    (LSTM(name="a", hidden_size=2, frames=3, reads=(1, 3)), [(4, 6, 1)]),
    (GRU(name="a", hidden_size=3), [(2, 4, 1)]),
    (GRU(name="a", hidden_size=2, last_only=True, bias=False), [(3, 5, 1)]),
    (RNN(name="a", hidden_size=3, function="relu"), [(2, 4, 1)]),
    (RNN(name="a", hidden_size=2, backward=True, frames=2), [(2, 4, 1)]),
]
SEVERAL = ("add", "attention", "concat", "maximum", "minimum", "multiply", "product", "subtract")  # types that read more than one layer
MOVES = ("concat", "slice", "pad", "rearrange")  # types that compute nothing
MATRIX = [case for case in EXAMPLES if isinstance(case[0], MatrixLayer)]
DIGITAL = [case for case in EXAMPLES if isinstance(case[0], DigitalLayer)]


def images(shapes, batch=2, seed=3):
    random = np.random.default_rng(seed)
    return [random.uniform(-1, 1, (batch, *shape)).astype(np.float32) for shape in shapes]


def parameters(layer, shape):
    """Numbers between 0.5 and 1.5 for each parameter of a digital layer."""
    if not isinstance(layer, DigitalLayer):
        return []
    random = np.random.default_rng(7)
    return [_spread(random.uniform(0.5, 1.5, layer.parameter_shape(shape))) for _ in layer.parameters]


def _spread(array):
    return array.astype(np.float32).reshape(1, *array.shape, *[1] * (3 - array.ndim))


def run(layer, inputs):
    if not isinstance(layer, WeightedLayer):
        return layer.forward(*inputs, *parameters(layer, inputs[0].shape[1:]))
    rows, columns = layer.matrix_shape(inputs[0].shape[1:])
    weights = np.random.default_rng(5).uniform(0.5, 1, (rows, columns)).astype(np.float32) / rows
    return layer.forward(inputs[0], weights, np.zeros(layer.biases(inputs[0].shape[1:]), np.float32) if layer.bias else None)


def needed_rows(layer, y0, y1, shapes, number=0):
    """First row of an input and one past the last that output rows y0 to y1 - 1 depend on."""
    width = layer.output_shape(*shapes)[2]
    spans = [layer.needs_of(number, y, x, shapes[number]) for y in range(y0, y1) for x in range(width)]
    return min(first[0] for first, _ in spans), max(last[0] for _, last in spans) + 1


def test_every_member_of_the_package_has_an_example_here():
    shipped = {kind for kind, member in Layer.members.items() if member.__module__.startswith("chipsim.")}
    apart = {"embedding"}  # reads whole numbers, which the images of these tests are not: test_embedding.py
    assert shipped - apart == {layer.type_name for layer, _ in EXAMPLES}


def test_every_class_is_abstract_or_final():
    for member in Layer.members.values():
        assert not inspect.isabstract(member)
        assert getattr(member, "__final__", False)
    for root in (Layer, WeightedLayer, MatrixLayer, Recurrent, DigitalLayer, ViewLayer):
        with pytest.raises(TypeError, match="abstract"):
            root(name="a")


@pytest.mark.parametrize(("layer", "shapes"), EXAMPLES)
def test_forward_has_the_announced_shape(layer, shapes):
    output = run(layer, images(shapes))
    assert output.shape == (2, *layer.output_shape(*shapes))
    assert output.dtype == np.float32
    assert output.flags.c_contiguous


@pytest.mark.parametrize(("layer", "shapes"), [case for case in EXAMPLES if not case[0].is_view])
def test_needs_against_brute_force(layer, shapes):
    """Change one input position after the other and see which outputs change."""
    inputs = images(shapes)
    before = run(layer, inputs)
    for number, (_, height, width) in enumerate(shapes):
        touched = {}
        for y in range(height):
            for x in range(width):
                changed = [values.copy() for values in inputs]
                changed[number][:, :, y, x] += np.linspace(2, 4, shapes[number][0], dtype=np.float32)
                for out in zip(*np.nonzero((run(layer, changed) != before).any(axis=(0, 1))), strict=True):
                    touched.setdefault((int(out[0]), int(out[1])), []).append((y, x))
        for y in range(before.shape[2]):
            for x in range(before.shape[3]):
                if number < 2 and layer.type_name == "attention" and layer.needs_of(1, y, x, shapes[1]) == ((0, 0), (0, 0)):
                    continue  # a single key has the weight 1, whatever it and the query are
                if layer.type_name in ("pad", "minimum") and (y, x) not in touched:
                    continue  # the margin, which reads nothing; what was not the smallest before either
                assert layer.needs_of(number, y, x, shapes[number]) == (touched[y, x][0], touched[y, x][-1])


@pytest.mark.parametrize(("layer", "shapes"), MATRIX)
def test_patches_by_rows_are_the_whole_and_read_only_what_they_need(layer, shapes):
    (x,) = images(shapes)
    _, height, width = layer.output_shape(*shapes)
    whole = layer.patches(x, 0, height)
    assert whole.shape == (2, height, width, layer.matrix_shape(shapes[0])[0])
    for y0 in range(height):
        for y1 in range(y0 + 1, height + 1):
            first, last = needed_rows(layer, y0, y1, shapes)
            poisoned = np.full_like(x, np.nan)
            poisoned[:, :, first:last] = x[:, :, first:last]
            assert layer.patches(poisoned, y0, y1).tobytes() == np.ascontiguousarray(whole[:, y0:y1]).tobytes()


@pytest.mark.parametrize(("layer", "shapes"), DIGITAL)
def test_computed_rows_are_the_whole_and_read_only_what_they_need(layer, shapes):
    inputs, trained = images(shapes), parameters(layer, shapes[0])
    whole = layer.forward(*inputs, *trained)
    for y0 in range(whole.shape[2]):
        for y1 in range(y0 + 1, whole.shape[2] + 1):
            poisoned = [np.full_like(x, np.nan) for x in inputs]
            for number, (values, x) in enumerate(zip(poisoned, inputs, strict=True)):
                first, last = needed_rows(layer, y0, y1, shapes, number)
                values[:, :, first:last] = x[:, :, first:last]
            assert layer.compute_rows([*poisoned, *trained], y0, y1).tobytes() == np.ascontiguousarray(whole[:, :, y0:y1]).tobytes()


@pytest.mark.parametrize(("layer", "shapes"), DIGITAL)
def test_bits_do_not_depend_on_batch_or_channel_slices(layer, shapes):
    inputs, trained = images(shapes, batch=9), parameters(layer, shapes[0])
    whole, grain = layer.forward(*inputs, *trained), layer.grain(shapes[0][0])
    for batch in (slice(0, 1), slice(3, 8)):
        for channel in (slice(None), slice(grain, 2 * grain) if 2 * grain <= shapes[0][0] else slice(None)):
            part = layer.forward(*[x[batch, channel] for x in inputs], *[x[:, channel] for x in trained])
            assert part.tobytes() == np.ascontiguousarray(whole[batch, channel]).tobytes()


@pytest.mark.parametrize(("layer", "shapes"), DIGITAL)
def test_operations_are_proportional_to_the_channels(layer, shapes):
    grain = layer.grain(shapes[0][0])
    if layer.regroups or grain == shapes[0][0] > 1:
        pytest.skip("all channels belong together")
    one, five = (layer.operations_at(0, n * grain, shapes) for n in (1, 5))
    assert one or layer.type_name in MOVES
    assert all(count >= 0 for count in one.values())
    assert five == {name: 5 * count for name, count in one.items()}


@pytest.mark.parametrize(("layer", "shapes"), MATRIX)
def test_weight_shape_matrix_shape_and_macs_agree(layer, shapes):
    rows, columns = layer.matrix_shape(shapes[0])
    weight = np.random.default_rng(0).uniform(1, 2, size=layer.weight_shape(shapes[0])).astype(np.float32)
    matrix = layer.matrix(weight)
    assert matrix.shape == (rows, columns)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert sorted(matrix[matrix != 0]) == sorted(weight.ravel())
    assert layer.filled(shapes[0], (0, rows), (0, columns)) == weight.size
    _, height, width = layer.output_shape(*shapes)
    assert layer.macs(shapes[0]) == weight.size * height * width


@pytest.mark.parametrize(("layer", "shapes"), MATRIX)
def test_the_product_over_patches_is_the_forward_pass(layer, shapes):
    (x,) = images(shapes)
    _, columns = layer.matrix_shape(shapes[0])
    weights = layer.matrix(np.random.default_rng(0).normal(size=layer.weight_shape(shapes[0])).astype(np.float32))
    bias = np.random.default_rng(1).normal(size=columns).astype(np.float32)
    _, height, _ = layer.output_shape(*shapes)
    vectors = layer.patches(x, 0, height).astype(float) @ weights.astype(float) + bias
    wanted = layer.activate(vectors.astype(np.float32)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(layer.forward(x, weights, bias), wanted, rtol=1e-5, atol=1e-5)
    without = layer.activate((vectors - bias).astype(np.float32)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(layer.forward(x, weights, None), without, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("layer", "shapes"), EXAMPLES)
def test_description_is_its_yaml(layer, shapes):
    assert from_plain(Layer, layer.plain()) == layer


@pytest.mark.parametrize("layer", [layer for layer, _ in EXAMPLES if layer.type_name not in SEVERAL])
def test_two_inputs_are_refused_where_one_is_read(layer):
    with pytest.raises(InputError, match=r"inputs: layer 'a' reads 2 layers, expected one"):
        layer.output_shape((2, 3, 4), (2, 3, 4))


@pytest.mark.parametrize("name", ["input", "a b", "", "-a", "a/b", "é"])
def test_odd_names_are_refused(name):
    with pytest.raises(InputError, match="name"):
        Flatten(name=name)


def test_names_of_nested_modules_are_accepted():
    assert Flatten(name="layer1.0.conv-1_b").name == "layer1.0.conv-1_b"


def test_unknown_types_and_activations_are_named():
    with pytest.raises(InputError, match=r"unknown layer type 'con2d' \(did you mean 'conv2d'\?\)"):
        from_plain(Layer, {"type": "con2d", "name": "a"})
    with pytest.raises(InputError, match=r"activation: should be .*'leaky_relu'.*got 'rleu'"):
        from_plain(Layer, {"type": "linear", "name": "a", "out_features": 3, "activation": "rleu"})


def test_a_slope_that_nothing_uses_is_refused():
    with pytest.raises(InputError, match=r"slope 0\.2 is given, but the activation is relu"):
        Linear(name="a", out_features=1, activation="relu", slope=0.2)
    layer = Linear(name="a", out_features=2, activation="leaky_relu", slope=0.5)
    np.testing.assert_array_equal(layer.activate(np.float32([[-2, 2]])), np.float32([[-1, 2]]))
