"""Neuron circuits, adders and the vector unit: time and energy of what they do."""

import pytest
from builders import add, chip, conv, linear, network, play, pool

from chipsim.chip import TimedRun


def part(run: TimedRun, name: str, layer: str) -> float:
    return sum(energy for entry, energy in run.energy.items() if (entry.part, entry.layer) == (name, layer))


def span(run: TimedRun, kind: str, layer: str) -> int:
    found = next(s for s in run.recorder.spans if s.layer == layer and f".{kind}" in s.track)
    return found.end - found.start


def words(bits: int) -> int:
    """Bits that are moved when `bits` are read or written: whole words of 256 b."""
    return -(-bits // 256) * 256


def test_neurons_add_row_blocks_and_activate() -> None:
    """70 inputs: three row blocks on arrays of 32 rows; 20 outputs."""
    run = play(network([70, 1, 1], linear("fc", 20)), chip())
    assert part(run, "accumulator", "fc") == pytest.approx(20 * 2 * 5e-15)
    assert part(run, "neuron", "fc") == pytest.approx(20 * 6e-15)
    moved = words(20 * 3 * 16) + words(20 * 8)  # partial sums in and out, results in and out
    assert part(run, "output buffer", "fc") == pytest.approx(moved * (3e-15 + 4e-15))


@pytest.mark.parametrize(("lanes", "interval"), [(32, 2000), (20, 2000), (8, 5000), (1, 40_000)])
def test_neurons_take_as_long_as_their_slower_part(lanes: int, interval: int) -> None:
    """40 additions (3 row blocks) and 20 outputs at 1 GHz."""
    machine = chip(tile={"accumulator": {"lanes": lanes}, "neuron": {"lanes": lanes}})
    run = play(network([70, 1, 1], linear("fc", 20)), machine)
    assert span(run, "neuron", "fc") == interval


def test_the_first_result_comes_after_both_parts() -> None:
    """Five ticks deep each: additions of 2 batches (6 ticks), then activations of 1 batch (5 ticks)."""
    deep = {"accumulator": {"depth": 5}, "neuron": {"depth": 5}}
    shallow, slow = (play(network([70, 1, 1], linear("fc", 20)), chip(tile=tile)).finished[0] for tile in ({}, deep))
    assert slow - shallow == 8000


def test_adders_on_the_way_add_two_terms_each() -> None:
    flat, tree = (play(network([70, 1, 1], linear("fc", 20)), chip(), reduction=how) for how in ("destination", "tree"))
    assert part(tree, "accumulator", "fc") == pytest.approx(part(flat, "accumulator", "fc"))
    moved = 2 * words(20 * 2 * 16) + 2 * words(20 * 16) + words(20 * 16) + words(20 * 8)
    assert part(tree, "output buffer", "fc") == pytest.approx(moved * (3e-15 + 4e-15))


def test_pooling_costs_its_comparisons() -> None:
    """Windows of 2 x 2 on 3 channels: 9 comparisons for each of 2 x 2 positions."""
    run = play(network([3, 4, 4], conv("c", 3, 1), pool("p"), linear("fc", 2)), chip())
    assert part(run, "vector unit", "p") == pytest.approx(4 * 9 * 7e-15)
    moved = 2 * (words(2 * 3 * 8) + words(2 * 3 * 8))  # two rows of two vectors: in, and results
    assert part(run, "output buffer", "p") == pytest.approx(moved * 7e-15)


def test_an_average_adds_and_multiplies() -> None:
    average = {"type": "average_pool", "name": "p", "kernel": 2}
    run = play(network([3, 4, 4], conv("c", 3, 1), average, linear("fc", 2)), chip(tile={"vector_unit": {"lanes": 4}}))
    assert part(run, "vector unit", "p") == pytest.approx(4 * (9 * 8e-15 + 3 * 9e-15))
    busy = run.recorder.busy[next(s.track for s in run.recorder.spans if s.layer == "p")]
    assert busy == 2 * 2 * (3 + 1) * 1000  # 9 additions and 3 multiplications on 4 lanes, for each of 2 x 2 positions


def test_an_addition_of_branches_reads_both() -> None:
    workload = network([3, 2, 2], conv("a", 3, 1), conv("b", 3, 1, inputs=["input"]), add("s", "a", "b"), linear("fc", 2))
    run = play(workload, chip())
    assert part(run, "vector unit", "s") == pytest.approx(4 * 3 * 8e-15)
    assert part(run, "output buffer", "s") == pytest.approx(2 * (words(2 * 2 * 3 * 8) + words(2 * 3 * 8)) * 7e-15)
