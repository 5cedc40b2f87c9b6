"""Tiles with several arrays, weight planes and a bus in simulated time."""

import itertools
import random
from typing import Any

import numpy as np
import pytest
from builders import NOISY, add, chip, conv, functional, linear, merged, network, play, pool, programmed
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.clock import Clock
from chipsim.errors import InputError
from chipsim.workload.graph import Workload

NS = 1000  # ps
WIDE = {"width": 1024, "clock": "1 GHz", "energy": "1 fJ/b"}


def four_blocks(**keys: Any) -> Workload:
    """A layer of four column blocks."""
    return network([16, 1, 1], linear("fc", 128, **keys))


def branches() -> Workload:
    """Convolutions with row and column blocks, a pooling layer, a sum."""
    return network(
        [3, 6, 6], conv("a", 40, padding=1, activation="relu"), conv("b", 40, 1), add("sum", "b", "a"), pool("p"), linear("fc", 5)
    )


@settings(max_examples=20, deadline=None)
@given(
    arrays=st.integers(1, 5),
    planes=st.integers(1, 3),
    token=st.sampled_from(["row", "vector"]),
    reduction=st.sampled_from(["destination", "tree"]),
    bus=st.booleans(),
    copies=st.sampled_from(["auto", "none"]),
)
def test_values_do_not_depend_on_where_the_blocks_lie(arrays, planes, token, reduction, bus, copies) -> None:
    tile = {"arrays": arrays, "input_buffer": {"capacity": "10 Mb"}, "output_buffer": {"capacity": "10 Mb"}}
    machine = chip(tile=tile | ({"bus": WIDE} if bus else {}), array=NOISY | {"planes": planes}, mesh=(6, 6))
    one = branches()
    run = play(one, machine, token=token, stream=3, reduction=reduction, copies=copies)
    expected = functional(programmed_at(one, machine, reduction=reduction, copies=copies), range(3))
    for sample in range(3):
        np.testing.assert_array_equal(run.outputs[sample], expected[sample])


def programmed_at(one: Workload, machine, **options: Any):
    made = programmed(one, machine, **options)
    made.drift_to(1.0)
    return made


def test_arrays_of_a_tile_work_at_the_same_time() -> None:
    together = play(four_blocks(), chip(tile={"arrays": 4}, mesh=(1, 1)), stream=200)
    assert together.interval == 100 * NS
    alone = play(four_blocks(), chip(mesh=(2, 2)), stream=200)
    assert together.interval == alone.interval
    assert together.spent == pytest.approx(alone.spent)
    assert together.carriage.links == 0.0  # nothing leaves the node


def test_partial_sums_of_one_tile_do_not_travel() -> None:
    rows = network([128, 1, 1], linear("fc", 8))
    together = play(rows, chip(tile={"arrays": 4}, mesh=(1, 1)))
    apart = play(rows, chip(mesh=(2, 2)))
    assert together.carriage.links == 0.0 < apart.carriage.links
    assert together.finished[0] < apart.finished[0]
    np.testing.assert_array_equal(together.outputs[0], apart.outputs[0])


def test_half_the_tiles_with_two_planes_give_half_the_throughput_and_the_same_values() -> None:
    parallel = play(four_blocks(), chip(array=NOISY, mesh=(2, 2)), stream=60)
    product = parallel.interval
    turns = play(four_blocks(), chip(array=NOISY | {"planes": 2}, mesh=(2, 1)), stream=60)
    assert turns.interval == 2 * product
    assert turns.spent == pytest.approx(parallel.spent)
    for sample in range(60 if parallel.simulated == turns.simulated == 60 else 3):
        np.testing.assert_array_equal(turns.outputs[sample], parallel.outputs[sample])


def test_planes_stay_empty_while_weights_fit() -> None:
    parallel = play(four_blocks(), chip(array={"planes": 2}, mesh=(2, 2)), stream=60)
    assert parallel.interval == 100 * NS


def test_arrays_of_a_tile_share_its_neuron_circuits() -> None:
    slow = {"arrays": 4, "neuron": {"lanes": 1, "clock": "200 MHz"}}
    run = play(four_blocks(), chip(tile=slow, mesh=(1, 1)), stream=200)
    assert run.interval == 128 * 5 * NS  # one circuit for 128 columns, 5 ns each


