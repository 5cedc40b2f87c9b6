"""What is drawn has the stated spread, is the same for a seed, and is told apart from what is measured."""

import numpy as np
import pytest
import yaml

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.drawn import Random, drawn_inputs, drawn_weights
from chipsim.workload.layers import LSTM, Conv2d, Linear
from chipsim.workload.load import drawn_workload, load_workload

LAYERS = [
    (Conv2d(name="conv", out_channels=64, kernel=3), (64, 8, 8)),
    (Linear(name="fc", out_features=300, bias=False), (500, 1, 1)),
    (LSTM(name="lstm", hidden_size=90), (30, 5, 1)),
]


def described(**keys):
    block = {"name": "shape", "input": {"shape": [4, 1, 1]}, "layers": [{"type": "linear", "name": "fc", "out_features": 3}]}
    return block | {"random": {"seed": 3}} | keys


def test_weights_have_the_spread_of_their_initialisation_and_biases_are_zero():
    arrays = drawn_weights(Random(), LAYERS)
    assert sorted(arrays) == ["conv.bias", "conv.weight", "fc.weight", "lstm.bias", "lstm.weight"]
    for name, wanted in (("conv", 2 / 576), ("fc", 2 / 500), ("lstm", 2 / (120 + 360))):
        weight = arrays[f"{name}.weight"]
        assert weight.dtype == np.float32
        assert weight.var() == pytest.approx(wanted, rel=5 * (2 / weight.size) ** 0.5)
        assert abs(weight.mean()) < 5 * (wanted / weight.size) ** 0.5
    assert arrays["lstm.weight"].shape == (360, 120)
    assert not arrays["conv.bias"].any()
    assert not arrays["lstm.bias"].any()


def test_a_layer_more_changes_no_other_and_a_seed_changes_all():
    few, all_of_them, other = drawn_weights(Random(), LAYERS[:1]), drawn_weights(Random(), LAYERS), drawn_weights(Random(seed=1), LAYERS)
    assert np.array_equal(few["conv.weight"], all_of_them["conv.weight"])
    assert not np.array_equal(few["conv.weight"], other["conv.weight"])


def test_inputs_are_what_their_name_says():
    shape, count = (5, 40, 20), 10
    normal = drawn_inputs(Random(samples=count, inputs="normal"), shape)
    rectified = drawn_inputs(Random(samples=count), shape)
    one_hot = drawn_inputs(Random(samples=count, inputs="one_hot"), shape)
    assert {x.shape for x in (normal, rectified, one_hot)} == {(count, *shape)}
    assert normal.std() == pytest.approx(1, abs=0.02)
    assert np.array_equal(rectified, np.maximum(normal, 0))
    assert (one_hot.sum(axis=1) == 1).all()
    assert set(np.unique(one_hot)) == {0.0, 1.0}
    assert np.abs(one_hot.mean(axis=(0, 2, 3)) - 0.2).max() < 5 * (0.16 / 8000) ** 0.5


def test_what_is_named_is_read_and_what_is_not_is_drawn(residual):
    given = load_workload(residual)
    text = residual.read_text()
    residual.write_text(text.replace("weights: weights.npz", "random: {samples: 3}"))
    drawn = load_workload(residual)
    assert drawn.spec.drawn == "weights"
    assert np.array_equal(drawn.inputs, given.inputs)
    assert not np.array_equal(drawn.weights["fc"].matrix, given.weights["fc"].matrix)
    residual.write_text(text.replace("data: {file: data.npz}", "random: {samples: 3}"))
    drawn = load_workload(residual)
    assert drawn.spec.drawn == "inputs"
    assert drawn.inputs.shape == (3, 2, 6, 6)
    assert np.array_equal(drawn.weights["fc"].matrix, given.weights["fc"].matrix)
    residual.write_text(text + "random: {seed: 1}\n")
    assert load_workload(residual).spec.drawn == ""
    assert given.spec.drawn == ""


def test_a_file_and_python_draw_the_same(tmp_path):
    path = tmp_path / "shape.yaml"
    path.write_text(yaml.safe_dump(described()))
    one, two = load_workload(path), drawn_workload(from_plain(WorkloadSpec, described()))
    assert one.spec.drawn == two.spec.drawn == "weights and inputs"
    assert np.array_equal(one.inputs, two.inputs)
    assert np.array_equal(one.weights["fc"].matrix, two.weights["fc"].matrix)


@pytest.mark.parametrize("keys", [{"random": None}, {"weights": "w.npz"}, {"data": {"file": "d.npz"}}])
def test_python_draws_only_where_nothing_is_named(keys):
    with pytest.raises(InputError, match="expected `random` alone"):
        drawn_workload(from_plain(WorkloadSpec, described(**keys)))


def test_the_error_of_a_workload_without_weights_tells_of_the_way_out(tmp_path):
    path = tmp_path / "shape.yaml"
    path.write_text(yaml.safe_dump({name: value for name, value in described().items() if name != "random"}))
    with pytest.raises(InputError, match=r"or write 'random: \{seed: 0\}' to draw what is missing"):
        load_workload(path)
