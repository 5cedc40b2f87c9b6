"""Weights in rounds: the values are those of the chip that holds everything, time and energy add up, the answers keep their word."""

from __future__ import annotations

import numpy as np
import pytest
from builders import NOISY, chip, linear, network, residual

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.mapping.mapping import MappingOptions
from chipsim.question import DAY, Question
from chipsim.studies.reload import accuracy_of, cuts_of, enough, passed, reloaded, study
from chipsim.studies.reload_beside import beside_rows
from chipsim.workload.graph import Workload

LARGE = {"rows": 128}


def experiment(workload: Workload, architecture: Architecture, **keys: object) -> Experiment:
    given = {"mapping": MappingOptions(copies="none"), "times": (1.0,), "stream": 5} | keys
    return Experiment(Question(workload=workload.spec, architecture=architecture, **given), workload)


def chain() -> Workload:
    return network([8, 1, 1], linear("a", 12, activation="relu"), linear("b", 12, activation="relu"), linear("c", 3))


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("tiles", [1, 2])
def test_the_values_are_those_of_a_chip_that_holds_the_whole_network(token: str, tiles: int) -> None:
    workload = residual()
    one = experiment(workload, chip(array=NOISY | LARGE), token=token)
    whole = one.play(one.map())
    cut = cuts_of(one, tiles=tiles)
    assert len(cut[1]) == 4 // tiles  # of two rounds the first leaves two images, of four the third reads two
    found = reloaded(one, *cut, 3, workload.inputs)
    assert np.array_equal(found.outputs, passed(whole.network, workload.inputs))


@pytest.mark.parametrize("options", [{}, {"split": "full"}, {"bias": "array"}])
def test_a_layer_in_parts_has_the_devices_of_the_whole_layer(options: dict) -> None:
    workload = network([40, 1, 1], linear("wide", 165, activation="relu"), linear("out", 3))
    mapping = MappingOptions(copies="none", **options)
    large, small = (experiment(workload, chip(mesh=mesh, array=NOISY), mapping=mapping) for mesh in ((6, 4), (12, 1)))
    cut = cuts_of(small, tiles=7)
    assert len([name for name in cut[0].weights if name.startswith("wide.part")]) == 2
    found = reloaded(small, *cut, 3, workload.inputs)
    whole = large.play(large.map())
    assert np.array_equal(found.outputs, passed(whole.network, workload.inputs))
    assert not np.allclose(found.outputs, workload.forward(workload.inputs), rtol=1e-4)  # the devices do differ from ideal ones


def test_a_split_layer_is_right_on_an_ideal_chip() -> None:
    workload = network([40, 1, 1], linear("wide", 100, activation="relu"), linear("out", 3))
    one = experiment(workload, chip(mesh=(4, 1)))
    found = reloaded(one, *cuts_of(one), 3, workload.inputs)
    assert [row["first"] for row in found.rows] == ["wide.part0", "wide.part1", "out"]
    assert np.allclose(found.outputs, workload.forward(workload.inputs), rtol=1e-4, atol=1e-3)


def test_time_and_energy_of_a_batch_add_up() -> None:
    one = experiment(chain(), chip(array=NOISY))
    found = study(one, batch=5, rounds=3)
    assert [row["round"] for row in found.rounds] == [1, 2, 3]
    assert found.time == pytest.approx(sum(row["time"] for row in found.rounds))
    assert found.energy_per_sample * 5 == pytest.approx(sum(row["energy"] for row in found.rounds))
    assert sum(row["share"] for row in found.energy) == pytest.approx(1)
    assert found.writing == pytest.approx(sum(row["writing_time"] for row in found.rounds) / found.time)
    spent = {row["part"]: row["energy"] for row in found.energy}
    assert spent["programming"] + spent["fetching weights"] == pytest.approx(sum(row["writing_energy"] for row in found.rounds))


