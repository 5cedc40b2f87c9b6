"""Currents of a crossbar with resistive wires: closed forms, Kirchhoff's laws on a dense matrix, limits, symmetries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.nodal import NodalArray, Wires, differential_matrix
from chipsim.errors import InputError
from chipsim.kernels.mvm import analog_mvm, position_weighted
from chipsim.kernels.settings import MVMSettings

EVERY_WIRING = [
    Wires(),
    Wires(row_resistance=30.0),
    Wires(column_resistance=20.0),
    Wires(source_resistance=100.0),
    Wires(row_resistance=30.0, column_resistance=20.0),
    Wires(row_resistance=30.0, source_resistance=100.0, driven="last"),
    Wires(column_resistance=20.0, source_resistance=100.0, driven="both", sensed="last"),
    Wires(30.0, 20.0, 100.0, "first", "last"),
    Wires(30.0, 20.0, 100.0, "last", "first"),
    Wires(30.0, 20.0, 0.0, "both", "first"),
]


def random_conductances(rows, columns, seed=0, full_scale=1e-3):
    return full_scale * np.random.default_rng(seed).random((rows, columns))


def parallel(*conductances):
    return sum(conductances)


def series(*conductances):
    return 1 / sum(1 / g for g in conductances)


def dense(g, wires, v):
    """Every node's equation written out, one by one, for a dense solver: no merging, so every resistance must be > 0."""
    rows, columns = g.shape
    size = rows * columns
    matrix, into = np.zeros((2 * size, 2 * size)), np.zeros(2 * size)

    def join(one, other, conductance):
        matrix[one, one] += conductance
        matrix[other, other] += conductance
        matrix[one, other] -= conductance
        matrix[other, one] -= conductance

    for i in range(rows):
        for j in range(columns):
            join(i * columns + j, size + i * columns + j, g[i, j])
            if j + 1 < columns:
                join(i * columns + j, i * columns + j + 1, 1 / wires.row_resistance)
            if i + 1 < rows:
                join(size + i * columns + j, size + (i + 1) * columns + j, 1 / wires.column_resistance)
        for end in {"first": [0], "last": [columns - 1], "both": [0, columns - 1]}[wires.driven]:
            lead = series(1 / wires.source_resistance, 1 / wires.row_resistance)
            matrix[i * columns + end, i * columns + end] += lead
            into[i * columns + end] += lead * v[i]
    grounded = size + np.arange(columns) + (0 if wires.sensed == "first" else rows - 1) * columns
    matrix[grounded, grounded] += 1 / wires.column_resistance
    volts = np.linalg.solve(matrix, into)
    cells = (volts[:size] - volts[size:]).reshape(rows, columns)
    return volts[grounded] / wires.column_resistance, cells


def ladder(g, resistance):
    """M of one column with its ground before the first cell: admittances from the far end, then dividers towards it."""
    wire, seen = np.longdouble(resistance), np.zeros(len(g) + 1, np.longdouble)
    for k in reversed(range(len(g))):
        seen[k] = g[k] + (seen[k + 1] / (1 + wire * seen[k + 1]))
    level, result = np.longdouble(1), []
    for k in range(len(g)):
        level = level / (1 + wire * seen[k])
        result.append(g[k] * level)  # by reciprocity: 1 V at the ground, all drivers at 0 V
    return np.array(result)


# --- closed forms --------------------------------------------------------------------------------------------------------


def test_one_cell_is_in_series_with_everything():
    array = NodalArray([[1e-3]], Wires(30.0, 20.0, 100.0))
    assert array.currents([2.0])[0] == pytest.approx(2 / (1000 + 30 + 20 + 100), rel=1e-14)
    assert array.cell_voltages([2.0])[0, 0] == pytest.approx(2 * 1000 / 1150, rel=1e-14)
    both = NodalArray([[1e-3]], Wires(30.0, 20.0, 100.0, driven="both"))
    assert both.currents([2.0])[0] == pytest.approx(2 / (1000 + 20 + 130 / 2), rel=1e-14)


