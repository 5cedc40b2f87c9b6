"""What the recurrent layers share: shapes, states from step to step, what is refused; PyTorch's own in the tests of each."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.layers import GRU, LSTM, RNN
from chipsim.workload.layers.recurrent import image_of, steps_of

KINDS = [LSTM, GRU, RNN]


def case(kind, steps=6, features=3, hidden=4, batch=2, **keys):
    layer = kind(name="a", hidden_size=hidden, **keys)
    random = np.random.default_rng(4)
    shape = (features, steps, 1)
    weights = random.normal(size=layer.matrix_shape(shape)).astype(np.float32)
    bias = random.normal(size=layer.biases(shape)).astype(np.float32)
    return layer, random.normal(size=(batch, *shape)).astype(np.float32), weights, bias


@pytest.mark.parametrize("kind", KINDS)
def test_last_only_is_the_last_step(kind):
    layer, x, weights, bias = case(kind)
    whole = layer.forward(x, weights, bias)
    last = layer.having(last_only=True).forward(x, weights, bias)
    assert (whole.shape, last.shape) == ((2, 4, 6, 1), (2, 4, 1, 1))
    np.testing.assert_array_equal(whole[:, :, -1:], last)


@pytest.mark.parametrize("kind", KINDS)
def test_backward_reads_the_sequence_from_its_end(kind):
    """What a step gives stands in its place; the last one taken is the first of the sequence."""
    layer, x, weights, bias = case(kind)
    turned = np.ascontiguousarray(x[:, :, ::-1])
    back = layer.having(backward=True)
    np.testing.assert_array_equal(back.forward(x, weights, bias)[:, :, ::-1], layer.forward(turned, weights, bias))
    last = back.having(last_only=True).forward(x, weights, bias)
    np.testing.assert_array_equal(last, back.forward(x, weights, bias)[:, :, :1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_state_is_where_a_sequence_goes_on(kind):
    """Of an Elman network and a GRU, whose state is what they give: from the state after three steps, the others are the same."""
    layer, x, weights, bias = case(kind)
    whole = layer.forward(x[:1], weights, bias)
    state = np.zeros((1, layer.states, 4, 1), np.float32)
    np.testing.assert_array_equal(layer.forward(x[:1], weights, bias, state), whole)
    state[:, 0, :, 0] = whole[:, :, 2, 0]
    rest = layer.forward(x[:1, :, 3:], weights, bias, state)
    assert (layer.states > 1) != np.allclose(rest, whole[:, :, 3:], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_begins_anew_in_every_sample_and_goes_on_within_it(kind):
    layer, x, weights, bias = case(kind, batch=3)
    whole = layer.forward(x, weights, bias)
    np.testing.assert_allclose(layer.forward(x[1:2], weights, bias)[0], whole[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.forward(x[:, :, :3], weights, bias), whole[:, :, :3], rtol=1e-5, atol=1e-6)
    assert not np.allclose(layer.forward(x[:, :, 3:], weights, bias), whole[:, :, 3:], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_the_input_stand_above_those_of_the_state(kind):
    x, h = np.ones((2, 3), np.float32), np.full((2, 4), 2, np.float32)
    vectors = kind(name="a", hidden_size=4).vectors(x, h)
    assert vectors.shape == (2, kind.products, 7)
    np.testing.assert_array_equal(vectors.sum(axis=1), np.concatenate([x, h], axis=1))


@pytest.mark.parametrize(("kind", "gates", "biases"), [(LSTM, 4, 4), (GRU, 3, 6), (RNN, 1, 1)])
def test_shapes_and_macs(kind, gates, biases):
    layer = kind(name="a", hidden_size=5)
    assert layer.matrix_shape((7, 9, 1)) == (12, gates * 5)
    assert layer.weight_shape((7, 9, 1)) == (gates * 5, 12)
    assert layer.biases((7, 9, 1)) == biases * 5
    assert layer.macs((7, 9, 1)) == layer.having(last_only=True).macs((7, 9, 1)) == 9 * 12 * gates * 5
    assert layer.needs(4, 0, (7, 9, 1)) == ((0, 0), (4, 0))
    assert layer.having(last_only=True).needs(0, 0, (7, 9, 1)) == ((0, 0), (8, 0))
    assert layer.having(backward=True).needs(4, 0, (7, 9, 1)) == ((4, 0), (8, 0))
    assert layer.having(backward=True, frames=3).needs(1, 0, (7, 9, 1)) == ((3, 0), (8, 0))
    assert layer.having(backward=True, last_only=True).needs(0, 0, (7, 9, 1)) == ((0, 0), (8, 0))
    weight = np.arange(12 * gates * 5, dtype=np.float64).reshape(gates * 5, 12)
    np.testing.assert_array_equal(layer.matrix(weight), weight.T)


@pytest.mark.parametrize("kind", KINDS)
def test_images_that_are_no_sequence_are_refused(kind):
    with pytest.raises(InputError, match=r"inputs: layer 'a' reads \[1, 28, 28\]; expected \[features, steps, 1\]"):
        kind(name="a", hidden_size=2).output_shape((1, 28, 28))
    with pytest.raises(InputError, match=r"hidden_size: .*greater than or equal to 1, got 0"):
        kind(name="a", hidden_size=0)


def test_steps_and_images_are_each_others_inverse():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4, 1)
    np.testing.assert_array_equal(steps_of(x)[2], x[:, :, 2, 0])
    np.testing.assert_array_equal(image_of(list(steps_of(x))), x)


@pytest.mark.parametrize(("kind", "functions"), [(LSTM, 5), (GRU, 3), (RNN, 1)])
def test_gates_of_a_number_lie_side_by_side_on_arrays(kind, functions):
    layer = kind(name="a", hidden_size=7)
    order = layer.on_array
    assert sorted(order) == list(range(7 * layer.gates))
    assert [number % 7 for number in order] == [number for number in range(7) for _ in range(layer.gates)]
    by_gate = np.arange(7 * layer.gates, dtype=np.float32)[None]
    np.testing.assert_array_equal(layer.by_gate(by_gate[:, order]), by_gate)
    operations = layer.operations(7)
    assert operations.get("sigmoid", 0) + operations["tanh"] == functions * 7


@pytest.mark.parametrize("kind", KINDS)
def test_some_numbers_of_the_state_are_those_of_the_whole(kind):
    """The cell of a column block, which has all gates of its numbers, gives the same bits as that of the whole layer."""
    layer = kind(name="a", hidden_size=6)
    random = np.random.default_rng(2)
    sums = random.normal(size=(3, layer.products, 6 * layer.gates)).astype(np.float32)
    state = tuple(random.normal(size=(3, 6)).astype(np.float32) for _ in range(layer.states))
    whole = layer.cell(sums, state).state
    apart = sums.reshape(3, layer.products, layer.gates, 6)[..., 2:5].reshape(3, layer.products, -1)
    part = layer.cell(apart, tuple(s[:, 2:5] for s in state)).state
    for one, other in zip(whole, part, strict=True):
        np.testing.assert_array_equal(one[:, 2:5], other)
