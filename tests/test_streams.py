"""Keys of random streams: a function of seed and path alone."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chipsim.streams import Stream

names = st.text(st.characters(blacklist_characters="\x1f", blacklist_categories=["Cs"]), max_size=8)
paths = st.lists(names, max_size=4)


def at(seed: int, path: list[str]) -> Stream:
    stream = Stream(seed)
    for name in path:
        stream = stream.child(name)
    return stream


def test_known_keys_stay_as_they_are():
    """A change of these numbers changes every random number of every run that was ever made."""
    assert Stream().key == (2570958590, 1809619742)
    assert Stream(7).child("chip.tile[3]").child("read noise").key == (367989559, 4230922744)


@given(seed=st.integers(), path=paths)
def test_a_key_is_two_words_of_32_bits(seed, path):
    key = at(seed, path).key
    assert len(key) == 2
    assert all(isinstance(word, int) and 0 <= word < 2**32 for word in key)
    assert key == at(seed, path).key


@given(one=st.tuples(st.integers(-5, 5), paths), other=st.tuples(st.integers(-5, 5), paths))
def test_different_seeds_and_paths_have_different_keys(one, other):
    assume(one != other)
    assert at(*one).key != at(*other).key


@given(seed=st.integers(0, 99), path=paths, name=names)
def test_a_child_changes_nothing_for_its_parent_and_its_siblings(seed, path, name):
    stream = at(seed, path)
    before, sibling = stream.key, stream.child("sibling").key
    stream.child(name)
    assert (stream.key, stream.child("sibling").key) == (before, sibling)


def test_joining_names_is_not_the_same_as_nesting_them():
    ways = (["a", "b"], ["ab"], ["a.b"], ["a b"], ["b", "a"], ["a", "", "b"], ["", "a", "b"], ["a", "b", ""])
    assert len({at(0, path).key for path in ways}) == len(ways)


def test_many_keys_do_not_collide_and_fill_their_range():
    keys = [Stream(1).child(f"tile[{index}]").key for index in range(20_000)]
    assert len(set(keys)) == len(keys)
    for word in (0, 1):
        mean = sum(key[word] for key in keys) / len(keys) / 2**32
        assert mean == pytest.approx(0.5, abs=5 / (12 * len(keys)) ** 0.5)


def test_keys_are_the_same_in_every_process():
    code = "from chipsim.streams import Stream; print(Stream(3).child('a').key)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "9"})
    assert told.stdout == f"{Stream(3).child('a').key}\n"


def test_a_stream_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Stream().seed = 3  # type: ignore[misc]
