"""An array stage: what a product takes, against computations by hand from conductances and inputs."""

import itertools

import numpy as np
import pytest
from builders import NOISY, Block, built, chip, conv, linear, network, play
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.chip import TimedRun
from chipsim.components.array import ArrayStation
from chipsim.workload.graph import Workload

V, G_MAX, G_MIN = 0.3, 20e-6, 1e-6  # V, S, S

IDEAL: Block = {"type": "ideal", "read_voltage": "0.3 V", "read_time": "80 ns"}
VOLTAGE: Block = {"type": "voltage", "bits": 6, "read_voltage": "0.3 V", "read_time": "80 ns"}
PULSE: Block = {"type": "pulse_width", "bits": 6, "read_voltage": "0.3 V", "step": "2 ns", "overhead": "5 ns"}
PHASES: Block = PULSE | {"phases": 4}
SERIAL: Block = {"type": "bit_serial", "bits": 6, "read_voltage": "0.3 V", "bit_time": "7 ns"}
DIGITS: Block = SERIAL | {"digit_bits": 2}
TRAIN: Block = {"type": "pulse_train", "bits": 6, "read_voltage": "0.3 V", "unit_time": "3 ns", "overhead": "5 ns"}
TRAINS: Block = TRAIN | {"split_above": 3}
DURATION: Block = {"type": "duration", "read_voltage": "0.3 V", "longest": "80 ns"}
SAR: Block = {"type": "sar", "bits": 10, "bound": 50, "clock": "1 GHz", "columns_per_adc": 4, "energy": "3 pJ"}


def machine(dac: Block, adc: Block | None = None, devices: int = 2, **array: object):
    cell = {"type": "pair", "device": {"type": "ideal", "g_max": "20 uS", "g_min": "1 uS"}, "devices_per_polarity": devices}
    if dac["type"] == "duration":
        array |= {"input_scaling": {"type": "fixed", "range": 2}}
    return chip(array={"cell": cell, "dac": dac | {"energy": "2 pJ"}, "adc": adc or {"type": "ideal", "energy": "3 pJ"}} | array)


def part(run: TimedRun, name: str, layer: str = "fc") -> float:
    return sum(energy for entry, energy in run.energy.items() if (entry.part, entry.layer) == (name, layer))


def row_conductance(weights: np.ndarray, devices: int) -> np.ndarray:
    """Sum of all conductances of a row: the active side shares the target, the other stays at the bottom."""
    share = np.abs(weights) / np.abs(weights).max(axis=0)
    return (devices * (G_MIN + share * (G_MAX - G_MIN)) + devices * G_MIN).sum(axis=1)


def driven(dac: Block, x: np.ndarray) -> np.ndarray:
    """V^2 t of every row (V^2 s): what its conductance is multiplied with."""
    u = x / np.abs(x).max()
    codes = np.abs(np.rint(u * 31)).astype(int)  # 6 bits: codes -31 to 31
    if dac["type"] == "ideal":
        return V**2 * u**2 * 80e-9
    if dac["type"] == "voltage":
        return V**2 * (codes / 31) ** 2 * 80e-9
    if dac["type"] == "pulse_width":
        return V**2 * codes * 2e-9
    if dac["type"] == "duration":
        return V**2 * np.minimum(np.abs(x) / 2, 1) * 80e-9
    if dac["type"] == "pulse_train":  # pulses of the high two and of the low three bits, or of all five
        return V**2 * (codes // 8 + codes % 8 if "split_above" in dac else codes) * 3e-9
    if "digit_bits" in dac:
        return V**2 * sum((codes >> shift & 3) ** 2 for shift in (0, 2, 4)) / 9 * 7e-9
    return V**2 * np.array([bin(code).count("1") for code in codes]) * 7e-9


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 32), columns=st.integers(1, 32))
@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize(
    "dac", [IDEAL, VOLTAGE, PULSE, PHASES, SERIAL, DIGITS, TRAIN, TRAINS, DURATION], ids=lambda dac: f"{dac['type']}{len(dac)}"
)
def test_cells_take_what_their_conductances_and_inputs_say(dac: Block, devices: int, seed: int, rows: int, columns: int) -> None:
    workload = network([rows, 1, 1], linear("fc", columns), samples=1, seed=seed)
    run = play(workload, machine(dac, devices=devices))
    x = workload.inputs[0].reshape(-1).astype(np.float64)
    conductance = row_conductance(workload.weights["fc"].matrix.astype(np.float64), devices)
    assert part(run, "array") == pytest.approx(float(driven(dac, x) @ conductance), rel=1e-5)


@pytest.mark.parametrize(
    ("dac", "drives", "planes"), [(IDEAL, 1, 1), (VOLTAGE, 1, 1), (PULSE, 1, 1), (PHASES, 4, 1), (SERIAL, 5, 5)], ids=str
)
def test_converters_take_their_energy_once_for_each_row_column_and_plane(dac: Block, drives: int, planes: int) -> None:
    run = play(network([20, 1, 1], linear("fc", 7)), machine(dac), stream=3)
    assert part(run, "dac") == pytest.approx(3 * 20 * drives * 2e-12)
    assert part(run, "adc") == pytest.approx(3 * 7 * planes * 3e-12)


