"""Recurrent layers on crossbars: the numbers of PyTorch, and the same bits in simulated time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import NOISY, Block, built, chip, conv, functional, linear, merged, network, play, programmed
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim.accuracy import accuracy, outputs
from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.layer_error import layer_errors
from chipsim.recalibration import recalibrate
from chipsim.workload.graph import Workload
from chipsim.workload.layers import GRU, LSTM, RNN
from chipsim.workload.load import build_workload


def cell(kind: str, name: str, hidden: int, **keys: Any) -> Block:
    return {"type": kind, "name": name, "hidden_size": hidden} | keys


def small(**array: Any) -> Architecture:
    """Arrays that cut layers of a dozen numbers into several row and column blocks."""
    return chip(array={"rows": 8, "columns": 14} | array, mesh=(9, 9))


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", ["digital", "array"])
@pytest.mark.parametrize("kind", [LSTM, GRU, RNN])
def test_an_ideal_chip_computes_what_pytorch_computes(kind: Any, bias: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    first = getattr(torch.nn, kind.__name__)(5, 11, batch_first=True)
    second = getattr(torch.nn, kind.__name__)(11, 7, batch_first=True)
    x = torch.randn(4, 9, 5)
    with torch.no_grad():
        expected = second(first(x)[0])[0].numpy().transpose(0, 2, 1)[..., None]
    layers = cell(kind.type_name, "first", 11), cell(kind.type_name, "second", 7)
    arrays = stored(kind, "first", first) | stored(kind, "second", second)
    images = np.ascontiguousarray(x.numpy().transpose(0, 2, 1)[..., None])
    workload = build_workload(network([5, 9, 1], *layers).spec, arrays, images, np.zeros((4, 9), np.int64))
    found = functional(programmed(workload, small(), bias=bias))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 5e-6


def stored(kind: Any, name: str, module: Any, suffix: str = "_l0") -> dict[str, Any]:
    """What a layer stores of a module of PyTorch."""
    four = (module.state_dict()[part + suffix].numpy() for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    return dict(zip((f"{name}.weight", f"{name}.bias"), kind.from_pytorch(*four), strict=True))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", [LSTM, GRU, RNN])
def test_both_directions_from_a_given_state_are_those_of_pytorch(kind: Any, last: bool) -> None:
    """Two layers of two directions; h_n has the last step of the one and the first of the other."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(4)
    module = getattr(torch.nn, kind.__name__)(5, 6, num_layers=2, bidirectional=True, batch_first=True)
    x, begin = torch.randn(3, 8, 5), torch.randn(4, kind.states, 6)
    every = [begin[:, number, None].repeat(1, 3, 1) for number in range(kind.states)]
    with torch.no_grad():
        steps, found = module(x, tuple(every) if kind.states > 1 else every[0])
    found = found[0] if kind.states > 1 else found
    expected = torch.cat([found[2], found[3]], 1)[..., None, None] if last else steps.permute(0, 2, 1)[..., None]
    layers, arrays, before = [], {}, "input"
    for number in range(2):
        for way, suffix in enumerate(("", "_reverse")):
            name = f"l{number}{suffix}"
            keys = {"inputs": [before], "backward": bool(way), "first_state": True, "last_only": last and number == 1}
            layers.append(cell(kind.type_name, name, 6, **keys))
            arrays |= stored(kind, name, module, f"_l{number}{suffix}") | {f"{name}.state": begin[2 * number + way].numpy()}
        before = f"both{number}"
        layers.append({"type": "concat", "name": before, "inputs": [f"l{number}", f"l{number}_reverse"]})
    images = np.ascontiguousarray(x.numpy().transpose(0, 2, 1)[..., None])
    spec = network([5, 8, 1], *layers).spec
    workload = build_workload(spec, arrays, images, np.zeros((3, expected.shape[2]) if expected.shape[2] > 1 else 3, np.int64))
    np.testing.assert_allclose(workload.forward(images), expected.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(functional(programmed(workload, small())), expected.numpy(), atol=5e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_backward_is_forward_on_the_reversed_sequence(kind: str) -> None:
    """Values, noise and all: the same vectors in the same order; only where the results lie is turned around."""
    forth, back = (network([4, 6, 1], cell(kind, "a", 5, frames=2, backward=way), samples=3) for way in (False, True))
    pairs = forth.inputs.reshape(3, 4, 3, 2, 1)[:, :, ::-1].reshape(3, 4, 6, 1)  # within a step the frames keep their order
    turned = build_workload(back.spec, arrays_of(back), np.ascontiguousarray(pairs), back.labels)
    found = functional(programmed(turned, small(**NOISY)))
    assert np.array_equal(found[:, :, ::-1], functional(programmed(forth, small(**NOISY))))


def arrays_of(workload: Workload) -> dict[str, Any]:
    """What the weights of recurrent layers are stored as."""
    weights = {f"{name}.weight": np.ascontiguousarray(given.matrix.T) for name, given in workload.weights.items()}
    return weights | {f"{name}.bias": given.bias for name, given in workload.weights.items()}


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_frames_are_read_together_channel_by_channel(kind: str) -> None:
    """Three positions of two channels in one step are six features: what a layer reads whose input was rearranged before."""
    workload = network([2, 12, 1], cell(kind, "a", 5, frames=3), samples=3)
    assert workload.shapes["a"] == (5, 4, 1)
    plain = network([6, 4, 1], cell(kind, "a", 5), samples=3)
    weights = workload.weights["a"]
    arrays = {"a.weight": np.ascontiguousarray(weights.matrix.T), "a.bias": weights.bias}
    x = workload.inputs[:, :, :, 0].reshape(3, 2, 4, 3).transpose(0, 1, 3, 2).reshape(3, 6, 4, 1)
    rearranged = build_workload(plain.spec, arrays, np.ascontiguousarray(x), plain.labels)
    assert np.array_equal(workload.forward(workload.inputs), rearranged.forward(rearranged.inputs))
    assert np.array_equal(functional(programmed(workload, chip())), functional(programmed(rearranged, chip())))
    part = network([6, 12, 1], cell(kind, "a", 5, frames=3, reads=[3, 5]), samples=3)
    images = np.random.default_rng(1).normal(size=(3, 6, 12, 1)).astype(np.float32)
    images[:, 3:5] = workload.inputs
    reading = build_workload(part.spec, arrays, images, plain.labels)
    assert np.array_equal(functional(programmed(reading, chip())), functional(programmed(workload, chip())))
    run = play(reading, small())
    assert np.array_equal(run.outputs[0], functional(programmed(reading, small()), [0])[0])
    with pytest.raises(InputError, match=r"layer 'a' reads the channels 3 to 6 of 6; expected"):
        network([6, 12, 1], cell(kind, "a", 5, reads=[3, 7]))
    with pytest.raises(InputError, match="layer 'a' reads 5 of 12 positions at a time; expected a number that divides them"):
        network([2, 12, 1], cell(kind, "a", 5, frames=5))


NOISES = [
    NOISY,
    merged(NOISY, {"read_noise": "fresh", "input_scaling": {"type": "fixed", "range": 2}, "bound_management": 2}),
    merged(NOISY, {"cell": {"type": "offset", "device": "pcm"}, "drift_compensation": "column"}),
]


@settings(max_examples=25, deadline=None)
@given(
    first=st.sampled_from(["lstm", "gru", "rnn"]),
    second=st.sampled_from(["lstm", "gru", "rnn"]),
    ways=st.tuples(st.booleans(), st.booleans()),
    begun=st.booleans(),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 12), st.integers(1, 9)),
    steps=st.integers(1, 5),
    frames=st.integers(1, 2),
    last=st.booleans(),
    bias=st.booleans(),
    array=st.sampled_from(NOISES),
    token=st.sampled_from(["row", "vector"]),
    control=st.sampled_from(["calendar", "credits"]),
    how=st.fixed_dictionaries(
        {
            "split": st.sampled_from(["balanced", "full"]),
            "pack": st.booleans(),
            "reduction": st.sampled_from(["destination", "tree"]),
            "bias": st.sampled_from(["digital", "array"]),
        }
    ),
    stream=st.integers(1, 6),
)
def test_the_timed_run_computes_what_the_functional_pass_computes(
    first: str, second: str, ways: tuple[bool, bool], begun: bool, sizes: tuple[int, int, int], steps: int, frames: int, last: bool,
    bias: bool, array: Block, token: Any, control: str, how: dict[str, Any], stream: int,
) -> None:  # fmt: skip
    layers = [
        cell(first, "a", sizes[1], frames=frames, bias=bias, backward=ways[0], first_state=begun),
        cell(second, "b", sizes[2], last_only=last, backward=ways[1], first_state=begun),
    ]
    layers += [linear("fc", 3)] if last else [conv("out", 3, 1)]
    workload = network([sizes[0], steps * frames, 1], *layers, samples=3)
    machine = chip(array=array | {"rows": 8, "columns": 14}, mesh=(9, 9), network={"flow_control": control})
    try:
        ready = built(workload, machine, token=token, stream=stream, **how)
    except InputError:
        assume(False)  # more blocks than tiles
    run = ready.run()
    ids = sorted(run.outputs)
    expected = functional(ready.network, ids)
    assert ids
    assert all(np.array_equal(run.outputs[sample], row) for sample, row in zip(ids, expected, strict=True))


