"""Gradient programming: its closed form, what it does to every device and cell, when it stops, time and energy by hand."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices import Device
from chipsim.programming import Gradient, OneShot, WriteVerify
from chipsim.programming.access import Access
from chipsim.programming.gradient import half_step
from chipsim.programming.prices import Prices
from chipsim.reading import from_plain
from chipsim.streams import Stream

ACCESS = Access(read_time=100e-9)
PRICES = Prices(pulse=10e-12, row=1e-12, column=1e-13)
CELLS = {
    "pair": {"type": "pair"},
    "max_set": {"type": "pair", "devices_per_polarity": 2, "fill": "max_set"},
    "significance": {"type": "significance"},
    "offset": {"type": "offset"},
    "sliced": {"type": "sliced", "bits": 4, "bits_per_slice": 2},
}
DEVICES = [name for name in Device.members if not name.startswith("measured") and name != "mram"]
EXACT = {"spread": 0.0, "floor": 0.0, "duration": "1 us", "energy": "10 pJ"}
WEIGHTS = np.random.default_rng(1).normal(size=(40, 20)).astype(np.float32)
LARGEST = np.abs(WEIGHTS).max()


def array(device="pcm", cell="pair", **changes):
    block = {"rows": 64, "columns": 128, "cell": CELLS[cell] | {"device": device}, "dac": "ideal", "adc": "ideal"}
    return from_plain(Array, block | {"read_noise": "off", "drift_compensation": "none"} | changes)


def run(programmer, array, weights=WEIGHTS, seed=0):
    """Steps, points and crossbar after the programming."""
    crossbar, found = Crossbar(array, Stream(seed)), []
    steps = programmer.steps(crossbar, weights, ACCESS)
    while True:
        try:
            found.append(next(steps))
        except StopIteration as end:
            return found, end.value, crossbar


def product_error(crossbar, weights=WEIGHTS, count=500):
    x = np.random.default_rng(9).uniform(-1, 1, (count, len(weights))).astype(np.float32)
    exact = x @ weights
    return np.linalg.norm(x @ crossbar.matrix - exact) / np.linalg.norm(exact)


# --- closed forms ----------------------------------------------------------------------------------------------------------


def test_with_exact_pulses_and_many_inputs_every_turn_leaves_the_share_it_does_not_correct():
    """e_{k+1} = (1 - r_k) e_k for weights inside the range, the sampling noise of X'X / n apart."""
    programmer = Gradient(iterations=6, batch=40_000, rate=0.5, halving=2.0, dead_zone=0.0)
    exact = {"type": "pcm", "drift_scale": 0.0, "pulse": EXACT, "program_scale": 0.5}
    signs = np.random.default_rng(4).choice([-1.0, 1.0], (40, 20))
    weights = (signs * np.random.default_rng(5).uniform(0.3, 0.7, (40, 20))).astype(np.float32)
    weights[0] = 1.0  # the full scale of every column; alone at the end of the range
    _, points, _ = run(programmer, array(exact, weight_scaling="array"), weights)
    left = np.cumprod([1.0] + [1 - 0.5 / (1 + turn / 2) for turn in range(5)])
    floor = points[-1].error  # the row at the end of the range, and the other side of each pair
    assert points[0].error > 0.03
    assert floor < 0.35 * points[0].error
    found = np.array([point.error for point in points]) ** 2
    # the part that can be corrected falls in closed form; what cannot is the same in all turns
    rest = (found[-1] - left[-1] ** 2 * found[0]) / (1 - left[-1] ** 2)
    assert np.allclose(found, rest + left**2 * (found[0] - rest), rtol=0.05)


def test_an_ideal_device_is_right_from_the_start_and_never_pulsed_again():
    steps, points, crossbar = run(Gradient(iterations=3, batch=32), array("ideal"))
    assert [point.error for point in points] == pytest.approx([0, 0, 0], abs=1e-6)
    assert [step.pulses for step in steps] == [2 * WEIGHTS.size, 0, 0, 0]
    assert np.allclose(crossbar.matrix, WEIGHTS, atol=1e-6)


