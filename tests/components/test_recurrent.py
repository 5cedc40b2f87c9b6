"""The stages of recurrent layers in simulated time: steps that wait for each other, what they cost, where they get stuck."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from builders import NOISY, Block, add, built, chip, conv, functional, network, play

from chipsim.architecture import Architecture
from chipsim.components.array import ArrayStation
from chipsim.components.recurrent import CellStation
from chipsim.errors import CheckError, InputError
from chipsim.timing import Timing, bottleneck
from chipsim.workload.graph import Workload

PRODUCT, CYCLE = 100_000, 1_000  # ps: a product of the tiny chip, a cycle of its digital circuits


def cell(kind: str, name: str, hidden: int, **keys: Any) -> Block:
    return {"type": kind, "name": name, "hidden_size": hidden} | keys


def small() -> Architecture:
    """Arrays that cut layers of a dozen numbers into several row and column blocks."""
    return chip(array={"rows": 8, "columns": 14}, mesh=(9, 9))


# --- time ------------------------------------------------------------------------------------------------------------


def step_time(run: Any) -> float:
    """Time from the start of a product to the start of the next one of the same sample, in the middle of it (ps)."""
    spans = [span for span in run.recorder.spans if ".block0-0" in span.track]
    return float(spans[3].start - spans[2].start)


def test_a_step_is_a_product_and_a_cell_when_all_is_on_one_tile() -> None:
    """8 numbers, 32 columns on 32 lanes: neuron 1 cycle; cell 24 sigmoids, 16 tanh, 24 products, 8 sums, a cycle for each kind."""
    run = play(network([8, 6, 1], cell("lstm", "a", 8)), chip())
    assert step_time(run) == PRODUCT + 5 * CYCLE
    assert run.finished[0] >= 6 * (PRODUCT + 5 * CYCLE)


def test_the_products_of_a_gru_take_turns_on_one_array() -> None:
    """The product with x_(t+1) is made while the cell of step t works; a step is that of h and of x, or of h and the cell."""
    run = play(network([8, 6, 1], cell("gru", "a", 8)), chip())
    tracks = {span.track for span in run.recorder.spans if ".block0-0" in span.track}
    assert len(tracks) == 2
    assert all(track.endswith((".product0", ".product1")) for track in tracks)
    spans = sorted((s.start, s.end) for s in run.recorder.spans if ".block0-0" in s.track)
    assert len(spans) == 12
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert run.finished[0] >= 12 * PRODUCT


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("steps", [1, 4, 9])
def test_samples_pass_through_a_layer_one_after_the_other(kind: str, steps: int) -> None:
    """Steps that wait for each other bound the rate: no interval is shorter than all steps of a sample but the wait of its first."""
    run = play(network([5, steps, 1], cell(kind, "a", 9)), small(), stream=40)
    alone = play(network([5, 8, 1], cell(kind, "a", 9)), small())
    assert run.interval >= (steps - 1) * step_time(alone) + PRODUCT


def test_steps_pass_through_stacked_layers_like_a_pipeline() -> None:
    """The second layer works on step t while the first is at t + 1: two layers take little longer than one, not twice as long."""
    one = play(network([5, 12, 1], cell("lstm", "a", 9)), small())
    two = play(network([5, 12, 1], cell("lstm", "a", 9), cell("lstm", "b", 9)), small())
    assert one.finished[0] < two.finished[0] < 1.4 * one.finished[0]


@pytest.mark.parametrize("depth", [2, 4])
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_stacked_layers_take_a_step_more_each(kind: str, depth: int) -> None:
    """T + L - 1 steps, not T L: every further layer adds one step and the way to its tile (here up to a fifth of a step)."""
    steps = 12
    run = {count: play(network([8, steps, 1], *(cell(kind, f"l{i}", 8) for i in range(count))), chip()) for count in (1, depth)}
    step = run[1].finished[0] / steps
    least = (steps + depth - 1 if kind != "gru" else steps + (depth - 1) / 2) * step  # a GRU's first step is one product: h is there
    assert least <= run[depth].finished[0] + step <= 1.05 * (steps + depth) * step


def test_a_backward_layer_waits_for_the_end_of_the_sequence() -> None:
    """Its first product waits for the last vector, which the host sends at 11 ns; it then takes as long as one that goes forward."""
    forth, back = (play(network([8, 12, 1], cell("lstm", "a", 8, backward=way)), chip()) for way in (False, True))
    starts = [min(span.start for span in run.recorder.spans if ".block0-0" in span.track) for run in (forth, back)]
    assert starts[1] - starts[0] == 11 * CYCLE
    assert step_time(back) == step_time(forth)
    late = back.finished[0] - forth.finished[0]
    assert late == pytest.approx(2 * 11 * CYCLE, abs=CYCLE)  # waits for all steps of the input, and hands on all of them at the end


def test_two_directions_go_side_by_side() -> None:
    """Both work at the same time, so they take as long as one that goes backward, and what joins them a few cycles."""
    ways = [cell("lstm", "a", 8, inputs=["input"]), cell("lstm", "b", 8, inputs=["input"], backward=True)]
    both = play(network([8, 12, 1], *ways, {"type": "concat", "name": "c", "inputs": ["a", "b"]}), chip())
    alone = play(network([8, 12, 1], cell("lstm", "b", 8, backward=True)), chip())
    assert alone.finished[0] < both.finished[0] < 1.05 * alone.finished[0]


def test_what_leads_back_to_a_layer_makes_its_steps_longer() -> None:
    """The states go over the network to the tiles of the same layer: on one ten times as slow a step takes longer, on one tile not."""
    def step(machine: dict[str, Any]) -> list[float]:
        one = network([5, 6, 1], cell("lstm", "a", 8))
        return [step_time(play(one, chip(mesh=(9, 9), network={"clock": clock}, **machine))) for clock in ("1 GHz", "0.1 GHz")]

    fast, slow = step({"array": {"rows": 8, "columns": 14}})
    assert slow > fast + 20 * CYCLE
    fast, slow = step({})
    assert slow == fast


def test_a_backward_layer_must_hold_the_whole_sequence() -> None:
    """8 numbers of 8 bits, 12 steps: 768 b of what it reads, beside one step of its own state."""
    one = network([8, 12, 1], cell("lstm", "a", 8, backward=True))
    with pytest.raises(InputError, match=r"tile.input_buffer: tile\[0\].a.* must hold 12 units of"):
        play(one, chip(tile={"input_buffer": {"capacity": "0.7 kb"}}))
    assert play(one, chip(tile={"input_buffer": {"capacity": "1 kb"}})).finished[0] > 0


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_shortened_stream_is_the_whole_one(kind: str, last: bool, back: bool) -> None:
    workload = network([5, 3, 1], cell(kind, "a", 9, backward=back), cell(kind, "b", 4, last_only=last), samples=1)
    tight = {"input_buffer": {"capacity": "1 kb"}, "output_buffer": {"capacity": "4 kb"}}
    machine = chip(array={"rows": 8, "columns": 14}, mesh=(9, 9), tile=tight)
    short, whole = (play(workload, machine, stream=60, fast_forward=fast) for fast in (True, False))
    assert short.period is not None
    assert short.period.skipped > 0
    assert [short.completion(sample) for sample in range(60)] == [whole.finished[sample] for sample in range(60)]
    assert short.spent / short.simulated == pytest.approx(whole.spent / whole.simulated, rel=1e-12)


# --- work ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "driven"), [("lstm", 3), ("gru", 4)])
def test_blocks_whose_rows_are_not_driven_are_not_read(kind: str, driven: int) -> None:
    """12 + 12 rows in row blocks of 8: the middle one holds rows of both, so a GRU reads it twice and the others once."""
    run = play(network([12, 5, 1], cell(kind, "a", 12)), chip(array={"rows": 8, "columns": 64}, mesh=(4, 4)))
    arrays = [station for station in run.stations if isinstance(station, ArrayStation)]
    assert len({station.block.name for station in arrays}) == 3
    assert sum(station.products for station in arrays) == 5 * driven


def test_the_cell_is_charged_to_the_vector_unit() -> None:
    """An LSTM: per number and step 3 sigmoids, 2 tanh (0 J on this chip), 3 products of 9 fJ, a sum of 8 fJ."""
    run = play(network([4, 5, 1], cell("lstm", "a", 6)), chip())
    energy = sum(amount for entry, amount in run.energy.items() if entry.part == "vector unit")
    assert energy == pytest.approx(5 * 6 * (3 * 9e-15 + 8e-15), rel=1e-12)
    (station,) = [station for station in run.stations if isinstance(station, CellStation)]
    assert run.recorder.count[station.stage.name] == 5


def test_the_way_back_is_paid_for_on_the_network() -> None:
    """On one tile at the host's node nothing crosses a link; in several blocks partial sums and states do."""
    spread = play(network([5, 6, 1], cell("lstm", "a", 8)), small())
    alone = play(network([5, 6, 1], cell("lstm", "a", 8)), chip())
    assert sum(alone.traffic.flits) == 0
    assert sum(spread.traffic.flits) > 0


