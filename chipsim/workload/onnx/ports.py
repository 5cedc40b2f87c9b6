"""Inputs and outputs of a graph: which are meant, how long their axes are, how the numbers of the input lie in its image."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.onnx.layout import Atoms, Value, atoms
from chipsim.workload.onnx.model import Model, Node, Port

FLOATING, WHOLE = ("float", "float16", "double", "bfloat16"), ("int64", "int32")
PARTS = ("Slice", "Split", "Gather", "Squeeze", "Unsqueeze", "Cast", "Identity")  # tokens may pass through them
IMAGES = ("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization")  # their channels are axis 1


def only_input(model: Model, output: str, bound: Collection[str] = ()) -> Port:
    """The input that the output depends on, and that is not bound to a value."""
    names = [port.name for port in model.inputs]
    unknown = [Problem(f"has no input '{name}' to bind ({did_you_mean(name, names)})") for name in bound if name not in names]
    if unknown:
        raise InputError(unknown)
    free = [port for port in model.inputs if port.name not in bound]
    read = {name for node in needed(model.nodes, output) for name in node.inputs}
    ports = [port for port in free if port.name in read]
    ports = ports or free[:1]  # what does not depend on the input is told later
    if len(ports) != 1:
        none = f"has no input that is free; bound are {', '.join(names) or 'none'}"
        raise InputError(Problem(_several(ports, output) if ports else none))
    (port,) = ports
    if port.kind not in (*FLOATING, *WHOLE):
        raise InputError(Problem(f"reads numbers of type {port.kind}, expected floating-point ones, or whole ones for tokens", port.name))
    if len(port.axes) < 2:
        raise InputError(Problem(f"has {len(port.axes)} axes, expected a batch and one or more others", port.name))
    return port


def _several(ports: Sequence[Port], output: str) -> str:
    """What is said of more than one input: all of them, and how the others get a value."""
    listed = ", ".join(f"{port.name} {port.kind} [{', '.join(str(axis or '?') for axis in port.axes)}]" for port in ports)
    values = ", ".join(f"{port.name}: {int('mask' in port.name)}" for port in ports[1:])
    return (
        f"has {len(ports)} inputs that '{output}' depends on: {listed}; one of them is what a sample goes into, give the others values "
        f"that are the same for all samples, such as 'bind: {{{values}}}'"
    )


def lengths(port: Port, bound: Mapping[str, int], others: Sequence[Port] = ()) -> tuple[int, ...]:
    """Lengths of the axes of the input, with a batch of 1; `others`: further inputs whose axes may be named."""
    problems = []
    for number, axis in enumerate(port.axes[1:], start=1):
        given = bound.get(axis or str(number), 0) if isinstance(axis, str) else axis
        if given < 1:
            called = axis or str(number)
            message = f"axis {number} has no fixed length; bind it, such as 'shapes: {{{called}: 64}}'"
            if isinstance(axis, int) or called in bound:
                message = f"axis {number} has the length {given}; expected 1 or more"
            problems.append(Problem(message, port.name))
    names = {axis or str(number) for one in (port, *others) for number, axis in enumerate(one.axes) if isinstance(axis, str)}
    problems += [Problem(f"no axis is called '{name}' ({did_you_mean(name, names)})", port.name) for name in bound if name not in names]
    if problems:
        raise InputError(problems)
    return (1, *(axis if isinstance(axis, int) else bound[axis or str(i)] for i, axis in enumerate(port.axes[1:], start=1)))


def output_name(model: Model, wanted: str | None) -> str:
    """The value that the network ends with: the only output, or the one that is wanted."""
    names = [port.name for port in model.outputs]
    if wanted is None and len(names) > 1:
        raise InputError(Problem(f"has {len(names)} outputs ({', '.join(names)}); say which: 'output: {names[0]}'"))
    inner = {name for node in model.nodes for name in node.outputs}
    known = inner.union(names)
    if wanted is not None and wanted not in known:
        raise InputError(Problem(f"has no output and no value '{wanted}' ({did_you_mean(wanted, known)})"))
    return wanted or names[0]


def needed(nodes: Sequence[Node], output: str) -> list[Node]:
    """The nodes that the output depends on, in order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted & set(node.outputs):
            wanted |= set(node.inputs)
            kept.append(node)
    return kept[::-1]


def laid_out(name: str, shape: tuple[int, ...], nodes: Sequence[Node]) -> Value:
    """The input as an image: its channels are axis 1 where a convolution reads it, the last axis of a sequence of vectors.

    A Transpose right after it is looked through, so that images stored [H, W, C] need no moving.
    """
    order, readers = list(range(len(shape))), [node for node in nodes if name in node.inputs]
    while len(readers) == 1 and readers[0].op == "Transpose" and len(shape) > 2:
        order = [order[number] for number in readers[0].attributes.get("perm", order[::-1])]
        readers = [node for node in nodes if readers[0].outputs[0] in node.inputs]
    axes: list[Atoms] = [(), *(atoms(size) for size in shape[1:])]
    if _is_looked_up(name, nodes) and len(shape) < 4:
        return Value(INPUT, ((), axes[1], axes[2] if len(shape) > 2 else ()), tuple(axes))
    if len(shape) == 2:
        return Value(INPUT, (axes[1], (), ()), tuple(axes))
    order = order if order[0] == 0 else list(range(len(shape)))
    channels, *places = order[1:]
    if len(shape) == 3 and not any(reader.op in IMAGES for reader in readers):
        (*places, channels) = order[1:]
    image = (axes[channels], axes[places[0]], tuple(atom for place in places[1:] for atom in axes[place]))
    return Value(INPUT, image, tuple(axes))


def _is_looked_up(name: str, nodes: Sequence[Node]) -> bool:
    """Whether a value, or a part of it, names rows of a table."""
    readers = [node for node in nodes if name in node.inputs]
    if any(node.op == "Gather" and node.inputs[1] == name for node in readers):
        return True
    return any(_is_looked_up(made, nodes) for node in readers if node.op in PARTS and node.inputs[0] == name for made in node.outputs)