# --- the bus ---------------------------------------------------------------------------------------------------------


def moved(rows: int, columns: int, width: int) -> int:
    return (-(-rows * 8 // width) + -(-columns * 16 // width)) * NS


def test_a_transfer_adds_to_the_latency() -> None:
    one = network([16, 1, 1], linear("fc", 4))
    with_bus = play(one, chip(tile={"bus": WIDE | {"width": 16}}))
    assert with_bus.finished[0] - play(one, chip()).finished[0] == moved(16, 4, 16)
    assert with_bus.spent - play(one, chip()).spent == pytest.approx((16 * 8 + 4 * 16) * 1e-15)


def test_a_wide_bus_does_not_slow_the_arrays_down() -> None:
    run = play(four_blocks(), chip(tile={"arrays": 4, "bus": WIDE}, mesh=(1, 1)), stream=200)
    assert run.interval == 100 * NS


@pytest.mark.parametrize("token", ["row", "vector"])
def test_a_narrow_bus_is_shared_by_the_arrays(token) -> None:
    narrow = {"arrays": 4, "bus": WIDE | {"width": 16}}
    run = play(four_blocks(), chip(tile=narrow, mesh=(1, 1)), stream=200, token=token)
    assert run.interval == 4 * moved(16, 32, 16)
    assert run.buses[0].busy == run.simulated * 4 * moved(16, 32, 16)


@pytest.mark.parametrize("seed", range(4))
def test_a_bus_gives_the_same_times_whoever_was_created_first(seed: int) -> None:
    narrow = chip(tile={"arrays": 5, "bus": WIDE | {"width": 64}}, mesh=(2, 2))
    shuffled, dice = Clock(), random.Random(seed)
    shuffled._eid = map(lambda _: dice.random(), itertools.count())
    first, again = (play(branches(), narrow, stream=4, clock=clock, fast_forward=False) for clock in (Clock(), shuffled))
    assert first.finished == again.finished
    assert sorted(first.recorder.spans) == sorted(again.recorder.spans)


@pytest.mark.parametrize("width", [8, 64, 1024])
def test_a_repeated_state_is_found_and_skipping_it_changes_nothing(width: int) -> None:
    small = {"capacity": "4 kb"}
    tile = {"arrays": 4, "bus": WIDE | {"width": width}, "input_buffer": small, "output_buffer": {"capacity": "20 kb"}}
    machine = chip(tile=tile, mesh=(2, 1))
    one = network([2, 4, 4], conv("c", 30, padding=1), pool("p"), linear("fc", 8))
    quick, full = play(one, machine, stream=60), play(one, machine, stream=60, fast_forward=False)
    assert quick.simulated < 60
    assert [quick.completion(s) for s in range(60)] == [full.finished[s] for s in range(60)]


# --- room ------------------------------------------------------------------------------------------------------------


def test_arrays_that_read_the_same_inputs_share_one_copy_of_them() -> None:
    tight = {"capacity": "700 b"}  # five rows of 16 x 1 values of 8 b, once
    one = network([16, 1, 1], linear("fc", 128))
    play(one, chip(tile={"arrays": 4, "input_buffer": tight}, mesh=(1, 1)))
    with pytest.raises(InputError, match="input_buffer"):
        play(one, chip(tile={"arrays": 4, "input_buffer": {"capacity": "120 b"}}, mesh=(1, 1)))


def test_parts_of_a_tile_are_charged_in_the_time_of_the_products() -> None:
    part = {"power": "4 mW", "count": 2, "energy": "1 pJ"}
    run = play(four_blocks(), chip(tile={"arrays": 4, "parts": {"control": part}}, mesh=(1, 1)))
    charged = sum(energy for entry, energy in run.energy.items() if entry.part == "control")
    assert charged == pytest.approx(2 * (4e-3 * 100e-9 + 4 * 1e-12))  # four products at once, each for 100 ns


def test_the_noise_of_a_block_does_not_know_its_array() -> None:
    noisy = merged({"array": NOISY}, {})["array"]
    one = play(four_blocks(), chip(array=noisy, mesh=(2, 2)))
    other = play(four_blocks(), chip(array=noisy, tile={"arrays": 2}, mesh=(2, 1)))
    np.testing.assert_array_equal(one.outputs[0], other.outputs[0])
