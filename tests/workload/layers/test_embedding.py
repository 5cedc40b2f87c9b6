"""Embedding against PyTorch, what it is charged, which numbers are no tokens, and the timed run of one."""

import numpy as np
import pytest
from builders import NOISY, built, chip, conv, functional, linear, network
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import Embedding
from chipsim.workload.weights import layer_parameters, layer_weights


def table_of(layer, seed=0):
    stored = np.random.default_rng(seed).normal(size=(layer.tokens, layer.features)).astype(np.float32)
    ((parameter,),) = layer_parameters([(layer, (1, 3, 1))], {"e.weight": stored}).values()
    return stored, parameter


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 6), st.integers(1, 3))
def test_it_gives_the_numbers_of_pytorch(tokens, features, steps, width):
    torch = pytest.importorskip("torch")
    layer = Embedding(name="e", tokens=tokens, features=features)
    stored, parameter = table_of(layer)
    numbers = np.random.default_rng(1).integers(0, tokens, (2, steps, width))
    found = layer.forward(numbers[:, None].astype(np.float32), parameter)
    wanted = torch.nn.Embedding.from_pretrained(torch.from_numpy(stored))(torch.from_numpy(numbers)).numpy()
    assert layer.output_shape((1, steps, width)) == found.shape[1:] == (features, steps, width)
    assert np.array_equal(found.transpose(0, 2, 3, 1), wanted)


def test_a_row_is_made_of_its_own_token():
    layer = Embedding(name="e", tokens=5, features=3)
    _, parameter = table_of(layer)
    x = np.array([0, 4, 2, 1], np.float32).reshape(1, 1, 4, 1)
    known = x.copy()
    known[:, :, [0, 1, 3]] = np.nan  # what has not come yet, or is not kept any more
    assert layer.needs(2, 0, (1, 4, 1)) == ((2, 0), (2, 0))
    assert np.array_equal(layer.compute_rows([known, parameter], 2, 3), layer.forward(x, parameter)[:, :, 2:3])


@pytest.mark.parametrize("wrong", [-1, 5, 0.5, np.nan, np.inf, 2**25])
def test_what_is_no_token_is_told(wrong):
    layer = Embedding(name="e", tokens=5, features=3)
    x = np.array([[0, wrong]], np.float32).reshape(1, 1, 2, 1)
    with pytest.raises(InputError, match=r"Embedding.tokens: layer 'e' reads \S+; expected whole numbers from 0 to 4"):
        layer.forward(x, table_of(layer)[1])


def test_more_than_one_number_at_a_position_is_no_token():
    with pytest.raises(InputError, match=r"reads \[2, 4, 1\]; expected one number at each position"):
        Embedding(name="e", tokens=5, features=3).output_shape((2, 4, 1))


def test_a_table_of_another_shape_is_told():
    layer = Embedding(name="e", tokens=5, features=3)
    with pytest.raises(InputError, match=r"e.weight: is of shape \[3, 5\], expected \[5, 3\] \(it is transposed\)"):
        layer_weights([(layer, (1, 4, 1))], {"e.weight": np.zeros((3, 5), np.float32)})


def test_cost():
    layer = Embedding(name="e", tokens=100, features=7)
    assert layer.operations(7) == {}
    assert layer.fetched(0, 7, [(1, 4, 1)]) == 8  # the token and its row
    assert layer.looked_up((1, 4, 1)) == 28  # of 700


@pytest.mark.parametrize("token", ["row", "vector"])
def test_the_timed_run_computes_what_the_functional_pass_computes(token):
    table = {"type": "embedding", "name": "e", "tokens": 6, "features": 8}
    tiny = network([1, 4, 1], table, conv("c", 5, 1), linear("fc", 3), images=[0, 1, 2, 3, 4, 5], tokens=6)
    ready = built(tiny, chip(array=NOISY, mesh=(6, 6)), token=token, stream=3)
    run = ready.run()
    expected = functional(ready.network, range(3))
    assert all(np.array_equal(run.outputs[s], expected[s]) for s in range(3))
    assert np.ptp([run.outputs[s] for s in range(3)]) > 0
