"""Attention against PyTorch, and what it is charged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import Attention

READ = ("q", "k", "v")


def drawn(shape, count=3, seed=0, batch=2):
    random = np.random.default_rng(seed)
    return [random.normal(size=(batch, *shape)).astype(np.float32) for _ in range(count)]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.sampled_from([1, 2, 5, 16]), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_agrees_with_pytorch(heads, size, steps, keys, causal):
    torch = pytest.importorskip("torch")
    keys = steps if causal else keys
    layer = Attention(name="a", inputs=READ, head_size=size, causal=causal)
    (q,), (k, v) = drawn((heads * size, steps, 1), 1), drawn((heads * size, keys, 1), 2, seed=1)
    split = [torch.from_numpy(x[..., 0]).double().reshape(2, heads, size, -1).transpose(2, 3) for x in (q, k, v)]
    wanted = torch.nn.functional.scaled_dot_product_attention(*split, is_causal=causal)
    wanted = wanted.transpose(2, 3).reshape(2, heads * size, steps, 1).numpy()
    np.testing.assert_allclose(layer.forward(q, k, v), wanted, rtol=1e-5, atol=2e-6)


def test_many_steps_keep_their_bits_row_by_row():
    """More rows than one block of the kernel, with a head of the size of BERT's."""
    layer = Attention(name="a", inputs=READ, head_size=64)
    inputs = drawn((64, 300, 1), batch=1)
    whole = layer.forward(*inputs)
    for y in (0, 1, 130, 255, 256, 299):
        assert layer.compute_rows(inputs, y, y + 1).tobytes() == np.ascontiguousarray(whole[:, :, y : y + 1]).tobytes()


def test_equal_keys_give_the_mean_of_the_values():
    layer = Attention(name="a", inputs=READ)
    q, _, v = drawn((4, 6, 1))
    mean = layer.forward(q, np.ones_like(v), v)
    np.testing.assert_allclose(mean, np.broadcast_to(v.mean(axis=2, keepdims=True), mean.shape), rtol=1e-5, atol=1e-6)


def test_large_scores_do_not_overflow():
    layer = Attention(name="a", inputs=READ)
    q, k, v = (100 * x for x in drawn((4, 6, 1)))
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(layer.forward(q, k, v)).all()


@pytest.mark.parametrize("causal", [False, True])
def test_tokens_in_rows_are_the_same_sequence(causal):
    layer = Attention(name="a", inputs=READ, head_size=2, causal=causal)
    inputs = drawn((6, 12, 1))
    rows = layer.forward(*[x.reshape(2, 6, 3, 4) for x in inputs])
    assert rows.reshape(2, 6, 12, 1).tobytes() == layer.forward(*inputs).tobytes()
    assert layer.compute_rows([x.reshape(2, 6, 3, 4) for x in inputs], 1, 2).tobytes() == np.ascontiguousarray(rows[:, :, 1:2]).tobytes()


def test_a_causal_row_pays_for_the_mean_of_its_tokens():
    layer = Attention(name="a", inputs=READ, causal=True)
    in_rows = [layer.operations_at(y, 8, [(8, 3, 5)] * 3)["mac"] for y in range(3)]
    in_column = [layer.operations_at(y, 8, [(8, 15, 1)] * 3)["mac"] for y in range(15)]
    assert 5 * sum(in_rows) == sum(in_column)
    assert [layer.needs_of(2, y, 1, (8, 3, 5))[1] for y in (0, 2)] == [(0, 1), (2, 4)]


def test_operations_of_two_heads_of_eight_over_ten_steps():
    layer = Attention(name="a", inputs=READ, head_size=8)
    counts = layer.operations_at(3, 16, [(32, 10, 1)] * 3)
    assert counts == {"multiply": 32, "mac": 320, "max": 18, "add": 38, "exponential": 20, "reciprocal": 2}
    assert layer.fetched(3, 16, [(32, 10, 1)] * 3) == 16 + 2 * 160


def test_a_causal_mask_pays_for_the_steps_it_shows():
    layer = Attention(name="a", inputs=READ, head_size=8, causal=True)
    assert [layer.operations_at(y, 8, [(8, 10, 1)] * 3)["mac"] for y in (0, 1, 9)] == [16, 32, 160]
    assert layer.needs_of(1, 4, 0, (8, 10, 1)) == ((0, 0), (4, 0))


@pytest.mark.parametrize(
    ("keys", "shapes", "message"),
    [
        ({}, [(4, 5, 1)], r"inputs: layer 'a' reads 1 layers, expected three"),
        ({}, [(4, 5, 1), (6, 5, 1), (6, 5, 1)], r"inputs: layer 'a' reads \[4, 5, 1\].*of equal features"),
        ({}, [(4, 5, 1), (4, 6, 1), (4, 5, 1)], r"inputs: layer 'a' reads .*keys as many as values"),
        ({"head_size": 3}, [(4, 5, 1)] * 3, r"head_size: layer 'a' cuts 4 features into heads of 3"),
        ({"causal": True}, [(4, 5, 1), (4, 6, 1), (4, 6, 1)], r"causal: layer 'a' has queries \[4, 5, 1\] and keys \[4, 6, 1\]"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(keys, shapes, message):
    with pytest.raises(InputError, match=message):
        Attention(name="a", inputs=READ, **keys).output_shape(*shapes)