def test_a_counter_converts_every_phase() -> None:
    cco: Block = {"type": "cco", "bits": 6, "bound": 50, "energy": "3 pJ"}
    run = play(network([20, 1, 1], linear("fc", 7)), machine(PHASES, cco), stream=3)
    assert part(run, "adc") == pytest.approx(3 * 7 * 4 * 3e-12)


def test_parts_of_the_array_are_paid_by_their_own_names() -> None:
    parts = {"registers": {"count": 3, "power": "2 mW", "energy": "1 pJ", "leakage": "1 mW"}}
    run = play(network([20, 1, 1], linear("fc", 7)), machine(IDEAL, parts=parts), stream=3)
    assert part(run, "registers") == pytest.approx(3 * 3 * (1e-12 + 2e-3 * 80e-9))


def test_balance_takes_two_reads_for_a_product() -> None:
    run = play(network([20, 1, 1], linear("fc", 7)), machine(VOLTAGE, SAR, balance=True), stream=3)
    assert part(run, "dac") == pytest.approx(3 * 20 * 2 * 2e-12)
    assert part(run, "adc") == pytest.approx(3 * 7 * 2 * 3e-12)
    span = next(s for s in run.recorder.spans if "block" in s.track)
    assert span.end - span.start == 2 * (80e3 + 4 * 11e3)


def test_a_block_is_read_in_as_many_groups_as_it_has() -> None:
    """Twenty rows, eight at once, are three groups."""
    run = play(network([20, 1, 1], linear("fc", 7)), machine(VOLTAGE, SAR, rows_at_once=8), stream=3)
    assert part(run, "dac") == pytest.approx(3 * 20 * 2e-12)
    assert part(run, "adc") == pytest.approx(3 * 7 * 3 * 3e-12)
    span = next(s for s in run.recorder.spans if "block" in s.track)
    assert span.end - span.start == 3 * (80e3 + 4 * 11e3)


def test_overlapped_products_start_every_cycle_and_end_one_later() -> None:
    """Five bit planes in cycles of 44 ns, in which four columns are converted; two pixels follow each other at 5 cycles."""
    run = play(network([20, 1, 1], linear("fc", 7)), machine(SERIAL, SAR, cycle="44 ns"))
    span = next(s for s in run.recorder.spans if "block" in s.track)
    assert span.end - span.start == 5 * 44e3
    plain = play(network([20, 1, 1], linear("fc", 7)), machine(SERIAL, SAR))
    assert run.completion(0) - plain.completion(0) == pytest.approx((6 * 44 - 5 * 7 - 5 * 44) * 1e3)


@pytest.mark.parametrize(
    ("dac", "read"), [(IDEAL, 80e3), (VOLTAGE, 80e3), (PULSE, 2 * 32e3 + 5e3), (PHASES, 4 * (2 * 32e3 + 5e3)), (SERIAL, 5 * 7e3)], ids=str
)
def test_a_product_takes_the_read_and_the_conversions(dac: Block, read: float) -> None:
    """Four columns share a converter of 11 ns; bit planes are converted one by one."""
    planes = 5 if dac is SERIAL else 1
    run = play(network([20, 1, 1], linear("fc", 7)), machine(dac, SAR))
    span = next(s for s in run.recorder.spans if "block" in s.track)
    assert span.end - span.start == read + planes * 4 * 11e3


def test_a_weight_in_slices_is_converted_slice_by_slice() -> None:
    cell = {"type": "sliced", "device": {"type": "ideal"}, "bits": 6, "bits_per_slice": 2}
    run = play(network([20, 1, 1], linear("fc", 7)), machine(IDEAL, cell=cell))
    assert part(run, "adc") == pytest.approx(3 * 7 * 3e-12)


