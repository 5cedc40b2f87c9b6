"""The ledger and the timeline."""

import math

import pytest
from builders import chip
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import CheckError
from chipsim.recorder import Entry, Recorder, Span

amounts = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 3), st.floats(0, 1e-6)), max_size=30)
CHIP = chip()


@given(amounts)
def test_what_was_charged_is_there_at_any_price(charges: list[tuple[str, str, int, float]]) -> None:
    recorder = Recorder()
    for part, layer, node, energy in charges:
        recorder.charge(part, layer, node, energy)
    assert sum(recorder.charged.values()) == pytest.approx(sum(energy for *_, energy in charges))
    assert set(recorder.charged) == {Entry(part, layer, node) for part, layer, node, _ in charges}
    assert recorder.priced(CHIP) == recorder.charged


@pytest.mark.parametrize("energy", [-1e-12, math.inf, math.nan])
def test_an_impossible_energy_stops_the_run(energy: float) -> None:
    with pytest.raises(CheckError, match=f"adc of layer 'fc1' at node 3 charged {energy} J"):
        Recorder().charge("adc", "fc1", 3, energy)
    with pytest.raises(CheckError, match=f"array of layer 'fc1' at node 3 charged {energy} J"):
        Recorder().ledger("fc1", 3).product((4, 4), 1, energy)


def test_an_impossible_price_is_told_when_it_is_applied() -> None:
    recorder = Recorder()
    recorder.ledger("fc1", 3).note("neuron", "tile.neuron", "apply", 4, -2)
    with pytest.raises(CheckError, match="neuron of layer 'fc1' at node 3 charged -"):
        recorder.priced(CHIP)


def test_a_ledger_counts_for_its_own_layer_and_node_and_is_priced_afterwards() -> None:
    recorder = Recorder()
    for layer, node, times in (("fc1", 3, 2), ("fc1", 3, 5), ("fc2", 4, 1)):
        ledger = recorder.ledger(layer, node)
        ledger.note("neuron", "tile.neuron", "apply", 10, times)
        ledger.note("neuron", "tile.neuron", "apply", 3)
    assert recorder.ledgers[1].actions == {("neuron", "tile.neuron", "apply", 10): 5, ("neuron", "tile.neuron", "apply", 3): 1}
    spent = {Entry("neuron", "fc1", 3): (7 * 10 + 2 * 3) * 6e-15, Entry("neuron", "fc2", 4): 13 * 6e-15}
    assert recorder.priced(CHIP) == pytest.approx(spent)
    dear = chip(tile={"neuron": {"energy": "60 fJ"}})
    assert recorder.priced(dear) == pytest.approx({entry: 10 * energy for entry, energy in spent.items()})


def test_products_are_counted_by_the_shape_of_their_block() -> None:
    recorder = Recorder()
    ledger = recorder.ledger("fc1", 3)
    for cells in (1e-15, 3e-15):
        ledger.product((8, 4), 2, cells)
    assert recorder.priced(CHIP) == pytest.approx(
        {Entry("array", "fc1", 3): 4e-15, Entry("dac", "fc1", 3): 4 * 8 * 10e-15, Entry("adc", "fc1", 3): 4 * 4 * 20e-15}
    )


def test_work_is_summed_by_stage() -> None:
    recorder = Recorder()
    recorder.work("a", "fc1", 10, 20, 8, 0)
    recorder.work("b", "fc1", 12, 22, 10, 0)
    recorder.work("a", "fc1", 30, 45, 15, 1)
    assert dict(recorder.busy) == {"a": 23, "b": 10}
    assert dict(recorder.count) == {"a": 2, "b": 1}
    assert recorder.extent == {"a": (10, 45), "b": (12, 22)}
    assert recorder.spans == [Span("a", "fc1", 10, 20, 0), Span("b", "fc1", 12, 22, 0), Span("a", "fc1", 30, 45, 1)]


def test_only_the_spans_are_limited() -> None:
    recorder = Recorder(span_limit=2)
    for number in range(5):
        recorder.work("a", "fc1", 10 * number, 10 * number + 4, 4, number)
    assert len(recorder.spans) == 2
    assert (recorder.busy["a"], recorder.count["a"], recorder.extent["a"]) == (20, 5, (0, 44))
