"""Optimised programming beats plain splits, is reproducible by its seed, and programs real crossbars."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.tabulated import Tabulated
from chipsim.devices.device import DAY
from chipsim.errors import InputError
from chipsim.programming.access import Access
from chipsim.programming.optimised import Circumstances, Objective, Optimised
from chipsim.programming.translation import Cube, split
from chipsim.programming.weight_error import Histogram, weight_error
from chipsim.programming.write_verify import WriteVerify
from chipsim.reading import from_plain
from chipsim.streams import Stream

QUICK = {"population": 10, "generations": 15, "mutation": 0.5, "recombination": 0.7}


def array(device: object = "pcm", cell: object = None, **keys) -> Array:
    own = {"type": "significance", "device": device} if cell is None else cell
    return from_plain(Array, {"rows": 64, "columns": 64, "cell": own, "dac": "ideal", "adc": "ideal"} | keys)


def matrix(seed: int = 0, shape: tuple[int, int] = (64, 64)) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def even(machine: Array, factor: float) -> Tabulated:
    """The naive split: every device of a sign takes the same share of its range."""
    span = machine.cell.device.g_max
    pair = {"plus": (0.0, span), "minus": (0.0, 0.0)}
    plain = {"device": machine.cell.device, "points": (0.0, 1.0), "pairs": ({**pair}, {**pair}), "factors": (1.0, factor)}
    return Tabulated(**plain)


@pytest.mark.parametrize("device", ["pcm", "pcm-hermes", "rram-wan2022", "flash-sonos"])
def test_it_beats_the_naive_split(device):
    machine = array(device)
    programmer = Optimised(**QUICK)
    histogram, circumstances = Histogram.of_magnitudes(machine, [matrix()]), programmer.circumstances(machine)
    best = programmer.search(machine.cell, histogram, circumstances)
    plain = [even(machine, 2.0), *(split(factor, machine.cell) for factor in (1.0, 2.0, 4.0))]
    errors = [weight_error(cell, histogram, circumstances.times).mean for cell in plain]
    assert best.error.mean < 0.9 * errors[0]
    assert best.error.mean < 1.001 * min(errors)  # plain splits are tried in steps of the factor


def test_the_search_itself_beats_the_naive_split():
    machine = array()
    programmer = Optimised(**QUICK, plain_splits=False)
    found = programmer.plan(machine, [matrix()])
    histogram, (times, *_) = Histogram.of_magnitudes(machine, [matrix()]), programmer.circumstances(machine)
    assert len(found.points) == 7
    assert weight_error(found, histogram, times).mean < 0.9 * weight_error(even(machine, 2.0), histogram, times).mean


def test_it_is_reproducible_by_its_seed():
    machine, quick = array(), QUICK | {"plain_splits": False, "polish": False}
    histogram = Histogram.of_magnitudes(machine, [matrix()])
    one, two, other = (
        Optimised(**quick, seed=seed, tolerance=tolerance).search(machine.cell, histogram, Circumstances((DAY,), "global", True))
        for seed, tolerance in ((3, 0.001), (3, 0.0010001), (4, 0.001))  # a tolerance of its own, so that nothing is remembered
    )
    assert one is not two
    assert one.cell == two.cell
    assert one.cell != other.cell


def test_one_search_serves_all_tiles():
    machine, programmer = array(), Optimised(**QUICK)
    assert programmer.plan(machine, [matrix(0), matrix(1)]) is programmer.plan(machine, [matrix(0), matrix(1)])


def test_a_bent_table_errs_less_than_a_straight_one():
    """Large weights are rare: reading them too small leaves more of the range for the others."""
    machine, thorough = array(weight_scaling="array"), QUICK | {"population": 20, "generations": 60}
    histogram, circumstances = Histogram.of_magnitudes(machine, [matrix()]), Circumstances((DAY,), "global", True)
    straight, bent = (
        Optimised(**thorough, plain_splits=False, bend=bend).search(machine.cell, histogram, circumstances) for bend in (0.0, 0.5)
    )
    assert bent.error.mean < straight.error.mean
    assert bent.cell.read_as[-1] < 0.95
    assert straight.cell.read_as == pytest.approx(straight.cell.points, abs=1e-6)


def test_factors_that_the_hardware_offers():
    found = Optimised(**QUICK, factors=(1.0, 4.0)).plan(array(), [matrix()])
    assert found.factors[1] in (1.0, 4.0)


def test_the_objective_is_the_weight_error():
    machine, cube = array(), Cube(6, (0.5, 5.0), bend=0.3)
    histogram, circumstances = Histogram.of_magnitudes(machine, [matrix()]), Circumstances((0.0, DAY), "global", True)
    u = np.random.default_rng(5).uniform(size=(cube.size, 4))
    found = Objective(cube, machine.cell, histogram, circumstances)(u)
    exact = [weight_error(cube.cell(place, machine.cell), histogram, circumstances.times).mean for place in u.T]
    assert found == pytest.approx(exact, rel=1e-3)


def test_a_crossbar_is_programmed_with_the_tables():
    """The error of the weights is the promised one, and less than with the array's own cell."""
    machine, programmer, weights = array(), Optimised(**QUICK, times=(DAY,)), matrix()
    optimised, plain = Crossbar(machine, Stream(1)), Crossbar(machine.having(cell=even(machine, 2.0)), Stream(1))
    programmer.program(optimised, weights)
    plain.program(weights)
    promised = programmer.search(machine.cell, Histogram.of_magnitudes(machine, [weights]), programmer.circumstances(machine)).error
    errors = []
    for xbar in (optimised, plain):
        xbar.drift_to(DAY)
        errors.append(float(np.mean(np.square((xbar.matrix - weights) / np.abs(weights).max(axis=0)))))
    assert errors[0] == pytest.approx(promised.mean, rel=0.1)
    assert errors[0] < 0.9 * errors[1]