# --- where they get stuck ---------------------------------------------------------------------------------------------


def residual() -> Workload:
    """Two convolutions look seven steps ahead each: the way past the recurrent layer must hold its steps meanwhile."""
    deep = [conv(name, 2, [15, 1], padding=[7, 0]) for name in ("a", "b")]
    return network([2, 30, 1], *deep, cell("lstm", "c", 2), add("sum", "c", "input"), conv("out", 4, 1))


def test_a_skip_path_past_a_recurrent_layer_without_room_is_a_deadlock_with_names() -> None:
    def room(output: str) -> Architecture:
        return chip(mesh=(4, 4), tile={"input_buffer": {"capacity": "64 kb"}, "output_buffer": {"capacity": output}})

    with pytest.raises(CheckError) as caught:
        play(residual(), room("0.5 kb"), copies="none")
    lines = str(caught.value).splitlines()
    key = "architecture.tile.output_buffer.capacity (now 500 b)"
    assert lines[0] == f"the chip is deadlocked; larger buffers on this circle would help ({key}):"
    assert any("waits for unit 0 of c, sample 0" in line for line in lines)
    assert any(".c.copy0.cell[0:2] waits for unit 0 of c.partial, sample 0" in line for line in lines)
    assert play(residual(), room("2 kb"), copies="none", stream=3).finished[2] > 0


