"""The ledger and the timeline."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import CheckError
from chipsim.recorder import Entry, Ledger, Recorder, Span

amounts = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 3), st.floats(0, 1e-6)), max_size=30)


@given(amounts)
def test_the_total_is_the_sum_of_the_entries_and_of_all_that_was_charged(charges: list[tuple[str, str, int, float]]) -> None:
    recorder = Recorder()
    for part, layer, node, energy in charges:
        recorder.charge(part, layer, node, energy)
    assert recorder.total == pytest.approx(sum(energy for *_, energy in charges))
    assert recorder.total == sum(recorder.energy.values())
    assert set(recorder.energy) == {Entry(part, layer, node) for part, layer, node, _ in charges}


@pytest.mark.parametrize("energy", [-1e-12, math.inf, math.nan])
def test_an_impossible_energy_stops_the_run(energy: float) -> None:
    with pytest.raises(CheckError, match=f"adc of layer 'fc1' at node 3 charged {energy} J"):
        Recorder().charge("adc", "fc1", 3, energy)


def test_a_ledger_can_only_charge_its_own_layer_and_node() -> None:
    recorder = Recorder()
    Ledger(recorder, "fc1", 3).charge("adc", 2e-12)
    assert dict(recorder.energy) == {Entry("adc", "fc1", 3): 2e-12}


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
