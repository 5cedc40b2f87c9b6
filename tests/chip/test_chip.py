"""The timed run against finishing times that can be computed by hand (1 GHz network, flits of 64 b, 4 cycles a hop)."""

import itertools
import random

import numpy as np
import pytest
from builders import Block, add, built, chip, conv, linear, network, play, pool
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.clock import Clock
from chipsim.errors import InputError

NS = 1000  # ps
PRODUCT, NEURON = 100 * NS, 1 * NS
SMALL = {"input_buffer": {"capacity": "4 kb"}, "output_buffer": {"capacity": "4 kb"}}


def hop(hops: int, bits: int) -> int:
    """An idle network: 4 cycles a hop, 5 for injection and ejection and the last router, one for each flit; 0 on one node."""
    return (4 * hops + 5 + -(-bits // 64)) * NS if hops else 0


def host(bits: int) -> int:
    """Through the interface at 64 Gb/s."""
    return round(bits / 64e9 * 1e12)


# --- one tile --------------------------------------------------------------------------------------------------------


@given(tile=st.integers(0, 11), rows=st.integers(1, 32), columns=st.integers(1, 32))
@settings(max_examples=30)
def test_one_tile_takes_the_sum_of_its_delays(tile: int, rows: int, columns: int) -> None:
    run = play(network([rows, 1, 1], linear("fc", columns)), chip(), tiles={"fc": (tile,)})
    hops = tile % 4 + tile // 4  # from the host on node 0 of a 4 x 3 mesh
    ways = hop(hops, rows * 8) + hop(hops, columns * 8)
    assert run.finished[0] == host(rows * 8) + PRODUCT + NEURON + host(columns * 8) + ways


def test_one_tile_gives_a_result_for_each_product() -> None:
    run = play(network([16, 1, 1], linear("fc", 4)), chip(), stream=40, fast_forward=False)
    assert np.diff([run.finished[s] for s in range(40)]).tolist() == [PRODUCT] * 39


def test_a_slow_host_sets_the_pace() -> None:
    run = play(network([16, 1, 1], linear("fc", 4)), chip(host={"bandwidth": "1 Gb/s"}), stream=40)
    assert run.interval == 128 * NS
    assert run.finished[0] == (128 + 100 + 1 + 32) * NS


def test_slow_neurons_set_the_pace() -> None:
    run = play(network([16, 1, 1], linear("fc", 32)), chip(tile={"neuron": {"lanes": 1, "clock": "200 MHz"}}), stream=200)
    assert run.interval == 32 * 5 * NS


# --- chains ----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.permutations(range(8)), st.lists(st.integers(1, 32), min_size=2, max_size=6))
def test_a_chain_takes_the_sum_of_its_ways_and_runs_at_one_product(order: list[int], widths: list[int]) -> None:
    layers = [linear(f"l{i}", width) for i, width in enumerate(widths[1:])]
    places = order[: len(layers)]
    tiles = {f"l{i}": (tile,) for i, tile in enumerate(places)}
    machine = chip(mesh=(8, 1))
    workload = network([widths[0], 1, 1], *layers)
    single = play(workload, machine, tiles=tiles).finished[0]
    stops = [0, *places, 0]
    ways = sum(hop(abs(b - a), 8 * bits) for (a, b), bits in zip(itertools.pairwise(stops), widths, strict=True))
    assert single == host(8 * widths[0]) + len(layers) * (PRODUCT + NEURON) + host(8 * widths[-1]) + ways
    interval = play(workload, machine, tiles=tiles, stream=20, fast_forward=False).interval
    assert PRODUCT <= interval <= 1.01 * PRODUCT  # where ways cross, a transfer waits for a link now and then


def test_row_blocks_meet_at_the_first_ones_tile() -> None:
    """Two row blocks of 20 inputs on tiles 1 and 3: the partial sums of tile 3 travel two hops.

    Both inputs leave the host on one link, the 3 flits for tile 1 first.
    """
    run = play(network([40, 1, 1], linear("fc", 10)), chip(mesh=(4, 1)), tiles={"fc": (1, 3)})
    last = host(320) + 3 * NS + hop(3, 160) + PRODUCT + hop(2, 160)
    assert run.finished[0] == last + 2 * NEURON + hop(1, 80) + host(80)  # an addition of one batch, an activation of one batch


def test_adding_on_the_way_takes_a_tree_of_additions() -> None:
    """Four row blocks side by side: (0 + 1) on tile 0, (2 + 3) on tile 2, their sum on tile 0; tile 3 gets its input last."""
    run = play(network([128, 1, 1], linear("fc", 10)), chip(mesh=(4, 1)), tiles={"fc": (0, 1, 2, 3)}, reduction="tree")
    there = host(1024) + 2 * 4 * NS + hop(3, 256) + PRODUCT
    sums = there + hop(1, 160) + NS + hop(2, 160) + NS
    assert run.finished[0] == sums + NEURON + host(80)


def test_bandwidth_of_a_link_is_shared_by_what_crosses_it() -> None:
    """320 values of 8 b each way on flits of 8 b at 1 GHz: more than a product; the link from the host is the bottleneck."""
    workload = network([320, 1, 1], linear("fc", 2))
    narrow = chip(array={"rows": 320}, mesh=(2, 1), network={"flit_width": "8 b"})
    run = play(workload, narrow, tiles={"fc": (1,)}, stream=100)
    assert run.interval == 320 * NS


# --- forks and joins -------------------------------------------------------------------------------------------------


def test_a_fork_and_join_takes_its_longer_way() -> None:
    """The image goes to a on tile 1 and through b1, b2 on tiles 2 and 3; they meet on tile 1, then fc on tile 0."""
    workload = network(
        [8, 1, 1],
        linear("a", 8),
        linear("b1", 8, inputs=["input"]),
        linear("b2", 8),
        add("sum", "a", "b2"),
        linear("fc", 4),
    )
    tiles = {"a": (1,), "b1": (2,), "b2": (3,), "fc": (0,)}
    run = play(workload, chip(mesh=(4, 1)), tiles=tiles)
    long = host(64) + hop(2, 64) + PRODUCT + NEURON + hop(1, 64) + PRODUCT + NEURON + hop(2, 64)
    assert run.finished[0] == long + NS + hop(1, 64) + PRODUCT + NEURON + host(32)  # an addition of one batch
    stream = play(workload, chip(mesh=(4, 1)), tiles=tiles, stream=30, fast_forward=False)
    assert np.diff([stream.finished[s] for s in range(5, 30)]).tolist() == [PRODUCT] * 24


# --- rows of vectors -------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    height=st.integers(3, 8), width=st.integers(3, 8), kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)), token=st.sampled_from("rv")
)
def test_a_convolution_starts_with_its_first_window_and_ends_with_its_last(height, width, kernel, token) -> None:
    """The host is fast: the first product starts when the first window is in, and the array never waits again."""
    workload = network([1, height, width], conv("c", 4, list(kernel)))
    run = play(workload, chip(host={"bandwidth": "8 Gb/s"}), token={"r": "row", "v": "vector"}[token], copies="none")
    vectors = (height - kernel[0] + 1) * (width - kernel[1] + 1)
    window = ((kernel[0] - 1) * width + kernel[1]) * NS  # a vector of 8 b takes 1 ns to come in
    out = 4 * NS  # the last result of 32 b leaves; those before are out by then
    assert run.finished[0] == window + vectors * PRODUCT + NEURON + out


@pytest.mark.parametrize("copies", [1, 2, 3, 4, 6, 12])
def test_copies_share_the_rows(copies: int) -> None:
    workload = network([1, 12, 5], conv("c", 4, 1))
    run = play(workload, chip(mesh=(5, 5)), copies={"c": copies}, stream=100)
    assert run.interval == 12 * 5 * PRODUCT / copies


@pytest.mark.parametrize("copies", [2, 3, 5, 7])
def test_copies_that_do_not_divide_the_rows_take_turns_over_samples(copies: int) -> None:
    """Row r of sample s belongs to copy (7 s + r) mod copies: over `copies` samples each has made 7 rows."""
    run = play(network([1, 7, 4], conv("c", 4, 1)), chip(mesh=(4, 4), tile=SMALL), copies={"c": copies}, stream=300)
    assert run.interval == pytest.approx(7 * 4 * PRODUCT / copies)
    assert run.period is not None
    assert run.period.samples % copies == 0 or 7 % copies == 0


def test_more_copies_than_rows_serve_several_samples_at_once() -> None:
    run = play(network([8, 1, 1], linear("fc", 4)), chip(tile=SMALL), copies={"fc": 3}, stream=600)
    assert run.interval == pytest.approx(PRODUCT / 3)
    single = play(network([8, 1, 1], linear("fc", 4)), chip(), copies={"fc": 3}).finished[0]
    assert single == play(network([8, 1, 1], linear("fc", 4)), chip()).finished[0]


def test_pooling_overlaps_with_the_convolution_before_it() -> None:
    """conv, pool, fc on one node: after the last product only a comparison, and a product of fc with its neurons."""
    workload = network([1, 4, 4], conv("c", 2, 1), pool("p"), linear("fc", 3))
    run = play(workload, chip(mesh=(2, 1)), copies="none", tiles={"c": (0,), "fc": (1,)})
    last = host(8) + 16 * PRODUCT + NEURON + NS  # the last pooled value
    assert run.finished[0] == last + hop(1, 16) + PRODUCT + NEURON + hop(1, 24) + host(24)


# --- back-pressure ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("slow", [0, 1, 2])
def test_the_slowest_layer_sets_the_interval_wherever_it_is(slow: int, token: str) -> None:
    """A layer of 6 x 6 positions needs 36 products a sample, the others fewer: images of 6 x 6, 5 x 5 ... through 2 x 2 kernels."""
    sizes = [1, 1, 1]
    sizes[slow] = 2
    layers = [conv(f"c{i}", 2, 2, stride=2 if i == slow else 1, padding=1) for i in range(3)]
    workload = network([1, 6, 6], *layers, samples=1)
    run = play(workload, chip(mesh=(3, 1), tile=SMALL), token=token, stream=60, copies="none")
    products = max(int(np.prod(workload.shapes[f"c{i}"][1:])) for i in range(3))
    assert run.interval == products * PRODUCT


def test_a_small_buffer_costs_time_and_never_overflows() -> None:
    workload = network([2, 8, 8], conv("a", 4, 3, padding=1), conv("b", 4, 3, padding=1), linear("fc", 4))
    intervals = []
    for capacity in ("1.1 kb", "3 kb", "64 kb"):
        buffers = {"input_buffer": {"capacity": "64 kb"}, "output_buffer": {"capacity": capacity}}
        run = play(workload, chip(mesh=(6, 6), tile=buffers), copies={"a": 2, "b": 2}, stream=30, fast_forward=False)
        intervals.append(run.interval)
    assert intervals == sorted(intervals, reverse=True)
    assert intervals[-1] == 8 * 8 * PRODUCT / 2


def test_a_buffer_that_cannot_hold_a_window_is_refused_with_its_numbers() -> None:
    workload = network([2, 8, 8], conv("a", 4, 3, padding=1), linear("fc", 4))
    with pytest.raises(InputError) as caught:
        play(workload, chip(tile={"input_buffer": {"capacity": "0.3 kb"}}), copies="none")
    message = str(caught.value)
    assert "tile.input_buffer: tile[0].a.copy0.block0-0 must hold 3 units of input (384 b) at once" in message
    assert "the buffer has 300 b" in message
    assert "larger buffer" in message


# --- corners ---------------------------------------------------------------------------------------------------------

CORNERS: list[tuple[list[int], list[Block], Block]] = [
    ([3, 5, 1], [conv("c", 2, [3, 1], padding=[1, 0]), linear("fc", 1)], {}),  # images one column wide
    ([3, 1, 5], [conv("c", 2, [1, 3]), pool("p", [1, 2]), linear("fc", 1)], {}),  # one row high
    ([1, 1, 1], [linear("fc", 1)], {}),  # a single number
    ([1, 4, 4], [conv("c", 1, 4)], {}),  # one window
    ([2, 5, 5], [conv("c", 3, 2, stride=2, padding=1), pool("p", 2, stride=1)], {}),  # no layer at the end but a pool
    ([2, 7, 7], [conv("c", 3, 3, stride=3), linear("fc", 2)], {"copies": {"c": 2}}),  # the last row is never used
    ([2, 5, 5], [pool("p"), conv("c", 3, 1)], {}),  # a pool on the image itself, one row too many
    ([5, 1, 1], [linear("a", 3), linear("b", 2)], {"copies": {"a": 4, "b": 5}}),
]


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("stream", [1, 2, 3])
@pytest.mark.parametrize(("shape", "layers", "options"), CORNERS, ids=lambda value: str(value)[:40])
def test_corner_cases_run_and_give_the_right_values(shape, layers, options, stream, token) -> None:
    workload = network(shape, *layers, samples=2)
    run = play(workload, chip(mesh=(6, 6)), token=token, stream=stream, **options)
    assert sorted(run.finished) == list(range(stream))
    expected = workload.forward(workload.inputs)
    assert all(np.allclose(run.outputs[s], expected[s % 2], atol=1e-4) for s in range(stream))
    assert run.interval > 0


def test_rows_that_nobody_needs_are_made_and_paid_for_in_every_sample() -> None:
    """Pooling leaves out the fifth row: the last sample must not be cheaper than the others."""
    workload = network([1, 5, 4], conv("c", 2, 1), pool("p"), linear("fc", 2), samples=1)
    energies = [play(workload, chip(), stream=stream, fast_forward=False, copies="none").spent / stream for stream in (1, 2, 5)]
    assert energies == pytest.approx([energies[0]] * 3, rel=1e-12)


def test_times_shorter_than_a_picosecond_are_refused() -> None:
    with pytest.raises(InputError, match=r"a product takes 0.2 ps|a product takes 200 fs"):
        chip(array={"dac": {"type": "ideal", "read_time": "0.2 ps"}})


def test_a_chip_of_very_fast_parts_runs() -> None:
    array, tile = {"dac": {"type": "ideal", "read_time": "1 ps"}}, {"neuron": {"clock": "100 THz"}}
    fast = chip(array=array, tile=tile, host={"bandwidth": "1000 Tb/s"})
    run = play(network([4, 1, 1], linear("fc", 3)), fast, stream=5)
    assert run.interval == 1
    assert play(network([4, 1, 1], linear("fc", 3)), fast, stream=2, copies={"fc": 2}).interval > 0


# --- simultaneous events ---------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(
    seed=st.integers(0, 1000),
    token=st.sampled_from(["row", "vector"]),
    control=st.sampled_from(["calendar", "credits", {"type": "durations", "step": "50 ns", "wires": 4}]),
    options=st.sampled_from([{}, {"pack": True}, {"copies": {"a": 3}}, {"reduction": "tree"}]),
)
def test_the_order_of_simultaneous_events_does_not_depend_on_who_was_first_in_the_queue(seed, token, control, options) -> None:
    """SimPy numbers events as they are scheduled; with random numbers instead, ties fall out differently."""
    workload = network([2, 5, 4], conv("a", 3, 2), conv("b", 3, 2), linear("fc", 3), samples=1)
    machine = chip(array={"rows": 8}, mesh=(6, 6), network={"flow_control": control})

    def times(clock: Clock) -> tuple[dict[int, int], list[object]]:
        run = play(workload, machine, token=token, stream=4, clock=clock, fast_forward=False, **options)
        return run.finished, sorted(run.recorder.spans)

    shuffled, dice = Clock(), random.Random(seed)
    shuffled._eid = map(lambda _: dice.random(), itertools.count())
    assert times(shuffled) == times(Clock())


@pytest.mark.parametrize("control", ["calendar", "credits"])
def test_a_run_can_be_repeated(control: str) -> None:
    workload = network([2, 5, 4], conv("a", 3, 2), linear("fc", 3), samples=1)
    ready = [built(workload, chip(network={"flow_control": control}), stream=6) for _ in range(2)]
    one, other = (r.run() for r in ready)
    assert one.finished == other.finished
    assert one.recorder.spans == other.recorder.spans
    assert one.energy == other.energy