def test_a_sample_knows_nothing_of_the_one_before() -> None:
    """Every sample begins with a state of 0, also when it comes behind another; noise belongs to the number of the sample."""
    workload = network([3, 4, 1], cell("lstm", "a", 5), samples=4)
    ready = programmed(workload, small(**NOISY))
    together = functional(ready)
    alone = np.concatenate([outputs(ready, workload.inputs[s : s + 1], np.array([s], np.uint32)) for s in range(4)])
    assert np.array_equal(together, alone)


# --- what else asks a layer ------------------------------------------------------------------------------------------


def test_errors_of_a_recurrent_layer_are_told() -> None:
    workload = network([5, 6, 1], cell("lstm", "a", 9), conv("out", 4, 1), samples=4)
    rows = {row["layer"]: row for row in layer_errors(programmed(workload, small()), np.arange(4, dtype=np.uint32))}
    assert rows["a"]["error"] < 1e-5
    rows = {row["layer"]: row for row in layer_errors(programmed(workload, small(**NOISY)), np.arange(4, dtype=np.uint32))}
    assert 0.001 < rows["a"]["error"] < 1
    fixed = small(input_scaling={"type": "fixed", "range": 0.5})
    rows = {row["layer"]: row for row in layer_errors(programmed(workload, fixed), np.arange(4, dtype=np.uint32))}
    assert 0.05 < rows["a"]["inputs_clipped"] < 0.9


