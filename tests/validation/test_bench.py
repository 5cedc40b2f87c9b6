"""Measures are taken of the configuration that a figure asks for, and equal questions are asked once."""

import pytest

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.experiment import Experiment, load_experiment
from chipsim.reading import load
from chipsim.sheet.datasheet import datasheet
from chipsim.validation.bench import Bench
from chipsim.validation.reading import read_figures

RUN = "workload: ../net.yaml, run: {stream: 5, samples: 6}"


def entry(measure, published, more=""):
    return f"- {{id: A, what: it, measure: {measure}, published: {published}, tolerance: 1 %, kind: predicted{more and ', '}{more}}}"


@pytest.fixture
def value(figures):
    def take(measure, published, more="", **how):
        file = figures(entry(measure, published, more), **how)
        return Bench().value(read_figures(file)[1][0])

    return take


@pytest.fixture
def sheet(tmp_path):
    def of(*changes, activity=0.03):
        return datasheet(load(tmp_path / "chip.yaml", Architecture, changes), activity).figures

    return of


def test_a_measure_of_the_chip_alone(value, sheet):
    assert value("array_ops", "1 GOP/s") == sheet()["array_ops"]


def test_changes_and_activity(value, sheet):
    assert value("product_time", "1 ns", "set: {tile.array.dac.bits: 4}") == sheet("tile.array.dac.bits=4")["product_time"]
    assert value("product_energy", "1 nJ", "activity: 1") == sheet(activity=1)["product_energy"] > sheet()["product_energy"]


def test_a_quotient_of_measures(value, sheet):
    assert value("array_area / area", "1") == pytest.approx(sheet()["array_area"] / sheet()["area"])


def test_a_ratio_to_another_configuration(value, sheet):
    found = value("product_time", "1", "set: {tile.array.dac.bits: 4}, against: {set: {}}")
    assert found == pytest.approx(sheet("tile.array.dac.bits=4")["product_time"] / sheet()["product_time"])


def test_a_ratio_to_the_rating_of_a_comparator(value, sheet):
    assert value("peak_ops", "1", "comparator: v100-fp16") == pytest.approx(sheet()["peak_ops"] / 30e12)
    assert value("peak_ops_per_watt", "1", "comparator: v100-fp16") == pytest.approx(sheet()["peak_ops_per_watt"] / 1e11)


def test_a_measure_of_a_run(value, tmp_path):
    experiment = load_experiment(tmp_path / "net.yaml", tmp_path / "chip.yaml", ["times=[1 s]", "repeats=1", "stream=5", "samples=6"])
    result = experiment.run()
    assert value("latency", "1 us", RUN) == result.metrics["latency"]
    assert value("accuracy", "50 %", RUN) == result.accuracy[0]["mean"]
    assert value("tiles_used / tiles", "1", RUN) == 0.5
    assert value("array_ops", "1 GOP/s", RUN) > 0  # of the data sheet


def test_a_run_takes_few_samples_unless_told(figures):
    asked = read_figures(figures(entry("latency", "1 us", "workload: ../net.yaml")))[1][0]
    question = Bench()._experiment(asked.here).question
    assert (question.samples, question.stream, question.repeats, question.times) == (12, 50, 1, (1.0,))  # there are 12


def test_changes_go_into_the_run(value):
    plain, slower = (value("latency", "1 us", f"{RUN}{more}") for more in ("", ", set: {tile.array.dac.step: 100 ns}"))
    assert slower > plain


def test_equal_questions_are_asked_once(figures, monkeypatch):
    asked, run = [], Experiment.run
    monkeypatch.setattr(Experiment, "run", lambda self: asked.append(self.name) or run(self))
    entries = [entry("latency", "1 us", RUN), entry("energy", "1 nJ", RUN), entry("latency", "1 us", RUN.replace("5", "6"))]
    told = []
    bench = Bench(told.append)
    for one in read_figures(figures("\n".join(entries)))[1]:
        bench.value(one)
    assert len(asked) == len(told) == 2


@pytest.mark.parametrize(
    ("measure", "more", "said"),
    [
        ("product_time", "set: {tile.array.dac.bit: 4}", "did you mean 'bits'"),
        ("product_time", "set: {tile.array.rows.x: 4}", "there is no block above 'x'"),
        ("latency", f"{RUN}, set: {{tile.input_buffer.capacity: 1 b}}", "take a larger buffer"),
    ],
)
def test_what_cannot_be_built_is_said(value, measure, more, said):
    with pytest.raises(InputError, match=said):
        value(measure, "1 ns", more)