def test_one_row_divides_its_current():
    g = np.array([[1e-3, 2e-3]])
    far = series(1 / 30, 2e-3)
    total = series(1 / 130, parallel(1e-3, far))
    at_first = 1 - total * 130
    expected = [1e-3 * at_first, far * at_first]
    assert NodalArray(g, Wires(30.0, 0.0, 100.0)).currents([1.0]) == pytest.approx(expected, rel=1e-13)
    mirrored = NodalArray(g[:, ::-1], Wires(30.0, 0.0, 100.0, driven="last")).currents([1.0])
    assert mirrored == pytest.approx(expected[::-1], rel=1e-13)


def test_an_ideal_row_wire_behind_a_driver_is_one_node():
    g = random_conductances(3, 4)
    share = 1 / (1 + 100 * g.sum(axis=1, keepdims=True))
    assert NodalArray(g, Wires(source_resistance=100.0)).matrix() == pytest.approx(g * share, rel=1e-13)
    share = 1 / (1 + 50 * g.sum(axis=1, keepdims=True))
    assert NodalArray(g, Wires(source_resistance=100.0, driven="both")).matrix() == pytest.approx(g * share, rel=1e-13)


@pytest.mark.parametrize("rows", [1, 2, 3, 17, 400])
def test_a_column_is_a_ladder(rows):
    g = random_conductances(rows, 2, full_scale=25e-6)
    found = NodalArray(g, Wires(column_resistance=0.35))
    expected = np.stack([ladder(column, 0.35) for column in g.T], axis=1)
    assert np.abs(found.matrix() - expected).max() < 1e-11 * g.max()
    below = NodalArray(g[::-1], Wires(column_resistance=0.35, sensed="last"))
    assert np.abs(below.matrix()[::-1] - expected).max() < 1e-11 * g.max()


def test_a_long_uniform_column_follows_the_hyperbolic_tangent():
    rows, g, resistance = 2000, 5e-6, 0.35
    load = rows * np.sqrt(resistance * g)
    current = NodalArray(np.full((rows, 1), g), Wires(column_resistance=resistance)).currents(np.ones(rows))[0]
    assert current == pytest.approx(rows * g * np.tanh(load) / load, rel=2 / rows)


def test_the_fast_model_agrees_where_it_was_made_for():
    """Full columns, all inputs on: the kernel's polynomial and the network, up to the load where the polynomial runs away."""
    rows, x = 256, np.ones((1, 256), np.float32)
    weights, zero = np.ones((rows, 1), np.float32), np.zeros(1, np.uint32)
    for load, tolerance in ((0.01, 0.01), (0.1, 0.01), (0.5, 0.03), (1.0, 0.05), (2.0, 0.1)):
        chain = MVMSettings(ir_drop=1.0, conductance_ratio=rows**2 / load)
        kept = analog_mvm(x, weights, chain, key=(0, 0), sample=zero, vector=zero, magnitude=weights, droop=position_weighted(weights)).y[
            0, 0
        ]
        resistance = load / (rows**2 * 5e-6)
        found = NodalArray(weights * 5e-6, Wires(column_resistance=resistance)).currents(x[0])[0] / 5e-6
        assert 1 - kept / rows == pytest.approx(1 - found / rows, rel=tolerance)


