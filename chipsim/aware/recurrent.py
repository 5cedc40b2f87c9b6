"""The recurrent layers in PyTorch: their cells, and the loop over the steps, in which what was given is read again.

    h_t, s_t = cell(products of x_t and h_(t-1), s_(t-1))

as `workload/layers/recurrent.py` has it; the products are those of the layer's matrix, or of the arrays that hold it. In a mini-batch all
steps read the same devices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chipsim.aware.activations import activated
from chipsim.aware.layers import image_of
from chipsim.errors import InputError
from chipsim.workload.layers import GRU, LSTM, RNN, Layer, Recurrent

State = tuple[Tensor, ...]
Cell = Callable[[Any, Tensor, State], State]
Multiply = Callable[[Tensor, int], Tensor]  # vectors [B, rows] of a product of a step -> [B, gates * hidden], with bias


def lstm(layer: Any, sums: Tensor, state: State) -> State:
    """A step of an LSTM from its sums [B, 1, 4 hidden]."""
    i, f, g, o = sums[:, 0].chunk(4, dim=1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru(layer: Any, sums: Tensor, state: State) -> State:
    """A step of a GRU from its sums [B, 2, 3 hidden]."""
    (u_r, u_z, u_n), (v_r, v_z, v_n) = sums[:, 0].chunk(3, dim=1), sums[:, 1].chunk(3, dim=1)
    z = torch.sigmoid(u_z + v_z)
    n = torch.tanh(u_n + torch.sigmoid(u_r + v_r) * v_n)
    return ((1 - z) * n + z * state[0],)


def rnn(layer: Any, sums: Tensor, state: State) -> State:
    """A step of an Elman network from its sums [B, 1, hidden]."""
    return (activated(layer.function, sums[:, 0]),)


CELLS: dict[type[Layer], Cell] = {LSTM: lstm, GRU: gru, RNN: rnn}


def cell_of(layer: Recurrent) -> Cell:
    """The twin of a layer's cell; InputError where there is none."""
    if type(layer) not in CELLS:
        raise InputError(
            f"layer '{layer.name}' of type '{layer.type_name}' has no twin in PyTorch, so a network with it cannot be trained; "
            "give its cell one in chipsim.aware.recurrent.CELLS"
        )
    return CELLS[type(layer)]


def steps_of(layer: Recurrent, x: Tensor) -> Tensor:
    """[B, C, frames T, 1] -> what each step reads, [T, B, C frames], in the order in which they are taken."""
    channels, height, _ = image_of(x)
    low, high = layer.channels(channels)
    apart = x[:, low:high, :, 0].reshape(-1, high - low, height // layer.frames, layer.frames)
    apart = apart.flip(2) if layer.backward else apart
    return apart.permute(2, 0, 1, 3).flatten(2)


def played(layer: Recurrent, x: Tensor, first: Tensor | None, multiply: Multiply) -> Tensor:
    """The output [B, hidden, T or 1, 1] of images [B, C, frames T, 1]; `first` is the stored state before the first step."""
    cell, state = cell_of(layer), _start(layer, x, first)
    given = []
    for x_t in steps_of(layer, x):
        sums = [multiply(vector, product) for product, vector in enumerate(_vectors(layer, x_t, state[0]))]
        state = cell(layer, torch.stack(sums, dim=1), state)
        given.append(state[0])
    if layer.last_only:
        given = given[-1:]
    return torch.stack(given[::-1] if layer.backward else given, dim=2)[..., None]


def _start(layer: Recurrent, x: Tensor, first: Tensor | None) -> State:
    if first is None:
        return tuple(x.new_zeros(x.shape[0], layer.hidden_size) for _ in range(layer.states))  # len() would be fixed in a traced network
    return tuple(first[number].expand(x.shape[0], -1) for number in range(layer.states))


def _vectors(layer: Recurrent, x: Tensor, h: Tensor) -> list[Tensor]:
    """What drives the rows in each product of a step, [B, features + hidden]; rows that are not driven are zero."""
    features, whole, found = int(x.shape[1]), torch.cat([x, h], dim=1), []
    for product in range(layer.products):
        low, high = layer.driven(product, features)
        found.append(functional.pad(whole[:, low:high], (low, int(whole.shape[1]) - high)))
    return found
