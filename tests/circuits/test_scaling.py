"""Technology scaling against its sources."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits.scaling import Dennard, LibraryParts, Scaling, StillmakerBaas, SurveyADC
from chipsim.errors import InputError
from chipsim.reading import from_plain

NM = 1e-9
NODES = {
    "adc-survey": [32, 22, 14, 7],
    "hwcomponents-library": [32, 14],
    "stillmaker-baas": [130, 65, 32, 14, 7],
    "dennard": [90, 28],
}
MEMBERS = sorted(Scaling.members)


def test_every_member_is_tested_here():
    assert set(NODES) == set(MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_there_and_back_is_no_change_and_steps_multiply(name):
    member, nodes = Scaling.members[name], NODES[name]
    same = member(from_node=nodes[0] * NM, to_node=nodes[0] * NM)
    assert same.factors == (1.0, 1.0, 1.0, 1.0)
    first, last = nodes[0] * NM, nodes[-1] * NM
    forth, back = member(from_node=first, to_node=last), member(from_node=last, to_node=first)
    for one, other in zip(forth.factors, back.factors, strict=True):
        assert one * other == pytest.approx(1)
    middle = nodes[len(nodes) // 2] * NM
    steps = (member(from_node=first, to_node=middle), member(from_node=middle, to_node=last))
    for whole, a, b in zip(forth.factors, *(step.factors for step in steps), strict=True):
        assert whole == pytest.approx(a * b)


@pytest.mark.parametrize("name", MEMBERS)
def test_newer_nodes_are_smaller_and_take_less_energy(name):
    nodes = NODES[name]
    for older, newer in pairwise(nodes):
        factors = Scaling.members[name](from_node=older * NM, to_node=newer * NM).factors
        assert factors.energy < 1
        assert factors.area < 1
        assert factors.delay <= 1


@given(st.integers(5, 300), st.integers(5, 300))
def test_dennard(old, new):
    k = old / new
    factors = Dennard(from_node=old * NM, to_node=new * NM).factors
    assert factors == pytest.approx((k**-3, k**-2, 1 / k, k**-2))


def test_adc_survey_has_its_published_ratios():
    ratios = [SurveyADC(from_node=32 * NM, to_node=node * NM).factors for node in (22, 14, 7)]
    assert [round(f.energy, 3) for f in ratios] == [0.494, 0.211, 0.057]
    assert [round(f.area, 3) for f in ratios] == [0.558, 0.276, 0.094]
    assert {f.delay for f in ratios} == {1.0}
    exponents = [math.log(f.energy) / math.log(node / 32) for f, node in zip(ratios, (22, 14, 7), strict=True)]
    assert exponents == pytest.approx([1.88] * 3, abs=0.005)


def test_library_parts_have_their_published_ratios():
    factors = LibraryParts(from_node=32 * NM, to_node=14 * NM).factors
    low_power_32 = 0.9559 * 0.8**2 - 0.7823 * 0.8 + 0.471
    high_performance_14 = 0.2363 * 0.8**2 - 0.09675 * 0.8 + 0.02239
    energy = high_performance_14 / low_power_32
    assert factors == pytest.approx((energy, 0.38, 14 / 32, energy), rel=5e-4)


def test_stillmaker_baas_by_hand():
    factors = StillmakerBaas(from_node=32 * NM, to_node=14 * NM, supply=1.0).factors
    energy = (0.2363 - 0.09675 + 0.02239) / (0.8367 - 0.4341 + 0.1701)
    assert factors == pytest.approx((energy, 0.38, 1.0, energy))
    assert StillmakerBaas(from_node=45 * NM, to_node=32 * NM).factors.area == pytest.approx(1 / 2.2)


@pytest.mark.parametrize(("name", "node"), [("adc-survey", 10), ("hwcomponents-library", 22), ("stillmaker-baas", 22)])
def test_nodes_outside_the_table_are_refused(name, node):
    for keys in ({"from_node": node * NM, "to_node": 32 * NM}, {"from_node": 32 * NM, "to_node": node * NM}):
        with pytest.raises(InputError, match=rf"(from|to)_node: {node} nm is not in the table of '{name}', which has .*32.* nm"):
            Scaling.members[name](**keys)


def test_a_scaling_is_written_with_units():
    scaling = from_plain(Scaling, {"type": "dennard", "from_node": "32 nm", "to_node": "16 nm"})
    assert scaling.factors.area == pytest.approx(0.25)
    with pytest.raises(InputError, match="no technology node"):
        Dennard(from_node=1e-12, to_node=14 * NM)


def test_stillmaker_baas_with_a_supply_for_each_node():
    """By hand at nominal supplies: 0.9 V at 32 nm, 0.7 V at 7 nm."""
    scaling = StillmakerBaas(from_node=32 * NM, to_node=7 * NM, supply=0.9, to_supply=0.7, delay="scaled")
    energy = (0.1776 * 0.49 - 0.09097 * 0.7 + 0.02447) / (0.8367 * 0.81 - 0.4341 * 0.9 + 0.1701)
    before = -1047 * 0.729 + 2982 * 0.81 - 2797 * 0.9 + 873.5
    delay = (-28.58 * 0.343 + 76.6 * 0.49 - 70.26 * 0.7 + 24.69) / before
    assert scaling.factors == pytest.approx((energy, 0.13, delay, energy))
    assert scaling.nominal_supply(32) == 0.9
    assert StillmakerBaas(from_node=32 * NM, to_node=7 * NM, supply=0.9, to_supply=0.7).factors.delay == 1


@pytest.mark.parametrize("node", StillmakerBaas.nodes)
def test_fitted_delays_are_positive_and_fall_with_the_supply_where_they_are_used(node):
    highest = StillmakerBaas(from_node=node * NM, to_node=node * NM).nominal_supply(node)
    supplies = [0.7 + (highest - 0.7) * step / 10 for step in range(11)]
    slow = [StillmakerBaas(from_node=node * NM, to_node=node * NM, supply=v, delay="scaled").level(node).delay for v in supplies]
    assert min(slow) > 0
    assert slow[0] == max(slow)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"supply": 1.2}, "supply: 1.2 V at 32 nm; expected 1.1 V at most, up to where energies were fitted"),
        ({"supply": 0.8, "delay": "scaled"}, "to_supply: 800 mV at 7 nm; expected 700 mV at most, up to where delays were fitted"),
        ({"supply": 0.9, "to_supply": 0.6}, "to_supply"),
    ],
)
def test_supplies_beyond_the_fits_are_refused(keys, said):
    with pytest.raises(InputError, match=said):
        StillmakerBaas(from_node=32 * NM, to_node=7 * NM, **keys)


@pytest.mark.parametrize("name", [name for name in MEMBERS if Scaling.members[name].nodes])
def test_between_two_nodes_only_on_demand(name):
    member = Scaling.members[name]
    low, high = member.nodes[-2:]
    middle = round(math.sqrt(low * high))
    with pytest.raises(InputError, match="or set interpolate: true"):
        member(from_node=high * NM, to_node=middle * NM)
    steps = [member(from_node=a * NM, to_node=b * NM, interpolate=True).factors for a, b in ((high, middle), (middle, low))]
    whole = member(from_node=high * NM, to_node=low * NM).factors
    for product, (one, other) in zip(whole, zip(*steps, strict=True), strict=True):
        assert one * other == pytest.approx(product)
        assert min(1, product) - 1e-12 <= one <= max(1, product) + 1e-12
    for outside in (1, 500):
        with pytest.raises(InputError, match=r"take figures of a listed node$"):
            member(from_node=high * NM, to_node=outside * NM, interpolate=True)


def test_the_survey_is_a_power_law_between_its_nodes():
    factors = SurveyADC(from_node=32 * NM, to_node=16 * NM, interpolate=True).factors
    assert factors.energy == pytest.approx(0.5**1.88, rel=2e-3)
    assert factors.area == pytest.approx(0.5**1.56, rel=3e-3)
