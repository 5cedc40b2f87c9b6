"""Matrix products whose rows do not depend on each other: the same row gives the same bits in any batch.

A BLAS library chooses its inner loops by the shape of the whole product: other code runs for one row, for small products and
for the last rows of a block, and sums in another order. A result would then depend on how a batch is split. So rows are
multiplied in zero-padded blocks whose shapes come from a rule that depends on the matrix shape only:

    any multiple of 8 rows, but never so few that the product is small      (large matrices)
    always 64 rows                                                        (small matrices)
    always 8, 4 or 1 rows                                                 (libraries for which neither holds)

The first rule that passes a trial on random rows (sizes, positions) is taken and kept for each matrix shape. OpenBLAS 0.3.31:
the first two hold for its AVX-512, AVX and SSE kernels; the AVX2 kernels (Haswell, Zen 1 to 3) treat rows by their position
in a group of 12 and need 8 rows at a time, about half the speed at 512 x 512.
"""

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


class RowRule(NamedTuple):
    """Row counts a product may have: any multiple of `granule` from `least` to `most`."""

    granule: int
    least: int
    most: int

    def padded(self, rows: int) -> int:
        """Rows to compute so that `rows` rows can be had."""
        if rows <= self.most:
            return max(self.least, -(-rows // self.granule) * self.granule)
        whole = rows // self.most * self.most
        return whole + (self.padded(rows - whole) if rows > whole else 0)


def product(left: Matrix, right: Matrix, out: Matrix, rows: int, rule: RowRule) -> None:
    """out[:rows] = left[:rows] @ right; left and out are buffers of BLOCK rows, their rows from `rows` on are overwritten."""
    padded = rule.padded(rows)
    left[rows:padded] = 0
    if padded <= rule.most:
        np.dot(left[:padded], right, out=out[:padded])
        return
    for first in range(0, padded, rule.most):
        last = min(first + rule.most, padded)
        np.dot(left[first:last], right, out=out[first:last])


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
    for rule in _candidates(rows * columns):
        if _holds(rule, rows, columns):
            return rule
    return RowRule(1, 1, 1)


def _candidates(cells: int) -> list[RowRule]:
    fixed = [RowRule(rows, rows, rows) for rows in (_FIXED_ROWS, 8, 4)]
    if _FIXED_ROWS * cells <= _SMALL_PRODUCT:
        return fixed
    least = max(8, -(-(_SMALL_PRODUCT // cells + 1) // 8) * 8)
    return [RowRule(8, least, BLOCK), *fixed[1:]]


def _holds(rule: RowRule, rows: int, columns: int) -> bool:
    generator = np.random.Generator(np.random.SFC64(0))
    left = generator.standard_normal((rule.most, rows), dtype=np.float32)
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    whole = np.dot(left, right)
    order = generator.permutation(rule.most)
    if not np.array_equal(np.dot(left[order], right), whole[order]):
        return False
    sizes = {rule.least, rule.least + 8, rule.least + 16, 72, 104, 128, 200, rule.most - 8}
    usable = [size for size in sizes if rule.least <= size < rule.most and size % rule.granule == 0]
    # The last `size` rows, so that each row is tried at another position too.
    return all(np.array_equal(np.dot(left[-size:], right), whole[-size:]) for size in usable)
