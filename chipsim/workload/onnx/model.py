"""An ONNX file as plain data: nodes, constants, inputs, outputs. The only file that knows the library `onnx`.

What cannot be read (no such file, cut short, external data missing, opset out of range, an invalid graph) is one InputError in words.
Nodes whose inputs are all known are computed by the reference implementation that comes with the library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem

if TYPE_CHECKING:
    import onnx

Array = NDArray[Any]
Size = int | str  # an axis: its length, or the name of one that is not fixed (empty: it has none)

OLDEST = 6  # before it, shapes were attributes and operators wrote over their inputs
SMALL = 2**14  # bytes of a constant that is checked together with the graph
YOUNGER = {"DequantizeLinear": 19}  # versions of which alone the library has a reference; those before them say the same
STANDARD = ("", "ai.onnx")


@final
@dataclass(frozen=True)
class Node:
    """One operation."""

    op: str
    name: str
    inputs: tuple[str, ...]  # '' where an optional one is left out
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(repr=False)
    proto: Any = field(repr=False)

    @property
    def title(self) -> str:
        """What it is called in messages: its own name, else that of what it makes."""
        return self.name or next(iter(self.outputs), self.op)


@final
@dataclass(frozen=True)
class Port:
    """An input or an output of the graph."""

    name: str
    kind: str  # float, int64 ...
    axes: tuple[Size, ...]


@final
@dataclass(frozen=True)
class Model:
    """A graph."""

    file: str
    opset: int
    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def computed(self, given: Mapping[str, Array], output: str) -> Array:
        """A value of the graph by the reference implementation; InputError where that cannot compute it."""
        return _computed(self, given, output)

    def value_of(self, node: Node, inputs: Sequence[Array | None]) -> tuple[Array, ...]:
        """What a node makes of constants; InputError where the reference implementation cannot."""
        return _evaluated(node, inputs, self.opset)


def load_model(path: str | Path) -> Model:
    """The graph of an ONNX file, its weights read from the files beside it where they lie there."""
    proto = _loaded(Path(path))
    opset = max((entry.version for entry in proto.opset_import if entry.domain in STANDARD), default=0)
    graph = proto.graph
    constants = {tensor.name: _array(tensor, path) for tensor in graph.initializer}
    inputs = tuple(_port(value) for value in graph.input if value.name not in constants)
    return Model(str(path), opset, tuple(map(_node, graph.node)), constants, inputs, tuple(map(_port, graph.output)))


def _library() -> Any:
    try:
        import onnx
    except ImportError:
        raise InputError('reading ONNX files needs onnx: pip install "chipsim[onnx]"') from None
    return onnx


def _loaded(path: Path) -> onnx.ModelProto:
    onnx = _library()
    if path.is_dir():
        raise InputError(Problem("is a folder; expected an ONNX file", file=str(path)))
    if not path.is_file():
        raise InputError(Problem("there is no such file; expected an ONNX file", file=str(path)))
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf raises kinds of its own
        message = f"cannot be read as an ONNX file: it is damaged, cut short or none ({_line(error)})"
        raise InputError(Problem(message, file=str(path))) from None
    if not model.graph.node:
        raise InputError(Problem("holds no graph; expected an ONNX file, and this one may be cut short", file=str(path)))
    _check_opset(model, path)
    try:
        onnx.external_data_helper.load_external_data_for_model(model, str(path.parent))
    except Exception as error:
        message = f"its weights lie in files beside it, which cannot be read ({_line(error)}); keep them together in one folder"
        raise InputError(Problem(message, file=str(path))) from None
    try:
        for port in model.graph.output:
            port.type.tensor_type.shape.SetInParent()  # some leave it out; the check demands it, nobody needs it
        onnx.checker.check_model(_without_weights(model))
    except Exception as error:
        raise InputError(Problem(f"is not a valid ONNX graph ({_line(error)})", file=str(path))) from None
    return model


def _without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its large constants as inputs: the check would copy them all."""
    onnx, graph = _library(), model.graph
    slim = onnx.ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import, functions=model.functions)
    slim.graph.CopyFrom(onnx.GraphProto(name=graph.name or "graph", node=graph.node, input=graph.input, output=graph.output))
    named = {port.name for port in graph.input}
    for tensor in graph.initializer:
        if tensor.ByteSize() < SMALL:
            slim.graph.initializer.append(tensor)
        elif tensor.name not in named:
            slim.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    return slim