def test_accuracy_counts_the_labels_of_all_steps() -> None:
    plain = network([5, 6, 1], cell("lstm", "a", 9), conv("out", 4, 1), samples=8)
    labels = plain.forward(plain.inputs)[..., 0].argmax(axis=1)
    arrays = {f"{name}.weight": np.ascontiguousarray(plain.weights[name].matrix.T) for name in plain.weights}
    arrays["out.weight"] = arrays["out.weight"][..., None, None]
    arrays |= {f"{name}.bias": plain.weights[name].bias for name in plain.weights}
    labels[0, 2:4] = (labels[0, 2:4] + 1) % 4
    workload = build_workload(plain.spec, arrays, plain.inputs, labels)
    assert accuracy(programmed(workload, small())) == pytest.approx(46 / 48)
    assert accuracy(programmed(workload, small()), limit=1) == pytest.approx(4 / 6)


def test_recalibration_leaves_recurrent_layers_as_they_are() -> None:
    workload = network([5, 6, 1], cell("gru", "a", 9), conv("out", 4, 1), samples=8)
    plain, mended = (programmed(workload, small(**NOISY)) for _ in range(2))
    recalibrate(mended, 8)
    ids = np.arange(8, dtype=np.uint32)
    assert np.array_equal(plain.layers["a"].forward(workload.inputs, ids), mended.layers["a"].forward(workload.inputs, ids))
    assert not np.array_equal(functional(plain), functional(mended))
