"""Measured yield maps: what a file says, and what is wrong with it."""

from pathlib import Path

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.fault_map import HIGH, LOW, load_fault_map
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

HEADER = "row,column,device,state\n"
WEIGHTS = np.random.default_rng(0).uniform(-1, 1, (6, 5)).astype(np.float32)


def crossbar(path: Path, cell: str = "pair", **keys: object) -> Crossbar:
    plain = {"rows": 8, "columns": 9, "cell": {"type": cell, "device": "ideal"}, "dac": "ideal", "adc": "ideal"}
    made = Crossbar(from_plain(Array, plain | {"faults": {"map": str(path)} | keys}), Stream(0))
    made.program(WEIGHTS)
    return made


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "map.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def test_a_file_says_where_and_at_what(tmp_path: Path) -> None:
    entries = load_fault_map(written(tmp_path, "0,1,plus0,low\n\n3,2,,HIGH\n5, 4 ,minus,12 uS\n")).entries
    assert [tuple(entry) for entry in entries] == [(2, 0, 1, "plus0", LOW), (4, 3, 2, "", HIGH), (5, 5, 4, "minus", 12e-6)]
    other = tmp_path / "short.csv"
    other.write_text("state,row,column\nlow,1,2\n", encoding="utf-8")
    assert load_fault_map(other).entries[0][1:] == (1, 2, "", LOW)


def test_stuck_devices_are_those_of_the_file(tmp_path: Path) -> None:
    made = crossbar(written(tmp_path, "0,1,plus0,high\n3,2,,low\n5,4,minus,5 uS\n7,8,,high\n"))
    plus, minus = made.stuck["plus0"], made.stuck["minus0"]
    assert (plus.shape, minus.shape) == ((6, 5), (6, 5))
    assert {tuple(place): value for place, value in zip(np.argwhere(~np.isnan(plus)).tolist(), plus[~np.isnan(plus)], strict=True)
            } == {(0, 1): np.float32(25e-6), (3, 2): 0.0}  # fmt: skip
    assert minus[5, 4] == np.float32(5e-6)
    assert (~np.isnan(minus)).sum() == 2
    healthy = WEIGHTS / np.abs(WEIGHTS).max(axis=0)
    assert made.weights[0, 1] == pytest.approx(1 - max(-healthy[0, 1], 0), abs=1e-6)
    assert made.weights[3, 2] == 0
    assert made.weights[5, 4] == pytest.approx(max(healthy[5, 4], 0) - 0.2, abs=1e-6)
    touched = np.zeros((6, 5), bool)
    touched[[0, 3, 5], [1, 2, 4]] = True
    assert np.allclose(made.weights[~touched], healthy[~touched], atol=1e-6)


def test_what_a_crossbar_shows_is_a_map(tmp_path: Path) -> None:
    made = crossbar(written(tmp_path, "0,1,plus0,high\n3,2,,low\n5,4,minus,5 uS\n"))
    path = tmp_path / "map.npz"
    np.savez(path, **made.stuck)
    again = crossbar(path)
    assert np.array_equal(again.weights, made.weights)
    for name, values in made.stuck.items():
        assert np.array_equal(values, again.stuck[name], equal_nan=True)


def test_the_map_wins_over_what_is_drawn(tmp_path: Path) -> None:
    made = crossbar(written(tmp_path, "2,3,plus0,7 uS\n"), high=0.5, rows=1.0)
    assert made.stuck["plus0"][2, 3] == np.float32(7e-6)
    assert (made.stuck["minus0"] == 0).all()


def test_a_reference_column_belongs_to_no_cell(tmp_path: Path) -> None:
    made = crossbar(written(tmp_path, "2,0,,high\n4,0,reference,0 S\n"), "offset")
    assert np.argwhere(~np.isnan(made.stuck["reference"])).tolist() == [[4, 0]]
    assert made.weights[2, 0] == pytest.approx(1)
    assert made.weights[4] == pytest.approx(WEIGHTS[4] / np.abs(WEIGHTS).max(axis=0) + 1, abs=1e-6)
    with pytest.raises(InputError, match="'reference' at row 4, column 1 is outside"):
        crossbar(written(tmp_path, "4,1,reference,low\n\n"), "offset")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, "0,0,,low\n")
    assert len(load_fault_map(path).entries) == 1
    path.write_text(HEADER + "0,0,,low\n1,0,,low\n", encoding="utf-8")
    import os

    os.utime(path, ns=(1, 1))
    assert len(load_fault_map(path).entries) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,0,plus0,low\n8,0,plus0,low\n", r"map.csv:3: device 'plus0' at row 8, column 0 is outside the array, which has 8 rows and 9"),
        ("0,9,,low\n", r"map.csv:2: device '' at row 0, column 9 is outside"),
        ("0,0,plsu0,low\n", r"map.csv:2: device 'plsu0' .* names no device of the cell \(did you mean 'plus0'\?\)"),
        ("0,0,reference,low\n", r"names no device of the cell"),
        ("0,0,plus0,low\n0,0,plus,high\n", r"map.csv:3: .*'plus0' stands twice, first in line 2; leave one of them out"),
        ("0,-1,,low\n", r"map.csv:2: column '-1' is not a whole number from 0 on"),
        ("1.5,1,,low\n", r"map.csv:2: row '1.5' is not a whole number"),
        ("1\n", r"map.csv:2: column '' is not a whole number"),
        ("0,0,,stuck\n", r"map.csv:2: state 'stuck' is not .*; or low, or high"),
        ("0,0,,5e-6\n", r"map.csv:2: state '5e-6' has no unit"),
        ("0,0,,-5 uS\n", r"map.csv:2: state '-5 uS' is below zero"),
        ("0,0,,5 V\n", r"map.csv:2: state '5 V' is a voltage"),
    ],
    ids=repr,
)
def test_what_a_map_cannot_say_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        crossbar(written(tmp_path, text))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "is empty"),
        ("row,column\n", "column 'state' is missing; the header is 'row,column'"),
        ("row,column,state,colour\n", "column 'colour' in the header; expected row, column, device, state"),
        ("row,row,column,state\n", "column 'row' in the header; .* each once"),
    ],
    ids=repr,
)
def test_headers_that_are_refused(tmp_path: Path, header: str, message: str) -> None:
    path = tmp_path / "map.csv"
    path.write_text(header, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_fault_map(path)


def test_files_that_are_no_maps(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"faults: map: .*missing.csv.*No such file"):
        crossbar(tmp_path / "missing.csv")
    with pytest.raises(InputError, match=r"a .csv or .npz file, not from '.txt'"):
        load_fault_map(tmp_path / "map.txt")
    (tmp_path / "broken.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"broken.npz: cannot be read as an .npz file"):
        load_fault_map(tmp_path / "broken.npz")
    for values, message in (
        (np.zeros(3), r"array 'plus0' has shape \(3,\)"),
        (np.array([[np.nan, -1e-6]]), "array 'plus0' holds -1e-06 S at row 0, column 1; expected 0 or more, NaN where it works"),
    ):
        np.savez(tmp_path / f"wrong{values.ndim}.npz", plus0=values)
        with pytest.raises(InputError, match=message):
            load_fault_map(tmp_path / f"wrong{values.ndim}.npz")
    np.savez(tmp_path / "names.npz", center=np.full((2, 2), 1e-6))
    with pytest.raises(InputError, match="device 'center' at row 0, column 0 names no device"):
        crossbar(tmp_path / "names.npz")
