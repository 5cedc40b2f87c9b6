"""Recurrent networks, exported by PyTorch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from chipsim.errors import InputError  # noqa: E402
from chipsim.workload.onnx import read_onnx  # noqa: E402

from .models import check_equal, exported, graph, node, numbers  # noqa: E402


class Net(nn.Module):
    """Recurrent layers, then a linear one for every step or after the last."""

    def __init__(self, kind: type[nn.Module], every: bool, use_state: bool = False, **keys: object) -> None:
        super().__init__()
        self.inner, self.every, self.use_state = kind(4, 6, batch_first=True, **keys), every, use_state
        self.outer = nn.Linear(6, 3)

    def forward(self, x):
        y, state = self.inner(x)
        if self.use_state:
            y = (state[0] if isinstance(state, tuple) else state)[-1]
            return self.outer(y)
        return self.outer(y) if self.every else self.outer(y[:, -1])


@pytest.mark.parametrize(
    ("kind", "every", "use_state", "layers", "types"),
    [
        (nn.LSTM, True, False, 1, ["lstm", "conv2d"]),
        (nn.LSTM, False, False, 2, ["lstm", "lstm", "slice", "linear"]),
        (nn.LSTM, False, True, 1, ["lstm", "linear"]),
        (nn.GRU, True, False, 2, ["gru", "gru", "conv2d"]),
        (nn.GRU, False, True, 1, ["gru", "linear"]),
    ],
    ids=str,
)
def test_networks(tmp_path, kind, every, use_state, layers, types):
    module = Net(kind, every, use_state, num_layers=layers)
    found = check_equal(exported(module, torch.zeros(1, 5, 4), tmp_path / "m.onnx"), numbers(3, 5, 4))
    assert [layer.type_name for layer in found.spec.layers] == types
    assert found.spec.input.shape == (4, 5, 1)


def test_all_states_and_the_last_one(tmp_path):
    arrays = {"w": numbers(1, 24, 4), "r": numbers(1, 24, 6, seed=1) / 3, "m": numbers(6, 2, seed=2)}
    nodes = [
        node("Transpose", "x", out="t", perm=[1, 0, 2]), node("LSTM", "t", "w", "r", out="a,b", hidden_size=6),
        node("ReduceMean", "a", out="mean", axes=[0], keepdims=0), node("Add", "mean", "b", out="s"),
        node("MatMul", "s", "m"),
    ]  # fmt: skip
    found = check_equal(graph(tmp_path / "m.onnx", nodes, (1, 5, 4), arrays), numbers(3, 5, 4))
    assert [layer.type_name for layer in found.spec.layers] == ["lstm", "slice", "average_pool", "add", "linear"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"direction": "reverse"}, "runs in direction 'reverse'"),
        ({"clip": 3.0}, "has clip"),
        ({"activations": ["Relu", "Tanh", "Tanh"]}, "other activations"),
        ({"h": np.ones((1, 1, 6), np.float32)}, "a first state other than 0"),
    ],
    ids=str,
)
def test_what_is_not_supported(tmp_path, keys, words):
    state = keys.pop("h", np.zeros((1, 1, 6), np.float32))
    arrays = {"w": numbers(1, 24, 4), "r": numbers(1, 24, 6), "h": state}
    nodes = [node("Transpose", "x", out="t", perm=[1, 0, 2]), node("LSTM", "t", "w", "r", "", "", "h", hidden_size=6, **keys)]
    with pytest.raises(InputError, match=words):
        read_onnx(graph(tmp_path / "m.onnx", nodes, (1, 5, 4), arrays))


def test_the_batch_must_be_first(tmp_path):
    keys = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "steps"}}}
    path = exported(nn.LSTM(4, 6), torch.zeros(5, 1, 4), tmp_path / "m.onnx", **keys)
    with pytest.raises(InputError, match="export with the batch first"):
        read_onnx(path, output="y")