def test_each_round_pays_the_memory_of_the_host_for_what_waits_and_for_its_weights() -> None:
    one = experiment(chain(), chip())
    dear = one.question.von_neumann or __import__("chipsim.comparators.von_neumann", fromlist=["von_neumann"]).von_neumann()
    free = Experiment(one.question.having(von_neumann=dear.having(dram=1e-30)), one.workload)
    parts = [{row["part"]: row["energy"] for row in study(e, batch=5, rounds=3).energy} for e in (one, free)]
    crossing, weights = (8 + 12) + (12 + 12) + (12 + 3), 8 * 12 + 12 * 12 + 12 * 3
    assert parts[0]["moving"] - parts[1]["moving"] == pytest.approx(5 * crossing * 8 * dear.dram)
    assert parts[0]["fetching weights"] == pytest.approx(weights * 8 * dear.dram)
    assert parts[0]["programming"] == pytest.approx(parts[1]["programming"])
    assert parts[0]["computing"] == pytest.approx(parts[1]["computing"])


def test_a_stream_longer_than_what_is_played_goes_on_at_its_interval() -> None:
    short, long = (study(experiment(chain(), chip(), stream=stream), batch=40, rounds=3) for stream in (10, 40))
    assert short.time == pytest.approx(long.time, rel=1e-3)


def test_batches_that_are_large_enough_are_the_smallest_such() -> None:
    one = experiment(chain(), chip(array=NOISY))
    found = reloaded(one, *cuts_of(one, rounds=3), 5, one.workload.inputs)
    writing = sum(cost.writing_time for cost in found.costs)
    for share in (0.5, 0.1, 0.01):
        batch = enough(found.costs, share)
        times = [writing + sum(cost.samples(n) for cost in found.costs) for n in (batch, max(batch - 1, 1))]
        assert writing / times[0] <= share
        assert batch == 1 or writing / times[1] > share


def test_wear_counts_every_round() -> None:
    found = study(experiment(chain(), chip(array=NOISY)), batch=5, rounds=3, endurance=1e6)
    assert found.pulses == 1  # written once
    assert found.days == pytest.approx(1e6 / (3 * DAY / found.time))
    assert study(experiment(chain(), chip(array=NOISY)), batch=5, rounds=3).days is None


def test_accuracy_is_the_metric_of_the_whole() -> None:
    one = experiment(chain(), chip())
    found = study(one, batch=2, rounds=2)
    assert found.accuracy == found.reference == 1.0  # labels are the float network's, the chip is ideal
    assert found.samples == 4
    assert found.said == "accuracy: 100.00 %, float network 100.00 %, over 4 samples"
    assert accuracy_of(one.workload, -one.workload.forward(one.workload.inputs)) < 1


def test_chips_that_hold_the_whole_network_stand_beside_it() -> None:
    found = study(experiment(chain(), chip(mesh=(2, 1))), batch=5, beside=True)
    assert [row["name"] for row in found.beside] == ["reloaded, 2 rounds", "more tiles", "several chips"]
    assert [row["tiles"] for row in found.beside] == [2, 4, 4]
    times = [row["time"] for row in found.beside]
    assert times[0] > times[2] >= times[1]
    (only,) = beside_rows(experiment(chain(), chip()), 5, 0.0)
    assert only["name"] == "the whole network on this chip"


@pytest.mark.parametrize(
    ("keys", "asked", "message"),
    [
        ({}, {"batch": 0}, "--batch: 0; expected at least 1"),
        ({}, {"rounds": 0}, "--rounds: 0 rounds; expected 1 or more"),
        ({}, {"rounds": 2, "tiles": 1}, "--rounds: 2 rounds of at most so many tiles; expected 1 or more, without --tiles"),
        ({"exempt": {"aa": ("programming",)}}, {}, r"exempt: no layer with weights is called 'aa'"),
        ({"mapping": MappingOptions(copies={"d": 2})}, {}, r"mapping.copies: no layer with weights is called 'd'"),
    ],
)
def test_what_cannot_be_asked_is_refused(keys: dict, asked: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        study(experiment(chain(), chip(), **keys), **asked)


def test_names_of_layers_reach_their_round() -> None:
    off = {"a": ("programming",), "all": ("output_noise",)}
    keys = {"exempt": off, "mapping": MappingOptions(copies={"b": 2}, tiles={"c": (5,)})}
    one = experiment(chain(), chip(array=NOISY), **keys)
    whole = one.play(one.map())
    found = reloaded(one, *cuts_of(one, rounds=3), 3, one.workload.inputs)
    assert [row["tiles"] for row in found.rows] == [1, 2, 1]
    assert np.array_equal(found.outputs, passed(whole.network, one.workload.inputs))
