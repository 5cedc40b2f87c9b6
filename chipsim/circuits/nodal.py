"""Exact currents of one crossbar of ohmic cells and resistive wires, from Kirchhoff's equations.

At every crossing (i, j) the row wire has a node p and the column wire a node q, joined by the cell g_ij. With r_w, r_c the
resistance of one cell's length of row and column wire and r_s that of a driver, the currents into each node sum to zero:

    sum over wire neighbours n of (p_n - p_ij) / r_w  +  g_ij (q_ij - p_ij) = 0
    sum over wire neighbours n of (q_n - q_ij) / r_c  +  g_ij (p_ij - q_ij) = 0

The first cell of a row hangs on its driver v_i through r_s + r_w, the last cell of a column on virtual ground (0 V) through
r_c. A resistance of 0 makes its nodes one node, exactly. With the nodes sorted into unknown u, driven s and grounded t,

    K V_u = B v,    I = C' V_u + D' v,    I = v @ M,    M = B' K**-1 C + D      K, B, C, D: blocks uu, us, ut, st

of the conductance Laplacian (signs of B, C, D turned; ' transposes). K is symmetric and positive definite; it is factorised
once, without pivoting, ordered by nested dissection of the array (cutting the row wires of one column, or the column wires
of one row, splits it in two).

Symbols: g conductances (rows, columns) in S; resistances in ohm; v (vectors, rows) in V; I (vectors, columns) in A;
M (rows, columns) in S, the matrix that the array seems to hold; `ir_drop_model: exact` of an array puts it in place of the
conductances (`lines.py`). Pulse widths need nothing else: the network is linear, so pulses of one height give v @ M on average if idle
rows are held at ground.

References: A. Chen, IEEE Transactions on Electron Devices 60, 1318 (2013), DOI 10.1109/TED.2013.2246791 (the equations);
A. George, SIAM Journal on Numerical Analysis 10, 345 (1973), DOI 10.1137/0710032 (nested dissection).
Valid for any conductances >= 0; rounding stays below 1e-11 of the largest of them in M (found up to 1024 rows).
Not modelled: selectors and rows that float while idle, cells whose current is not proportional to voltage, resistance or
offset of the virtual ground, capacitance and settling, differences between segments of wire, leakage between wires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import SuperLU, splu

from chipsim.errors import InputError

Floats = NDArray[np.float64]
Nodes = NDArray[np.int64]

_LEAF = 8  # cells below which cutting an array in two saves nothing
_SIDES = 32  # right-hand sides solved at a time: 32 x 524288 nodes of a 512 x 512 array are 134 MB
LARGEST = 1 << 22  # unknown nodes; half of it, a 1024 x 1024 array with all its wires, takes 3.3 GB and 10 s, and 6 min for M


@final
@dataclass(frozen=True)
class Wires:
    """Resistances (ohm) and ends of an array's wires; 0 is an ideal wire or driver."""

    row_resistance: float = 0.0  # of one cell's length of row wire
    column_resistance: float = 0.0  # of one cell's length of column wire
    source_resistance: float = 0.0  # of each driver
    driven: Literal["first", "last", "both"] = "first"  # columns where the rows' drivers are; both: the same voltage at both
    sensed: Literal["first", "last"] = "first"  # row where the columns' virtual grounds are

    def __post_init__(self) -> None:
        for name in ("row_resistance", "column_resistance", "source_resistance"):
            value = getattr(self, name)
            if not (value == 0 or 1e-30 <= value <= 1e30):
                raise InputError(f"Wires.{name}: {value!r}; expected 0 for an ideal wire, or 1e-30 to 1e30 ohm")
        for name, known in (("driven", ("first", "last", "both")), ("sensed", ("first", "last"))):
            value = getattr(self, name)
            if value not in known:
                raise InputError(f"Wires.{name}: {value!r}; expected one of {', '.join(known)}")


