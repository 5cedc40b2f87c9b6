"""Ideal devices and ideal converters give the exact product, however a network is cut, copied, packed and placed."""

import numpy as np
import pytest
from builders import chip, functional, programmed
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.crossbar import Crossbar

from .drawn import mappings, workloads

CELLS = {
    "pair": {"type": "pair", "device": "ideal"},
    "two a side": {"type": "pair", "device": "ideal", "devices_per_polarity": 2},
    "offset": {"type": "offset", "device": "ideal"},
    "significance": {"type": "significance", "device": "ideal"},
}


@settings(max_examples=60)
@given(data=st.data(), workload=workloads(), rows=st.integers(3, 40), columns=st.integers(2, 40), age=st.sampled_from([0.0, 1.0, 1e8]))
def test_the_chip_computes_the_network(data, workload, rows, columns, age) -> None:
    machine = chip(array={"rows": rows, "columns": columns}, mesh=(40, 40))
    made = programmed(workload, machine, **data.draw(mappings(workload)) | {"order": "snake"})
    made.drift_to(age)
    expected = workload.forward(workload.inputs)
    largest = max(np.abs(workload.forward(workload.inputs, step)).max() for step in workload.steps)  # what may cancel on the way
    assert np.allclose(functional(made), expected, rtol=1e-5, atol=1e-5 * largest)


@settings(max_examples=60)
@given(
    data=st.data(),
    workload=workloads(weights=[-2.0, -1.0, 1.0, 2.0], images=[-2.0, -1.0, 0.0, 1.0, 4.0], curved=False),
    rows=st.integers(3, 40),
    columns=st.integers(2, 40),
)
def test_small_integers_come_out_to_the_last_bit(data, workload, rows, columns) -> None:
    """Weights and inputs are powers of two, so that no step between them rounds: any other sum would be a wrong sum."""
    machine = chip(array={"rows": rows, "columns": columns, "input_scaling": "none", "dac": {"type": "ideal"}}, mesh=(40, 40))
    big = machine.having(tile=machine.tile.having(array=machine.tile.array.having(input_scaling=_range(2.0**16))))
    made = programmed(workload, big, **data.draw(mappings(workload)) | {"order": "snake"})
    assert np.array_equal(functional(made), workload.forward(workload.inputs))


def _range(largest: float):
    """An input range that is a power of two and that nothing exceeds: scaling by it is exact."""
    return chip(array={"input_scaling": {"type": "fixed", "range": largest}}).tile.array.input_scaling


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=15)
@given(data=st.data(), workload=workloads())
def test_any_cell_of_ideal_devices_is_exact(name, data, workload) -> None:
    made = programmed(workload, chip(array={"cell": CELLS[name]}, mesh=(40, 40)), **data.draw(mappings(workload)) | {"order": "snake"})
    expected = workload.forward(workload.inputs)
    assert np.allclose(functional(made), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@settings(max_examples=40)
@given(rows=st.integers(1, 40), columns=st.integers(1, 40), vectors=st.integers(1, 70), seed=st.integers(0, 1000))
def test_a_crossbar_alone_is_a_matrix(rows: int, columns: int, vectors: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights, x = (random.normal(size=size).astype(np.float32) for size in ((rows, columns), (vectors, rows)))
    xbar = Crossbar(chip(array={"rows": 40, "columns": 40}).tile.array)
    xbar.program(weights)
    assert np.allclose(x @ xbar, x @ weights, rtol=1e-5, atol=1e-5 * np.abs(x @ weights).max())
