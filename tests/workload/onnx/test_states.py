"""Recurrent networks, exported by PyTorch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from chipsim.errors import InputError  # noqa: E402
from chipsim.workload.layers import Recurrent  # noqa: E402
from chipsim.workload.load import build_workload  # noqa: E402
from chipsim.workload.onnx import read_onnx  # noqa: E402

from .models import check_equal, exported, graph, labels_for, node, numbers  # noqa: E402


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
        (nn.RNN, True, False, 2, ["rnn", "rnn", "conv2d"]),
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


GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def operator(path, op, direction, reads=("a",), begin=False, **keys):
    """A node of one or both directions, from given states or from 0; what is read of it is added up over its own axes."""
    ways, rows = 2 if direction == "bidirectional" else 1, GATES[op] * 6
    arrays = {"w": numbers(ways, rows, 4), "r": numbers(ways, rows, 6, seed=1) / 3, "b": numbers(ways, 2 * rows, seed=2)}
    arrays |= {"h": numbers(ways, 1, 6, seed=3), "c": numbers(ways, 1, 6, seed=4)} if begin else {}
    states = ("", "h", "c")[: 3 if op == "LSTM" else 2] if begin else ()
    keys |= {"linear_before_reset": 1} if op == "GRU" else {}
    nodes = [
        node("Transpose", "x", out="t", perm=[1, 0, 2]),
        node(op, "t", "w", "r", "b", *states, out=f"{'a' if 'a' in reads else ''},{'last' if 'last' in reads else ''}", hidden_size=6,
             direction=direction, **keys),
    ]  # fmt: skip
    arrays |= {"flat": np.array([1, -1]), "each": np.array([1, 5, -1])}
    if "a" in reads:
        nodes += [node("Transpose", "a", out="turned", perm=[2, 0, 1, 3], name="t2"), node("Reshape", "turned", "each", out="steps")]
    if "last" in reads:
        nodes.append(node("Transpose", "last", out="across", perm=[1, 0, 2], name="t3"))
        nodes.append(node("Reshape", "across", "flat", out="end", name="r2"))
    if len(reads) == 1:
        nodes[-1].output[0] = "y"
    else:
        nodes += [node("ReduceMean", "steps", out="mean", axes=[1], keepdims=0), node("Add", "mean", "end")]
    return graph(path, nodes, (1, 5, 4), arrays)


@pytest.mark.parametrize("begin", [False, True])
@pytest.mark.parametrize("reads", [("a",), ("last",), ("a", "last")], ids=str)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("op", list(GATES))
def test_directions(tmp_path, op, direction, reads, begin):
    found = check_equal(operator(tmp_path / "m.onnx", op, direction, reads, begin), numbers(3, 5, 4))
    layers = [layer for layer in found.spec.layers if isinstance(layer, Recurrent)]
    assert [layer.backward for layer in layers] == {"forward": [False], "reverse": [True]}.get(direction, [False, True])
    assert {(layer.last_only, layer.first_state) for layer in layers} == {("a" not in reads, begin)}


@pytest.mark.parametrize("direction", ["reverse", "bidirectional"])
def test_the_batch_may_come_first(tmp_path, direction):
    """layout: 1, which onnxruntime does not have: the numbers of the same model with layout 0."""
    ways = 2 if direction == "bidirectional" else 1
    arrays = {"w": numbers(ways, 24, 4), "r": numbers(ways, 24, 6, seed=1) / 3}
    arrays |= {"h": numbers(ways, 1, 6), "c": numbers(ways, 1, 6, seed=5)}
    keys, found = {"hidden_size": 6, "direction": direction}, []
    for first in (0, 1):
        read, turn = ("x", [0, 2, 1, 3]) if first else ("t", [2, 1, 0, 3])
        nodes = [] if first else [node("Transpose", "x", out="t", perm=[1, 0, 2])]
        given = {name: array.swapaxes(0, 1) if first and name in "hc" else array for name, array in arrays.items()}
        nodes += [node("LSTM", read, "w", "r", "", "", "h", "c", out="a", layout=first, **keys)]
        nodes += [node("Transpose", "a", perm=turn, name="t2")]
        made = read_onnx(graph(tmp_path / f"{first}.onnx", nodes, (1, 5, 4), given))
        images = np.stack([made.input.laid(one[None]) for one in numbers(3, 5, 4)])
        found.append(made.arranged(build_workload(made.spec, made.arrays, images, labels_for(made, 3)).forward(images)))
    assert found[0].shape == (3, ways, 5, 6)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("names", [["Relu"], ["Tanh"]])
def test_elman_networks_with_either_function(tmp_path, names):
    check_equal(operator(tmp_path / "m.onnx", "RNN", "forward", activations=names), numbers(3, 5, 4))
    check_equal(operator(tmp_path / "m.onnx", "RNN", "bidirectional", activations=[*names, "Tanh"]), numbers(3, 5, 4))


class Both(nn.Module):
    """Layers of both directions, then what stands at the end of each."""

    def __init__(self, kind: type[nn.Module], layers: int, how: str) -> None:
        super().__init__()
        self.inner, self.how = kind(4, 6, batch_first=True, num_layers=layers, bidirectional=True), how
        self.outer = nn.Linear(12, 3)

    def forward(self, x):
        y, state = self.inner(x)
        if self.how == "states":
            h = state[0] if isinstance(state, tuple) else state
            return self.outer(h.transpose(0, 1).flatten(1))
        return self.outer(y if self.how == "every" else y.mean(1))


@pytest.mark.parametrize(
    ("kind", "layers", "how"),
    [(nn.LSTM, 2, "every"), (nn.GRU, 2, "mean"), (nn.RNN, 3, "every"), (nn.LSTM, 1, "states"), (nn.GRU, 1, "states")],
)
def test_stacks_of_both_directions(tmp_path, kind, layers, how):
    found = check_equal(exported(Both(kind, layers, how), torch.zeros(1, 5, 4), tmp_path / "m.onnx"), numbers(3, 5, 4))
    names = [layer.type_name for layer in found.spec.layers]
    assert names == [*[kind.__name__.lower(), kind.__name__.lower(), "concat"] * layers, *names[3 * layers :]]


def test_a_given_first_state(tmp_path):
    class Begun(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.begin = nn.GRU(4, 6, batch_first=True), nn.Parameter(torch.randn(1, 1, 6))

        def forward(self, x):
            return self.inner(x, self.begin)[0]

    found = check_equal(exported(Begun(), torch.zeros(1, 5, 4), tmp_path / "m.onnx"), numbers(3, 5, 4))
    (layer,) = found.spec.layers
    assert layer.first_state
    assert found.arrays[f"{layer.name}.state"].shape == (1, 6)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"direction": "sideways"}, "runs in direction 'sideways'; expected one of forward, reverse, bidirectional"),
        ({"clip": 3.0}, r"clips what its gates see \(clip: 3.0\)"),
        ({"input_forget": 1}, "couples the gates"),
        ({"activations": ["Relu", "Tanh", "Tanh"]}, r"other activations than the usual ones \(Relu, Tanh, Tanh\)"),
        ({"h": numbers(1, 2, 6)}, "begins with another state in each sample"),
        ({"h": "start"}, "has a first state that depends on the input, expected a constant"),
        ({"p": numbers(1, 18)}, "peepholes"),
        ({"lengths": np.array([3], np.int32)}, r"stops some samples early \(sequence_lens\); expected 5 steps in each"),
    ],
    ids=str,
)
def test_what_is_not_supported(tmp_path, keys, words):
    given = {name: keys.pop(name, default) for name, default in (("h", np.zeros((1, 1, 6), np.float32)), ("p", None), ("lengths", None))}
    arrays = {"w": numbers(1, 24, 4), "r": numbers(1, 24, 6), "m": numbers(4, 6)}
    arrays |= {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    names = [name if given[name] is not None else "" for name in ("lengths", "h")]
    nodes = [
        node("Transpose", "x", out="t", perm=[1, 0, 2]), node("ReduceMean", "t", out="mean", axes=[0], keepdims=1),
        node("MatMul", "mean", "m", out="start"),
        node("LSTM", "t", "w", "r", "", names[0], given["h"] if isinstance(given["h"], str) else "h", "",
             "p" if given["p"] is not None else "", hidden_size=6, **keys),
    ]  # fmt: skip
    with pytest.raises(InputError, match=words):
        read_onnx(graph(tmp_path / "m.onnx", nodes, (1, 5, 4), arrays))


def test_a_reset_before_the_product_is_refused(tmp_path):
    arrays = {"w": numbers(1, 18, 4), "r": numbers(1, 18, 6)}
    nodes = [node("Transpose", "x", out="t", perm=[1, 0, 2]), node("GRU", "t", "w", "r", hidden_size=6)]
    with pytest.raises(InputError, match=r"linear_before_reset: 0\): then the second product of a step waits for the gates"):
        read_onnx(graph(tmp_path / "m.onnx", nodes, (1, 5, 4), arrays))


def test_the_batch_must_be_first(tmp_path):
    keys = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "steps"}}}
    path = exported(nn.LSTM(4, 6), torch.zeros(5, 1, 4), tmp_path / "m.onnx", **keys)
    with pytest.raises(InputError, match="export with batch_first=True"):
        read_onnx(path, output="y")


class LastState(nn.Module):
    """A linear layer on the last state of the last layer, of both directions if there are two."""

    def __init__(self, kind: type[nn.Module], both: bool, layers: int) -> None:
        super().__init__()
        self.inner = kind(4, 6, num_layers=layers, batch_first=True, bidirectional=both)
        self.both, self.outer = both, nn.Linear(12 if both else 6, 3)

    def forward(self, x):
        state = self.inner(x)[1]
        state = state[0] if isinstance(state, tuple) else state
        return self.outer(torch.cat((state[-2], state[-1]), 1) if self.both else state[-1])


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_last_state_of_an_open_or_a_fixed_batch(tmp_path, kind, both, layers):
    torch.manual_seed(0)
    module, x = LastState(kind, both, layers), numbers(4, 5, 4)
    keys = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}}
    check_equal(exported(module, torch.zeros(2, 5, 4), tmp_path / "open.onnx", **keys), x)
    fixed = read_onnx(exported(module, torch.zeros(4, 5, 4), tmp_path / "fixed.onnx"))
    images = np.stack([fixed.input.laid(one[None]) for one in x])
    found = fixed.arranged(build_workload(fixed.spec, fixed.arrays, images, labels_for(fixed, 4)).forward(images))
    np.testing.assert_allclose(found, module(torch.as_tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5)


def test_the_batch_of_the_last_state_is_still_known(tmp_path):
    arrays = {"w": numbers(1, 6, 4), "r": numbers(1, 6, 6), "last": np.int64(-1)}
    nodes = [
        node("Transpose", "x", out="t", perm=[1, 0, 2]), node("RNN", "t", "w", "r", out=",h", hidden_size=6),
        node("Gather", "h", "last", axis=1),
    ]  # fmt: skip
    with pytest.raises(InputError, match="operator Gather: works across the samples of a batch"):
        read_onnx(graph(tmp_path / "m.onnx", nodes, ("n", 5, 4), arrays))
