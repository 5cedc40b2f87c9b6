"""Matrix products whose rows do not depend on each other: the same row gives the same bits in any batch.

A BLAS library chooses its inner loops by the shape of the whole product: other code runs for one row, for small products and
for the last rows of a block, and sums in another order. A result would then depend on how a batch is split. So rows are
multiplied in zero-padded blocks whose shapes come from a rule that depends on the matrix shape only:

    any multiple of 8 rows, but never so few that the product is small      (large matrices)
    always 64 rows                                                          (small matrices)
    the transposed product, the batch between two margins of 8 zero rows    (where neither holds)
    always 8, 4 or 1 rows                                                   (where not even that holds)

The first rule that passes a trial on random rows (numbers of rows, positions) is taken and kept for each matrix shape. Where products
of 8 rows give the same bits as those of the rule, they are taken for up to 8 rows: a single vector then costs a fraction of the time.
OpenBLAS 0.3.31: the first two hold for its AVX-512, AVX and SSE kernels. The AVX2 kernels (Haswell, Zen 1 to 3) treat rows
by their place in groups of 12, and columns alike except the first and last 8; the third rule uses that, and costs 20 %.
"""

import threading
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

# Rows of one block of work: inputs and outputs of 512 columns stay in the second-level cache beside the weights.
BLOCK = 256
# OpenBLAS takes other code for products of up to this many multiplications.
_SMALL_PRODUCT = 10**6
_FIXED_ROWS = 64
_MARGIN = 8
_FEW_ROWS = 8

_memory = threading.local()


class RowRule(NamedTuple):
    """Row counts a product may have: any multiple of `granule` from `least` to `most`, straight or transposed, or `few`."""

    granule: int
    least: int
    most: int
    transposed: bool = False
    few: int = 0

    def padded(self, rows: int) -> int:
        """Rows to compute so that `rows` rows can be had."""
        if rows <= self.few:
            return self.few
        if rows <= self.most:
            return max(self.least, -(-rows // self.granule) * self.granule)
        whole = rows // self.most * self.most
        return whole + (self.padded(rows - whole) if rows > whole else 0)


def product(left: Matrix, right: Matrix, out: Matrix, rows: int, rule: RowRule) -> None:
    """out[:rows] = left[:rows] @ right; left and out are buffers of BLOCK rows, their rows from `rows` on are overwritten."""
    padded = rule.padded(rows)
    left[rows:padded] = 0
    for first in range(0, padded, rule.most):
        last = min(first + rule.most, padded)
        if rule.transposed:
            _transposed(left[first:last], right, out[first:last])
        else:
            np.dot(left[first:last], right, out=out[first:last])


def _transposed(left: Matrix, right: Matrix, out: Matrix) -> None:
    (rows, inner), columns = left.shape, right.shape[1]
    wide = rows + 2 * _MARGIN
    lanes = _scratch("lanes", wide, inner)
    lanes[:_MARGIN] = 0
    lanes[-_MARGIN:] = 0
    lanes[_MARGIN:-_MARGIN] = left
    results = _scratch("results", columns, wide)
    np.dot(right.T, lanes.T, out=results)
    out[:] = results[:, _MARGIN:-_MARGIN].T


def aligned(rows: int, columns: int) -> Matrix:
    """An uninitialised matrix that starts on a cache line: vector loads that straddle two lines take twice as long."""
    flat = np.empty(rows * columns + 16, np.float32)
    first = -(flat.__array_interface__["data"][0] // 4) % 16
    return flat[first : first + rows * columns].reshape(rows, columns)


def _scratch(name: str, rows: int, columns: int) -> Matrix:
    flat: Matrix | None = getattr(_memory, name, None)
    if flat is None or flat.size < rows * columns:
        flat = np.empty(rows * columns, np.float32)
        setattr(_memory, name, flat)
    return flat[: rows * columns].reshape(rows, columns)


def widened(matrix: Matrix) -> Matrix:
    """The matrix, with a zero column beside a single one: NumPy would take it for a vector and run other code."""
    rows, columns = matrix.shape
    if columns > 1:
        return matrix
    wide = np.zeros((rows, 2), np.float32)
    wide[:, :columns] = matrix
    return wide


@lru_cache(maxsize=4096)
def row_rule(rows: int, columns: int) -> RowRule:
    """The row rule for matrices of shape (rows, columns)."""
    for rule in candidates(rows * columns):
        if holds(rule, rows, columns):
            return rule._replace(few=_FEW_ROWS) if few_hold(rule, rows, columns) else rule
    return RowRule(1, 1, 1)


def candidates(cells: int) -> list[RowRule]:
    """The rules to try for a matrix of so many cells, best first."""
    others = [RowRule(8, 8, BLOCK - 2 * _MARGIN, True), RowRule(8, 8, 8), RowRule(4, 4, 4)]
    if _FIXED_ROWS * cells <= _SMALL_PRODUCT:
        return [RowRule(_FIXED_ROWS, _FIXED_ROWS, _FIXED_ROWS), *others]
    least = max(8, -(-(_SMALL_PRODUCT // cells + 1) // 8) * 8)
    return [RowRule(8, least, BLOCK), *others]


def holds(rule: RowRule, rows: int, columns: int) -> bool:
    """Whether random rows keep their bits under this rule in other places and in fewer rows."""
    generator = np.random.Generator(np.random.SFC64(0))
    left = generator.standard_normal((rule.most, rows), dtype=np.float32)
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    whole = _computed(left, right, rule)
    order = generator.permutation(rule.most)
    if not np.array_equal(_computed(left[order], right, rule), whole[order]):
        return False
    sizes = {rule.least, rule.least + 8, rule.least + 16, 72, 104, 128, 200, rule.most - 8}
    usable = [size for size in sizes if rule.least <= size < rule.most and size % rule.granule == 0]
    # The last `size` rows, so that each row is tried at another position too.
    return all(np.array_equal(_computed(left[-size:], right, rule), whole[-size:]) for size in usable)


def few_hold(rule: RowRule, rows: int, columns: int) -> bool:
    """Whether random rows keep their bits in products of few rows, wherever they stand in them."""
    if rule.transposed or rule.least <= _FEW_ROWS:
        return False
    generator = np.random.Generator(np.random.SFC64(1))
    left = generator.standard_normal((rule.most, rows), dtype=np.float32)
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    whole, few = _computed(left, right, rule), RowRule(_FEW_ROWS, _FEW_ROWS, _FEW_ROWS)
    orders = generator.permutation(rule.most), np.arange(rule.most)
    return all(np.array_equal(_computed(left[order], right, few), whole[order]) for order in orders)


def _computed(left: Matrix, right: Matrix, rule: RowRule) -> Matrix:
    out = np.empty((len(left), right.shape[1]), np.float32)
    product(left.copy(), right, out, len(left), rule)
    return out