# --- Kirchhoff -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driven", ["first", "last", "both"])
@pytest.mark.parametrize("sensed", ["first", "last"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 9), (12, 4)])
def test_as_a_dense_solver_finds_it(shape, driven, sensed):
    g, wires = random_conductances(*shape), Wires(30.0, 20.0, 100.0, driven, sensed)
    g.flat[::3] = 0.0
    v = np.random.default_rng(1).normal(size=shape[0])
    array = NodalArray(g, wires)
    currents, cells = dense(g, wires, v)
    assert array.currents(v) == pytest.approx(currents, rel=1e-10, abs=1e-16)
    assert array.cell_voltages(v) == pytest.approx(cells, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("wires", EVERY_WIRING, ids=str)
@pytest.mark.parametrize("shape", [(9, 6), (6, 9)])
def test_a_merged_node_is_the_limit_of_a_small_resistance(shape, wires):
    g, v = random_conductances(*shape), np.random.default_rng(1).normal(size=shape[0])
    names = ("row_resistance", "column_resistance", "source_resistance")
    almost = Wires(*(getattr(wires, name) or 1e-6 for name in names), wires.driven, wires.sensed)
    currents, cells = dense(g, almost, v)
    assert NodalArray(g, wires).currents(v) == pytest.approx(currents, rel=1e-6, abs=1e-11)
    assert NodalArray(g, wires).cell_voltages(v) == pytest.approx(cells, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("wires", EVERY_WIRING, ids=str)
def test_no_current_is_lost(wires):
    g, v = random_conductances(20, 13), np.random.default_rng(1).normal(size=(3, 20))
    array = NodalArray(g, wires)
    through_cells = g * array.cell_voltages(v)
    assert array.currents(v) == pytest.approx(through_cells.sum(axis=1), rel=1e-10, abs=1e-14)
    assert array.currents(v) == pytest.approx(v @ array.matrix(), rel=1e-10, abs=1e-14)
    assert array.currents(v) == pytest.approx(NodalArray(g, wires).currents(v), rel=1e-10, abs=1e-14)


def test_as_an_array_that_is_cut_many_times():
    """Large enough for several cuts both ways; checked by the balance of every node, which no solver can fake."""
    g, wires = random_conductances(40, 53, full_scale=25e-6), Wires(0.5, 0.35, 10.0, "both")
    v = np.random.default_rng(1).normal(size=40)
    array = NodalArray(g, wires)
    through = g * array.cell_voltages(v)
    q = np.cumsum(np.cumsum(through[::-1], axis=0)[::-1] * 0.35, axis=0)  # each segment carries what the cells beyond feed
    p = q + array.cell_voltages(v)
    left, right = (v - p[:, 0]) / 10.5, (v - p[:, -1]) / 10.5
    along = np.diff(p, axis=1) / 0.5
    into = np.zeros_like(p)
    into[:, 0] += left
    into[:, -1] += right
    into[:, :-1] += along
    into[:, 1:] -= along
    assert np.abs(into - through).max() < 1e-8 * np.abs(through).max()


# --- limits and symmetries -----------------------------------------------------------------------------------------------


def test_ideal_wires_give_the_product_to_the_last_bit():
    g = random_conductances(8, 5)
    assert (NodalArray(g).matrix() == g).all()
    assert (NodalArray(g).cell_voltages(np.ones(8)) == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        NodalArray(g).matrix()[0, 0] = 1


@pytest.mark.parametrize("resistance", [1e-4, 1e-8, 1e-20])
def test_short_wires_come_close_to_the_product(resistance):
    g = random_conductances(32, 32, full_scale=25e-6)
    bound = 2 * 32 * 32 * resistance * g.max()  # all cells' current through all segments
    assert np.abs(NodalArray(g, Wires(resistance, resistance)).matrix() - g).max() < (bound + 1e-11) * g.max()


@pytest.mark.parametrize("wires", EVERY_WIRING, ids=str)
def test_turning_the_array_round_turns_the_ends_round(wires):
    g, other = random_conductances(6, 9), {"first": "last", "last": "first", "both": "both"}
    turned = Wires(wires.row_resistance, wires.column_resistance, wires.source_resistance, other[wires.driven], other[wires.sensed])
    assert NodalArray(g[::-1, ::-1], turned).matrix()[::-1, ::-1] == pytest.approx(NodalArray(g, wires).matrix(), rel=1e-11)


def test_a_transposed_array_has_the_transposed_matrix():
    """Reciprocity: drivers and grounds change places, and with them the wires."""
    g = random_conductances(6, 9)
    there, back = NodalArray(g, Wires(30.0, 20.0)), NodalArray(g.T, Wires(20.0, 30.0))
    assert np.allclose(back.matrix().T, there.matrix(), rtol=1e-11, atol=0)


conductances = st.integers(1, 6).flatmap(
    lambda rows: st.integers(1, 6).flatmap(
        lambda columns: st.lists(st.floats(0, 1e-3), min_size=rows * columns, max_size=rows * columns).map(
            lambda values: np.array(values).reshape(rows, columns)
        )
    )
)
resistances = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
wirings = st.builds(
    Wires, resistances, resistances, resistances, st.sampled_from(["first", "last", "both"]), st.sampled_from(["first", "last"])
)


@given(conductances, wirings)
def test_the_matrix_is_positive_and_no_larger_than_the_cells(g, wires):
    matrix = NodalArray(g, wires).matrix()
    assert (matrix >= -1e-15).all()
    ones = np.ones(len(g))
    assert (ones @ matrix <= ones @ g * (1 + 1e-9) + 1e-15).all()


@given(conductances, wirings, st.sampled_from(["row_resistance", "column_resistance", "source_resistance"]), st.floats(1, 100))
def test_more_resistance_draws_less_current(g, wires, name, more):
    """Rayleigh: with all drivers at one voltage the network is one resistor; raising a part of it cannot lower it."""
    values = {key: getattr(wires, key) for key in Wires.__dataclass_fields__}
    worse = Wires(**{**values, name: values[name] + more})
    before, after = (NodalArray(g, each).currents(np.ones(len(g))).sum() for each in (wires, worse))
    assert after <= before * (1 + 1e-9) + 1e-15


@given(conductances, wirings, st.integers(0, 2**31))
def test_the_wires_only_take_power(g, wires, seed):
    v = np.random.default_rng(seed).normal(size=len(g))
    array = NodalArray(g, wires)
    in_cells = (g * array.cell_voltages(v) ** 2).sum()
    assert in_cells <= (g * v[:, None] ** 2).sum() * (1 + 1e-9) + 1e-15


# --- pairs, batches, errors ----------------------------------------------------------------------------------------------


def test_pairs_are_subtracted():
    plus, minus, wires = random_conductances(7, 4, 1), random_conductances(7, 4, 2), Wires(30.0, 20.0)
    v = np.random.default_rng(1).normal(size=(5, 7))
    expected = NodalArray(plus, wires).currents(v) - NodalArray(minus, wires).currents(v)
    assert v @ differential_matrix(plus, minus, wires) == pytest.approx(expected, rel=1e-10, abs=1e-14)
    assert (differential_matrix(plus, plus, wires) == 0).all()


def test_batches_of_any_size():
    array, v = NodalArray(random_conductances(6, 4), Wires(30.0, 20.0)), np.random.default_rng(1).normal(size=(70, 6))
    batch = array.currents(v)
    assert batch.shape == (70, 4)
    assert array.currents(v[:0]).shape == (0, 4)
    assert array.cell_voltages(v).shape == (70, 6, 4)
    for one, row in zip(v, batch, strict=True):
        assert array.currents(one) == pytest.approx(row, rel=1e-12)


@pytest.mark.parametrize("g", [[1.0, 2.0], np.zeros((0, 3)), [[-1e-6]], [[np.nan]], [[np.inf]]])
def test_conductances_are_checked(g):
    with pytest.raises(InputError, match="NodalArray: g "):
        NodalArray(g)


@pytest.mark.parametrize("v", [[1.0], np.ones((2, 4)), np.ones((1, 1, 3)), [1.0, np.nan, 0.0]])
def test_voltages_are_checked(v):
    array = NodalArray(random_conductances(3, 2))
    with pytest.raises(InputError, match="NodalArray: v "):
        array.currents(v)
    with pytest.raises(InputError, match="NodalArray: v "):
        array.cell_voltages(v)


def test_wires_and_pairs_are_checked():
    for bad in (-1.0, np.nan, np.inf, 1e-40):
        with pytest.raises(InputError, match="row_resistance"):
            Wires(row_resistance=bad)
    with pytest.raises(InputError, match=r"driven: 'left'.*first, last, both"):
        Wires(driven="left")
    with pytest.raises(InputError, match="sensed: 'both'"):
        Wires(sensed="both")
    with pytest.raises(InputError, match=r"\(2, 2\), minus \(2, 3\)"):
        differential_matrix(np.ones((2, 2)), np.ones((2, 3)))


def test_an_array_that_no_memory_holds_is_refused_before_anything_is_done():
    huge = np.broadcast_to(1e-6, (2048, 2048))
    message = r"2048 x 2048 cells and wires have 8388608 unknown nodes; expected at most 4194304 \(1448 x 1448 cells"
    with pytest.raises(InputError, match=message):
        NodalArray(huge, Wires(row_resistance=1.0, column_resistance=1.0))