def _check_opset(model: onnx.ModelProto, path: Path) -> None:
    newest = _library().defs.onnx_opset_version()
    found = [entry.version for entry in model.opset_import if entry.domain in STANDARD]
    if not found or not OLDEST <= max(found) <= newest:
        message = f"is of opset {max(found, default='unknown')}, expected {OLDEST} to {newest}; export it again with such an opset"
        raise InputError(Problem(message, file=str(path)))


def _array(tensor: onnx.TensorProto, path: str | Path) -> Array:
    try:
        array: Array = _library().numpy_helper.to_array(tensor)
    except Exception as error:
        raise InputError(Problem(f"the constant '{tensor.name}' cannot be read ({_line(error)})", file=str(path))) from None
    return array


def _node(proto: onnx.NodeProto) -> Node:
    helper = _library().helper
    attributes = {entry.name: helper.get_attribute_value(entry) for entry in proto.attribute}
    plain = {name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()}
    op = proto.op_type if proto.domain in STANDARD else f"{proto.domain}.{proto.op_type}"
    return Node(op, proto.name, tuple(proto.input), tuple(proto.output), plain, proto)


def _port(value: onnx.ValueInfoProto) -> Port:
    kind = _library().TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()
    axes = tuple(d.dim_value if d.HasField("dim_value") else d.dim_param for d in value.type.tensor_type.shape.dim)
    return Port(value.name, kind, axes)


def _evaluated(node: Node, inputs: Sequence[Array | None], opset: int) -> tuple[Array, ...]:
    given = {name: array for name, array in zip(node.inputs, inputs, strict=True) if array is not None}
    try:
        return _run(node.proto, opset, given)
    except Exception as error:
        raise InputError(f"cannot be computed from its constants ({_line(error)})") from None


def _run(proto: onnx.NodeProto, opset: int, given: Mapping[str, Array]) -> tuple[Array, ...]:
    """By the reference implementation; '' among the outputs gives nothing."""
    onnx = _library()
    from onnx.reference import ReferenceEvaluator

    helper = onnx.helper
    ports = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for name, a in given.items()]
    made = [helper.make_empty_tensor_value_info(name) for name in proto.output if name]
    graph = helper.make_graph([proto], "one", ports, made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", max(opset, YOUNGER.get(proto.op_type, 0)))])
    found = iter(ReferenceEvaluator(model).run(None, dict(given)))
    return tuple(np.asarray(next(found)) if name else np.zeros(0) for name in proto.output)


def _computed(model: Model, given: Mapping[str, Array], output: str) -> Array:
    onnx = _library()
    from onnx.reference import ReferenceEvaluator

    helper = onnx.helper
    kinds = {port.name: helper.tensor_dtype_to_np_dtype(onnx.TensorProto.DataType.Value(port.kind.upper())) for port in model.inputs}
    feeds = {name: array.astype(kinds.get(name, array.dtype)) for name, array in given.items()}
    known = feeds | {name: array for name, array in model.constants.items() if name not in feeds}
    ports = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for name, a in known.items()]
    graph = helper.make_graph([node.proto for node in model.nodes], "all", ports, [helper.make_empty_tensor_value_info(output)])
    try:
        found = ReferenceEvaluator(helper.make_model(graph, opset_imports=[helper.make_opsetid("", model.opset)])).run(None, known)
    except Exception as error:
        raise InputError(f"cannot be computed ({_line(error)})") from None
    return np.asarray(found[0])


def notation(node: Node, inputs: Sequence[str]) -> str:
    """A node as text, with other names for what it reads, and y0, y1, ... for what it makes."""
    plain = _library().NodeProto()
    from onnx.printer import to_text

    plain.CopyFrom(node.proto)
    plain.ClearField("name")
    plain.ClearField("doc_string")
    plain.input[:], plain.output[:] = list(inputs), [f"y{number}" if name else "" for number, name in enumerate(node.outputs)]
    return " ".join(str(to_text(plain)).split())


def reference(text: str, opset: int, given: Mapping[str, Array]) -> tuple[Array, ...]:
    """What a node in this notation makes of these inputs; InputError where the library cannot tell."""
    _library()
    from onnx.parser import parse_node

    try:
        return _run(parse_node(text), opset, given)
    except Exception as error:
        raise InputError(f"'{text}' cannot be computed by the reference implementation of onnx ({_line(error)})") from None


def has_reference(op: str, opset: int) -> bool:
    """Whether the library can compute an operator."""
    _library()
    from onnx.reference.ops._op_list import load_op

    try:
        load_op("", op, max(opset, YOUNGER.get(op, 0)))
    except Exception:  # kinds of its own
        return False
    return True


def _line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")[:200]
