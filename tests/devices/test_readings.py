"""CSV files of readings: units, and one sentence with its line for each thing that can be wrong."""

import numpy as np
import pytest

from chipsim.devices.readings import check_gaps, levels_of, read_readings
from chipsim.errors import InputError

HEADER = "target (uS),time (s),conductance (uS),device"


def write(folder, *lines):
    file = folder / "readings.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_units_come_from_the_header(tmp_path):
    readings = read_readings(
        write(tmp_path, "Device, conductance ( nS ),time (min),target (nS)", "a, 5130 ,2,5000", "", "a,4410,1,5000")
    )
    np.testing.assert_allclose(readings.conductance, [5.13e-6, 4.41e-6])
    np.testing.assert_allclose(readings.time, [120.0, 60.0])
    np.testing.assert_allclose(readings.target, 5e-6)
    assert [rows.tolist() for rows in readings.by_device()] == [[1, 0]]


def test_without_devices_every_reading_is_one(tmp_path):
    readings = read_readings(write(tmp_path, "target (uS),conductance (uS)", "5,5.1", "5,4.9"))
    assert readings.time is None
    assert [rows.tolist() for rows in readings.by_device()] == [[0], [1]]
    assert readings.names == ("on line 2", "on line 3")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("target,conductance (uS)", r"readings.csv:1: column 'target' has no unit; write it in the header, as 'target \(uS\)'"),
        ("target (uS),conductance (V)", r"column 'conductance \(V\)': '1 V' is a voltage, expected a conductance"),
        ("target (uS),conductance (nS)", "mixed units: target in uS, conductance in nS; write both in one unit"),
        ("target (uS),conductance (uSs)", "unknown unit 'uSs'|is in"),
        ("target (uS),conductance (uS),time", "column 'time' has no unit"),
        ("target (uS),conductance (uS),tiem (s)", r"unknown column 'tiem \(s\)'; expected target, time, conductance, device"),
        ("target (uS),conductance (uS),target (uS)", "column 'target' stands twice"),
        ("target (uS),device", "column 'conductance' is missing; the header is"),
    ],
)
def test_headers_that_cannot_be_used(header, message, tmp_path):
    with pytest.raises(InputError, match=message):
        read_readings(write(tmp_path, header, "5,5,5,5"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("5,10,,d1", "readings.csv:3: conductance is empty; measure it again or leave the device out"),
        ("5,10", "readings.csv:3: conductance is empty"),
        ("5,10,nan,d1", "readings.csv:3: conductance is nan"),
        ("5,10,4.4 uS,d1", "conductance '4.4 uS' is not a number; units belong in the header only"),
        ("5,10,-0.1,d1", "conductance -0.1 is negative; correct the offset"),
        ("5,-10,4.4,d1", "readings.csv:3: time -10 is before programming"),
        ("5,10,4.4,", "readings.csv:3: device is empty"),
        ("6,10,4.4,d1", "device 'd1' has more than one target"),
        ("5,0,4.4,d1", "device 'd1' is read twice at one time"),
    ],
)
def test_lines_that_cannot_be_used(line, message, tmp_path):
    with pytest.raises(InputError, match=message):
        read_readings(write(tmp_path, HEADER, "5,0,5.1,d1", line))


def test_files_that_cannot_be_used(tmp_path):
    with pytest.raises(InputError, match=r"nothing.csv: cannot be read as a CSV file \(No such file"):
        read_readings(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="holds no readings"):
        read_readings(write(tmp_path, HEADER))
    with pytest.raises(InputError, match="column 'time' is missing"):
        read_readings(write(tmp_path, "target (uS),conductance (uS)", "5,5"), timed=True)
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(InputError, match=r"picture\.csv: cannot be read as a CSV file"):
        read_readings(tmp_path / "picture.csv")


def test_gaps_and_too_few_readings(tmp_path):
    rows = [f"5,{time},5,d{device}" for device in range(3) for time in (0, 10, 100)]
    check_gaps(read_readings(write(tmp_path, HEADER, *rows)))
    with pytest.raises(InputError, match=r"device 'd2' has 2 reading\(s\) where the others have 3 \(1 of 3 devices have gaps\)"):
        check_gaps(read_readings(write(tmp_path, HEADER, *rows[:-1])))
    with pytest.raises(InputError, match=r"2 reading\(s\) of each device are too few; expected 3 or more"):
        check_gaps(read_readings(write(tmp_path, HEADER, *(row for row in rows if ",100," not in row))))


def test_levels():
    levels, members = levels_of(np.array([2.0, 1.0, 2.0, 1.0, 1.0, 2.0]), "file")
    assert levels.tolist() == [1.0, 2.0]
    assert [group.tolist() for group in members] == [[1, 3, 4], [0, 2, 5]]
