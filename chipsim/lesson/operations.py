"""What the vector unit computes in a lesson besides the layers themselves; counts of operations by name.

    softmax and its error     a function, an addition, a multiplication and a subtraction for each class
    derivative of f           f' as one function of the type of f, times the error; first the sum of what several readers hand back
    recurrent cell            a function for each gate and for the state, three multiplications and two additions for each of the state
    its derivative            three multiplications and an addition for each gate, with the functions kept from the forward pass
    max pooling, backward     the comparisons of the forward pass again; average pooling: one multiplication; addition: nothing
    bias                      the sum over samples and vectors, times the rate
"""

from __future__ import annotations

from collections.abc import Mapping

from chipsim.workload.layers import Activation, Add, AveragePool
from chipsim.workload.layers.layer import DigitalLayer, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent


def loss_operations(classes: int) -> Mapping[str, int]:
    """Softmax and the error of one output."""
    return {"function": classes, "add": 2 * classes, "multiply": classes}


def derivative_operations(layer: MatrixLayer, columns: int, sums: int) -> Mapping[str, int]:
    """The error before the activation from `sums` additions and the derivative."""
    if layer.activation is None:
        return {"add": sums}
    return {layer.activation: columns, "multiply": columns, "add": sums}


def cell_operations(layer: Recurrent) -> Mapping[str, int]:
    """One step of a recurrent layer after its products."""
    size = layer.hidden_size
    return {"function": (layer.gates + 1) * size, "multiply": 3 * size, "add": 2 * size}


def back_cell_operations(layer: Recurrent) -> Mapping[str, int]:
    """The derivative of one step."""
    size = layer.hidden_size
    return {"multiply": 3 * layer.gates * size, "add": (layer.gates + 1) * size}


def back_operations(layer: DigitalLayer, channels: int) -> Mapping[str, int]:
    """Handing the error of one position back through a layer without weights."""
    if isinstance(layer, Add):
        return {}
    if isinstance(layer, AveragePool):
        return {"multiply": channels}
    if isinstance(layer, Activation):
        return {layer.function: channels, "multiply": channels}
    return layer.operations(channels)


def bias_operations(columns: int, errors: int) -> Mapping[str, int]:
    """The update of the bias of `columns` from `errors` vectors."""
    return {"add": columns * errors, "multiply": columns}
