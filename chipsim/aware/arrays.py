"""The arrays of a layer in one mini-batch: what a product needs of its blocks, with gradients to what is stored.

    W_p = V_p + c_p (w - [w])      w = W / s,   c_p = m_p / sum of m^2
    scale = m_p s (sum of |values| after programming) / (sum of |values| when drift was measured)

W weights of a block; s its full scale (of each column, or of the block), V_p what is read of part p of w, m_p what that part counts for
in the
digital sum, [w] the same number as a constant: whatever became of a weight, its gradient is that of w (straight-through), and its parts
move
so that their sum moves as w does. s and the compensation count as constants too. As s follows from the weights of the moment, they are
mapped anew in every mini-batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from chipsim.aware.cells import Cells, Floats, Held, Moment
from chipsim.aware.products import Drawn
from chipsim.circuits.array import Array
from chipsim.circuits.readout import Readout, of_columns
from chipsim.mapping.mapping import Placement
from chipsim.mapping.partition import Span


class Strip(NamedTuple):
    """Blocks of equal rows, side by side."""

    rows: Span
    columns: Span
    blocks: tuple[Placement, ...]


def strips_of(blocks: list[Placement], together: bool) -> list[Strip]:
    """The blocks of the first copy as strips, row blocks in order; `together`: whether blocks beside each other may be one strip."""
    mine = sorted((block for block in blocks if block.copy == 0), key=lambda block: (block.rows, block.columns))
    strips: list[Strip] = []
    for block in mine:
        last = strips[-1] if strips else None
        if together and last and last.rows == block.rows and last.columns[1] == block.columns[0]:
            strips[-1] = Strip(last.rows, (last.columns[0], block.columns[1]), (*last.blocks, block))
        else:
            strips.append(Strip(block.rows, block.columns, (block,)))
    return strips


@final
class Arrays:
    """Arrays of one description; `cells` finds what their devices give."""

    def __init__(self, array: Array, cells: Cells) -> None:
        self.array, self.cells = array, cells
        counts = array.cell.part_weights
        self.counts = torch.tensor(counts, dtype=torch.float32)[:, None]
        self.shares = self.counts / sum(count**2 for count in counts)

    def drawn(self, strips: Sequence[Strip], matrix: Tensor, moment: Moment) -> list[Drawn]:
        """What stands in the arrays of strips of `matrix` [columns, rows]."""
        with torch.no_grad():
            plain = matrix.detach()
            found = [self._strip(strip, plain[slice(*strip.columns), slice(*strip.rows)], moment) for strip in strips]
        if not matrix.requires_grad:
            return found
        weights = _Moving.apply(matrix, strips, [one.slope for one in found], *[one.weights for one in found])
        return [one._replace(weights=read) for one, read in zip(found, weights, strict=True)]

    def _strip(self, strip: Strip, matrix: Tensor, moment: Moment) -> Drawn:
        low = strip.columns[0]
        blocks = [self._block(block, matrix[block.columns[0] - low : block.columns[1] - low], moment) for block in strip.blocks]
        return blocks[0] if len(blocks) == 1 else _beside(blocks)

    def _block(self, block: Placement, matrix: Tensor, moment: Moment) -> Drawn:
        scale = self._full_scale(matrix)
        held = self.cells.held(matrix / scale, block, moment)
        parts, columns = held.values.shape[:2]
        readout = of_columns(self.array, parts, columns, moment.stream.child("chip").child(block.name))
        readout = readout.shifted(None if held.offset is None else held.offset.reshape(-1))
        each = scale.reshape(1, -1).expand(1, columns)
        slope = self.shares / each if held.sensed is None else self.shares / (each * held.sensed)
        return Drawn(
            held.values.reshape(parts * columns, -1), self._digital(each, held, readout).reshape(-1, 1), slope.reshape(-1, 1),
            None if held.variance is None else held.variance.reshape(parts * columns, -1),
            _column(readout.nonlinearity), _column(readout.gain), _column(readout.offset), _column(readout.correction), parts,
        )  # fmt: skip

    def _full_scale(self, matrix: Tensor) -> Tensor:
        """What a full-scale cell stands for, [columns, 1] or [1, 1]; 1 where all weights are zero."""
        low, high = torch.aminmax(matrix.detach(), dim=1, keepdim=True)
        top = torch.maximum(high, -low)
        top = top if self.array.weight_scaling == "column" else top.max().reshape(1, 1)
        return torch.where(top > 0, top, torch.ones_like(top))

    def _digital(self, scale: Tensor, held: Held, readout: Readout) -> Tensor:
        """Factor of every output in digital, [parts, columns], from the full scales [1, columns]."""
        total = self.counts * scale
        for factor in (held.compensation, held.sensed):
            total = total if factor is None else total * factor
        return total if readout.scale is None else total * torch.from_numpy(readout.scale).reshape(total.shape)


@final
class _Moving(torch.autograd.Function):
    """What is read of strips, with the gradients of the matrix that was written in them."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, strips: Sequence[Strip], slopes: Sequence[Tensor], *weights: Tensor) -> tuple[Tensor, ...]:
        ctx.shape, ctx.strips, ctx.slopes = matrix.shape, strips, slopes
        return weights

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        result = torch.zeros(ctx.shape)
        for strip, slope, gradient in zip(ctx.strips, ctx.slopes, gradients, strict=True):
            place = result[slice(*strip.columns), slice(*strip.rows)]
            if len(gradient) == len(place):
                torch.mul(gradient, slope, out=place)
            else:
                place.copy_((gradient * slope).reshape(-1, *place.shape).sum(0))
        return result, None, None, *[None for _ in gradients]


def _column(values: Floats | None) -> Tensor | None:
    return None if values is None else torch.from_numpy(np.ascontiguousarray(values, np.float32)).reshape(-1, 1)


def _beside(blocks: list[Drawn]) -> Drawn:
    """Blocks side by side as one; outputs are those of all first parts, then of all second ones."""
    parts = blocks[0].parts

    def joined(pieces: list[Tensor | None]) -> Tensor | None:
        if pieces[0] is None:
            return None
        apart = [piece.reshape(parts, -1, piece.shape[1]) for piece in pieces if piece is not None]
        return torch.cat(apart, dim=1).reshape(-1, pieces[0].shape[1])

    fields = {name: joined([getattr(block, name) for block in blocks]) for name in Drawn._fields if name != "parts"}
    found: Any = fields
    return Drawn(parts=parts, **found)