def test_a_buffer_that_cannot_hold_a_step_is_refused() -> None:
    with pytest.raises(InputError, match=r"tile.input_buffer: tile\[0\].a.copy0.block0-0 must hold 1 unit of"):
        play(network([9, 8, 1], cell("lstm", "a", 9)), chip(tile={"input_buffer": {"capacity": "64 b"}}))


# --- cells on digital cores ------------------------------------------------------------------------------------------

CORE = {
    "nodes": {"named": [3, 9]},
    "vector_unit": {"type": "simd", "lanes": 4, "energy_multiply": "90 fJ", "energy_add": "80 fJ"},
    "buffer": {"type": "sram", "capacity": "64 kb", "read_energy": "1 fJ/b"},
}


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("how", [{}, {"reduction": "tree", "bias": "array"}])
def test_cells_on_cores_compute_the_same_bits(kind: str, last: bool, how: dict[str, Any]) -> None:
    first = cell(kind, "a", 9, backward=last, first_state=last)
    workload = network([5, 4, 1], first, cell(kind, "b", 4, last_only=last, backward=not last), samples=3)
    machine = chip(array=NOISY | {"rows": 8, "columns": 14}, mesh=(9, 9), cores={"global": CORE})
    ready = built(workload, machine, stream=5, **how)
    run = ready.run()
    ids = sorted(run.outputs)
    assert all(np.array_equal(run.outputs[s], row) for s, row in zip(ids, functional(ready.network, ids), strict=True))
    plain = built(workload, chip(array=NOISY | {"rows": 8, "columns": 14}, mesh=(9, 9)), **how).network
    assert np.array_equal(functional(plain, ids), functional(ready.network, ids))


def test_a_core_that_takes_recurrent_layers_works_and_pays_for_their_cells() -> None:
    """6 numbers, 5 steps: 3 products of 90 fJ and a sum of 80 fJ each on the core; nothing on the tile's own vector unit."""
    one = network([4, 5, 1], cell("lstm", "a", 6))
    run = play(one, chip(cores={"global": CORE}))
    energy = {entry.part: amount for entry, amount in run.energy.items()}
    assert "vector unit" not in energy
    assert energy["global vector unit"] == pytest.approx(5 * 6 * (3 * 90e-15 + 80e-15), rel=1e-12)
    (station,) = [station for station in run.stations if isinstance(station, CellStation)]
    assert station.stage.node in (3, 9)
    named = play(one, chip(cores={"global": CORE | {"layers": ["gru"]}}))
    (station,) = [station for station in named.stations if isinstance(station, CellStation)]
    assert station.stage.core == ""  # this kind of core takes other layers


def test_a_way_to_a_core_and_back_makes_a_step_longer() -> None:
    one = network([4, 5, 1], cell("lstm", "a", 6))
    assert play(one, chip(cores={"global": CORE})).finished[0] > play(one, chip()).finished[0]


def test_the_bottleneck_of_a_loop_is_told() -> None:
    """Nothing is busy all the time, and neither copies nor buffers help where steps wait for each other."""
    one = network([4, 6, 1], cell("lstm", "a", 8), conv("out", 3, 1))
    timing = Timing(play(one, small()), play(one, small(), stream=10))
    told = str(bottleneck(timing, [])["advice"])
    assert told.startswith("nothing is busy all the time: the steps of layer 'a' wait for each other;")
    other = network([4, 6, 1], conv("out", 3, 1))
    assert "wait for each other" not in str(bottleneck(Timing(play(other, small()), play(other, small(), stream=10)), [])["advice"])
