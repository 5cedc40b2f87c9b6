"""Recurrent layers that learn: gradients of whole networks against PyTorch, noise by step, records, what is handed back."""

from pathlib import Path

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.streams import Stream
from chipsim.training.layers import Cut, Pass
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.workload.data import DataSpec, load_data
from chipsim.workload.text import bits_per_character
from chipsim.workload.weights import Weights

from .small import RULE, network, reads, spec

ALICE = Path(__file__).parents[3] / "workloads" / "data" / "alice.txt"
KINDS = ["lstm", "gru"]
GATES = {"lstm": 4, "gru": 3}
PRODUCTS = {"lstm": 1, "gru": 2}
STEPS, FEATURES, HIDDEN, CLASSES = 5, 3, 4, 6


def layers(kind, **keys):
    out = {"type": "conv2d", "name": "out", "out_channels": CLASSES, "kernel": 1}
    return {"type": kind, "name": "cell", "hidden_size": HIDDEN} | keys, out


def sequences(count=3, seed=0, steps=STEPS):
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, FEATURES, steps, 1)).astype(np.float32)
    return x, random.integers(0, CLASSES, (count, steps))


def small(kind, *before, rule=None, how=None, seed=3, **keys):
    cell, out = layers(kind, **keys)
    return network(*before, cell, out, shape=(FEATURES, STEPS, 1), rule=rule, how=how, seed=seed)


def gradients(one, x, labels):
    """Gradients of the mean loss with respect to weights and biases as the workload stores them, by name."""
    found = {}
    for matrix, share in zip(one.matrices, one.shares(x, labels, 0).shares, strict=True):
        found[f"{matrix.name}.weight"] = -(share.x.T @ share.d).T
        found[f"{matrix.name}.bias"] = -share.d.reshape(-1, matrix.bias.size).sum(axis=0)
    return found


def pytorch_cell(torch, kind, weight, bias, features=FEATURES):
    """torch.nn.LSTM or GRU in float64 with stored weights."""
    model = getattr(torch.nn, kind.upper())(features, HIDDEN, batch_first=True).double()
    size, columns = weight.shape[1] - features, len(weight)
    biases = np.concatenate([bias, np.zeros(2 * columns - len(bias), np.float32)])
    arrays = (weight[:, :features], weight[:, features:], biases[:columns], biases[columns:])
    assert size == HIDDEN
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(torch.tensor(array))
    return model


def read_out(torch, weights):
    """Weight (classes, hidden) and bias of the last layer as leaves of PyTorch."""
    arrays = weights["out.weight"].reshape(CLASSES, HIDDEN), weights["out.bias"]
    return tuple(torch.tensor(array.astype(float), requires_grad=True) for array in arrays)


def gradient_of_cell(kind, model):
    weight_ih, weight_hh, bias_ih, bias_hh = (parameter.grad.numpy() for parameter in model.parameters())
    return np.hstack([weight_ih, weight_hh]), bias_ih if kind == "lstm" else np.concatenate([bias_ih, bias_hh])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last_only", [False, True])