def test_time_and_energy_by_hand():
    programmer = Gradient(iterations=2, batch=50)
    steps, points, _ = run(programmer, array({"type": "ideal", "pulse": EXACT}, dac={"type": "ideal", "read_time": "100 ns"}))
    first, *turns = steps
    assert first.duration == pytest.approx(40 * 2 * 1e-6)
    assert PRICES.pulses(first) == pytest.approx(2 * WEIGHTS.size * 10e-12)
    assert [turn.duration for turn in turns] == pytest.approx([50 * 100e-9] * 2)  # nobody is pulsed
    assert [turn.reads for turn in turns] == [50, 50]
    converters = 50 * (40 * 1e-12 + 20 * 1e-13)
    assert all(turn.cells > 0 for turn in turns)
    assert [PRICES.reads(turn) for turn in turns] == pytest.approx([converters + turn.cells for turn in turns])
    assert [point.time for point in points] == pytest.approx([80e-6 + 5e-6, 80e-6 + 10e-6])
    core = PRICES._replace(core=12e-9)  # in which cells have no share of their own
    assert [core.reads(step) for step in steps] == pytest.approx([0, 50 * 12e-9, 50 * 12e-9])


def test_a_pulse_takes_a_slot_for_each_row_and_plane_that_has_one():
    steps, points, _ = run(Gradient(iterations=1, batch=50), array({"type": "pcm", "pulse": EXACT}))
    pulses, slots = steps[1].pulses, round((steps[1].duration - 50 * ACCESS.read_time) / 1e-6)
    assert points[0].open == pytest.approx(pulses / (2 * WEIGHTS.size))
    assert 0 < slots <= min(pulses, 2 * len(WEIGHTS))


# --- every device, every cell ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_error_falls_or_was_as_small_as_a_pulse_and_a_cell_allow(device, cell):
    programmer = Gradient(iterations=16, batch=400)
    before, after = Crossbar(array(device, cell), Stream(0)), Crossbar(array(device, cell), Stream(0))
    OneShot().program(before, WEIGHTS)
    points = programmer.program(after, WEIGHTS)
    start, end = product_error(before), product_error(after)
    finest = half_step(after.stored.cell) / np.sqrt(3) / np.std(WEIGHTS / after.scale) + 0.02  # rounding, and the pulses' floor
    assert end < start if start > 1.5 * finest else end < 1.2 * max(start, finest)
    if start > 1.5 * finest:  # on average turn by turn
        errors = np.log([point.error for point in points])
        assert np.polyfit(range(len(points)), errors, 1)[0] < 0
        assert end < 0.8 * start


def test_noise_of_the_array_is_averaged():
    noisy = array("pcm", output_noise=0.3, short_term_noise=0.05)
    errors = {}
    for batch in (50, 2000):
        _, _, crossbar = run(Gradient(iterations=20, batch=batch), noisy)
        errors[batch] = product_error(crossbar)
    assert errors[2000] < 0.8 * errors[50]


def test_errors_below_half_a_step_are_left_alone():
    """Rounded weights of an ideal device err by up to half a step; a loop that followed would go to and fro."""
    _, points, crossbar = run(Gradient(iterations=10, batch=4000), array("ideal", "sliced"))
    assert np.abs((crossbar.matrix - WEIGHTS) / crossbar.scale).max() < 0.5 / 15 * 1.3
    assert points[-1].error == pytest.approx(points[0].error, rel=0.1)


@pytest.mark.parametrize(
    ("cell", "step"), [("pair", 0), ("max_set", 0), ("significance", 0), ("offset", 0), ("sliced", 1 / 30)], ids=lambda x: str(x)
)
def test_half_a_step_of_every_cell(cell, step):
    assert half_step(from_plain(Cell, CELLS[cell] | {"device": "pcm"})) == pytest.approx(step, rel=0.02)


def test_half_a_step_of_a_pair_of_junctions():
    assert half_step(from_plain(Cell, {"type": "pair", "device": {"type": "mram"}})) == pytest.approx(0.5, rel=0.02)


def test_failed_writes_of_junctions_are_not_answered_by_flipping_the_good_ones():
    binary = array({"type": "mram", "spread": 0.05, "write_error_rate": 0.0}, "sliced")
    binary = binary.having(cell=binary.cell.having(bits=1, bits_per_slice=1))
    steps, _, crossbar = run(Gradient(iterations=5, batch=2000), binary, np.sign(WEIGHTS))
    assert sum(step.pulses for step in steps) == 2 * WEIGHTS.size
    assert (np.sign(crossbar.matrix) == np.sign(WEIGHTS)).all()


