"""The study of array sizes: rows equal a run of the same chip, refused sizes with their reason, confidence by hand."""

import json
from dataclasses import replace

import pytest
from builders import chip, linear, network

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.array_size import confidence, study
from chipsim.workload.drawn import Random

WORK = network([40, 1, 1], linear("one", 20, activation="relu"), linear("two", 6), samples=60)
ARRAY = {"cell": {"device": "pcm"}, "adc": {"type": "sar", "energy": "1 pJ", "area": "100 um2", "bound": 8}}


def experiment(**changes):
    question = Question(workload=WORK.spec, architecture=chip(array=ARRAY, **changes), times=(1.0, 60.0), stream=5)
    return Experiment(question, WORK)


@pytest.fixture(scope="module")
def found():
    return study(experiment(), (16, 32, 64))


@pytest.mark.parametrize(("given", "drawn"), [(("weights",), "inputs"), ((), "weights and inputs")])
def test_what_is_drawn_is_what_is_missing(given, drawn):
    work = replace(WORK, spec=WORK.spec.having(random=Random(), given=given or None))
    with pytest.raises(InputError, match=f"the {drawn} of this workload are random, so there is no accuracy to study"):
        study(replace(experiment(), workload=work), (16,))


def test_one_row_for_each_size(found):
    assert [row["size"] for row in found.sizes] == [16, 32, 64]
    assert (found.samples, found.age, found.own_size) == (60, 1.0, (32, 32))
    assert found.reference == 1.0  # labels are the network's own
    tiles = [row["tiles"] for row in found.sizes]
    assert tiles == sorted(tiles, reverse=True)
    errors = [row["wire_error"] for row in found.sizes]
    assert errors == sorted(errors)
    for row in found.sizes:
        assert row["wire_left"] <= row["wire_error"]
        assert row["low"] <= row["accuracy"] <= row["high"]
        assert 0 < row["cells_used"] <= 1


def test_a_row_is_a_run_of_that_chip(found):
    """At the size of the description: the same chip on a grid of its own, with wires, each layer once."""
    row = found.sizes[1]
    array = ARRAY | {"ir_drop": 1.0, "ir_drop_model": "exact"}
    topology = {"type": "mesh", "columns": int(row["grid"].split()[0]), "rows": int(row["grid"].split()[-1])}
    question = Question(
        workload=WORK.spec, architecture=chip(array=array, network={"topology": topology}), mapping={"copies": "none"}, times=(1.0,),
        repeats=1, stream=5, samples=60,
    )  # fmt: skip
    run = Experiment(question, WORK).run()
    assert row["accuracy"] == run.accuracy[0]["mean"]
    for name in ("latency", "energy", "area", "peak_ops_per_watt"):
        assert row[name] == run.metrics[name]
    assert row["adc_energy"] == sum(r["energy"] for r in run.energy if r["part"] == "adc") / run.metrics["energy"]


def test_what_cannot_be_built_is_told():
    small = {"capacity": "300 b"}  # 16 inputs of 8 bits fit, 40 do not
    found = study(experiment(tile={"input_buffer": small}), (16, 64))
    assert [row["size"] for row in found.sizes] == [16]
    assert found.refused[0]["size"] == 64
    assert "input_buffer" in found.refused[0]["reason"]
    with pytest.raises(InputError, match="no size can be built; 64: "):
        study(experiment(tile={"input_buffer": small}), (64,))


def test_bad_questions():
    for sizes in ((), (1,)):
        with pytest.raises(InputError, match="expected one or more of at least 2"):
            study(experiment(), sizes)


def test_a_measured_core_is_taken_apart():
    core = {"measured": {"energy": "300 pJ", "time": "400 ns", "area": "0.02 mm2"}}
    found = study(experiment(tile=core), (32, 64), rest="cells")
    assert any("taken apart" in note and "rows x columns (assumed)" in note for note in found.notes)
    assert found.sizes[0]["adc_area"] < 1


@pytest.mark.parametrize(("share", "count", "low", "high"), [(1.0, 100, 0.9630, 1.0), (0.5, 100, 0.4038, 0.5962), (0.0, 10, 0.0, 0.2775)])
def test_wilson(share, count, low, high):
    assert confidence(share, count) == pytest.approx((low, high), abs=1e-4)


def test_json(found):
    assert json.loads(found.to_json())["sizes"][0]["size"] == 16
    assert replace(found, sizes=[]) != found
