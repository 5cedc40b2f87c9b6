"""The study of programming for a reader: text, files and pictures, whatever the study found."""

import csv
import json
from dataclasses import replace

import pytest
from builders import chip, linear, network

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.programming import Gradient
from chipsim.question import Question
from chipsim.report.figure import FORMATS
from chipsim.report.program import COLUMNS, as_text, write
from chipsim.report.program_plots import course, plot_convergence, plot_histogram, plot_products, write_plots
from chipsim.report.study import WIDTH
from chipsim.studies.program import study

pytest.importorskip("matplotlib")
NAMES = ["one_shot", "gradient", "write_verify"]


def made(device="pcm", names=NAMES, **keys):
    work = network([30, 1, 1], linear("fc1", 20), linear("fc2", 4), samples=30)
    keys = {"programming": Gradient(iterations=4, batch=32)} | keys
    question = Question(workload=work.spec, architecture=chip(array={"cell": {"device": {"type": device}}}), **keys)
    return study(Experiment(question, work), names)


@pytest.fixture(scope="module")
def found():
    return made()


# --- text --------------------------------------------------------------------------------------------------------------------


def test_the_text_tells_what_was_studied(found):
    text = " ".join(as_text(found).split())
    for words in (
        "680 weights in 2 arrays, cells of type pair, devices of type pcm",
        "WHAT PROGRAMMING TAKES",
        "gradient *",
        "WHAT IT REACHES",
        "LAYERS, WRITTEN WITH GRADIENT",
        "fc2",
        "Julian Buechel, others, Gradient descent-based",
        "the experiment's own programming",
    ):
        assert words in text, words
    assert max(len(line) for line in as_text(found).splitlines()) <= WIDTH


def test_every_algorithm_and_time_has_its_line(found):
    lines = as_text(found).splitlines()
    for name in NAMES:
        assert sum(line.split()[:1] == [name] for line in lines) == 3  # once what it takes, at two times what it reaches


def test_numbers_are_those_of_the_study(found):
    row = next(row for row in found.reached if row["algorithm"] == "write_verify")
    line = next(line for line in as_text(found).splitlines() if line.split()[:3] == ["write_verify", "1", "s"])
    assert line.split()[3:] == [
        f"{100 * row['mvm_error']:.2f}", "%", f"{100 * row['weight_error']:.2f}", "%", f"{100 * row['accuracy']:.2f}", "%",
    ]  # fmt: skip


def test_without_its_own_algorithm_the_first_one_stands_for_the_layers():
    text = as_text(made(names=["one_shot"]))
    assert "LAYERS, WRITTEN WITH ONE_SHOT" in text
    assert "HOW THE ERROR WENT" not in text
    assert "*" not in text


def test_a_study_of_refusals_says_why():
    text = " ".join(as_text(made("mram")).split())
    assert "REFUSED" in text
    assert text.count("are between the states") == 3
    assert "LAYERS" not in text


def test_without_data_there_is_no_accuracy_to_show(found):
    bare = replace(found, float_accuracy=None, reached=[row | {"accuracy": None} for row in found.reached])
    text = as_text(bare)
    assert "the float network" not in text
    assert " - " in text


# --- files -------------------------------------------------------------------------------------------------------------------


def test_everything_goes_into_the_folder(found, tmp_path):
    files = write(found, tmp_path / "new")
    assert {file.name for file in files} == {
        "study.txt", "study.json", *(f"{name}.csv" for name in COLUMNS),
        *(f"{name}.{kind}" for name in ("convergence", "histogram", "products") for kind in ("png", "svg")),
    }  # fmt: skip
    assert all(file.stat().st_size > 0 for file in files)
    assert json.loads((tmp_path / "new" / "study.json").read_text())["own"] == "gradient"


def test_tables_hold_every_key_of_every_row(found, tmp_path):
    write(found, tmp_path)
    for name, columns in COLUMNS.items():
        rows = getattr(found, name)
        assert all(set(row) == {column.key for column in columns} for row in rows), name
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            written = list(csv.reader(stream))
        assert len(written) == 1 + len(rows)
    assert written[0] == ["algorithm", "time after programming (s)", "reason"]


def test_a_folder_that_is_a_file_is_refused(found, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the study cannot be written here"):
        write(found, tmp_path / "file")


# --- pictures ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(found, tmp_path, kind):
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert all(file.read_bytes().startswith(starts[kind]) for file in write_plots(found, tmp_path, kind))


@pytest.mark.parametrize("plot", [plot_convergence, plot_histogram, plot_products])
def test_one_column_wide_and_equal_for_equal_studies(found, tmp_path, plot):
    header = plot(found, tmp_path / "figure.png").read_bytes()[16:24]
    assert int.from_bytes(header[:4], "big") == 1050  # 3.5 inch at 300 dots
    assert plot(found, tmp_path / "a.svg").read_bytes() == plot(found, tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (plot_convergence, ("turns", "time (us)", "gradient:", "own error (%)")),
        (plot_histogram, ("error of a weight (% of full scale)", "share of the weights (%)", "one_shot, rms")),
        (plot_products, ("ideal product / its rms", "write_verify, ")),
    ],
)
def test_words_and_units_are_in_the_figure(found, tmp_path, plot, words):
    text = plot(found, tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []


def test_nothing_is_drawn_where_there_is_nothing_to_see(tmp_path):
    assert write_plots(made("mram"), tmp_path) == []
    assert [file.stem for file in write_plots(made(names=["one_shot"]), tmp_path)] == ["histogram", "products"]
    assert len(write_plots(made("ideal"), tmp_path)) == 3  # errors of zero have their axes too


def test_the_course_of_all_arrays_together():
    def row(block, devices, turn, time, error):
        return {"block": block, "devices": devices, "turn": turn, "time": time, "error": error}

    rows = [row("a", 1, 0, 1.0, 0.4), row("a", 1, 1, 2.0, 0.2), row("b", 3, 0, 1.5, 0.1)]
    assert course(rows) == [
        (0, 1.5, pytest.approx(((0.4**2 + 3 * 0.1**2) / 4) ** 0.5)),
        (1, 2.0, pytest.approx(((0.2**2 + 3 * 0.1**2) / 4) ** 0.5)),
    ]
