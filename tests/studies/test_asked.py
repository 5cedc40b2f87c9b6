"""One question of many chips: measures by name, cheap where no accuracy is wanted, equal to runs."""

from __future__ import annotations

import pytest
from builders import chip, linear, network

from chipsim.described import with_numbers
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.asked import WANTED, Asked, better, chosen, listed, measures_of

WORK = network([4, 1, 1], linear("fc", 3), samples=20)


def experiment(**changes) -> Experiment:
    return Experiment(Question(workload=WORK.spec, architecture=chip(**changes), times=(1.0, 60.0), repeats=2, stream=4), WORK)


def test_measures_have_short_names():
    assert measures_of(listed("efficiency, energy,,energy")) == ("sustained_ops_per_watt", "energy")
    assert measures_of([]) == ()
    with pytest.raises(InputError, match=r"--of: 'latncy' is no measure of a run .did you mean 'latency'"):
        measures_of(["latncy"])
    with pytest.raises(InputError, match="'macs' is no measure"):
        measures_of(["macs"])


def test_every_measure_has_a_better_side():
    assert {name: better(name) for name in ("energy", "latency", "accuracy", "accuracy_loss", "sustained_ops_per_watt")} == {
        "energy": "less", "latency": "less", "accuracy": "more", "accuracy_loss": "less", "sustained_ops_per_watt": "more",
    }  # fmt: skip
    assert {"throughput", "programming_time", "peak_ops"} <= set(WANTED)


def test_answers_are_those_of_a_run():
    asked = Asked(experiment(), ("energy", "accuracy"))
    run = experiment().run()
    assert asked() == {"energy": run.metrics["energy"], "accuracy": run.accuracy[0]["mean"]}
    other = experiment(host={"energy": "3 pJ/b"}).run()
    assert asked({("host", "energy"): 3e-12})["energy"] == other.metrics["energy"] != run.metrics["energy"]


def test_no_accuracy_is_measured_where_none_is_wanted():
    assert (Asked(experiment(), ("energy",)).samples, Asked(experiment(), ("energy",)).runs) == (1, 1)
    assert (Asked(experiment(), ("accuracy_loss",)).samples, Asked(experiment(), ("accuracy_loss",)).runs) == (20, 2)


def test_the_noise_is_that_of_the_samples():
    asked = Asked(experiment(), ("accuracy",))
    mean = asked()["accuracy"]
    assert asked.noise == pytest.approx((mean * (1 - mean) / 20) ** 0.5)  # an ideal chip: no two programmings differ


def test_numbers_are_chosen_by_where_they_stand():
    paths = ["host.energy", "host.bandwidth", "hosts", "layers[0].kernel"]
    assert chosen(paths, []) == set(paths)
    assert chosen(paths, ["host", "layers"]) == {"host.energy", "host.bandwidth", "layers[0].kernel"}
    assert chosen(paths, ["host.energy"]) == {"host.energy"}
    with pytest.raises(InputError, match=r"--only: 'host.energi' is the beginning of no number here .did you mean 'host.energy'"):
        chosen(paths, ["host.energi"])


def test_what_is_not_simulated_again_is_what_it_would_be():
    """One after the other, as the studies ask: prices, times, values, and prices again."""
    noisy = {"array": {"cell": {"device": "pcm"}, "output_noise": 0.3}}
    asked = Asked(experiment(**noisy), ("energy", "latency", "area", "accuracy"))
    keys = ("host.energy", 2e-12), ("network.clock", 5e8), ("tile.array.output_noise", 0.1), ("tile.neuron.energy", 1e-12)
    for steps, value in ((tuple(path.split(".")), value) for path, value in keys):
        question = experiment(**noisy).question
        question = question.having(architecture=with_numbers(question.architecture, {steps: value}))
        run = Experiment(question, WORK).run()
        whole = {name: run.metrics[name] for name in ("energy", "latency", "area")} | {"accuracy": run.accuracy[0]["mean"]}
        assert asked({steps: value}) == whole
