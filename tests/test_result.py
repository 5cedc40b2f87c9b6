"""The answer of a run: plain, finite, and the same after it was written and read."""

from __future__ import annotations

import io
import json
import math
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from small_files import write_small

from chipsim.errors import CheckError, InputError
from chipsim.experiment import load_experiment
from chipsim.report.html import page
from chipsim.report.text import render
from chipsim.result import FORMAT, Result
from chipsim.units import show


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The answer to the small experiment."""
    return load_experiment(write_small(tmp_path_factory.mktemp("result")) / "experiment.yaml").run()


def reloaded(result: Result) -> Result:
    return Result.from_json(result.to_json())


def report(result: Result) -> str:
    console = Console(file=io.StringIO(), width=100)
    render(result, console, full=True)
    return console.file.getvalue()


# --- written and read ------------------------------------------------------------------------------------------------


def test_a_reloaded_result_is_equal(result):
    assert reloaded(result) == result
    assert reloaded(result).to_json() == result.to_json()


def test_the_report_of_a_reloaded_result_is_the_same(result):
    assert report(reloaded(result)) == report(result)
    assert page(reloaded(result)) == page(result)


def test_it_is_read_from_its_folder_and_from_the_file(result, tmp_path):
    (tmp_path / "result.json").write_text(result.to_json(), encoding="utf-8")
    assert Result.load(tmp_path) == Result.load(tmp_path / "result.json") == Result.load(str(tmp_path)) == result


def test_letters_of_all_alphabets_survive(result):
    named = replace(result, name="µ-Chip „ü“ 芯片 \u2028")
    assert reloaded(named) == named


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives_to_the_last_bit(result, number):
    assert reloaded(replace(result, metrics={"x": number})).metrics["x"] == number


def test_every_field_is_filled_and_explained(result):
    for item in fields(Result):
        if item.name not in ("name", "digest"):
            assert f"    {item.name} " in (Result.__doc__ or ""), f"Result says nothing about {item.name}"
        assert getattr(result, item.name) or item.name in ("links", "leakage", "assumed", "convergence", "upkeep"), item.name


def test_it_cannot_be_changed(result):
    with pytest.raises(FrozenInstanceError):
        result.name = "other"  # type: ignore[misc]


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_number_that_is_none_is_refused_with_its_place(result, number):
    for changes, place in (
        ({"metrics": {"latency": number}}, "Result.metrics.latency"),
        ({"energy": [{"part": "adc", "energy": 1.0}, {"part": "dac", "energy": number}]}, "Result.energy[1].energy"),
        ({"accuracy": [{"values": [1.0, number]}]}, "Result.accuracy[0].values[1]"),
        ({"experiment": {"a": {"b": number}}}, "Result.experiment.a.b"),
    ):
        with pytest.raises(CheckError) as caught:
            replace(result, **changes)
        assert str(caught.value) == f"{place}: {number} is not a finite number; the run is refused"
        assert caught.value.exit_code == 1


@pytest.mark.parametrize("value", [np.float32(1), np.int64(1), np.zeros(2), {1}, b"x", object(), 1j])
def test_what_json_cannot_hold_is_refused_at_once(result, value):
    with pytest.raises(CheckError, match=r"Result\.metrics\.x: .* expected a plain number or text|Result\.metrics\.x: "):
        replace(result, metrics={"x": value})


@pytest.mark.parametrize("changes", [{"layers": {}}, {"layers": [1]}, {"metrics": []}, {"name": 5}, {"spans": None}])
def test_a_table_is_a_list_of_rows(result, changes):
    with pytest.raises(CheckError, match=r"^Result\."):
        replace(result, **changes)


def damaged(text: str) -> str:
    with pytest.raises(InputError) as caught:
        Result.from_json(text, "a/result.json")
    assert str(caught.value).startswith("a/result.json: ")
    assert "run" in str(caught.value)
    return str(caught.value)


def test_a_result_cut_at_any_place_is_refused(result):
    text = result.to_json()
    for end in [*range(0, 400), *range(400, len(text) - 400, 997), *range(len(text) - 40, len(text))]:
        damaged(text[:end])


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "5", '"x"', "{", "[" * 100_000, '{"format": 1}', "\x00", "NaN", '{"format": [1]}'])  # noqa: E501
def test_what_is_no_result_is_refused(text):
    damaged(text)


def test_a_result_of_another_format_says_so(result):
    data = json.loads(result.to_json())
    assert f"format {FORMAT} expected" in damaged(json.dumps(data | {"format": FORMAT + 1}))


def test_a_folder_without_a_result_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere", "/proc/nowhere"):
        with pytest.raises(InputError, match=r"cannot be read .* is it a run folder"):
            Result.load(path)
    (tmp_path / "result.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        Result.load(tmp_path)


# --- in a notebook ---------------------------------------------------------------------------------------------------


def test_a_notebook_shows_a_table_and_no_foreign_markup(result):
    html = replace(result, name="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert show(result.metrics["latency"], "s") in html

def test_a_run_gives_its_headline_numbers_as_one_row(result):
    table = result.to_pandas()
    assert len(table) == 1
    assert table["energy"][0] == result.metrics["energy"]
    assert len(result.to_pandas("layers")) == len(result.layers)
    assert "pJ</td>" in result._repr_html_()
