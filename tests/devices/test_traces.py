"""Files of traces: what is read from them, and one sentence for each thing that can be wrong."""

import numpy as np
import pytest

from chipsim.devices.traces import load_traces
from chipsim.errors import InputError

TARGET = np.repeat([2e-6, 1e-6], 3)
TIME = np.array([0.0, 10.0, 100.0])
CONDUCTANCE = np.outer(np.arange(1, 7) * 1e-6, [1.0, 0.9, 0.8])


def save(folder, **changes):
    file = folder / "traces.npz"
    np.savez(file, **{"target": TARGET, "time": TIME, "conductance": CONDUCTANCE} | changes)
    return file


def test_arrays_are_sorted_by_target(tmp_path):
    traces = load_traces(save(tmp_path))
    np.testing.assert_array_equal(traces.levels, [1e-6, 2e-6])
    np.testing.assert_array_equal(traces.starts, [0, 3, 6])
    np.testing.assert_array_equal(traces.conductance[:3], CONDUCTANCE[3:])
    assert (traces.first, traces.last) == (10.0, 100.0)


def test_traces_are_read_between_their_times(tmp_path):
    own = TIME * np.array([1, 1, 1, 2, 2, 2])[:, None]
    traces = load_traces(save(tmp_path, time=own))
    assert (traces.first, traces.last) == (20.0, 100.0)
    np.testing.assert_allclose(traces.at(100.0)[3:], CONDUCTANCE[:3, 2])
    np.testing.assert_allclose(traces.at(20.0)[:3], CONDUCTANCE[3:, 1])
    np.testing.assert_allclose(traces.at(40.0)[3:], CONDUCTANCE[:3, 1] * (1 - np.log10(4) / 9), rtol=1e-12)


def test_a_csv_file_holds_the_same(tmp_path):
    lines = ["device,target (nS),conductance (nS),time (ms)"]
    for number, (target, trace) in enumerate(zip(TARGET, CONDUCTANCE, strict=True)):
        lines += [f"d{number},{target * 1e9},{g * 1e9},{t * 1e3}" for t, g in zip(TIME[::-1], trace[::-1], strict=True)]
    file = tmp_path / "traces.csv"
    file.write_text("\n".join(lines))
    found, wanted = load_traces(file), load_traces(save(tmp_path))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": TARGET[:5]}, r"shapes do not fit: target \(5,\), time \(3,\), conductance \(6, 3\); expected target \(n,\)"),
        ({"time": TIME[:2], "conductance": CONDUCTANCE[:, :2]}, "m of 3 or more"),
        ({"time": np.array([-5.0, 10.0, 100.0])}, "time: holds times before programming, such as -5"),
        ({"time": np.array([0.0, 10.0, 10.0])}, "time: does not ascend within every trace"),
        ({"conductance": np.where(CONDUCTANCE > 5e-6, np.nan, CONDUCTANCE)}, "conductance: holds gaps"),
        ({"conductance": -CONDUCTANCE}, "conductance: holds negative values, such as -6e-06"),
        ({"target": np.full(6, 1e-6)}, "devices of one target only are too few"),
        ({"target": np.array([1, 1, 1, 1, 1, 2]) * 1e-6}, r"1 device\(s\) with a target of 2 uS are too few; expected 3"),
        ({"time": TIME + np.array([0, 0, 0, 0, 0, 1000])[:, None]}, "no time lies within every trace"),
        ({"conductance": np.array("words")}, "cannot be read as an .npz file of number arrays"),
    ],
)
def test_unusable_arrays_are_refused(changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        load_traces(save(tmp_path, **changes))


def test_missing_arrays_and_pickled_objects_are_refused(tmp_path):
    file = tmp_path / "few.npz"
    np.savez(file, target=TARGET, time=TIME)
    with pytest.raises(InputError, match="array 'conductance' is missing; expected target, time, conductance"):
        load_traces(file)
    np.savez(file, target=TARGET, time=TIME, conductance=np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"cannot be read as an \.npz file"):
        load_traces(file)
