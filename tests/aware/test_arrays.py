"""What stands in the arrays in a mini-batch, against crossbars of the simulator; gradients that reach the stored weights."""

import numpy as np
import pytest
from builders import chip

from chipsim.circuits.crossbar import Crossbar
from chipsim.mapping.mapping import Placement
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.streams import Stream

torch = pytest.importorskip("torch")
from chipsim.aware.arrays import Arrays, Strip, strips_of  # noqa: E402
from chipsim.aware.cells import ByCrossbar, Moment, Tabulated, needs_crossbar  # noqa: E402
from chipsim.aware.noise import NoiseTable  # noqa: E402
from chipsim.aware.products import Chain  # noqa: E402

RANDOM = np.random.default_rng(5)
W = (RANDOM.normal(size=(24, 9)) * [1, 2, 3, 0.1, 1, 1, 5, 1, 1]).astype(np.float32)
X = RANDOM.normal(size=(40, 24)).astype(np.float32)
DAY = 86400.0


def array_of(**keys):
    return chip(array={"dac": {"type": "ideal"}, "cell": {"device": {"type": "pcm"}}} | keys).tile.array


def arrays_of(array, seed=0, **how):
    access = Access.of_array(array)
    if needs_crossbar(array):
        return Arrays(array, ByCrossbar(array, OneShot(), access))
    return Arrays(array, Tabulated(array, NoiseTable(array, OneShot(), access), torch.Generator().manual_seed(seed), **how))


def block(columns=(0, 9), rows=(0, 24), number=0):
    return Placement("fc", 0, 0, number, rows, columns)


def strip(*blocks):
    return Strip((0, 24), (blocks[0].columns[0], blocks[-1].columns[1]), blocks)


def moment(number=0, age=DAY):
    return Moment(age, age, Stream(number))


def read(drawn):
    """The weights (rows, columns) that are read, in the scale of those stored."""
    return ((drawn.weights * drawn.scale).reshape(drawn.parts, -1, drawn.weights.shape[1]).sum(0)).detach().numpy().T


@pytest.mark.parametrize("compensation", ["none", "global", "column"])
@pytest.mark.parametrize("age", [0.0, DAY, 3e7])
def test_drift_and_its_compensation_have_the_moments_of_the_simulator(compensation, age):
    array, count = array_of(drift_compensation=compensation), 60
    arrays, own, mine = arrays_of(array), [], []
    for number in range(count):
        crossbar = Crossbar(array, Stream(number))
        crossbar.program(W)
        crossbar.drift_to(age)
        own.append(crossbar.matrix)
        mine.append(read(arrays.drawn([strip(block())], torch.tensor(W.T), moment(number, age))[0]))
    own, mine, scale = np.array(own), np.array(mine), abs(W).max(axis=0)
    error = (mine - own) / scale  # in full-scale cells
    pooled = np.sqrt((own.var(axis=0) + mine.var(axis=0)).mean()) / scale.mean()
    assert abs(error.mean()) < 0.1 * pooled
    assert (mine.std(axis=0) / scale).mean() == pytest.approx((own.std(axis=0) / scale).mean(), rel=0.05)
    assert np.corrcoef(mine.mean(axis=0).ravel() / np.tile(scale, 24), own.mean(axis=0).ravel() / np.tile(scale, 24))[0, 1] > 0.995


@pytest.mark.parametrize(
    "faults", [{"low": 0.1}, {"high": 0.1}, {"random": 0.2}, {"rows": 0.2}, {"columns": 0.3}], ids=str
)
def test_stuck_devices_are_as_many_and_as_far_off_as_those_of_the_simulator(faults):
    array, own, mine = array_of(cell={"device": {"type": "pcm", "g_min": "2 uS"}}, faults=faults, weight_scaling="array"), [], []
    arrays = arrays_of(array)
    for number in range(80):
        crossbar = Crossbar(array, Stream(number), None, Stream(1000 + number))
        crossbar.program(W)
        own.append(crossbar.matrix - W)
        mine.append(read(arrays.drawn([strip(block())], torch.tensor(W.T), moment(number, 0.0))[0]) - W)
    scale = abs(W).max()
    assert np.std(mine) / scale == pytest.approx(np.std(own) / scale, rel=0.1)
    shares = [float(np.mean(abs(np.array(errors)) > 0.3 * scale)) for errors in (own, mine)]
    assert shares[1] == pytest.approx(shares[0], rel=0.25, abs=0.003)


