"""Trainings side by side: figures, ratios, curves, and what was asked differently."""

import io

import pytest
from rich.console import Console
from small_training import small_result

from chipsim.errors import InputError
from chipsim.report.training_compare import compare


def printed(*results, width=100):
    stream = io.StringIO()
    compare(results, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def line(text, name):
    return next(found for found in text.splitlines() if found.strip().startswith(name))


def test_figures_stand_side_by_side():
    first, second = small_result(), small_result("rule.type=tiki_taka", "schedule.epochs=1")
    text = printed(first, second)
    assert max(map(len, text.splitlines())) <= 100
    shown = [f"{100 * result.metrics['accuracy']:.2f}" for result in (first, second)]
    assert line(text, "accuracy").split() == ["accuracy", shown[0], "%", shown[1], "%"]
    assert line(text, "devices of a weight").split()[-2:] == ["1", "2"]
    for name in ("gap", "time of the training", "energy of the training", "pulses per device", "digital bits of a weight"):
        assert line(text, name)
    assert "rule.type" in text
    assert "source" not in text.partition("WHAT WAS ASKED DIFFERENTLY")[2]


def test_curves_have_the_epochs_of_each():
    text = printed(small_result(), small_result("rule.type=tiki_taka", "schedule.epochs=1")).partition("BY EPOCH")[2]
    assert line(text, "3").split()[1:] == [f"{100 * small_result().curves[2]['test_accuracy']:.2f}", "-"]


def test_what_a_training_does_not_have_is_left_open():
    text = printed(small_result(), small_result("twin=false", "timing.moments=0"))
    assert line(text, "gap").split()[-1] == "-"
    assert line(text, "energy of an example").split()[-1] == "-"


def test_equal_trainings_and_many_of_them():
    assert "Nothing: the experiments of A, B are equal" in printed(small_result(), small_result())
    assert printed(*[small_result()] * 5, width=70).count("accuracy ") >= 2
    with pytest.raises(InputError, match="1 trainings given"):
        compare([small_result()], Console())


def test_seeds_have_a_spread():
    text = printed(small_result("seeds=2"), small_result())
    assert f"+- {100 * small_result('seeds=2').metrics['accuracy_spread']:.2f} %" in text
    assert "the first seed of each" in text
