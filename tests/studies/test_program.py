"""The study of programming algorithms: what it writes, what it finds, what it refuses; equal for equal questions."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from builders import chip, linear, network
from small_files import write_small

from chipsim.__main__ import main
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.programming import Gradient, OneShot, Programmer, WriteVerify
from chipsim.question import Question
from chipsim.report.program import write
from chipsim.studies.program import BINS, programmers, study

PCM = {"cell": {"device": {"type": "pcm"}}}


def experiment(array=PCM, samples=40, **keys):
    """A small network on a small chip, with a gradient programming that is quick."""
    work = network([40, 1, 1], linear("fc1", 20, activation="relu"), linear("fc2", 4), samples=samples)
    keys = {"programming": Gradient(iterations=4, batch=64), "times": (1.0, 3600.0)} | keys
    return Experiment(Question(workload=work.spec, architecture=chip(array=array), **keys), work)


@pytest.fixture(scope="module")
def found():
    return study(experiment(), ["one_shot", "write_verify", "gradient"], [1.0, 86400.0])


def rows(found, table, **wanted):
    return [row for row in getattr(found, table) if all(row[key] == value for key, value in wanted.items())]


def only(found, table, **wanted):
    (row,) = rows(found, table, **wanted)
    return row


# --- what is written -----------------------------------------------------------------------------------------------------------


def test_the_experiments_own_algorithm_keeps_its_keys_and_the_others_have_their_defaults():
    chosen = programmers(experiment(), ["write_verify", "gradient", "gradient"])
    assert chosen == [WriteVerify(), Gradient(iterations=4, batch=64)]


def test_without_names_all_that_there_are_its_own_first():
    chosen = [programmer.type_name for programmer in programmers(experiment())]
    assert chosen[0] == "gradient"
    assert sorted(chosen) == sorted(Programmer.members)


def test_what_an_algorithm_takes_is_what_a_run_of_it_takes(found):
    base = experiment()
    for programmer in (OneShot(), WriteVerify(), base.question.programming):
        own = replace(base, question=base.question.having(programming=programmer))
        written = own.program(own.network(own.map()))
        row = only(found, "algorithms", algorithm=programmer.type_name)
        assert row["time"] == written.duration
        assert row["energy"] == written.energy
        assert row["pulses"] == sum(writer.taken.pulses for writer in written.writers)
        assert row["pulse_energy"] + row["read_energy"] + row["transport_energy"] == pytest.approx(row["energy"])
        assert row["own"] == (programmer == base.question.programming)


def test_layers_add_up_to_the_whole(found):
    for row in found.algorithms:
        layers = rows(found, "layers", algorithm=row["algorithm"])
        assert [layer["layer"] for layer in layers] == ["fc1", "fc2"]
        assert sum(layer["pulses"] for layer in layers) == row["pulses"]
        assert sum(layer["energy"] for layer in layers) == pytest.approx(row["pulse_energy"] + row["read_energy"])
        errors = np.array([layer["mvm_error"] for layer in layers])
        whole = only(found, "reached", algorithm=row["algorithm"], time=1.0)["mvm_error"]
        assert errors.min() <= whole <= errors.max()


# --- what is reached -----------------------------------------------------------------------------------------------------------


def test_an_ideal_chip_errs_nothing():
    ideal = study(experiment({}), ["one_shot"], [0.0])
    row = only(ideal, "reached", time=0.0)
    assert row["mvm_error"] == pytest.approx(0, abs=1e-6)
    assert row["weight_error"] == pytest.approx(0, abs=1e-6)
    assert row["accuracy"] == ideal.float_accuracy == 1.0


def test_a_known_error_of_the_weights_is_found():
    """All devices read 3 % too little without compensation: both errors are 3 % of what there is."""
    leaky = {"type": "capacitor", "steps": 100_000, "pulse_spread": 0, "lifetime": "1 s", "lifetime_spread": 0}
    late = -np.log(0.97)
    row = only(study(experiment({"cell": {"device": leaky}, "drift_compensation": "none"}), ["one_shot"], [late]), "reached")
    assert row["mvm_error"] == pytest.approx(0.03, rel=0.02)
    base = experiment()
    weights = np.concatenate([each.matrix.ravel() / np.abs(each.matrix).max() for each in base.workload.weights.values()])
    assert 0.03 * np.std(weights) < row["weight_error"] < 0.03


def test_the_errors_are_those_of_the_programmed_network(found):
    base = experiment()
    own = replace(base, question=base.question.having(programming=OneShot()))
    net = own.network(own.map())
    own.program(net)
    net.drift_to(1.0)
    errors = np.concatenate([((net.crossbars[b].matrix - net.weights(b)) / net.crossbars[b].scale).ravel() for b in net.crossbars])
    row = only(found, "reached", algorithm="one_shot", time=1.0)
    assert row["weight_error"] == pytest.approx(np.sqrt(np.mean(errors.astype(float) ** 2)), rel=1e-5)
    bins = rows(found, "histogram", algorithm="one_shot")
    assert sum(each["weights"] for each in bins) == errors.size == found.weights
    middle = np.array([(each["low"] + each["high"]) / 2 for each in bins])
    counts = np.array([each["weights"] for each in bins])
    assert np.sqrt((middle**2 * counts).sum() / errors.size) == pytest.approx(row["weight_error"], rel=0.05)


def test_products_are_those_that_the_error_is_of(found):
    for name in ("one_shot", "gradient"):
        points = rows(found, "products", algorithm=name)
        assert 1900 <= len(points) <= 2100
        ideal, analog = (np.array([point[side] for point in points]) for side in ("ideal", "analog"))
        assert np.sqrt(np.mean(ideal**2)) == pytest.approx(1, rel=0.05)
        wanted = only(found, "reached", algorithm=name, time=1.0)["mvm_error"]
        assert np.linalg.norm(analog - ideal) / np.linalg.norm(ideal) == pytest.approx(wanted, rel=0.15)


def test_errors_grow_with_time(found):
    for name in ("one_shot", "write_verify", "gradient"):
        first, later = (only(found, "reached", algorithm=name, time=time)["mvm_error"] for time in (1.0, 86400.0))
        assert later > first


def test_convergence_is_that_of_the_blocks(found):
    assert {row["algorithm"] for row in found.convergence} == {"write_verify", "gradient"}
    turns = rows(found, "convergence", algorithm="gradient", block="fc2.copy0.block0-0")
    assert [row["turn"] for row in turns] == [0, 1, 2, 3]
    assert [row["time"] for row in turns] == sorted(row["time"] for row in turns)
    assert all(row["devices"] == 2 * 20 * 4 for row in turns)


# --- what is refused, and what it is made of --------------------------------------------------------------------------------------


def test_who_refuses_the_device_is_listed_with_its_reason():
    binary = {"cell": {"device": {"type": "mram"}}}
    found = study(experiment(binary), ["one_shot", "gradient"], [1.0])
    assert found.algorithms == found.reached == found.products == []
    assert [(row["algorithm"], row["time"]) for row in found.refused] == [("one_shot", None), ("gradient", None)]
    assert all("between the states" in row["reason"] for row in found.refused)


def test_a_time_that_the_device_does_not_cover_is_listed_and_the_others_are_studied():
    found = study(experiment({"cell": {"device": {"type": "rram-wan2022"}}}), ["one_shot"], [1.0, 3600.0])
    assert [row["time"] for row in found.reached] == [1.0]
    row = only(found, "refused", time=3600.0)
    assert "not covered" in row["reason"]


def test_the_usual_times_are_the_first_of_the_experiment_and_a_day():
    assert study(experiment(), ["one_shot"]).times == (1.0, 86400.0)
    assert study(experiment(times=(1e6,)), ["one_shot"]).times == (1e6,)


@pytest.mark.parametrize("times", [[-1.0], [float("inf")], []])
def test_times_that_are_none(times):
    with pytest.raises(InputError, match=r"program: times .*expected seconds"):
        study(experiment(), ["one_shot"], times)


def test_an_unknown_algorithm_is_refused_with_a_guess():
    with pytest.raises(InputError, match=r"'write_verfy' is no programming algorithm.*write_verify"):
        study(experiment(), ["write_verfy"])


def test_without_data_there_is_no_accuracy():
    base = experiment()
    bare = replace(base, workload=replace(base.workload, inputs=base.workload.inputs[:0], labels=base.workload.labels[:0]))
    found = study(bare, ["one_shot"], [1.0])
    assert found.float_accuracy is None
    assert only(found, "reached")["accuracy"] is None


def test_equal_questions_have_equal_answers_and_json_holds_everything(found):
    again = study(experiment(), ["one_shot", "write_verify", "gradient"], [1.0, 86400.0])
    assert again.to_json() == found.to_json()
    plain = json.loads(found.to_json())
    assert plain["reached"] == found.reached
    assert len(plain["histogram"]) == 3 * BINS


def test_what_is_being_done_is_told():
    told = []
    study(experiment(), ["one_shot", "write_verify"], [1.0], lambda text, share: told.append((text, share)))
    assert told == [("programming with one_shot", 0.0), ("programming with write_verify", 0.5)]


# --- the command line ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def say(monkeypatch, capsys, tmp_path):
    """Play `chipsim program` on a small experiment; exit code and what was printed."""
    file = write_small(tmp_path / "small") / "experiment.yaml"

    def play(*arguments):
        monkeypatch.setattr(sys, "argv", ["chipsim", "program", str(file), *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, *capsys.readouterr()

    return play


def test_the_verb_prints_the_study_and_writes_its_files(say, tmp_path):
    code, out, _ = say("--with", "one_shot, write_verify", "--times", "1 s, 2 h", "--into", tmp_path / "out")
    assert not code
    assert "WHAT IT REACHES" in out
    assert "2 h" in out
    assert "files in" in out
    assert (tmp_path / "out" / "convergence.svg").exists()


def test_the_verb_prints_json_and_takes_changes(say):
    code, out, _ = say("--with", "gradient", "--json", "--set", "programming={type: gradient, batch: 8, iterations: 2}")
    found = json.loads(out)
    assert not code
    assert found["own"] == "gradient"
    assert [row["turns"] for row in found["algorithms"]] == [2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--with", "hopfield"], "'hopfield' is no programming algorithm"),
        (["--with", "one_shot", "--times", "soon"], "--times"),
    ],
)
def test_the_verb_says_what_is_wrong_in_one_message(say, arguments, words):
    code, out, err = say(*arguments)
    assert code == 2
    assert words in err
    assert out == ""


def test_stuck_devices_of_the_first_array_are_told(tmp_path):
    faulty = experiment(array=PCM | {"faults": {"low": 0.1, "high": 0.1}})
    found = study(faulty, ["one_shot"])
    mapping = faulty.map()
    crossbar = faulty.network(mapping).write().crossbars[mapping.placements[0].name]
    assert found.planes == {name: values.shape for name, values in crossbar.stuck.items()}
    assert len(found.stuck) == sum(int((~np.isnan(values)).sum()) for values in crossbar.stuck.values()) > 0
    for row in found.stuck:
        assert crossbar.stuck[row["plane"]][row["row"], row["column"]] == np.float32(row["conductance"])
    assert any(file.name == "yield_map.png" for file in write(found, tmp_path))
    assert study(experiment(), ["one_shot"]).stuck == []
