"""Every digital layer in PyTorch against its own float reference."""

from typing import get_args

import numpy as np
import pytest
from builders import conv, linear, network
from layer_examples import ONE, layer

from chipsim.errors import InputError
from chipsim.workload.layers import DigitalLayer, Embedding
from chipsim.workload.layers.function import FunctionName
from chipsim.workload.layers.nonlinearity import ActivationName

torch = pytest.importorskip("torch")
from aware_networks import aware  # noqa: E402

from chipsim.aware.layers import TWINS, digital  # noqa: E402


def floats(net):
    """Outputs of both, of all images."""
    twin = aware(net)
    return twin.exact(torch.tensor(net.inputs)).detach().numpy(), net.forward(net.inputs)


def same(*layers, shape=(4, 6, 6)):
    mine, own = floats(network(list(shape), *layers))
    assert mine == pytest.approx(own, rel=1e-5, abs=1e-5 * float(abs(own).max()))


@pytest.mark.parametrize("name", ONE)
def test_a_layer_is_the_float_reference(name):
    same(*ONE[name])


@pytest.mark.parametrize("name", get_args(ActivationName))
def test_an_activation_is_the_float_reference(name):
    slope = {"slope": 0.3} if name == "leaky_relu" else {}
    same(linear("fc", 40, activation=name, **slope), layer("activation", function=name, **slope), shape=(6, 1, 1))


@pytest.mark.parametrize("name", get_args(FunctionName))
def test_a_function_is_the_float_reference(name):
    numbers = {"alpha": 1.5} if name in ("celu", "thresholded", "selu") else {}
    function = layer("function", function=name, **numbers)
    if name == "acosh":
        same(linear("fc", 40, activation="softplus"), layer("clip", low=1.1), function, shape=(6, 1, 1))
    else:
        same(linear("fc", 40, activation="sigmoid"), layer("scale"), layer("clip", low=-0.99, high=0.99), function, shape=(6, 1, 1))


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_the_float_reference(causal):
    three = [conv(name, 6, 1, inputs=["input"]) for name in "qkv"]
    same(*three, layer("attention", "q", "k", "v", head_size=3, causal=causal), shape=(4, 5, 1))


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(
    "keys", [{}, {"backward": True, "first_state": True}, {"last_only": True, "frames": 2, "reads": [1, 4]}], ids=str
)
def test_a_recurrent_layer_is_the_float_reference(kind, keys):
    same(layer(kind, hidden_size=5, **keys), shape=(4, 6, 1))


def test_an_embedding_is_the_float_reference():
    one = Embedding(name="e", inputs=("input",), tokens=5, features=3)
    table, tokens = np.arange(15, dtype=np.float32).reshape(5, 3), np.array([0, 4, 2, 2], np.float32).reshape(1, 1, 4, 1)
    own = one.forward(tokens, one.parameter(table))
    assert np.array_equal(digital(one, [torch.tensor(tokens)], [torch.tensor(table)]).numpy(), own)
    with pytest.raises(InputError, match="whole numbers from 0 to 4"):
        digital(one, [torch.full((1, 1, 4, 1), 5.0)], [torch.tensor(table)])


def test_every_digital_layer_of_the_package_has_a_twin():
    def members(cls):
        return {cls} | {one for sub in cls.__subclasses__() for one in members(sub)}

    ours = {cls for cls in members(DigitalLayer) if cls.type_name and cls.__module__.startswith("chipsim.workload.layers.")}
    assert {cls.type_name for cls in ours - set(TWINS)} <= {"onnx_operator"}  # which another library computes, without gradients


def test_a_layer_without_a_twin_is_named():
    class Odd(DigitalLayer, type="odd-for-a-test"):
        def output_shape(self, *shapes): ...
        def needs(self, y, x, shape): ...
        def compute_rows(self, inputs, y0, y1): ...

    try:
        with pytest.raises(InputError, match="layer 'strange' of type 'odd-for-a-test' has no twin"):
            digital(Odd(name="strange"), (), ())
    finally:
        DigitalLayer.members.pop("odd-for-a-test")
