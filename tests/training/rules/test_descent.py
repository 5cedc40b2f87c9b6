"""Linear regression with 20 x 20 weights: what each rule makes of good devices, and of devices with twenty states."""

import pytest
from regression import weight_error

from chipsim.training.rules import Rule

GOOD = ("even", 0.005)  # 400 equal steps
FEW = ("twenty", 0.05)  # the error of the reference that Gong et al., IEDM 2022, assume
OFF = ("twenty", 0.25)  # an eighth of the range
BUFFERED = "tiki_taka_v2", "chopped", "agad"


@pytest.mark.parametrize("kind", sorted(Rule.members))
def test_every_rule_learns_with_equal_steps(kind):
    assert weight_error(kind, GOOD, 6000) < 0.1


def test_plain_descent_fails_with_twenty_states():
    """Above 25 %, as published (Rasch et al., Nature Communications 2024)."""
    assert weight_error("sgd", FEW, 6000) > 0.25


@pytest.mark.parametrize("kind", BUFFERED)
def test_a_buffer_recovers_with_twenty_states(kind):
    assert weight_error(kind, FEW, 6000) < 0.5 * weight_error("sgd", FEW, 6000)


def test_choppers_bear_references_that_are_far_off():
    """The order that is published: version 2 fails, the chopped rule bears it, and AGAD does not feel it."""
    plain, chopped, agad = (weight_error(kind, OFF, 6000) for kind in BUFFERED)
    assert agad < chopped < 0.6 * plain
    assert plain > 2 * weight_error("tiki_taka_v2", FEW, 6000)
    assert agad < 1.5 * weight_error("agad", FEW, 6000)