def test_clipped_outputs_do_not_pull_the_weights():
    """A converter that clips most products makes weights look too small; with fewer rows driven it does not."""
    clipping = array("pcm", adc={"type": "sar", "bits": 10, "bound": 1.5})
    wide = array("pcm", adc={"type": "sar", "bits": 10, "bound": 20.0})
    errors = []
    for each in (clipping, wide):
        _, _, crossbar = run(Gradient(iterations=25, batch=1000), each)
        errors.append(np.sqrt(np.mean(((crossbar.matrix - WEIGHTS) / crossbar.scale) ** 2)))
    before = Crossbar(clipping, Stream(0))
    OneShot().program(before, WEIGHTS)
    assert errors[0] < 0.7 * np.sqrt(np.mean(((before.matrix - WEIGHTS) / before.scale) ** 2))
    assert errors[0] < 2 * errors[1]


def test_repeated_products_take_their_time():
    managed = array("pcm", adc={"type": "sar", "bits": 10, "bound": 1.0}, bound_management=3)
    (_, turn), _, _ = run(Gradient(iterations=1, batch=50), managed)
    assert 50 < turn.reads <= 50 * 4
    assert turn.duration >= turn.reads * ACCESS.read_time


@pytest.mark.parametrize("counts", [100, 400])
def test_products_err_less_than_after_cell_by_cell_verify(counts):
    """The published order (Buechel et al. 2022), with the statistics of that group's chip; tests/published has the figures."""
    hermes = array("pcm-hermes", rows=64, read_noise="held", output_noise=0.04, short_term_noise=0.0175)
    weights = np.random.default_rng(2).normal(size=(64, 60)).astype(np.float32)
    found = {}
    for programmer in (Gradient(iterations=15, batch=1000), WriteVerify(counts=counts)):
        crossbar = run(programmer, hermes, weights)[2]
        found[programmer.type_name] = []
        for age in (0.0, 86400.0):
            crossbar.drift_to(age)
            found[programmer.type_name].append(product_error(crossbar, weights))
    assert all(ours < theirs for ours, theirs in zip(found["gradient"], found["write_verify"], strict=True))


# --- when it stops, what it repeats ------------------------------------------------------------------------------------------


def test_it_stops_when_the_error_is_small_enough():
    long, short = (run(Gradient(iterations=20, batch=400, until=until), array())[1] for until in (0.0, 0.05))
    below = next(point.iteration for point in long if point.error < 0.05)
    assert [point.error for point in short] == [point.error for point in long[: below + 1]]
    assert short[-1].error < 0.05
    assert short[-1].open == 0  # nobody was pulsed any more


def test_equal_streams_give_equal_devices():
    one, same, other = (run(Gradient(iterations=3, batch=64), array(), seed=seed)[2] for seed in (1, 1, 2))
    assert np.array_equal(one.matrix, same.matrix)
    assert not np.array_equal(one.matrix, other.matrix)


def test_devices_that_are_left_alone_grow_older():
    steps, _, crossbar = run(Gradient(iterations=4, batch=64), array({"type": "pcm", "pulse": EXACT}))
    total = sum(step.duration for step in steps[1:])
    early = np.concatenate([state.early.ravel() for state in crossbar.stored.states])
    assert early.max() == pytest.approx(total, rel=1e-5)  # never pulsed after the first write
    assert (early >= 0).all()
    assert (early < 0.9 * total).any()  # those that were start anew


def test_inputs_fill_a_fixed_range():
    fixed = array("pcm", input_scaling={"type": "fixed", "range": 4.0}, dac={"type": "pulse_width", "bits": 8})
    crossbar = Crossbar(fixed, Stream(0))
    points = Gradient(iterations=8, batch=400).program(crossbar, WEIGHTS)
    assert crossbar.input_range == 4.0
    assert points[-1].error < 0.7 * points[0].error


def test_a_matrix_of_zeros_has_no_relative_error():
    _, points, _ = run(Gradient(iterations=2, batch=16), array("ideal"), np.zeros((4, 3), np.float32))
    assert [point.error for point in points] == [0.0, 0.0]
