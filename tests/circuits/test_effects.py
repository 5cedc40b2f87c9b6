"""Effects of an array are switched off one by one: each takes away its own term and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from builders import NOISY

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.effects import EFFECTS, without
from chipsim.devices import Device
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

KEYS = NOISY | {"rows": 24, "columns": 16, "faults": {"low": 0.05}, "nonlinearity_spread": 0.2, "input_scaling": "none"}
WEIGHTS = np.random.default_rng(3).normal(size=(24, 16)).astype(np.float32)
INPUTS = np.random.default_rng(4).uniform(-1, 1, (32, 24)).astype(np.float32)


@pytest.fixture
def noisy() -> Array:
    array = from_plain(Array, KEYS)
    return array.having(adc=array.adc.having(gain_spread=0.05, offset_spread=0.1))


def error(array: Array) -> float:
    xbar = Crossbar(array, Stream(1))
    xbar.program(WEIGHTS)
    return float(np.linalg.norm(xbar.forward(INPUTS, t="1 h") - INPUTS @ WEIGHTS))


def test_without_all_effects_the_product_is_exact(noisy: Array) -> None:
    assert error(noisy) > 1
    assert error(without(noisy, EFFECTS)) < 1e-3


@pytest.mark.parametrize("effect", [effect for effect in EFFECTS if effect != "conduction"])
def test_every_effect_is_seen_by_itself(noisy: Array, effect: str) -> None:
    alone = without(noisy, [other for other in EFFECTS if other != effect])
    if effect == "drift":
        alone = alone.having(drift_compensation="none")
    assert error(alone) > 1e-3


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_that_is_off_stays_off_and_leaves_the_others(noisy: Array, effect: str) -> None:
    once = without(noisy, [effect])
    assert without(once, [effect]) == once
    rest = [other for other in EFFECTS if other != effect]
    assert without(once, rest) == without(noisy, EFFECTS)


def test_an_ideal_device_has_nothing_to_switch_off() -> None:
    ideal = from_plain(Array, KEYS | {"cell": {"device": {"type": "ideal"}}})
    assert without(ideal, ["programming", "drift"]) == ideal


def test_a_device_without_the_switch_says_so() -> None:
    names: Sequence[str] = [name for name, kind in Device.members.items() if "drift_scale" not in kind.model_fields and name != "ideal"]
    assert names == ["mram"]
    array = from_plain(Array, {**KEYS, "cell": {"device": {"type": "mram", "between_states": "nearest"}}})
    with pytest.raises(InputError, match=r"effect 'drift': device type 'mram' has no 'drift_scale' that could be 0; leave the effect on"):
        without(array, ["drift"])
