"""The state of a hardware-aware training in one file of plain arrays (no pickle), written whole or not at all, the one before it kept.

What lies in it: the rows of the epochs, the network as it stands and as it was best, and what the optimiser remembers. It is taken up
only by a training of the same network, chip, data and question (training/checkpoint.py says which of them differs). Random numbers need
no state: every epoch begins with its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from chipsim.errors import InputError, Problem
from chipsim.training import checkpoint
from chipsim.training.checkpoint import Arrays

MODEL, BEST, OPTIMISER, ROWS = "model", "best", "optimiser", "rows"


class State(NamedTuple):
    """Everything that the rest of a training depends on."""

    rows: list[list[Any]]
    model: dict[str, Tensor]
    best: dict[str, Tensor]
    optimiser: torch.optim.Optimizer | None = None  # when it is written
    moments: dict[int, dict[str, Tensor]] = {}  # noqa: RUF012  # when it is read; never changed


def save(path: Path, settings: Mapping[str, str], state: State) -> None:
    """Write the file, or leave the one that is there; CheckError when it cannot be written."""
    arrays: Arrays = {ROWS: np.array(json.dumps(state.rows))}  # numbers as Python writes them read back exactly
    for kind, tensors in ((MODEL, state.model), (BEST, state.best)):
        arrays |= {f"{kind}/{name}": tensor.detach().numpy() for name, tensor in tensors.items()}
    moments = state.optimiser.state_dict()["state"] if state.optimiser else {}
    for number, values in moments.items():
        arrays |= {f"{OPTIMISER}/{number}/{name}": np.asarray(value) for name, value in values.items() if value is not None}
    checkpoint.save(path, settings, arrays)


def found(path: Path, settings: Mapping[str, str], like: Mapping[str, Tensor]) -> tuple[State | None, str]:
    """What to go on from (None where there is no file), and a sentence where that is not the newest; `like`: the network's own state.

    InputError where it belongs to another training, and where no file can be read.
    """
    arrays, sentence = checkpoint.found(path, settings)
    if arrays is None:
        return None, sentence
    model, best = (_tensors(arrays, kind) for kind in (MODEL, BEST))
    for kept in (model, best):
        if {name: tensor.shape for name, tensor in kept.items()} != {name: tensor.shape for name, tensor in like.items()}:
            raise InputError(Problem("this checkpoint is that of another network; begin anew with --again", file=str(path)))
    return State(json.loads(str(arrays[ROWS])), model, best, None, _moments(arrays)), sentence


def _tensors(arrays: Arrays, kind: str) -> dict[str, Tensor]:
    return {name.partition("/")[2]: torch.tensor(array) for name, array in arrays.items() if name.startswith(f"{kind}/")}


def _moments(arrays: Arrays) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for place, tensor in _tensors(arrays, OPTIMISER).items():
        number, _, name = place.partition("/")
        state.setdefault(int(number), {})[name] = tensor
    return state
