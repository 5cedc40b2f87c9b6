"""Tables of answers: the same rows as JSON, for pandas, in a notebook; names that are none are told."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from chipsim.errors import InputError
from chipsim.tabular import SHOWN, Row, Tabular, frame


@dataclass(frozen=True)
class Weather(Tabular):
    name: str
    days: list[Row]
    means: dict[str, float]
    notes: dict[str, Any]


@pytest.fixture
def weather() -> Weather:
    return Weather("<b>May</b>", [{"day": day, "rain": day / 3} for day in range(SHOWN + 4)], {"rain": 1.5}, {"note": "dry"})


def test_json_holds_everything(weather):
    assert json.loads(weather.to_json()) == {"name": weather.name, "days": weather.days, "means": weather.means, "notes": weather.notes}


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        Weather("May", [], {"rain": float("nan")}, {}).to_json()


def test_tables_are_the_lists_of_rows_and_the_numbers(weather):
    assert list(weather.tables) == ["days", "means"]


def test_a_table_for_pandas_is_the_first_or_the_named_one(weather):
    assert weather.to_pandas().to_dict("records") == weather.days
    assert weather.to_pandas("means").to_dict("records") == [{"rain": 1.5}]


def test_an_unknown_table_is_told_with_a_suggestion(weather):
    with pytest.raises(InputError, match="to_pandas: there is no table 'mean' \\(did you mean 'means'\\?\\)"):
        weather.to_pandas("mean")


def test_without_pandas_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match='to_pandas needs pandas: pip install "chipsim\\[report\\]"'):
        frame([])


def test_a_notebook_shows_the_first_rows_and_no_markup_of_users(weather):
    html = weather._repr_html_()
    assert "&lt;b&gt;May" in html
    assert "<b>" not in html
    assert html.count("<tr>") == 1 + SHOWN + 2
    assert "4 more rows" in html