def test_the_input_buffer_is_written_and_read_for_every_vector() -> None:
    run = play(network([2, 5, 4], conv("fc", 3, 3)), machine(IDEAL), stream=2)  # 3 x 2 vectors of 18 values of 8 b, 256 b a word
    assert part(run, "input buffer") == pytest.approx(2 * 3 * (-(-2 * 18 * 8 // 256)) * 256 * (1e-15 + 2e-15))


# --- a measured core -------------------------------------------------------------------------------------------------

CORE: Block = {"measured": {"energy": "1 nJ", "time": "130 ns", "area": "1 mm2"}}


def test_a_measured_core_takes_its_time_and_its_whole_energy() -> None:
    run = play(network([20, 1, 1], linear("fc", 7)), machine(IDEAL).having(tile=chip(tile=CORE).tile), stream=3)
    span = next(s for s in run.recorder.spans if "block" in s.track)
    assert span.end - span.start == 130e3
    assert sum(part(run, name) for name in ("array", "dac", "adc", "unaccounted")) == pytest.approx(3e-9)


def test_parts_beyond_the_measured_total_are_charged_as_they_are() -> None:
    core = {"measured": CORE["measured"] | {"energy": "0.97 pJ"}}  # just what all drivers and converters take; the cells come on top
    run = play(network([20, 1, 1], linear("fc", 7)), chip(tile=core))
    assert part(run, "unaccounted") == 0
    assert part(run, "array") > 0.97e-12
    assert part(run, "adc") == pytest.approx(7 * 20e-15)


# --- bound management ------------------------------------------------------------------------------------------------


def saturating(retries: int, samples: int = 6) -> tuple[Workload, object]:
    """All weights equal and positive: the outputs go with the sum of the inputs, some beyond the converter's range of 4."""
    workload = network([16, 1, 1], linear("fc", 3, bias=False), weights=[1.0], samples=samples, seed=3)
    return workload, machine(PULSE, {"type": "sar", "bits": 8, "bound": 2, "energy": "3 pJ"}, bound_management=retries)


def test_a_repeated_product_takes_the_time_and_the_energy_of_each_try() -> None:
    workload, architecture = saturating(8)
    ready = built(workload, architecture, stream=6)
    run = ready.run()
    station = next(s for s in run.stations if isinstance(s, ArrayStation))
    x = workload.inputs.reshape(6, 16).astype(np.float64)
    sums = np.abs((x / np.abs(x).max(axis=1, keepdims=True)).sum(axis=1))
    expected = [max(0, int(np.ceil(np.log2(total / 2)))) for total in sums]
    assert sum(expected) > 0
    assert station.retries == sum(expected)
    assert station.clipped == 0
    spans = [s for s in run.recorder.spans if "block" in s.track]
    one = 2 * 32e3 + 5e3 + 9e3  # read and one conversion of 9 clocks
    assert [s.end - s.start for s in spans] == [(1 + tries) * one for tries in expected]
    assert part(run, "adc") == pytest.approx((6 + sum(expected)) * 3 * 3e-12)
    assert part(run, "dac") == pytest.approx((6 + sum(expected)) * 16 * 2e-12)
    conductance = row_conductance(np.ones((16, 3)), 2)
    cells = 0.0
    for vector, tries in zip(x, expected, strict=True):
        for attempt in range(tries + 1):
            u = vector / np.abs(vector).max() / 2**attempt
            cells += float(np.abs(np.rint(u * 31)) @ conductance) * V**2 * 2e-9
    assert part(run, "array") == pytest.approx(cells, rel=1e-5)


def test_without_bound_management_the_output_is_clipped_and_said_so() -> None:
    workload, architecture = saturating(0)
    run = play(workload, architecture, stream=6)
    station = next(s for s in run.stations if isinstance(s, ArrayStation))
    assert station.retries == 0
    assert station.clipped > 0


def test_repetitions_never_come_from_nowhere() -> None:
    run = play(network([16, 1, 1], linear("fc", 3)), chip(array=NOISY | {"bound_management": 4, "adc": {"type": "sar", "bound": 1000}}))
    assert next(s for s in run.stations if isinstance(s, ArrayStation)).retries == 0


# --- packed blocks share the array -------------------------------------------------------------------------------------


def test_stages_of_one_tile_never_use_the_array_at_the_same_time() -> None:
    workload = network([2, 5, 4], conv("a", 2, 1), conv("b", 2, 1), linear("fc", 3))
    for token in ("row", "vector"):
        run = play(workload, chip(), pack=True, stream=4, token=token)
        spans = sorted((s.start, s.end) for s in run.recorder.spans if "block" in s.track)
        assert len({s.stage.node for s in run.stations if s.stage.kind == "array"}) < 4
        arrays: dict[int, list[tuple[int, int]]] = {}
        for station in run.stations:
            if isinstance(station, ArrayStation):
                mine = [(s.start, s.end) for s in run.recorder.spans if s.track == station.stage.name]
                arrays[station.stage.node] = sorted(arrays.get(station.stage.node, []) + mine)
        assert spans
        assert all(one[1] <= two[0] for spans in arrays.values() for one, two in itertools.pairwise(spans))


def test_a_shared_array_is_not_held_while_data_is_still_coming_in() -> None:
    """The host brings a row in 1 us; a row of four products takes 0.4 us: the array must be free for layer b in between."""
    workload = network([1, 6, 4], conv("a", 1, 1), conv("b", 1, 1))
    slow = chip(host={"bandwidth": "32 Mb/s"})
    run = play(workload, slow, pack=True, stream=20)
    assert run.interval == pytest.approx(6e6)
    assert all(s.end - s.start == 400e3 for s in run.recorder.spans if "block" in s.track)


def test_blocks_that_share_an_array_both_get_their_turn() -> None:
    """With room for everything, upstream could fill all buffers before downstream starts: first come, first served."""
    workload = network([1, 6, 4], conv("a", 1, 1), conv("b", 1, 1))
    run = play(workload, chip(), pack=True, stream=40, fast_forward=False)
    gaps = np.diff([run.finished[s] for s in range(10, 40)])
    assert gaps.max() <= 2.1 * 6 * 400e3
    assert run.interval == pytest.approx(2 * 6 * 400e3, rel=0.01)
