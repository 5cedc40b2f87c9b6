"""Tables of what is read of a weight, against crossbars of the simulator and closed forms of the devices."""

import numpy as np
import pytest
from builders import chip

from chipsim.aware.noise import DRAWS, FINE, GRID, NoiseTable, fine, grid
from chipsim.circuits.crossbar import Crossbar
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.programming.write_verify import WriteVerify
from chipsim.streams import Stream

WEIGHTS = np.array([-1.0, -0.4, -0.05, 0.0, 0.02, 0.3, 0.7, 1.0], np.float32)
DAY, YEAR = 86400.0, 3.15e7
COUNT = 4000


def array_of(**keys):
    return chip(array={"rows": 64, "weight_scaling": "array"} | keys).tile.array


def table_of(array, programmer=None):
    return NoiseTable(array, programmer or OneShot(), Access.of_array(array))


def at(values, weight):
    return float(values[round((weight + 1) * FINE / 2)])


def read(array, age, seed=7):
    """What the simulator's crossbar reads of WEIGHTS, COUNT times."""
    big = array.having(rows=COUNT, columns=32)
    crossbar = Crossbar(big, Stream(seed))
    crossbar.program(np.tile(WEIGHTS, (COUNT, 1)))
    crossbar.drift_to(age)
    return crossbar.weights


DEVICES = [{"type": "pcm"}, {"type": "pcm-hermes"}, {"type": "rram-wan2022"}, {"type": "rram-cmo-hfox"}, {"type": "flash-sonos"}]


@pytest.mark.parametrize("device", DEVICES, ids=lambda block: block["type"])
@pytest.mark.parametrize("age", [0.0, DAY, YEAR])
def test_moments_are_those_of_a_crossbar(device, age):
    array = array_of(cell={"device": device})
    if not array.cell.device.covered.cover(age):
        pytest.skip("the source of the device says nothing of this age")
    found, table = read(array, age), table_of(array).at(age)
    for column, weight in enumerate(WEIGHTS):
        spread = found[:, column].std()
        error = 5 * spread * np.sqrt(1 / COUNT + 1 / DRAWS) + 3e-4
        assert at(table.mean[0], weight) == pytest.approx(found[:, column].mean(), abs=error)
        assert at(table.sigma[0], weight) == pytest.approx(spread, rel=0.12, abs=1e-4)


def test_programming_has_the_closed_moments_of_the_device():
    array = array_of(cell={"device": {"type": "pcm"}}, read_noise="off")
    device, table = array.cell.device, table_of(array).at(DAY)
    for weight in (0.2, 0.5, 1.0):
        targets = [device.g_min + weight * (device.g_max - device.g_min), device.g_min]
        moments = device.moments_at(np.array(targets, np.float32), DAY)
        span = device.g_max - device.g_min
        assert at(table.mean[0], weight) == pytest.approx((moments.mean[0] - moments.mean[1]) / span, abs=0.01)
        assert at(table.sigma[0], weight) == pytest.approx(np.hypot(*moments.sigma) / span, rel=0.06)


@pytest.mark.parametrize(
    "cell",
    [
        {"type": "pair", "devices_per_polarity": 3, "fill": "max_set"},
        {"type": "pair", "subtract": "digital"},
        {"type": "significance", "factors": [1, 3]},
        {"type": "offset"},
    ],
    ids=str,
)
def test_every_cell_of_single_weights_is_tabulated(cell):
    array = array_of(cell=cell | {"device": {"type": "pcm", "g_min": "1 uS"}})
    found, table = read(array, DAY), table_of(array).at(DAY)
    parts = found.reshape(COUNT, -1, len(WEIGHTS))
    for part in range(parts.shape[1]):
        for column, weight in enumerate(WEIGHTS):
            values = parts[:, part, column]
            mean, sigma = at(table.mean[part], weight) + table.shared[0], np.hypot(at(table.sigma[part], weight), table.shared[1])
            assert mean == pytest.approx(values.mean(), abs=5 * values.std() * np.sqrt(1 / COUNT + 2 / DRAWS) + 3e-4)
            assert sigma == pytest.approx(values.std(), rel=0.12, abs=1e-4)
            assert at(table.now[part], weight) == pytest.approx(abs(values).mean(), rel=0.05, abs=0.01)


def test_sums_say_what_drift_leaves():
    array = array_of(cell={"device": {"type": "pcm"}})
    table = table_of(array).at(YEAR, DAY)
    later = table_of(array).at(YEAR)
    assert at(table.before[0], 1.0) == pytest.approx(1.0, abs=0.03)
    assert at(later.now[0], 1.0) < at(table.now[0], 1.0) < at(table.before[0], 1.0)


def test_fresh_read_noise_is_a_variance_from_product_to_product():
    array = array_of(cell={"device": {"type": "pcm"}}, read_noise="fresh")
    crossbar = Crossbar(array.having(rows=COUNT, columns=32), Stream(2))
    crossbar.program(np.tile(WEIGHTS, (COUNT, 1)))
    crossbar.drift_to(DAY)
    raw, _ = crossbar.stored.weights_at(DAY)
    found = crossbar.stored.variance_at(DAY, raw)
    table = table_of(array).at(DAY)
    for column, weight in enumerate(WEIGHTS):
        assert at(table.variance[0], weight) == pytest.approx(found[:, column].mean(), rel=0.1)
    assert table_of(array_of(cell={"device": {"type": "pcm"}})).at(DAY).variance is None


def test_a_programmer_leaves_what_it_leaves():
    array, verify = array_of(cell={"device": {"type": "pcm"}}, rows=32), WriteVerify(noise=0.1, margin=1)
    weights = np.random.default_rng(1).uniform(-1, 1, (32, 32)).astype(np.float32)
    weights[0, 0] = 1
    crossbar = Crossbar(array, Stream(5))
    verify.program(crossbar, weights)
    crossbar.drift_to(DAY)
    table = table_of(array, verify).at(DAY)
    error = crossbar.weights - np.interp(weights, np.linspace(-1, 1, FINE + 1), table.mean[0])
    expected = np.interp(weights, np.linspace(-1, 1, FINE + 1), table.sigma[0])
    assert abs(error.mean()) < 5 * error.std() / 32
    assert (error / expected).std() == pytest.approx(1, rel=0.1)
    assert table.sigma.mean() < 0.95 * table_of(array).at(DAY).sigma.mean()


def test_an_ideal_device_is_read_as_it_was_written():
    table = table_of(array_of()).at(YEAR)
    assert table.mean[0] == pytest.approx(np.linspace(-1, 1, FINE + 1), abs=1e-5)
    assert table.sigma.max() < 1e-6
    assert table.ideal == pytest.approx(table.mean, abs=1e-6)


def test_the_grid_holds_both_ends_and_zero():
    assert (grid()[0], grid()[GRID // 2], grid()[-1]) == (-1, 0, 1)
    assert fine(grid().astype(float)) == pytest.approx(np.linspace(-1, 1, FINE + 1))