@final
class NodalArray:
    """One crossbar of conductances g (rows, columns) in S with its wires, factorised when it is made.

    Raises InputError when g is not a matrix of finite numbers >= 0.
    """

    def __init__(self, g: ArrayLike, wires: Wires | None = None) -> None:
        self.g = _conductances(g)
        self.wires = wires or Wires()
        network = _network(self.g, self.wires)
        self._row_nodes, self._column_nodes = network.row_nodes, network.column_nodes
        self._into, self._out, self._through = network.into, network.out, network.through
        # Columns (or rows) that meet in driven (or grounded) nodes only do not feel each other.
        self._columns_alone = bool((network.row_nodes >= network.unknowns).all())
        self._rows_alone = bool((network.column_nodes >= network.unknowns).all())
        self._order = self._elimination(network)
        self._solver = _factorised(network.inner, self._order)
        self._matrix: Floats | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.g.shape[0], self.g.shape[1]

    def currents(self, v: ArrayLike) -> Floats:
        """Currents (A) into the virtual grounds, (vectors, columns), for driver voltages v (vectors, rows); (rows,) -> (columns,)."""
        volts = self._voltages(v)
        if self._matrix is not None or self._columns_alone or self._rows_alone:
            currents = volts @ self.matrix()
        else:
            currents = np.empty((len(volts), self.shape[1]))
            for first in range(0, len(volts), _SIDES):
                part = slice(first, first + _SIDES)
                currents[part] = (self._out.T @ self._solve(self._into @ volts[part].T) + self._through.T @ volts[part].T).T
        return currents[0] if np.ndim(v) == 1 else currents

    def cell_voltages(self, v: ArrayLike) -> Floats:
        """Voltage (V) over each cell, row minus column, (vectors, rows, columns), for v as in `currents`; (rows,) -> (rows, columns)."""
        volts = self._voltages(v)
        inner = self._solve(self._into @ volts.T).T
        everywhere = np.concatenate([inner, volts, np.zeros((len(volts), self.shape[1]))], axis=1)
        cells: Floats = everywhere[:, self._row_nodes] - everywhere[:, self._column_nodes]
        return cells[0] if np.ndim(v) == 1 else cells

    def matrix(self) -> Floats:
        """M (rows, columns) in S with currents = v @ M; worked out at the first call, then kept (read only).

        Costs one solve if the row wires and drivers, or the column wires, are ideal; else one per row or per column, whichever
        are fewer.
        """
        if self._matrix is None:
            self._matrix = self._effective()
            self._matrix.setflags(write=False)
        return self._matrix

    def _effective(self) -> Floats:
        rows, columns = self.shape
        if self._columns_alone and self._rows_alone:
            return self.g.copy()
        if self._columns_alone:
            # By reciprocity: what share of a current fed into q_ij comes out at the ground of its column.
            share = self._solve(self._out @ np.ones((columns, 1)))[:, 0]
            return self.g * share[self._column_nodes]
        if self._rows_alone:
            return self.g * self._solve(self._into @ np.ones((rows, 1)))[:, 0][self._row_nodes]
        few, many = (self._into, self._out) if rows <= columns else (self._out, self._into)
        result = np.empty((few.shape[1], many.shape[1]))
        for first in range(0, few.shape[1], _SIDES):
            result[first : first + _SIDES] = (many.T @ self._solve(few[:, first : first + _SIDES].toarray())).T
        return np.ascontiguousarray((result if rows <= columns else result.T) + self._through.toarray())

    def _elimination(self, network: _Network) -> Nodes:
        """Unknown nodes in the order of elimination. Chains alone need none but their own; their nodes are numbered along it."""
        if self._columns_alone or self._rows_alone:
            return np.arange(network.unknowns)
        return _dissection(network)

    def _solve(self, into: Floats) -> Floats:
        """Voltages (unknowns, n) for currents fed into the unknown nodes (unknowns, n)."""
        if self._solver is None:
            return into
        result = np.empty_like(into)
        result[self._order] = self._solver.solve(np.ascontiguousarray(into[self._order].T).T)
        return result

    def _voltages(self, v: ArrayLike) -> Floats:
        volts = np.atleast_2d(np.asarray(v, np.float64))
        if volts.ndim != 2 or volts.shape[1] != self.shape[0]:
            raise InputError(f"NodalArray: v has shape {np.shape(v)}, expected (vectors, {self.shape[0]}) volts, one for each row")
        if not np.isfinite(volts).all():
            raise InputError("NodalArray: v holds a value that is not finite; expected voltages in V")
        return volts


def differential_matrix(plus: ArrayLike, minus: ArrayLike, wires: Wires | None = None) -> Floats:
    """M of pairs whose sides are read on columns of their own and subtracted, (rows, columns) in S.

    plus, minus: conductances (rows, columns) in S, each an array of its own with these wires. Sides that lie side by side on
    the same row wires load these together; for them make one NodalArray with both sides' columns in their places.
    """
    if np.shape(plus) != np.shape(minus):
        raise InputError(f"differential_matrix: plus has shape {np.shape(plus)}, minus {np.shape(minus)}; expected the same")
    return NodalArray(plus, wires).matrix() - NodalArray(minus, wires).matrix()


# --- the network ---------------------------------------------------------------------------------------------------------


class _Network(NamedTuple):
    """Nodes (unknown ones first, then one driver for each row, then one ground for each column) and blocks of the Laplacian."""

    unknowns: int
    row_nodes: Nodes  # (rows, columns)
    column_nodes: Nodes  # (rows, columns)
    inner: csc_array  # (unknowns, unknowns)
    into: csc_array  # (unknowns, rows)
    out: csc_array  # (unknowns, columns)
    through: csc_array  # (rows, columns)


class _Resistors(NamedTuple):
    """Ends and conductance (S) of some resistors, all of one shape."""

    one: Nodes
    other: Nodes
    conductance: Floats


