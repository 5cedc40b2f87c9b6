"""Ladders against the solution of all nodes and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.ladder import ladder_matrix
from chipsim.circuits.nodal import NodalArray, Wires


@given(st.integers(1, 40), st.integers(1, 5), st.sampled_from([0.0, 0.35, 100.0, 1e6]), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_ladder_is_what_all_nodes_say(rows: int, columns: int, resistance: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    g = generator.uniform(0, 25e-6, (rows, columns)) * (generator.uniform(size=(rows, columns)) > 0.2)
    exact = NodalArray(g, Wires(column_resistance=resistance)).matrix()
    assert np.allclose(ladder_matrix(g, resistance), exact, rtol=1e-9, atol=1e-18)


def test_one_cell_is_two_resistors_in_series() -> None:
    assert ladder_matrix([[1e-3]], 500.0)[0, 0] == pytest.approx(1 / 1500)


def test_a_long_uniform_column_keeps_the_closed_form() -> None:
    """tanh(sqrt a) / sqrt a with a = n**2 r g, up to the length of one cell in lengths of decay, sqrt(r g)."""
    n, r, g = 2048, 0.35, 25e-6
    a = n**2 * r * g
    assert ladder_matrix(np.full((n, 1), g), r).sum() / (n * g) == pytest.approx(np.tanh(np.sqrt(a)) / np.sqrt(a), rel=np.sqrt(r * g))


def test_ideal_wires_change_nothing() -> None:
    g = np.random.default_rng(0).uniform(0, 1e-5, (30, 4))
    assert np.array_equal(ladder_matrix(g, 0.0), g)
