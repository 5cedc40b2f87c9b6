"""What resistive column wires leave of conductances, exactly, when row wires and drivers are ideal.

Every column is then a ladder of its own, whatever the others hold: node j joins the cell g_j, whose other end is at its driver's
voltage, to the wire of r per cell; the current of the cell nearest the ADC passes one r to virtual ground.

    Y_j = g_j + Y_{j+1} / (1 + r Y_{j+1})         conductance seen from node j away from the ground, drivers at 0 V
    t_0 = 1 / (1 + r Y_0),   t_j = t_{j-1} / (1 + r Y_j)
    M_j = g_j t_j

t_j is the voltage of node j with 1 V in place of the ground; by reciprocity it is the share of the current of cell j that
comes out there. Symbols: g conductances (rows, columns) in S, row 0 nearest the ADC; r in ohm; M (rows, columns) in S, so that
currents = v @ M. The same numbers as those of `nodal.py`, in the time of a few passes over the matrix.
Valid for g >= 0 (not checked here). Not modelled: row wires and drivers with resistance, see `nodal.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ladder_matrix(g: ArrayLike, resistance: float) -> NDArray[np.float64]:
    """M (rows, columns) in S of conductances g (rows, columns) in S, for wires of `resistance` (ohm) per cell."""
    conductance = np.asarray(g, np.float64)
    beyond = np.zeros_like(conductance)  # r Y_j
    following = np.zeros(conductance.shape[1])
    for row in range(len(conductance) - 1, -1, -1):
        following = resistance * conductance[row] + following / (1 + following)
        beyond[row] = following
    matrix: NDArray[np.float64] = conductance * np.cumprod(1 / (1 + beyond), axis=0)
    return matrix
