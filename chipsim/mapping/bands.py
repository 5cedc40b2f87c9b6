"""The blocks of a matrix whose weights lie in equal bands along its diagonal, as those of a convolution in groups do.

As many whole bands as fit share an array: b = min(floor(R / r), floor(C / c)) of them, each r x c weights, on an array of R x C cells.
Only b r c of its cells hold weights, since an array multiplies every row with every column; what lies off the diagonal is between
bands and stays unused. No array is spent on blocks without a weight. A band that is larger than an array is cut like any other matrix.
With b bands on an array one product makes b c outputs; a convolution that is depthwise (r = k^2, c = 1) so uses at most 1 / b of the
cells that it covers.
"""

from __future__ import annotations

from typing import Literal

from chipsim.mapping.mapping import Placement
from chipsim.mapping.partition import Span, spans

Split = Literal["balanced", "full"]


def banded(name: str, bands: int, matrix: tuple[int, int], array: tuple[int, int], split: Split) -> list[Placement]:
    """Blocks of copy 0 of a matrix (rows, columns) with so many bands; every column block has row blocks of its own, from 0 on."""
    rows, columns = matrix[0] // bands, matrix[1] // bands
    together = min(array[0] // rows, array[1] // columns)
    found: list[Placement] = []
    number = 0
    for low, high in spans(bands, max(together, 1), split):
        across = [_moved(span, low * columns) for span in spans((high - low) * columns, array[1], split)]
        down = [_moved(span, low * rows) for span in spans((high - low) * rows, array[0], split)]
        for j, column_span in enumerate(across):
            found += [Placement(name, 0, i, number + j, row_span, column_span) for i, row_span in enumerate(down)]
        number += len(across)
    return found


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