def test_gradients_are_those_of_pytorch(kind, last_only):
    torch = pytest.importorskip("torch")
    one = small(kind, last_only=last_only)
    x, labels = sequences()
    labels = labels[:, -1] if last_only else labels
    weights = one.weights()
    model = pytorch_cell(torch, kind, weights["cell.weight"], weights["cell.bias"])
    weight, bias = read_out(torch, weights)
    hidden = model(torch.tensor(x[:, :, :, 0].astype(float)).transpose(1, 2))[0]
    hidden = hidden[:, -1:] if last_only else hidden
    outputs = torch.nn.functional.linear(hidden, weight, bias)
    loss = torch.nn.functional.cross_entropy(outputs.reshape(-1, CLASSES), torch.tensor(labels.reshape(-1)))
    loss.backward()
    result = one.shares(x, labels, 0)
    assert result.losses.mean() == pytest.approx(loss.item(), rel=1e-5)
    assert result.correct == int((outputs.argmax(-1).reshape(-1).numpy() == labels.reshape(-1)).sum())
    found, wanted = gradients(one, x, labels), gradient_of_cell(kind, model)
    for part, array in zip(("weight", "bias"), wanted, strict=True):
        assert found[f"cell.{part}"] == pytest.approx(array, rel=1e-4, abs=1e-7)
    assert found["out.weight"] == pytest.approx(weight.grad.numpy(), rel=1e-4, abs=1e-7)
    assert found["out.bias"] == pytest.approx(bias.grad.numpy(), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("below", KINDS)
def test_errors_handed_to_the_layer_below_are_those_of_pytorch(kind, below):
    torch = pytest.importorskip("torch")
    one = small(kind, {"type": below, "name": "below", "hidden_size": HIDDEN})
    x, labels = sequences()
    weights = one.weights()
    under = pytorch_cell(torch, below, weights["below.weight"], weights["below.bias"])
    over = pytorch_cell(torch, kind, weights["cell.weight"], weights["cell.bias"], features=HIDDEN)
    hidden = over(under(torch.tensor(x[:, :, :, 0].astype(float)).transpose(1, 2))[0])[0]
    weight, bias = read_out(torch, weights)
    outputs = torch.nn.functional.linear(hidden, weight, bias)
    torch.nn.functional.cross_entropy(outputs.reshape(-1, CLASSES), torch.tensor(labels.reshape(-1))).backward()
    found, wanted = gradients(one, x, labels), gradient_of_cell(below, under)
    assert found["below.weight"] == pytest.approx(wanted[0], rel=1e-3, abs=1e-7)
    assert found["below.bias"] == pytest.approx(wanted[1], rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_bias_there_is_none(kind):
    x, labels = sequences()
    one = small(kind, bias=False)
    assert "cell.bias" not in one.weights()
    assert one.step(x, labels, 0.1, 0).correct >= 0
    assert not any(name.startswith("cell.bias") for name in one.state())


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_gradient_descent_whatever_the_scale(kind):
    x, labels = sequences()
    for omega in (0.0, 0.5):
        one = Network(spec(*layers(kind), shape=(FEATURES, STEPS, 1)), None, Reads(), Stream(2), omega=omega)
        before, slope = one.weights(), gradients(one, x, labels)
        one.step(x, labels, 0.3, 0)
        for name, array in one.weights().items():
            change = (array - before[name]).reshape(slope[name].shape)
            assert change == pytest.approx(-0.3 * slope[name], abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_results_do_not_depend_on_how_samples_are_cut(kind):
    one = small(kind, rule=RULE, how=reads())
    x, labels = sequences(12)
    whole = one.outputs(x, moment=3)
    assert whole.shape == (12, STEPS, CLASSES)
    parts = np.concatenate([one.outputs(x[i:j], moment=3, first=i) for i, j in ((0, 1), (1, 7), (7, 12))])
    assert np.array_equal(whole, parts)
    assert not np.array_equal(whole, one.outputs(x, moment=4))
    assert np.array_equal(one.shares(x, labels, 10).losses[8:], one.shares(x[8:], labels[8:], 18).losses)
    assert not np.array_equal(one.shares(x, labels, 10).losses, one.shares(x, labels, 11).losses)


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_noise_of_its_own(kind):
    one = small(kind, rule=RULE, how=reads())
    cell = one.layers["cell"]
    cell.matrix.blocks[0].learner.weights[...] = 0  # results are noise, so the states of two steps differ only by it
    x = np.ones((1, FEATURES, STEPS, 1), np.float32)
    _, memo = cell.forward([x], Pass(0, 1))
    candidates = [kept[2] for kept in memo.kept]
    assert all(not np.array_equal(candidates[0], other) for other in candidates[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_has_a_product_for_every_step(kind):
    x, labels = sequences()
    one = small(kind, rule=RULE, how=reads())
    cell, out = one.step(x, labels, 0.1, 0, watch=True).work.arrays
    assert (cell.layer, cell.shape) == ("cell", (FEATURES + HIDDEN, GATES[kind] * HIDDEN))
    assert cell.cells.shape == cell.retries.shape == (3, STEPS * PRODUCTS[kind])
    assert cell.back_cells.shape == (3, STEPS - 1)  # the state alone, and nobody reads what was before the first step
    assert out.cells.shape == out.back_cells.shape == (3, STEPS)
    assert len(cell.updates) == 3
    assert (cell.cells[:, 0] > 0).all()
    stacked = small(kind, {"type": kind, "name": "below", "hidden_size": 2}, rule=RULE, how=reads())
    arrays = stacked.step(x, labels, 0.1, 0, watch=True).work.arrays
    assert [array.back_cells.shape for array in arrays[:2]] == [(3, STEPS - 1), (3, STEPS + (PRODUCTS[kind] - 1) * (STEPS - 1))]


def test_the_products_of_a_gru_are_in_turn_those_of_the_input_and_of_the_state():
    x, labels = sequences()
    work = small("gru", rule=RULE, how=reads()).step(x, labels, 0.1, 0, watch=True).work
    assert (work.arrays[0].cells[:, 1] == 0).all()  # the state before the first step is 0
    assert (work.arrays[0].cells[:, [0, 2, 3, 4, 5]] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_watched_step_moves_the_same_weights(kind):
    x, labels = sequences()
    one, two = (small(kind, rule=RULE, how=reads()) for _ in range(2))
    one.step(x, labels, 0.1, 0, watch=True)
    two.step(x, labels, 0.1, 0)
    for name, array in one.state().items():
        assert np.array_equal(array, two.state()[name])


@pytest.mark.parametrize("kind", KINDS)
def test_state_and_restore(kind):
    x, labels = sequences()
    one, two = (small(kind, rule=RULE, how=reads()) for _ in range(2))
    one.step(x, labels, 0.1, 0)
    two.restore(one.state())
    results = [each.step(x, labels, 0.1, 3) for each in (one, two)]
    assert np.array_equal(results[0].losses, results[1].losses)
    for name, array in one.state().items():
        assert np.array_equal(array, two.state()[name])


@pytest.mark.parametrize("kind", KINDS)
def test_starts_from_given_weights(kind):
    trained = small(kind, seed=1).weights()
    columns = GATES[kind] * HIDDEN
    start = {"cell": Weights(np.ascontiguousarray(trained["cell.weight"].T), trained["cell.bias"])}
    one = Network(spec(*layers(kind), shape=(FEATURES, STEPS, 1)), None, Reads(), Stream(9), start=start)
    assert np.array_equal(one.weights()["cell.weight"], trained["cell.weight"])
    assert np.array_equal(one.weights()["cell.bias"], trained["cell.bias"])
    short = {"cell": start["cell"]._replace(bias=np.zeros(columns - 1, np.float32))}
    with pytest.raises(InputError, match=rf"layer 'cell' starts from.*expected .* a bias \({PRODUCTS[kind] * columns},\)"):
        Network(spec(*layers(kind), shape=(FEATURES, STEPS, 1)), None, Reads(), Stream(9), start=short)


@pytest.mark.parametrize("kind", KINDS)
def test_begins_as_pytorch_does(kind):
    weight = network({"type": kind, "name": "cell", "hidden_size": 16}, shape=(30, 4, 1)).weights()["cell.weight"]
    assert 0.24 < np.abs(weight).max() <= 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_a_matrix_on_several_arrays_learns_the_same(kind):
    x, labels = sequences()
    columns = GATES[kind] * HIDDEN
    cuts = tuple(Cut(rows, span) for rows in ((0, 2), (2, 7)) for span in ((0, 5), (5, columns)))
    whole = Network(spec(*layers(kind), shape=(FEATURES, STEPS, 1)), None, Reads(), Stream(2))
    start = {"cell": Weights(whole.matrices[0].weights, whole.matrices[0].bias)}
    cut = Network(spec(*layers(kind), shape=(FEATURES, STEPS, 1)), None, Reads(), Stream(2), start=start, cuts={"cell": cuts})
    for one in (whole, cut):
        one.step(x, labels, 0.5, 0)
    for name, array in whole.weights().items():
        assert cut.weights()[name] == pytest.approx(array, abs=1e-6)


@pytest.mark.parametrize(("kind", "rate"), [("lstm", 8), ("gru", 4)])
def test_a_character_model_on_devices_learns_as_its_floating_point_twin_does(kind, rate):
    """2,400 windows of 16 characters, baseline devices of Gokmen & Vlasov 2016 and their converters, one pass."""
    cell, out = {"type": kind, "name": "cell", "hidden_size": 24}, {"type": "conv2d", "name": "out", "out_channels": 73, "kernel": 1}
    described = spec(cell, out, shape=(73, 16, 1))
    train, test = (load_data(ALICE, DataSpec(file=str(ALICE), split=split), described.input) for split in ("train", "test"))
    characters = np.bincount(train[1].reshape(-1), minlength=73) / train[1].size
    entropy = -np.log2(characters[test[1]]).mean()  # of single characters, with the shares of the training part
    bits = {}
    for name, rule, how in (("devices", RULE, reads(columns=128)), ("twin", None, Reads())):
        one = Network(described, rule, how, Stream(1))
        for first in range(0, 2400, 16):
            one.step(train[0][first : first + 16], train[1][first : first + 16], rate, first)
        bits[name] = bits_per_character(one.shares(test[0][:200], test[1][:200], 0).losses.mean())
    assert entropy == pytest.approx(4.6, abs=0.02)
    assert max(bits.values()) < entropy - 0.6
    assert bits["devices"] < bits["twin"] + 0.25


@pytest.mark.parametrize("keys", [{"frames": 5}, {"reads": [0, 2]}, {"backward": True}, {"first_state": True}])
def test_layers_that_read_several_positions_or_some_channels_do_not_learn(keys):
    with pytest.raises(InputError, match="a layer that learns here reads all channels, one position"):
        small("lstm", **keys)
