"""The shipped chips that learn: what their sources give comes out, and a network of MNIST can be played on them."""

from pathlib import Path

import pytest
from lessons import lessons, placed, works_of

from chipsim.architecture import Architecture
from chipsim.insitu.metrics import Spent, metrics
from chipsim.reading import load
from chipsim.summary import area_rows
from chipsim.workload.description import WorkloadSpec

HOUSE = Path(__file__).parents[2]
CHIPS = ["rpu-chip", "reram-training", "pcm-capacitor", "ambrogio-2018"]


def chip(name):
    return load(HOUSE / "architectures" / f"{name}.yaml", Architecture)


def test_an_array_of_resistive_processing_units():
    """T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016: 4096 x 4096 in 80 ns are 419 TOP/s; 1,200 states."""
    tile = chip("rpu-chip").tile
    assert tile.learning.transposed.product_time(tile.array) == pytest.approx(80e-9) == tile.product_time
    assert 2 * tile.array.rows * tile.array.outputs / tile.product_time == pytest.approx(419e12, rel=2e-3)
    assert tile.learning.response.states == pytest.approx(1200)
    assert tile.learning.slot == 1e-9


def test_the_times_of_a_comparison_of_algorithms():
    """M. Rasch et al., Nature Communications 15, 7133, 2024: 512 x 512, 40 ns a product, 5 ns a pulse, 0.7 TFLOP/s for four arrays."""
    tile = chip("reram-training").tile
    assert (tile.array.rows, tile.array.columns) == (512, 512)
    assert tile.learning.transposed.product_time(tile.array) == pytest.approx(40e-9) == tile.product_time
    assert tile.learning.slot == 5e-9
    assert 4 * tile.vector_unit.lanes * tile.vector_unit.clock == pytest.approx(0.7e12)
    assert tile.vector_unit.cost("multiply", 175).interval < 1.01e-9


@pytest.mark.parametrize("name", CHIPS)
def test_a_network_of_mnist_is_played(name):
    architecture, spec = chip(name), load(HOUSE / "workloads" / "mlp-mnist.yaml", WorkloadSpec)
    of = lessons(spec, architecture)
    works = works_of(placed(spec, architecture), 2, 3)
    played = of.play(works)
    assert played.latency >= played.critical_path
    assert 0 < played.interval <= 2 * played.latency
    area = sum(row["area"] for row in area_rows(architecture, of.tiles, of.routers))
    found = metrics(of, Spent.of(played, works), area, 0.0)
    assert found["ops_per_example"] == 6 * (784 * 256 + 256 * 128 + 128 * 10)
    assert found["sustained_ops"] < found["peak_ops"]
