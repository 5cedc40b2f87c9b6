"""The ONNX file of every layer that has a twin, in onnxruntime: its batch is free."""

from typing import get_args

import numpy as np
import pytest
from builders import conv, linear, network
from layer_examples import ONE, layer

from chipsim.workload.from_torch import from_torch
from chipsim.workload.layers import DigitalLayer, Recurrent, ViewLayer, WeightedLayer
from chipsim.workload.layers.function import FunctionName
from chipsim.workload.layers.nonlinearity import ActivationName

torch = pytest.importorskip("torch")
runtime = pytest.importorskip("onnxruntime")
from aware_networks import aware  # noqa: E402

from chipsim.aware.export import write_onnx  # noqa: E402
from chipsim.aware.layers import TWINS  # noqa: E402

THREE = [conv(name, 6, 1, inputs=["input"]) for name in "qkv"]
FRAMES = {"last_only": True, "frames": 2, "reads": [1, 4]}
STACKS = {
    **{name: ([4, 6, 6], layers) for name, layers in ONE.items()},
    "linear": ([4, 1, 1], [linear("fc", 3, activation="relu")]),
    "linear of images": ([4, 6, 6], [linear("fc", 3)]),
    **{f"activation {name}": ([6, 1, 1], [linear("fc", 9), layer("activation", function=name)]) for name in get_args(ActivationName)},
    "attention": ([4, 5, 2], [*THREE, layer("attention", "q", "k", "v", head_size=3)]),
    "attention, causal": ([4, 5, 1], [*THREE, layer("attention", "q", "k", "v", causal=True)]),
    "embedding": ([1, 4, 1], [layer("embedding", tokens=5, features=3), linear("fc", 2)]),
    **{f"{kind}{', backward' if back else ''}": ([4, 6, 1], [layer(kind, hidden_size=5, backward=back)])
       for kind in ("lstm", "gru", "rnn") for back in (False, True)},
    **{f"{kind} of frames": ([4, 6, 1], [layer(kind, hidden_size=5, **FRAMES)]) for kind in ("lstm", "gru", "rnn")},
    **{f"{kind} with states": ([4, 6, 1], [layer(kind, hidden_size=5, first_state=True, backward=True)])
       for kind in ("lstm", "gru", "rnn")},
}  # fmt: skip


def check(workload, path):
    """The file gives what the float network gives, for batches of other sizes than the one it was traced with."""
    twin = aware(workload)
    assert write_onnx(twin, path) == ""
    session = runtime.InferenceSession(str(path))
    images = np.resize(workload.inputs, (5, *workload.inputs.shape[1:]))
    for batch in (1, 3, 5):
        expected = twin.exact(torch.tensor(images[:batch])).detach().numpy()
        (found,) = session.run(None, {"input": images[:batch]})
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * float(abs(expected).max()))


@pytest.mark.parametrize("name", STACKS)
def test_a_layer_as_onnx_takes_any_batch(name, tmp_path):
    shape, layers = STACKS[name]
    tokens = {"tokens": 5, "images": range(5)} if name == "embedding" else {}
    check(network(shape, *layers, **tokens), tmp_path / "model.onnx")


@pytest.mark.parametrize("name", get_args(FunctionName))
def test_a_function_as_onnx_takes_any_batch(name, tmp_path):
    limits = {"low": 1.1, "high": 2.0} if name == "acosh" else {"low": 0.1, "high": 0.9}  # where it is defined
    inside = [linear("fc", 9, activation="softplus"), layer("clip", **limits), layer("function", function=name)]
    check(network([6, 1, 1], *inside), tmp_path / "model.onnx")


def test_an_encoder_of_pytorch_takes_any_batch(tmp_path, capfd):
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    module = torch.nn.Sequential(encoder, torch.nn.Flatten(), torch.nn.Linear(40, 3))
    samples = np.random.default_rng(1).normal(size=(5, 5, 8)).astype(np.float32)
    check(from_torch(module, torch.tensor(samples[:1]), samples, np.zeros(5, np.int64)), tmp_path / "model.onnx")
    assert capfd.readouterr().out == ""


def test_every_layer_with_a_twin_is_here():
    def members(cls):
        return {cls} | {one for sub in cls.__subclasses__() for one in members(sub)}

    kinds = {one for root in (WeightedLayer, ViewLayer, Recurrent) for one in members(root)} | (set(TWINS) & members(DigitalLayer))
    ours = {cls.type_name for cls in kinds if cls.type_name and cls.__module__.startswith("chipsim.workload.layers.")}
    assert ours <= {one["type"] for _, layers in STACKS.values() for one in layers} | {"function"}