def test_inner_writes_the_targets():
    machine = array()
    programmer, xbar = Optimised(**QUICK, inner=WriteVerify()), Crossbar(machine)
    cell = programmer.plan(machine, [matrix()])
    steps = list(programmer.steps(xbar, matrix(), Access.of_array(machine), cell))
    assert len(steps) == 64  # a step for each row, as write_verify does it
    assert xbar.stored.cell == cell


def test_devices_are_those_of_the_crossbar():
    """A layer may be exempt from an effect; the plan is made once for all layers."""
    still = array({"type": "pcm", "drift_scale": 0.0})
    programmer, xbar = Optimised(**QUICK), Crossbar(still)
    for _ in programmer.steps(xbar, matrix(), Access.of_array(still), programmer.plan(array(), [matrix()])):
        pass
    assert xbar.stored.cell.device == still.cell.device


def test_times_are_those_that_the_device_covers():
    assert Optimised().circumstances(array()).times == (1.0, 3600.0, DAY, 7 * DAY, 30 * DAY)
    assert Optimised().circumstances(array("rram-wan2022")).times == (1.0, DAY)
    assert Optimised(times=(5.0,)).circumstances(array(drift_compensation="none", read_noise="off")) == ((5.0,), "none", False)


def test_ideal_devices_are_no_trouble():
    assert (
        Optimised(**QUICK).search(array("ideal").cell, Histogram.of([0.5, 1.0]), Circumstances((1.0,), "global", True)).error.mean < 1e-12
    )


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (array(cell={"type": "pair", "device": "pcm"}), "a cell of type 'pair' with 2 devices; expected two pairs"),
        (array(cell={"type": "sliced", "device": "pcm", "bits": 4}), "of type 'sliced' with 4 devices; expected two pairs"),
        (array("mram"), "'mram' holds only 2 conductances"),
    ],
)
def test_what_it_cannot_serve_is_refused(machine, message):
    with pytest.raises(InputError, match=message):
        Optimised(**QUICK).plan(machine, [matrix()])


@pytest.mark.parametrize("keys", [{"factor_range": (2.0, 1.0)}, {"factor_range": (0.0, 1.0)}, {"factors": (0.0, 1.0)}])
def test_factors_that_make_no_sense_are_refused(keys):
    with pytest.raises(InputError, match="expected rising ends and factors above zero"):
        Optimised(**keys)