@pytest.mark.parametrize(
    "keys",
    [
        {"cell": {"type": "sliced", "bits": 6, "bits_per_slice": 2, "device": {"type": "pcm"}}},
        {"sensing": "voltage", "adc": {"type": "sar", "bits": 8, "bound": 0.5}},
        {"sensing": "resistance", "cell": {"device": {"type": "rram-cmo-hfox"}}},
        {"ir_drop": 1.0, "ir_drop_model": "exact", "wire_resistance": "20 ohm"},
    ],
    ids=["sliced", "voltage", "resistance", "wires"],
)
def test_what_no_table_can_say_is_programmed_by_the_simulator_itself(keys):
    array = array_of(**keys)
    age = 0.0
    crossbar = Crossbar(array, Stream(4).child("fc.copy0.block0-0"), None, Stream(4).child("chip").child("fc.copy0.block0-0"))
    normal = W / abs(W).max(axis=0)
    crossbar.program(normal)
    drawn = arrays_of(array).drawn([strip(block())], torch.tensor(normal.T), moment(4, age))[0]
    assert read(drawn) == pytest.approx(crossbar.matrix, rel=1e-5, abs=1e-5)
    y = Chain(array, torch.Generator()).multiply(torch.tensor(X.T)[None], drawn, torch.ones(()))[0].T
    assert y.detach().numpy() == pytest.approx(crossbar.forward(X), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    "keys",
    [
        {}, {"cell": {"type": "pair", "subtract": "digital", "device": {"type": "ideal"}}},
        {"cell": {"type": "sliced", "bits": 6, "bits_per_slice": 2, "device": {"type": "ideal"}}},
        {"sensing": "voltage", "adc": {"type": "ideal"}},
    ],
    ids=["pair", "digital", "sliced", "voltage"],
)  # fmt: skip
def test_gradients_are_those_of_the_stored_weights(keys):
    arrays = arrays_of(array_of(drift_compensation="none", **keys))
    weights = torch.tensor(W.T).requires_grad_()
    drawn = arrays.drawn([strip(block())], weights, moment(0, 0.0))[0]
    ((drawn.weights * drawn.scale).reshape(drawn.parts, 9, 24).sum(0) * torch.arange(24.0)).sum().backward()
    assert weights.grad.numpy() == pytest.approx(np.tile(np.arange(24.0), (9, 1)), rel=1e-4)


def test_blocks_side_by_side_are_as_they_are_alone():
    array = array_of(cell={"type": "pair", "subtract": "digital", "device": {"type": "ideal"}}, weight_scaling="array",
                     adc={"type": "sar", "bits": 6, "bound": 4, "gain_spread": 0.1})  # fmt: skip
    left, right = block((0, 4)), block((4, 9), number=1)
    matrix, arrays = torch.tensor(W.T), arrays_of(array)
    whole = arrays.drawn([strip(left, right)], matrix, moment())[0]
    parts = [arrays.drawn([strip(one)], matrix, moment())[0] for one in (left, right)]
    x, chain = torch.tensor(X.T)[None], Chain(array, torch.Generator())
    together = chain.multiply(x, whole, torch.ones(()))
    assert torch.allclose(together, torch.cat([chain.multiply(x, part, torch.ones(())) for part in parts], dim=1), rtol=1e-5, atol=1e-5)


def test_the_factor_on_the_spread_is_one_on_the_spread():
    array = array_of(drift_compensation="none", read_noise="off")
    spreads = []
    for factor in (0.0, 1.0, 3.0):
        arrays = arrays_of(array, weight_noise=factor)
        drawn = [arrays.drawn([strip(block())], torch.tensor(W.T), moment(n, 0.0))[0] for n in range(20)]
        spreads.append(float(np.mean([np.std(read(one) - W) for one in drawn])))
    assert spreads[0] < 0.2 * spreads[1]
    assert spreads[2] == pytest.approx(3 * spreads[1], rel=0.1)


def test_without_strength_the_devices_hold_what_is_wanted():
    arrays = arrays_of(array_of(cell={"type": "offset", "device": {"type": "pcm"}}, drift_compensation="none"))
    arrays.cells.strength = 0.0
    assert read(arrays.drawn([strip(block())], torch.tensor(W.T), moment(0, DAY))[0]) == pytest.approx(W, rel=1e-4, abs=1e-4)


def test_a_block_of_zeros_is_no_problem():
    drawn = arrays_of(array_of()).drawn([strip(block())], torch.zeros(9, 24, requires_grad=True), moment())[0]
    assert torch.isfinite(drawn.weights).all()
    assert torch.equal(drawn.scale, torch.ones(9, 1)) or torch.isfinite(drawn.scale).all()


def test_mismatch_of_converters_is_that_of_the_simulator():
    adc = {"type": "sar", "bits": 8, "bound": 10, "columns_per_adc": 4, "gain_spread": 0.1, "offset_spread": 0.2, "calibration": "gain"}
    array = array_of(cell={"device": {"type": "ideal"}}, adc=adc | {"gain_residual": 0.03}, nonlinearity=0.05, nonlinearity_spread=0.3)
    name = "fc.copy0.block0-0"
    crossbar = Crossbar(array, Stream(4), None, Stream(4).child("chip").child(name))
    crossbar.program(W)
    drawn = arrays_of(array).drawn([strip(block())], torch.tensor(W.T), moment(4))[0]
    y = Chain(array, torch.Generator()).multiply(torch.tensor(X.T)[None], drawn, torch.ones(()))[0].T
    assert y.detach().numpy() == pytest.approx(crossbar.forward(X), rel=1e-4, abs=1e-4)


def test_strips_are_blocks_beside_each_other():
    blocks = [block((0, 4)), block((4, 9), number=1), block((0, 9), (24, 30))]
    assert [found.columns for found in strips_of(blocks, True)] == [(0, 9), (0, 9)]
    assert [found.columns for found in strips_of(blocks, False)] == [(0, 4), (4, 9), (0, 9)]
