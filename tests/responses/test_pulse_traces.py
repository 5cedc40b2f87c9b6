"""Files of pulse traces: both formats say the same, and what cannot be used is refused with its place."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.responses.pulse_traces import FEWEST, load_pulse_traces

SIGNS = np.array([1] * 12 + [-1] * 12)
HELD = 1e-6 * (10 + np.concatenate([[0], np.cumsum(SIGNS)])[None, :] * np.array([[0.1], [0.2], [0.3]]))


def csv_of(path, header="device,pulse,direction,conductance (uS)", held=HELD * 1e6, signs=SIGNS, change=None):
    words = {1: "up", -1: "down", 0: "reset"}
    rows = [
        [f"d{i}", str(n), words[signs[n - 1]] if n else "", f"{value:.9g}"]
        for i, line in enumerate(held)
        for n, value in enumerate(line)
    ]
    if change:
        change(rows)
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def test_both_formats_hold_the_same(tmp_path):
    ours = load_pulse_traces(csv_of(tmp_path / "a.csv"))
    np.savez(tmp_path / "a.npz", conductance=HELD, direction=SIGNS)
    other = load_pulse_traces(tmp_path / "a.npz")
    assert ours.held == pytest.approx(HELD, rel=1e-8)
    assert ours.held == pytest.approx(other.held, rel=1e-8)
    assert (ours.direction == other.direction).all()
    assert ours.siemens
    assert other.siemens
    assert other.change == pytest.approx(np.diff(HELD))


def test_weights_have_no_unit(tmp_path):
    traces = load_pulse_traces(csv_of(tmp_path / "a.csv", "device,pulse,direction,weight", held=HELD * 1e6 - 10))
    assert not traces.siemens
    assert traces.held == pytest.approx(HELD * 1e6 - 10, abs=1e-8)


def test_a_direction_of_each_device_and_resets(tmp_path):
    signs = np.stack([SIGNS, SIGNS, -SIGNS])
    signs[1, 5] = 0
    np.savez(tmp_path / "a.npz", weight=HELD * 1e6 - 10, direction=signs)
    assert (load_pulse_traces(tmp_path / "a.npz").direction == signs).all()


def edit(row, place, text):
    def change(rows):
        rows[row][place] = text

    return change


@pytest.mark.parametrize(
    ("header", "change", "said"),
    [
        ("device,pulse,direction,conductance", None, "has no unit; write it in the header"),
        ("device,pulse,direction,conductance (s)", None, "is a time, expected a conductance"),
        ("device,pulse,direction,weight (uS)", None, "weights have no unit"),
        ("device,pulse,way,conductance (uS)", None, "unknown column 'way'"),
        ("device,pulse,pulse,conductance (uS)", None, "stands twice"),
        (None, edit(3, 1, "7"), r"line 5.*device 'd0': pulse 7 where 3 was expected|a.csv:5.*pulse 7 where 3 was expected"),
        (None, edit(3, 1, "2"), "pulse 2 where 3 was expected"),
        (None, edit(3, 1, "3.5"), "not a whole number"),
        (None, edit(3, 2, "sideways"), "direction 'sideways'; expected up, down or reset"),
        (None, edit(3, 2, ""), "direction ''"),
        (None, edit(4, 3, "nan"), "conductance is nan"),
        (None, edit(4, 3, ""), "conductance is empty"),
        (None, edit(4, 3, "12 uS"), "units belong in the header"),
        (None, edit(4, 3, "-1"), "a conductance of -1e-06 S"),
        (None, edit(4, 3, "5e6"), "a conductance of 5 S"),
        (None, edit(4, 0, ""), "device is empty"),
        (None, lambda rows: rows.pop(), "has 24 readings where another has 25"),
        (None, lambda rows: rows.__delitem__(slice(25, None)), "1 device"),
    ],
)
def test_bad_tables_are_refused(tmp_path, header, change, said):
    path = csv_of(tmp_path / "a.csv", **({"header": header} if header else {}), change=change)
    with pytest.raises(InputError, match=said):
        load_pulse_traces(path)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"direction": SIGNS}, "neither conductance nor weight"),
        ({"conductance": HELD, "weight": HELD, "direction": SIGNS}, "conductance and weight; expected one"),
        ({"conductance": HELD}, "array 'direction' is missing"),
        ({"conductance": HELD, "direction": SIGNS[1:]}, "shapes do not fit"),
        ({"conductance": HELD[0], "direction": SIGNS}, "shapes do not fit"),
        ({"conductance": HELD, "direction": 2 * SIGNS}, "holds 2; expected 1"),
        ({"conductance": HELD * np.where(HELD > 13e-6, np.nan, 1), "direction": SIGNS}, "reading 11 of device 2.*not finite"),
        ({"conductance": HELD[:, :9], "direction": SIGNS[:8]}, f"8 pulse.s. up; expected {FEWEST} or more"),
        ({"conductance": HELD[:, :15], "direction": SIGNS[:14]}, "2 pulse.s. down"),
        ({"conductance": HELD[:1], "direction": SIGNS}, "1 device"),
    ],
)
def test_bad_archives_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=said):
        load_pulse_traces(tmp_path / "a.npz")


def test_what_is_no_such_file_is_refused(tmp_path):
    (tmp_path / "a.npz").write_text("no archive")
    (tmp_path / "a.csv").write_text("device,pulse,direction,weight\n")
    wrong = {"a.npz": "cannot be read as an .npz", "a.csv": "holds no readings", "b.csv": "cannot be read", "a.txt": "'.txt'"}
    for name, said in wrong.items():
        with pytest.raises(InputError, match=said):
            load_pulse_traces(tmp_path / name)


def test_pulses_up_only_are_enough_for_one_of_a_pair(tmp_path):
    np.savez(tmp_path / "a.npz", conductance=HELD[:, :13], direction=SIGNS[:12])
    assert (load_pulse_traces(tmp_path / "a.npz").direction == 1).all()
