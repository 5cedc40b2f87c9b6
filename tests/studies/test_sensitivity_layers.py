"""Which layers are left out of a chip: by gain for a weight, as many as fit."""

from __future__ import annotations

from builders import chip, conv, linear, network

from chipsim.circuits.effects import EFFECTS
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.sensitivity_judge import Judge
from chipsim.studies.sensitivity_layers import exempted_rows, layer_rows, taken
from chipsim.studies.sensitivity_terms import Setting

ROWS = [
    {"layer": "big", "share": 0.9, "gain": 0.09},  # 0.1 for all weights
    {"layer": "small", "share": 0.02, "gain": 0.01},  # 0.5
    {"layer": "tiny", "share": 0.005, "gain": 0.001},  # 0.2
    {"layer": "worse", "share": 0.075, "gain": -0.01},
]


def test_the_best_gain_for_a_weight_comes_first_and_all_fit():
    names = {share: [row["layer"] for row in taken(ROWS, share)] for share in (0.001, 0.01, 0.02, 0.05, 1.0)}
    assert names == {0.001: [], 0.01: ["tiny"], 0.02: ["small"], 0.05: ["small", "tiny"], 1.0: ["small", "tiny", "big"]}


def test_layers_of_a_noisy_chip():
    work = network([2, 6, 6], conv("c", 4, groups=2, activation="relu"), linear("fc", 3), samples=60)
    array = {"output_noise": 0.5}
    question = Question(workload=work.spec, architecture=chip(array=array), times=(1.0,), repeats=1, stream=4)
    judge = Judge(Experiment(question, work), 60, 2)
    setting = Setting(question.architecture.tile.array)
    base, told = judge(setting, 1.0), []
    rows = layer_rows(judge, setting, 1.0, EFFECTS, base, lambda text, share: told.append(text))
    assert {row["layer"]: row["weights"] for row in rows} == {"c": 4 * 9, "fc": 3 * 4 * 16}
    assert [row["gain"] for row in rows] == sorted((row["kept"] - base.mean for row in rows), reverse=True)
    found = exempted_rows(judge, setting, 1.0, EFFECTS, rows, 0.99, lambda text, share: None)
    assert found[-1]["layers"]
    assert len(told) == 2
    assert len({tuple(row["layers"]) for row in found}) == len(found)
    if len(found[-1]["layers"]) == 2:
        assert (found[-1]["share"], found[-1]["kept"], found[-1]["enough"]) == (1.0, 1.0, True)
