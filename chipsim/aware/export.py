"""Found weights as files: for `chipsim run`, for PyTorch, and as an ONNX file of the network.

    weights.npz     <layer>.weight, <layer>.bias ... as they were named before
    workload.yaml   the network with these weights and the input ranges of its layers; its data stay where they were
    state_dict.pt   the same arrays as plain tensors, for torch.load
    model.onnx      the float network, traced from the differentiable twin; its batch is free

The ONNX file says nothing of the chip: input ranges and scales of arrays stay in workload.yaml. It is the network as chipsim understood
it, so what was folded on the way in (batch normalisation) stays folded.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chipsim.aware.analog import AnalogLayer
from chipsim.aware.judged import with_ranges
from chipsim.aware.network import AwareNetwork
from chipsim.aware.recurrent import steps_of
from chipsim.spec import yaml_text
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.from_torch.export import quiet
from chipsim.workload.from_torch.module import line
from chipsim.workload.layers import GRU, LSTM, RNN

WEIGHTS, WORKLOAD, STATE, ONNX = "weights.npz", "workload.yaml", "state_dict.pt", "model.onnx"
OPSET = 17
UNKNOWN = ("sinh", "cosh", "asinh", "acosh", "atanh")
ELSEWHERE = ("weights", "onnx", "shapes", "output", "digital", "given")  # where the weights came from that were not learned


def write_weights(folder: Path, spec: WorkloadSpec, arrays: Mapping[str, NDArray[Any]], ranges: Mapping[str, float]) -> None:
    """weights.npz, workload.yaml and state_dict.pt into an existing folder."""
    with (folder / WEIGHTS).open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    plain = with_ranges(spec, ranges).plain()
    described = {"name": plain.pop("name"), "weights": WEIGHTS} | {name: value for name, value in plain.items() if name not in ELSEWHERE}
    (folder / WORKLOAD).write_text(yaml_text(described), encoding="utf-8")
    held = io.BytesIO()  # PyTorch's own errors of a full disk are no OSError
    torch.save({name: torch.tensor(array) for name, array in arrays.items()}, held)
    (folder / STATE).write_bytes(held.getvalue())


@final
class Exact(torch.nn.Module):
    """The float network of a twin as a module of its own; recurrent layers are PyTorch's, which become one node each."""

    def __init__(self, network: AwareNetwork) -> None:
        super().__init__()
        self.network = network
        found = {name: recurrent_of(layer) for name, layer in network.analog.items() if layer.recurrent}
        self.recurrent = {name: module for name, module in found.items() if module is not None}
        self.cells = torch.nn.ModuleList(self.recurrent.values())

    def forward(self, images: Tensor) -> Tensor:
        return self.network._passed(images, self._layer)

    def _layer(self, layer: AnalogLayer, x: Tensor) -> Tensor:
        return layer.exact(x) if layer.name not in self.recurrent else sequence(layer, self.recurrent[layer.name], x)


def recurrent_of(analog: AnalogLayer) -> torch.nn.RNNBase | None:
    """A recurrent layer of PyTorch with the stored weights; None where PyTorch has no such layer."""
    layer, weight = analog.layer, analog.folded().detach()
    features, size = weight.shape[1] - layer.hidden_size, layer.hidden_size
    module: torch.nn.RNNBase
    if isinstance(layer, LSTM):
        module = torch.nn.LSTM(features, size)
    elif isinstance(layer, GRU):
        module = torch.nn.GRU(features, size)
    elif isinstance(layer, RNN) and layer.function in ("tanh", "relu"):
        module = torch.nn.RNN(features, size, nonlinearity=layer.function)
    else:
        return None
    bias = torch.zeros(layer.products * len(weight)) if analog.bias is None else analog.bias.detach()
    parts = bias.reshape(layer.products, -1)
    arrays = (weight[:, :features], weight[:, features:], parts[0], parts[1] if len(parts) > 1 else torch.zeros_like(parts[0]))
    for name, array in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), arrays, strict=True):
        getattr(module, name).data = array.clone()
    return module


def sequence(analog: AnalogLayer, module: torch.nn.RNNBase, x: Tensor) -> Tensor:
    """The node of a recurrent layer on images [B, C, frames T, 1]: [B, hidden, T or 1, 1]; forward, `_turned` makes it go backward."""
    steps = steps_of(analog.layer.having(backward=False), x)
    if analog.state is None:
        given, state = module(steps)
    else:
        first = tuple(one.detach().expand(1, x.shape[0], -1).contiguous() for one in analog.state)
        given, state = module(steps, first if len(first) > 1 else first[0])
    if analog.layer.last_only:
        given = state[0] if isinstance(state, tuple) else state
    return given.permute(1, 2, 0)[..., None]


def _turned(path: Path, network: AwareNetwork) -> None:
    """Set the direction of nodes of layers that go backward: PyTorch's exporter knows `forward` and `bidirectional` alone.

    A turn of time before and after a forward node would be right too, but no reader knows a backward layer in it.
    """
    ways = [network.analog[name].layer.backward for name in Exact(network).recurrent]
    if not any(ways):
        return
    import onnx

    model = onnx.load(str(path))
    nodes = [node for node in model.graph.node if node.op_type in ("LSTM", "GRU", "RNN")]
    for node, backward in zip(nodes, ways, strict=True):  # both in the order of the network
        if backward:
            kept = [one for one in node.attribute if one.name != "direction"]
            del node.attribute[:]
            node.attribute.extend([*kept, onnx.helper.make_attribute("direction", "reverse")])
    onnx.save(model, str(path))


@contextmanager
def translated() -> Iterator[None]:
    """Functions that are operators of ONNX, but which PyTorch's exporter does not know."""
    for name in UNKNOWN:
        torch.onnx.register_custom_op_symbolic(f"aten::{name}", partial(_operator, name.capitalize()), OPSET)
    try:
        yield
    finally:
        for name in UNKNOWN:
            torch.onnx.unregister_custom_op_symbolic(f"aten::{name}", OPSET)


def _operator(name: str, graph: Any, value: Any) -> Any:
    return graph.op(name, value).setType(value.type())


def write_onnx(network: AwareNetwork, path: Path) -> str:
    """Write the float network as an ONNX file; a sentence that says why where it could not be written, else nothing."""
    images = torch.tensor(network.workload.inputs[:2])
    axes = {"input": {0: "batch"}, "output": {0: "batch"}}
    try:
        with warnings.catch_warnings(), torch.no_grad(), quiet(), translated():
            warnings.simplefilter("ignore")  # of the tracer: shapes are those of the workload, and stay
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            torch.onnx.export(
                Exact(network).eval(), (images,), str(path), input_names=["input"], output_names=["output"], dynamic_axes=axes,
                opset_version=OPSET, dynamo=False,
            )  # fmt: skip
        _turned(path, network)
    except ImportError:
        return f'{path.name} was not written: it needs onnx, pip install "chipsim[train]"'
    except OSError:
        raise
    except Exception as error:  # the exporter raises kinds of its own
        path.unlink(missing_ok=True)
        return f"{path.name} was not written: PyTorch's exporter knows no way ({line(error):.120})"
    return ""
