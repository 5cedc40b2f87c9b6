"""A* of a chip: closed forms of the standard error, one programming where it is clear, what stands for chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import chip, linear, network

from chipsim.errors import CheckError, InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.studies.sensitivity_judge import PARTS, Estimate, Judge, chance_of, check_better, covered_times, error_of
from chipsim.studies.sensitivity_terms import Setting
from chipsim.workload.metrics import Accuracy, ErrorRate

WORK = network([4, 1, 1], linear("fc1", 6, activation="relu"), linear("fc", 3), samples=160)


def experiment(work=WORK, **array) -> Experiment:
    return Experiment(Question(workload=work.spec, architecture=chip(array=array), times=(1.0,), repeats=1, stream=4), work)


def judge(repeats: int = 3, samples: int = 160, **array) -> tuple[Judge, Setting]:
    asked = experiment(**array)
    return Judge(asked, samples, repeats), Setting(asked.question.architecture.tile.array)


def test_an_ideal_chip_keeps_everything():
    judged, setting = judge()
    found = judged(setting, 1.0)
    assert found.parts.shape == (3, PARTS)
    assert found.mean == 1.0
    assert found.error == pytest.approx(1 / 160 / (1 - 1 / 3))  # one sample more or less
    assert (judged.reference, judged.chance) == (1.0, pytest.approx(1 / 3))


def test_equal_questions_have_equal_answers_whatever_the_threads():
    asked = experiment(output_noise=0.2)
    setting = Setting(asked.question.architecture.tile.array)
    one, two = (Judge(asked, 160, 2, threads)(setting, 1.0) for threads in (1, 3))
    assert one.mean == two.mean < 1
    assert np.array_equal(one.parts, two.parts)


def test_the_standard_error_of_independent_values():
    """Parts that all chips share: their spread / sqrt(K); chips that differ as a whole: theirs / sqrt(R)."""
    parts = np.tile(np.arange(10.0), (4, 1))
    assert error_of(parts) == pytest.approx(np.std(np.arange(10.0), ddof=1) / np.sqrt(10))
    chips = np.tile(np.arange(4.0)[:, None], (1, 10))
    assert error_of(chips) == pytest.approx(np.std(np.arange(4.0), ddof=1) / 2)
    assert error_of(np.ones((1, 1))) == 0.0


def test_gains_are_compared_pair_by_pair():
    parts = np.random.default_rng(0).normal(size=(3, 8))
    better = Estimate(parts + 0.1, float(parts.mean()) + 0.1, 1.0)
    gain, error = better.gain_over(Estimate(parts[:2], float(parts.mean()), 1.0))
    assert (gain, error) == (pytest.approx(0.1), pytest.approx(0.0, abs=1e-12))


def test_one_programming_is_enough_where_it_is_clear():
    judged, setting = judge(output_noise=3.0)
    assert len(judged(setting, 1.0, level=0.99).parts) == 1
    assert len(judged(setting, 1.0).parts) == 3


def test_exempt_layers_have_no_errors():
    judged, setting = judge(output_noise=0.3)
    assert judged(setting, 1.0).mean < 0.99
    assert judged(setting, 1.0, {"all": ("output_noise",)}).mean == 1.0
    assert judged.layer_error(setting, 1.0) > 0.05


def test_numbers_beyond_floats_answer_nothing(monkeypatch):
    judged, setting = judge()
    monkeypatch.setattr(Judge, "_one", lambda *given: (_ for _ in ()).throw(CheckError("too large")))
    assert judged(setting, 1.0).mean == 0.0


def test_what_stands_for_chance():
    for metric, chance in ((Accuracy(), 1 / 3), (ErrorRate(), 2 / 3)):
        work = replace(WORK, spec=WORK.spec.having(metric=metric))
        assert chance_of(work, 160) == (pytest.approx(chance), True)
        check_better(work, work.accuracy(work.inputs, work.labels), chance)


def test_times_that_the_device_covers():
    question = experiment(cell={"device": {"type": "flash-sonos"}}).question.having(times=(1.0, 3.15e7))
    assert covered_times(question) == [1.0]
    with pytest.raises(InputError, match=r"times: device type 'flash-sonos' covers.*--set"):
        covered_times(question.having(times=(3.15e7,)))
    assert covered_times(experiment().question) == [1.0]


def test_a_network_that_knows_nothing_has_nothing_to_keep():
    wrong = replace(WORK, labels=(WORK.labels + 1) % 3)
    with pytest.raises(InputError, match="nothing that a chip could keep"):
        Judge(experiment(wrong), 160, 1)
