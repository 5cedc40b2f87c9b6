"""What a user can get wrong: each message shows the value, what was expected and what to try."""

import re

import numpy as np
import pytest

from chipsim.devices import (
    HERMES,
    MRAM,
    PCM,
    SONOS,
    Capacitor,
    CMOHfOx,
    Device,
    Measured,
    MeasuredTraces,
    PCMJoshi,
    Pulse,
    RRAMMilo2021,
    RRAMWan2022,
)
from chipsim.errors import InputError
from chipsim.streams import Stream

HEADER = "target (uS),time (s),conductance (uS),device"
LINES = [f"{target},{time},{0.9 * target:g},{target}-{device}" for target in (5, 10) for device in range(3) for time in (20, 100, 1000)]
TABLE = {"conductances": (1e-6, 2e-6), "programming": (1e-7, 1e-7)}


def refused(action, *words):
    """The message of the InputError that `action` raises, which holds all words in their order."""
    with pytest.raises(InputError, match=".*".join(map(re.escape, words))):
        action()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PCM(g_max=30e-6), ("PCM", "g_max 30 uS", "above 25 uS, where the fit ends", "lower g_max")),
        (lambda: HERMES(g_max=12e-6), ("g_max 12 uS", "10.3 uS, the largest conductance characterised", "lower g_max")),
        (lambda: PCMJoshi(g_max=30e-6), ("g_max 30 uS", "0 S to 25 uS, the range of the fit", "change g_min or g_max")),
        (lambda: RRAMMilo2021(g_min=1e-6), ("g_min 1 uS", "50 uS to 225 uS, the range of the fit", "change g_min")),
        (lambda: RRAMWan2022(g_max=50e-6), ("g_max 50 uS", "0 S to 40 uS, the range of the fit", "change g_min or g_max")),
        (lambda: CMOHfOx(g_max=100e-6), ("g_max 100 uS", "9 uS to 88.2 uS, the range of the fit", "change g_min or g_max")),
        (lambda: SONOS(g_max=50e-6), ("g_max 50 uS", "5 uA, above 3.2 uA, where the fit ends", "lower g_max")),
        (lambda: Measured(**TABLE, g_max=3e-6), ("g_max 3 uS", "1 uS to 2 uS, the measured range", "change g_min or g_max")),
    ],
)
def test_a_range_outside_the_fit(make, words):
    refused(make, *words)


def test_a_target_outside_the_range():
    refused(lambda: PCM().program([1e-6, 30e-6], Stream()), "target 30 uS (1 of 2 are outside)", "0 S to 25 uS", "scale", "raise g_max")
    refused(lambda: CMOHfOx().program([1e-6], Stream()), "target 1 uS", "expected 9 uS to 88.2 uS", "scale", "lower g_min")


@pytest.mark.parametrize("name", sorted(Device.members))
@pytest.mark.parametrize("time", [-1.0, float("nan")])
def test_a_time_before_programming(name, time, examples):
    device = examples(name)
    programmed = device.program([device.g_max], Stream())
    words = (type(device).__name__, f"a read time of {time} s", "expected seconds since the end of programming, 0 or more", "ask for 0")
    refused(lambda: device.mean_at(programmed, time), *words)
    refused(lambda: device.read_sigma_at(programmed, time), *words)
    refused(lambda: device.read_at(programmed, time, Stream()), *words)
    refused(lambda: device.moments_at([device.g_max], time), *words)


@pytest.mark.parametrize("name", sorted(Device.members))
def test_a_negative_scale_of_noise(name, examples):
    device = examples(name)
    scales = [key for key in type(device).model_fields if key.endswith("_scale")]
    assert scales or name == "ideal"
    for key in scales:
        refused(lambda key=key: device.having(**{key: -0.5}), f"{type(device).__name__}.{key}", "greater than or equal to 0", "got -0.5")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Capacitor(read_noise=-0.01), ("Capacitor.read_noise", "greater than or equal to 0", "got -0.01")),
        (lambda: PCM(noise=-1.0), ("PCM.noise", "greater than or equal to 0", "got -1")),
        (lambda: MRAM(spread=-0.1), ("MRAM.spread", "greater than or equal to 0", "got -0.1")),
        (lambda: Pulse(floor=-0.1), ("Pulse.floor", "greater than or equal to 0", "got -0.1")),
        (lambda: Measured(**{**TABLE, "programming": (-1e-7, 1e-7)}), ("programming holds -100 nS", "expected 0 or more", "correct")),
        (
            lambda: Measured(**TABLE, drift_mean=(0.1, 0.1), drift_start=1.0, drift_spread=(0.1, -0.1)),
            ("drift_spread holds -0.1;", "expected 0 or more", "correct the table"),
        ),
    ],
)
def test_other_negative_noise(make, words):
    refused(make, *words)


