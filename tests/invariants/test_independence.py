"""An unrelated tile, layer, read time or sample changes no random number anywhere else."""

import numpy as np
import pytest
from builders import NOISY, chip, conv, functional, linear, merged, network, programmed
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.accuracy import outputs
from chipsim.circuits.crossbar import Crossbar
from chipsim.programmed import ProgrammedNetwork
from chipsim.streams import Stream

FRESH = merged(NOISY, {"read_noise": "fresh"})


def state(made: ProgrammedNetwork, layer: str) -> list[np.ndarray]:
    """Everything random about a layer's crossbars now, and what they make of some vectors."""
    ids = np.arange(5, dtype=np.uint32)
    found = []
    for name, crossbar in made.crossbars.items():
        if name.startswith(f"{layer}."):
            x = np.random.default_rng(0).normal(size=(5, crossbar.shape[0])).astype(np.float32)
            found += [crossbar.weights.copy(), crossbar.multiply(x, ids, ids).y]
    return found


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) > 0 and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


LAYERS = [conv("a", 4, 2), linear("b", 9), linear("c", 5)]


@pytest.mark.parametrize("array", [NOISY, FRESH], ids=["held", "fresh"])
@pytest.mark.parametrize("options", [{}, {"copies": {"b": 3}}, {"pack": True}, {"order": "traffic"}], ids=str)
def test_layers_behind_change_nothing_before_them(array, options) -> None:
    short, long = (network([2, 5, 4], *layers) for layers in (LAYERS[:2], LAYERS))
    one = programmed(short, chip(array=array, mesh=(5, 5)), copies="none")
    other = programmed(long, chip(array=array, mesh=(5, 5)), **{"copies": "none"} | options)
    for made in (one, other):
        made.drift_to(100.0)
    assert same(state(one, "a.copy0"), state(other, "a.copy0"))
    assert same(state(one, "b.copy0"), state(other, "b.copy0"))


@pytest.mark.parametrize("mesh", [(4, 3), (9, 7)])
def test_more_tiles_change_nothing(mesh) -> None:
    workload = network([2, 5, 4], *LAYERS)
    one, other = (programmed(workload, chip(array=NOISY, mesh=size), copies="none") for size in ((3, 2), mesh))
    assert np.array_equal(functional(one), functional(other))


@pytest.mark.parametrize("array", [NOISY, FRESH], ids=["held", "fresh"])
@settings(max_examples=20)
@given(st.lists(st.sampled_from([0.0, 1.0, 3600.0, 86400.0, 1e7]), max_size=5))
def test_asking_at_other_times_changes_nothing(array, times: list[float]) -> None:
    made, fresh = (programmed(network([8, 1, 1], linear("fc", 6)), chip(array=array)) for _ in range(2))
    for time in [*times, 3600.0]:
        made.drift_to(time)
    fresh.drift_to(3600.0)
    assert same(state(made, "fc"), state(fresh, "fc"))


def test_every_copy_and_every_seed_draws_its_own_numbers() -> None:
    workload = network([8, 1, 1], linear("fc", 6))
    made = programmed(workload, chip(array=NOISY), copies={"fc": 2})
    other = programmed(workload, chip(array=NOISY), seed=1, copies={"fc": 2})
    drawn = [made.crossbars["fc.copy0.block0-0"], made.crossbars["fc.copy1.block0-0"], other.crossbars["fc.copy0.block0-0"]]
    assert all(not np.array_equal(a.weights, b.weights) for i, a in enumerate(drawn) for b in drawn[:i])


def test_other_samples_change_nothing() -> None:
    workload = network([8, 1, 1], linear("fc", 6), samples=40)
    made = programmed(workload, chip(array=NOISY))
    whole = functional(made)
    alone = outputs(made, workload.inputs[17:18], np.array([17], np.uint32))
    assert np.array_equal(alone[0], whole[17])


@pytest.mark.parametrize("time", [3600, np.float64(3600.0), np.int64(3600)], ids=repr)
def test_a_time_is_a_time_however_it_is_written(time) -> None:
    one, other = (Crossbar(chip(array=NOISY).tile.array, Stream(3)) for _ in range(2))
    for crossbar, age in ((one, 3600.0), (other, time)):
        crossbar.program(np.eye(6))
        crossbar.drift_to(age)
    assert np.array_equal(one.weights, other.weights)
