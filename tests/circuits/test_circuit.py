"""What every circuit must do: known actions with sensible costs, clear refusals, and a description that equals its YAML."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chipsim.circuits as circuits
from chipsim.circuits.accumulator import DigitalAccumulator
from chipsim.circuits.circuit import Takes
from chipsim.circuits.scaling import Dennard
from chipsim.errors import InputError
from chipsim.reading import from_plain

FAMILIES = (circuits.ADC, circuits.DAC, circuits.Neuron, circuits.Accumulator, circuits.Memory, circuits.VectorUnit)
COMPULSORY = {"capacity": 8192.0, "bandwidth": 1e9}


def all_members():
    for family in FAMILIES:
        for name, member in sorted(family.members.items()):
            keys = {key: value for key, value in COMPULSORY.items() if key in member.model_fields}
            yield pytest.param(family, member(area=1e-9, leakage=1e-6, **keys), id=f"{family.__name__}-{name}")


MEMBERS = list(all_members())


def test_every_family_has_members():
    assert all(family.members for family in FAMILIES)
    assert len(MEMBERS) >= 15


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_every_action_has_a_cost_that_grows_with_the_count(family, circuit):
    assert circuit.actions
    for action, meaning in circuit.actions.items():
        assert meaning
        costs = [circuit.cost(action, count) for count in (0, 1, 7, 1000)]
        assert costs[0] == (0.0, 0.0, 0.0)
        for fewer, more in pairwise(costs):
            assert all(a <= b for a, b in zip(fewer, more, strict=True))
        assert all(cost.interval <= cost.latency for cost in costs)


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_energy_is_in_proportion(family, circuit):
    keys = [name for name in type(circuit).model_fields if name.startswith("energy") or name.endswith("_energy")]
    paid = circuit.having(**dict.fromkeys(keys, 2e-12))
    twice = circuit.having(**dict.fromkeys(keys, 4e-12))
    for action in circuit.actions:
        assert paid.cost(action, 512).energy > 0
        assert twice.cost(action, 512).energy == pytest.approx(2 * paid.cost(action, 512).energy)
        assert circuit.cost(action, 512).energy == 0


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_the_times_alone_are_those_of_the_cost(family, circuit):
    for action in circuit.actions:
        for count in (0, 1, 7, 1000):
            assert circuit.takes(action, count) == circuit.cost(action, count)[1:]
    with pytest.raises(InputError, match="-1 times"):
        circuit.takes(next(iter(circuit.actions)), -1)


def test_batches_follow_each_other():
    assert Takes(3.0, 1.0).then(Takes(5.0, 2.0)) == Takes(8.0, 3.0)


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_unknown_actions_and_negative_counts_are_refused(family, circuit):
    known = next(iter(circuit.actions))
    with pytest.raises(InputError, match=rf"{type(circuit).__name__}\.cost: unknown action '{known}s' \(did you mean '{known}'"):
        circuit.cost(known + "s")
    with pytest.raises(InputError, match=r"-3 times .* expected a count of 0 or more"):
        circuit.cost(known, -3)


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_a_circuit_equals_its_description(family, circuit):
    assert from_plain(family, circuit.plain()) == circuit


@pytest.mark.parametrize(("family", "circuit"), MEMBERS)
def test_nothing_is_scaled_unless_a_scaling_is_named(family, circuit):
    assert (circuit.unit_area, circuit.unit_leakage) == (1e-9, 1e-6)
    scaled = circuit.having(scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert (scaled.area, scaled.leakage) == (1e-9, 1e-6)
    assert scaled.unit_area == pytest.approx(1e-9 / 4)
    assert scaled.unit_leakage == pytest.approx(1e-6 / 4)
    assert from_plain(family, scaled.plain()) == scaled


def test_scaling_reaches_energy_and_time():
    plain = DigitalAccumulator(energy=8e-12, clock=1e9, lanes=4)
    scaled = plain.having(scaling=Dennard(from_node=32e-9, to_node=16e-9))
    before, after = plain.cost("add", 100), scaled.cost("add", 100)
    assert after.energy == pytest.approx(before.energy / 8)
    assert after.latency == pytest.approx(before.latency / 2)
    assert after.interval == pytest.approx(before.interval / 2)


@given(st.integers(1, 5000), st.integers(1, 600), st.integers(1, 9))
def test_a_pipeline_of_lanes(count, lanes, depth):
    """Played out tick by tick: batches enter one a tick and leave `depth` ticks later."""
    cost = DigitalAccumulator(lanes=lanes, depth=depth, clock=2e9).cost("add", count)
    left, ticks = count, 0
    while left > 0:
        left, ticks = left - lanes, ticks + 1
    assert cost.interval == pytest.approx(ticks / 2e9)
    assert cost.latency == pytest.approx((ticks - 1 + depth) / 2e9)
