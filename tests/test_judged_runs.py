"""A run judged by something else than accuracy, from its file to its report, page, comparison, pictures and the table of a sweep."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from small_files import write_small

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.population import Reading, accuracy_rows
from chipsim.report.compare import compare
from chipsim.report.html import page
from chipsim.report.plots import write_plots
from chipsim.report.text import render
from chipsim.result import Result
from chipsim.reuse import Known
from chipsim.studies.array_size import study as array_size
from chipsim.studies.asked import Asked
from chipsim.studies.drift import study as drift
from chipsim.validation.measures import of_run
from chipsim.workload.metrics import CrossEntropy, Perplexity

OWN = "def missed(outputs, labels):\n    return float((outputs.reshape(len(outputs), -1).argmax(1) != labels).sum())\n"


def written(folder: Path, lines: str) -> Path:
    write_small(folder)
    net = folder / "net.yaml"
    net.write_text(net.read_text().replace("layers:", f"{lines}\nlayers:", 1))
    return folder / "experiment.yaml"


def text_of(show, *what) -> str:
    stream = io.StringIO()
    show(*what, Console(file=stream, width=100))
    return stream.getvalue()


@pytest.fixture(scope="module")
def perplexed(tmp_path_factory) -> tuple[Path, Result]:
    file = written(tmp_path_factory.mktemp("perplexed"), "metric: perplexity\nalso: [accuracy, {type: top_k, k: 2}]")
    return file, load_experiment(file).run()


def test_the_result_tells_the_metric_and_those_beside_it(perplexed):
    file, result = perplexed
    workload = load_experiment(file).workload
    floats = workload.judged(workload.inputs, workload.labels)
    assert result.metrics["float_accuracy"] == floats[0] == workload.accuracy(workload.inputs, workload.labels)
    facts = result.metric
    assert (facts["name"], facts["higher"], facts["percent"], facts["samples"]) == ("perplexity", False, False, len(workload.labels))
    assert facts["chance"] == pytest.approx(3)
    assert [(other["name"], other["float"]) for other in facts["also"]] == [("accuracy", floats[1]), ("top_2", floats[2])]
    for row in result.accuracy:
        assert row["mean"] >= 1
        assert 0 <= row["accuracy"] <= row["top_2"] <= 1
        assert row["yield"] == (row["chips"][0] - floats[0] <= 0.01)
    assert Result.from_json(result.to_json()) == result


def test_measures_bear_its_name(perplexed):
    _, result = perplexed
    row = result.accuracy[0]
    assert of_run("perplexity", result) == of_run("metric", result) == row["mean"]
    assert of_run("perplexity_loss", result) == row["mean"] - result.metrics["float_accuracy"]
    assert of_run("accuracy", result) == row["accuracy"]
    assert of_run("float_top_2", result) == result.metric["also"][1]["float"]
    with pytest.raises(InputError, match="rmse: the run tells perplexity, accuracy, top_2; name it under 'metric' or 'also'"):
        of_run("rmse", result)


def test_every_report_prints_it(perplexed, tmp_path):
    _, result = perplexed
    text = text_of(render, result)
    assert "Perplexity: lower is better; an answer that knows nothing of the input: 3." in " ".join(text.split())
    assert "top-2 accuracy" in text
    assert "Float network: accuracy" in text
    assert "perplexity after 1 h" in text
    whole = page(result)
    assert "<h2>Perplexity over time</h2>" in whole
    assert ">perplexity</text>" in whole
    assert "accuracy (%)" not in whole
    assert "PERPLEXITY AT COMMON TIMES" in text_of(compare, [result, result])
    assert "perplexity.png" in {file.name for file in write_plots(result, tmp_path)}


def test_what_is_known_is_not_judged_again_and_told_alike(tmp_path):
    file, known = written(tmp_path, "metric: cross_entropy\nalso: [error_rate]"), Known(tmp_path / "known")
    first = load_experiment(file).run(known=known)
    again = load_experiment(file).run(known=Known(tmp_path / "known"))
    assert again.accuracy == first.accuracy
    assert again.metric == first.metric
    assert load_experiment(file).run().accuracy == first.accuracy


def test_a_function_of_the_users_is_part_of_what_a_run_is_known_by(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    file = written(tmp_path, "metric: {type: function, file: own.py, name: missed, better: lower}")
    one = load_experiment(file)
    result = one.run()
    answers = one.workload.forward(one.workload.inputs)[:, :, 0, 0].argmax(1)
    assert result.metrics["float_accuracy"] == np.sum(answers != one.workload.labels)
    (tmp_path / "own.py").write_text(OWN + "\n# another\n")
    assert load_experiment(file).digest != one.digest


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("metric: top_5", "metric.k: the network tells 3 classes apart"),
        ("also: [{type: top_k, k: 3}]", "also[0].k: the network tells 3 classes apart, so k = 3 counts every answer"),
        ("metric: rmse", "data.npz: y_test: labels are int64 [12], metric rmse expects numbers of the output's shape [12, 3, 1, 1]"),
        ("metric: perplexty", "metric: unknown metric type 'perplexty' (did you mean 'perplexity'?)"),
        ("also: [accuracy]", "also: 'accuracy' is told already; each metric once"),
        ("metric: {type: function, file: none.py, name: missed}", "none.py: No such file or directory"),
        ("metric: {type: f1, positive: 3}", "class 3 is to be the positive one"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence(tmp_path, lines, message):
    with pytest.raises(InputError) as told:
        load_experiment(written(tmp_path, lines))
    assert message in str(told.value)


def test_labels_that_are_numbers_are_read_from_the_file(tmp_path):
    file = written(tmp_path, "metric: rmse")
    data = dict(np.load(tmp_path / "data.npz"))
    net = load_experiment(written(tmp_path, ""), changes=["repeats=1"]).workload
    wanted = net.forward(net.inputs)[:, :, 0, 0]
    np.savez(tmp_path / "data.npz", **data | {"y_test": wanted})
    written_again = (tmp_path / "net.yaml").read_text().replace("layers:", "metric: rmse\nlayers:", 1)
    (tmp_path / "net.yaml").write_text(written_again)
    np.savez(tmp_path / "data.npz", **data | {"y_test": wanted})
    workload = load_experiment(file).workload
    assert workload.labels.dtype == np.float32
    assert workload.accuracy(workload.inputs, workload.labels) == 0


def test_studies_know_the_side_or_say_that_they_do_not(perplexed):
    file, _ = perplexed
    experiment = load_experiment(file)
    found = drift(experiment, [1.0, 3600.0], ["none"], [], [])
    assert found.metric["name"] == "perplexity"
    assert {row["time"] for row in found.accuracy} == {1.0, 3600.0}
    assert found.fresh["none"] >= 1
    with pytest.raises(InputError, match="is judged by perplexity, whose error this study does not know"):
        Asked(experiment, ["accuracy"])
    with pytest.raises(InputError, match="array-size: the network is judged by perplexity"):
        array_size(experiment)


def test_limits_stay_where_the_metric_can_be():
    found = [Reading(1.0, 0, repeat, value) for repeat, value in enumerate((1.0, 5.0))]
    (row,) = accuracy_rows(found, 2.0, 1.0, Perplexity())
    assert row["low"] == 1.0
    assert row["high"] > 5.0
    assert row["yield"] == 1.0  # 3 is 1 worse than 2
    assert accuracy_rows(found, 2.0, 0.9, CrossEntropy())[0]["yield"] == 0.0