def _conductances(g: ArrayLike) -> Floats:
    matrix = np.array(g, np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise InputError(f"NodalArray: g has shape {matrix.shape}, expected (rows, columns) with at least one cell")
    if not (np.isfinite(matrix).all() and (matrix >= 0).all()):
        raise InputError("NodalArray: g holds a conductance that is negative or not finite; pairs: see differential_matrix")
    return matrix


def _network(g: Floats, wires: Wires) -> _Network:
    rows, columns = g.shape
    cells = np.arange(rows * columns).reshape(rows, columns)
    row_wire, column_wire = wires.row_resistance > 0, wires.column_resistance > 0
    row_count = rows * columns if row_wire else rows if wires.source_resistance > 0 else 0
    unknowns = row_count + (rows * columns if column_wire else 0)
    if unknowns > LARGEST:
        side = int((LARGEST / (row_wire + column_wire)) ** 0.5)
        raise InputError(
            f"NodalArray: {rows} x {columns} cells and wires have {unknowns} unknown nodes; expected at most {LARGEST} ({side} x {side} "
            "cells, some 7 GB); describe smaller arrays, or rows and drivers without resistance (see ladder.py), or the polynomial"
        )
    drivers, grounds = unknowns + np.arange(rows), unknowns + rows + np.arange(columns)
    one_per_row = np.arange(rows) if row_count else drivers
    row_nodes = cells if row_wire else np.repeat(one_per_row[:, None], columns, axis=1)
    column_nodes = row_count + cells if column_wire else np.repeat(grounds[None, :], rows, axis=0)
    resistors = [_Resistors(row_nodes, column_nodes, g)]
    resistors += _along_rows(row_nodes, drivers, wires) if row_count else []
    resistors += _along_columns(column_nodes, grounds, wires) if column_wire else []
    laplacian = _laplacian(resistors, unknowns + rows + columns)
    known = laplacian[:, unknowns:]
    into, out = -known[:unknowns, :rows], -known[:unknowns, rows:]
    through = -known[unknowns : unknowns + rows, rows:]
    return _Network(unknowns, row_nodes, column_nodes, laplacian[:unknowns, :unknowns], into, out, through)


def _along_rows(nodes: Nodes, drivers: Nodes, wires: Wires) -> list[_Resistors]:
    """Drivers and segments of the row wires; an ideal wire is one node with all its drivers."""
    ends = {"first": [0], "last": [-1], "both": [0, -1]}[wires.driven]
    lead = 1 / (wires.source_resistance + wires.row_resistance)
    found = [_Resistors(drivers, nodes[:, end], np.full(len(drivers), lead)) for end in ends]
    if wires.row_resistance > 0:
        found.append(_segments(nodes[:, :-1], nodes[:, 1:], wires.row_resistance))
    return found


def _along_columns(nodes: Nodes, grounds: Nodes, wires: Wires) -> list[_Resistors]:
    end = nodes[0] if wires.sensed == "first" else nodes[-1]
    return [_segments(nodes[:-1], nodes[1:], wires.column_resistance), _segments(end, grounds, wires.column_resistance)]


def _segments(one: Nodes, other: Nodes, resistance: float) -> _Resistors:
    return _Resistors(one, other, np.full(one.shape, 1 / resistance))


def _laplacian(resistors: list[_Resistors], size: int) -> csc_array:
    """Conductance matrix of a network of `size` nodes: the negative between two nodes, their sums on the diagonal."""
    one = np.concatenate([part.one.ravel() for part in resistors])
    other = np.concatenate([part.other.ravel() for part in resistors])
    conductance = np.concatenate([part.conductance.ravel() for part in resistors])
    one, other, conductance = (part[conductance > 0] for part in (one, other, conductance))
    entries = np.concatenate([conductance, conductance, -conductance, -conductance])
    places = np.concatenate([one, other, one, other]), np.concatenate([one, other, other, one])
    return coo_array((entries, places), shape=(size, size)).tocsc()


# --- factorisation -------------------------------------------------------------------------------------------------------


def _dissection(network: _Network) -> Nodes:
    """Unknown nodes in the order of elimination: the pieces of a cut array first, then the nodes that were cut."""
    rows, columns = network.row_nodes.shape
    found: list[Nodes] = []
    pieces = [(0, rows, 0, columns)]
    while pieces:
        top, bottom, left, right = pieces.pop()
        height, width = bottom - top, right - left
        if height * width <= _LEAF:
            found += [network.row_nodes[top:bottom, left:right].ravel(), network.column_nodes[top:bottom, left:right].ravel()]
        elif width >= height:
            middle = (left + right) // 2
            found.append(network.row_nodes[top:bottom, middle])
            # What is left of the cut column is its column wire, a piece of its own.
            pieces += [(top, bottom, left, middle), (top, bottom, middle, middle + 1), (top, bottom, middle + 1, right)]
        else:
            middle = (top + bottom) // 2
            found.append(network.column_nodes[middle, left:right])
            pieces += [(top, middle, left, right), (middle, middle + 1, left, right), (middle + 1, bottom, left, right)]
    nodes = np.concatenate(found)
    _, first = np.unique(nodes, return_index=True)
    nodes = nodes[np.sort(first)]
    return np.ascontiguousarray(nodes[nodes < network.unknowns][::-1])


def _factorised(inner: csc_array, order: Nodes) -> SuperLU | None:
    """The factors of the matrix of the unknown nodes, in the order given; None when no node is unknown."""
    if len(order) == 0:
        return None
    matrix = inner[order][:, order].tocsc()
    # The diagonal dominates, so that pivots can be taken as they come and the ordering be kept.
    return splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True, "Equil": False})
