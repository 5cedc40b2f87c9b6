"""What a network bears: the Gaussian tail of a single layer, ranks, terms that are missing, several networks."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from builders import chip, conv, linear, network
from scipy.stats import norm

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.sensitivity import NAMES, smallest_margin, study, topology
from chipsim.workload.load import build_workload

GAP = 0.5  # between two outputs, in full-scale cells
TAIL = GAP / math.sqrt(2) / norm.isf(0.005)  # output noise with which 0.5 % are wrong: A* = 1 - 2 x 0.005


def two_outputs(samples: int = 3000):
    """x = 1 gives the outputs 1 and 1 - GAP full-scale cells, for every sample; the first is right."""
    spec = network([1, 1, 1], linear("fc", 2, bias=False)).spec
    weight = np.array([[1.0], [1.0 - GAP]], np.float32)
    return build_workload(spec, {"fc.weight": weight}, np.ones((samples, 1, 1, 1), np.float32), np.zeros(samples, np.int64))


def experiment(work, **array) -> Experiment:
    array = {"weight_scaling": "array"} | array
    return Experiment(Question(workload=work.spec, architecture=chip(array=array), times=(1.0,), repeats=1, stream=4), work)


@pytest.fixture(scope="module")
def single():
    return study([experiment(two_outputs(), output_noise=TAIL / 4)], of=("output_noise",), samples=3000, repeats=2)


def test_output_noise_of_one_layer_is_a_gaussian_tail(single):
    """P(wrong) = Q(gap / (sqrt 2 sigma)); chance is 1/2."""
    row = single.terms[0]
    for side in ("alone", "top"):
        assert row[f"{side}_verdict"] == "found"
        assert row[f"{side}_value"] == pytest.approx(TAIL, rel=0.06)
        assert row[f"{side}_low"] <= TAIL <= row[f"{side}_high"]
        assert row[f"{side}_margin"] == pytest.approx(row[f"{side}_value"] / (TAIL / 4))
    assert (row["rank"], row["now"]) == (1, TAIL / 4)
    assert row["layer_error"] == pytest.approx(TAIL * math.sqrt(2) / math.hypot(1, 1 - GAP), rel=0.4)  # of 32 samples


def test_layers_are_told_apart_on_a_stressed_chip(single):
    network_row = single.networks[0]
    assert (network_row["stressed_by"], network_row["stressed_unit"]) == ("output_noise", "cells")
    assert network_row["stressed_to"] == pytest.approx(2 * single.terms[0]["top_value"])
    wrong = norm.sf(GAP / math.sqrt(2) / network_row["stressed_to"])
    assert network_row["stressed_kept"] == pytest.approx(1 - 2 * wrong, abs=4 * network_row["stressed_error"])
    layer = single.layers[0]
    assert (layer["layer"], layer["share"], layer["kept"]) == ("fc", 1.0, 1.0)
    assert layer["gain"] == pytest.approx(1 - network_row["stressed_kept"])
    assert [(row["share"], row["enough"]) for row in single.exempted] == [(1.0, True)]


@pytest.fixture(scope="module")
def noisy():
    work = network([6, 1, 1], linear("fc1", 8, activation="relu"), linear("fc2", 4), samples=120)
    array = {"cell": {"device": {"type": "pcm"}}, "output_noise": 2.0, "short_term_noise": 0.01, "dac": {"type": "pulse_width"}}
    return study([experiment(work, **array)], of=("output_noise", "short_term_noise", "adc_bits", "dac_bits", "stuck_low"), repeats=2)


def test_what_is_lost_already_without_a_term(noisy):
    rows = {row["term"]: row for row in noisy.terms}
    assert rows["short_term_noise"]["top_verdict"] == "already"
    assert rows["short_term_noise"]["alone_verdict"] == "found"
    assert rows["output_noise"]["rank"] == 1
    assert rows["output_noise"]["alone_margin"] < 1
    assert rows["output_noise"]["kept"] < 0.9
    assert rows["output_noise"]["gain"] > 0.1 > rows["short_term_noise"]["gain"]
    assert rows["dac_bits"]["alone_value"] == int(rows["dac_bits"]["alone_value"]) <= 12


def test_missing_terms_and_terms_that_a_chip_is_free_of(noisy):
    rows = {row["term"]: row for row in noisy.terms}
    assert rows["adc_bits"]["missing"]
    assert rows["adc_bits"]["alone_verdict"] is None
    assert rows["stuck_low"]["now"] == 0.0
    assert rows["stuck_low"]["alone_margin"] is None
    assert rows["stuck_low"]["rank"] is None
    assert 0 < rows["stuck_low"]["alone_value"] < 0.5
    assert [row["term"] for row in noisy.terms][-1] == "adc_bits"
    margins = [smallest_margin(row) for row in noisy.terms]
    assert margins == sorted(margins)


def test_a_chip_that_has_lost_is_not_stressed(noisy):
    assert noisy.networks[0]["stressed_by"] == ""
    assert noisy.networks[0]["stressed_kept"] == noisy.networks[0]["chip_kept"] < 0.99
    assert noisy.exempted[-1]["share"] == 1.0
    assert noisy.exempted[-1]["kept"] == noisy.networks[0]["ideal"] == 1.0


def test_inputs_that_are_cut_off_are_given_room():
    """Inputs of +-1 and more against a range of 0.25: alone, other terms are judged with ranges that do not cut."""
    work = network([6, 1, 1], linear("fc1", 8, activation="relu"), linear("fc2", 4), samples=120)
    asked = experiment(work, input_scaling={"type": "fixed", "range": 0.05})
    found = study([asked], of=("input_range", "output_noise"), repeats=1)
    row = found.networks[0]
    assert row["widened"] > 8
    assert row["chip_kept"] < 0.99 < row["ideal"]
    assert any("times as wide" in note["note"] for note in found.notes)
    rows = {row["term"]: row for row in found.terms}
    assert rows["input_range"]["alone_margin"] < 1
    assert rows["input_range"]["alone_value"] > 1
    assert rows["output_noise"]["alone_verdict"] == "found"


def test_everything_of_a_small_chip_at_once():
    work = network([1, 6, 6], conv("c", 3, activation="relu"), linear("fc", 3), samples=40)
    array = {
        "cell": {"device": {"type": "pcm"}}, "dac": {"type": "pulse_width", "bits": 7}, "adc": {"type": "cco", "bits": 9, "bound": 16},
        "input_scaling": {"type": "fixed", "range": 4.0}, "output_noise": 0.02, "nonlinearity": 0.001, "ir_drop": 1.0,
    }  # fmt: skip
    asked = experiment(work, **array)
    found = study([asked], samples=40, repeats=1)
    assert {row["term"] for row in found.terms} == set(NAMES)
    assert all(not row["missing"] and row["alone_verdict"] in ("found", "never", "already") for row in found.terms)
    assert json.loads(found.to_json())["level"] == 0.99
    assert found.networks[0]["stressed_by"] not in ("input_range", "drift")
    again = study([asked], of=("output_noise",), samples=40, repeats=1).terms[0]
    assert again | {"rank": 0} == next(row for row in found.terms if row["term"] == "output_noise") | {"rank": 0}


def test_topologies():
    lstm = {"type": "lstm", "name": "r", "hidden_size": 2, "last_only": True}
    assert topology(network([2, 3, 1], lstm, linear("fc", 2))) == "recurrent"
    assert topology(network([1, 6, 6], conv("c", 2), linear("fc", 2))) == "convolutional"
    assert topology(network([4, 1, 1], linear("fc", 2))) == "fully connected"


@pytest.mark.parametrize(
    ("words", "keys"),
    [("adc_bitz.*adc_bits", {"of": ("adc_bitz",)}), ("0 repeats", {"repeats": 0}), ("--samples 99", {"samples": 99})],
)
def test_messages(words, keys):
    work = network([4, 1, 1], linear("fc", 3), samples=10)
    with pytest.raises(InputError, match=words):
        study([experiment(work)], **keys)
