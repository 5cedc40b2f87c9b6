"""Axes, objectives and limits as they are written: what is refused, with the whole sentence."""

from __future__ import annotations

import pytest

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.sweep.description import Axis, Limit, Objective, Sweep, in_numbers, unit_of

KEY = "architecture.network.clock"


def refused(cls, **values):
    with pytest.raises(InputError) as error:
        from_plain(cls, values)
    return str(error.value).removeprefix("<Python>: ")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"values": [1]}, "key: an axis needs either 'key' or 'keys'"),
        ({"key": KEY}, "values: an axis needs either 'values', or 'low' and 'high'"),
        ({"key": KEY, "low": "1 GHz"}, "values: an axis needs either 'values', or 'low' and 'high'"),
        ({"key": KEY, "values": [1], "low": 1, "high": 2}, "values: an axis needs either 'values', or 'low' and 'high'"),
        ({"key": KEY, "values": []}, "values: is empty, expected at least one value"),
        ({"key": KEY, "values": ["1 GHz", "5 ns"]}, "values[1]: '5 ns' is in s, but '1 GHz' is in Hz; expected one unit"),
        ({"key": KEY, "values": ["1 GHz", 2, "1000 MHz"]}, "values[2]: '1000 MHz' stands there already, as values[0]; leave one out"),
        ({"key": KEY, "values": [1, 2], "labels": ["a"]}, "labels: 1 for 2 values; expected one for each"),
        ({"key": KEY, "values": [1, 2], "labels": ["a", "a"]}, "labels: one stands twice, expected a name of its own for each value"),
        ({"key": KEY, "values": [1, 2], "points": 2}, "points: belongs to 'low' and 'high'; 'values' are taken as they are"),
        ({"key": KEY, "values": [1, 2], "scale": "log"}, "scale: belongs to 'low' and 'high'; 'values' are taken as they are"),
        ({"key": KEY, "low": 2, "high": 1}, "low: 2 is not below high, 1; expected low < high"),
        ({"key": KEY, "low": "2 GHz", "high": "1 GHz"}, "low: 2 GHz is not below high, 1 GHz; expected low < high"),
        ({"key": KEY, "low": "1 GHz", "high": "5 s"}, "high: '5 s' is in s, but low '1 GHz' is in Hz; expected the same unit"),
        ({"key": KEY, "low": 1, "high": "5 s"}, "high: '5 s' is in s, but low '1' is a bare number; expected the same unit"),
        ({"key": KEY, "low": 0, "high": 1, "scale": "log"},
         "low: 0 has no logarithm; a log range needs low above 0, or take 'scale: linear'"),
        ({"key": KEY, "low": "-1 s", "high": "1 s", "scale": "log"},
         "low: -1 s has no logarithm; a log range needs low above 0, or take 'scale: linear'"),
        ({"key": KEY, "low": "many", "high": 2}, "low: 'many' is no number with a unit; expected a number with its unit"),
        ({"key": KEY, "low": 0, "high": 10**13}, "high: 1e+13 whole numbers are too many; give 'points'"),
        ({"key": KEY, "low": 0, "high": 1, "points": 1},
         "points: 1 is no range; expected at least 2, low and high, or 'values' with one value"),
        ({"key": "seed", "low": 3, "high": 9, "points": 5},
         "points: 3 to 9 in 5 points are no whole numbers: take 4 or 7 points, or 'values'"),
        ({"key": "seed", "low": 1, "high": 3, "points": 9},
         "points: 1 to 3 in 9 points are no whole numbers: take 3 points, or 'values'"),
        ({"keys": [KEY, "seed"], "low": 0, "high": 1},
         "keys: several keys change together by 'values' only, a list with one value for each key"),
        ({"keys": [KEY, "seed"], "values": [[1, 2], [3]]},
         "values[1]: [3]; expected a list of 2 values, one for each of 'keys'"),
    ],
)  # fmt: skip
def test_an_axis_that_cannot_be(values, sentence):
    assert refused(Axis, **values) == sentence


@pytest.mark.parametrize(
    ("cls", "values", "sentence"),
    [
        (Objective, {}, "minimise: an objective needs either 'minimise' or 'maximise'"),
        (Objective, {"minimise": "energy", "maximise": "area"}, "minimise: an objective needs either 'minimise' or 'maximise'"),
        (Limit, {"measure": "area"}, "at_most: a limit needs 'at_most' or 'at_least'"),
        (Sweep, {"axes": []}, "axes: needs at least one, got none"),
    ],
)
def test_what_is_sought_must_be_said(cls, values, sentence):
    assert refused(cls, **values) == sentence


def test_a_range_of_whole_numbers_is_told_from_others():
    assert from_plain(Axis, {"key": "seed", "low": 1, "high": 3}).whole
    assert not from_plain(Axis, {"key": "seed", "low": 1.0, "high": 3}).whole
    assert from_plain(Axis, {"key": KEY, "low": "1 MHz", "high": "3 MHz"}).unit == "Hz"
    assert from_plain(Axis, {"key": KEY, "values": [0, "3 MHz"]}).unit == "Hz"


def test_quantities_are_compared_in_si():
    assert in_numbers("1 GHz") == in_numbers("1000 MHz") != in_numbers("1 s")
    assert in_numbers({"a": ["1 ns", 1]}) == in_numbers({"a": ["0.001 us", 1.0]})
    assert in_numbers(True) is True
    assert in_numbers("sar") == "sar"
    assert (unit_of("5 ns"), unit_of("sar"), unit_of(5)) == ("s", "", "")
