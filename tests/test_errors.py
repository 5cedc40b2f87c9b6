"""Errors say where, what, and what to try."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import CheckError, ChipsimError, InputError, Problem, did_you_mean


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is wrong"), "is wrong"),
        (Problem("is wrong", "a.b"), "a.b: is wrong"),
        (Problem("is wrong", "a.b", "f.yaml", 3, 14), "f.yaml:3:14: a.b: is wrong"),
        (Problem("is wrong", file="f.yaml"), "f.yaml: is wrong"),
        (Problem("is wrong", file="f.yaml", line=3), "f.yaml:3: is wrong"),
        (Problem("two\nlines", "a\nb"), "a b: two lines"),
    ],
)
def test_a_problem_is_one_line_with_what_is_known_of_its_place(problem, text):
    assert str(problem) == text


def test_problems_travel_together():
    one, two = Problem("one"), Problem("two", "key")
    assert InputError("one").problems == [one]
    assert InputError(one).problems == [one]
    assert InputError([one, two]).problems == [one, two]
    assert InputError(problem for problem in (one, two)).problems == [one, two]
    assert str(InputError([one, two])) == "one\nkey: two"


def test_exit_codes():
    assert (ChipsimError.exit_code, CheckError.exit_code, InputError.exit_code) == (1, 1, 2)
    assert issubclass(InputError, ChipsimError)
    assert issubclass(CheckError, ChipsimError)


def test_an_error_can_travel_between_processes():
    problems = [Problem("one", "key", "f", 1, 2), Problem("two")]
    again = pickle.loads(pickle.dumps(InputError(problems)))
    assert again.problems == problems
    assert str(again) == "f:1:2: key: one\ntwo"
    assert str(pickle.loads(pickle.dumps(CheckError("no")))) == "no"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("pmc", "did you mean 'pcm'?"),
        ("rowz", "did you mean 'rows'?"),
        ("zzz", "known: pcm, rows"),
        ("", "known: pcm, rows"),
    ],
)
def test_a_mistyped_word_has_a_suggestion(word, said):
    assert did_you_mean(word, {"rows", "pcm"}) == said


def test_where_nothing_is_known_nothing_is_suggested():
    assert did_you_mean("x", []) == "nothing is known here"


@given(word=st.text(max_size=30), known=st.sets(st.text(min_size=1, max_size=8), max_size=5))
def test_a_suggestion_is_one_of_the_known(word, known):
    said = did_you_mean(word, known)
    if said.startswith("did you mean"):
        assert said.removeprefix("did you mean '").removesuffix("'?") in known
    elif known:
        assert said == f"known: {', '.join(sorted(known))}"