@pytest.mark.parametrize(
    ("header", "lines", "words"),
    [
        (HEADER, LINES[:1] + LINES[2:], ("'5-0' has 2 reading(s) where the others have 3", "1 of 6", "fill the gaps or leave")),
        (HEADER, [LINES[0], "5,100,,5-0", *LINES[2:]], (":3: conductance is empty", "measure it again or leave the device out")),
        (HEADER, [LINES[0], "5,100,nan,5-0", *LINES[2:]], (":3: conductance is nan", "measure it again or leave the device out")),
        (HEADER, [LINES[0], "5,-100,4,5-0", *LINES[2:]], (":3: time -100 is before programming", "count times from its end, 0")),
        (HEADER, [LINES[0], "5,100,-4,5-0", *LINES[2:]], (":3: conductance -4 is negative", "correct the offset")),
        ("target (uS),time (s),conductance (nS),device", LINES, (":1: mixed units: target in uS, conductance in nS", "one unit")),
        ("target,time (s),conductance (uS),device", LINES, (":1: column 'target' has no unit", "write it in the header")),
        ("target (uS),time (uS),conductance (uS),device", LINES, ("'1 uS' is a conductance, expected a time such as",)),
        (HEADER, [LINES[0], "5,100,4000 nS,5-0", *LINES[2:]], (":3: conductance '4000 nS' is not a number", "header only")),
        (HEADER, [line for line in LINES if ",1000," not in line], ("2 reading(s)", "expected 3 or more", "more often")),
        (HEADER, [line for line in LINES if not line.endswith("-2")], ("2 device(s) with a target of 5 uS", "3 or more", "more devices")),
        (HEADER, LINES[:9], ("devices of one target only", "expected two targets or more", "program some to another")),
    ],
)
def test_a_file_of_readings(tmp_path, header, lines, words):
    file = tmp_path / "readings.csv"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    refused(lambda: MeasuredTraces(file=str(file)), "readings.csv", *words)


def arrays():
    return {"target": np.repeat([0.0, 1e-6], 3), "time": np.array([20.0, 100.0, 1000.0]), "conductance": np.full((6, 3), 1e-6)}


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("conductance", (4, 1), np.nan, ("1 of 18 values are not finite", "device 4", "fill them or leave those devices out")),
        ("conductance", (4, 1), -1e-6, ("negative values, such as -1e-06", "expected 0 or more", "correct the offset")),
        ("conductance", (4, 1), 25.0, ("holds 25 S", "expected 1 S at most", "give siemens")),
        ("target", 5, 25.0, ("target: holds 25 S", "expected 1 S at most", "give siemens (1e-6 for 1 uS) in both arrays")),
        ("time", 0, -20.0, ("times before programming, such as -20", "expected 0 or more", "from the end of programming")),
    ],
)
def test_a_file_of_arrays(tmp_path, name, place, value, words):
    values = arrays()
    values[name][place] = value
    np.savez(tmp_path / "traces.npz", **values)
    refused(lambda: MeasuredTraces(file=str(tmp_path / "traces.npz")), "traces.npz", *words)


def test_tables_with_gaps_and_with_too_few_points():
    refused(lambda: Measured(conductances=(1e-6,), programming=(0.0,)), "conductances holds 1 value(s)", "two or more", "both ends")
    refused(lambda: Measured(**{**TABLE, "programming": (1e-7,)}), "programming has 1 values for 2", "one for each (there are gaps)")


@pytest.mark.parametrize("name", sorted(name for name, member in Device.members.items() if not member.temperature_is_known))
def test_a_temperature_that_no_source_knows(name, examples):
    words = (f"temperature 350 K: no source of type '{name}'", "drift and read noise", "leave the key out, or describe devices measured")
    refused(lambda: examples(name).having(temperature=350.0), *words)
    refused(lambda: examples(name).having(temperature=-3.0), "temperature", "greater than 0", "got -3 K")
