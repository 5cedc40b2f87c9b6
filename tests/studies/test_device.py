"""Studies of devices: closed forms, cells that do not depend on the question, and devices with limits of their own."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from chipsim.devices import MRAM, PCM, SONOS, Capacitor, CMOHfOx, Device, Ideal, Measured, MeasuredTraces, RRAMMilo2021, RRAMWan2022
from chipsim.errors import InputError
from chipsim.studies.device import BINS, DAY, HOUR, study, targets_of, usual_times

SIMPLE = sorted(
    name
    for name, member in Device.members.items()
    if member.__module__.startswith("chipsim.devices") and not any(field.is_required() for field in member.model_fields.values())
)


@pytest.fixture(scope="module")
def pcm():
    return study(PCM(), cells=2000)


def test_programming_is_that_of_the_closed_form(pcm):
    for row in pcm.programming[1:]:
        assert abs(row["deviation"]) < 5 * row["error"]
        assert row["mean"] == pytest.approx(row["target"], abs=5 * row["closed"] / math.sqrt(2000))
        assert row["relative"] == row["sigma"] / row["target"]
        assert row["zero"] < 0.001


def test_half_a_normal_is_cut_off_at_zero(pcm):
    row = pcm.programming[0]
    assert row["target"] == 0
    assert row["relative"] is None
    assert row["zero"] == pytest.approx(0.5, abs=0.05)
    assert 1 + row["deviation"] == pytest.approx(math.sqrt(0.5 - 0.5 / math.pi), rel=0.1)


def test_exponents_are_those_of_the_closed_form(pcm):
    for row in pcm.exponent[1:]:  # at 0 S and 2.22 standard deviations, the dropped sign is seen
        assert abs(row["mean_deviation"]) < 5 * row["mean_error"]
        assert abs(row["sigma_deviation"]) < 5 * row["sigma_error"]
    assert pcm.exponent_unit == ""


def test_the_mean_falls_as_the_law_says(pcm):
    """E (t / t0)**-|N(m, s)|, the Laplace transform of a folded normal."""
    device, time, rate = PCM(), 30 * DAY, math.log((30 * DAY + 20) / 20)
    rows = [row for row in pcm.drift if row["time"] == time][3:]
    for row in rows:
        goal = np.array([row["target"]], np.float32)
        m, s = float(device.exponent_mean(goal)[0]), float(device.exponent_sigma(goal)[0])
        near = math.exp(-rate * m + (rate * s) ** 2 / 2) * norm.cdf(m / s - rate * s)
        far = math.exp(rate * m + (rate * s) ** 2 / 2) * norm.cdf(-m / s - rate * s)
        assert row["left"] == pytest.approx(near + far, rel=0.01)
        assert row["low"] < row["mean"] < row["high"]


@pytest.mark.parametrize("name", SIMPLE)
def test_sampled_noise_is_that_of_the_closed_form(name):
    found = study(Device.members[name](), cells=1000)
    away = found.g_max / 2  # nothing is cut off there
    compared = [row for row in found.read_noise if row["target"] > away and row["deviation"] is not None and row["relative"] < 0.2]
    assert all(abs(row["deviation"]) < 5 * row["error"] for row in compared)
    assert all(row["sigma"] == 0 for row in found.read_noise if row["closed"] == 0)
    assert len(found.drift) == len(found.times) * len(found.targets)


@pytest.mark.parametrize("name", SIMPLE)
def test_json_holds_everything(name):
    found = study(Device.members[name](), cells=100)
    plain = json.loads(found.to_json())
    assert plain["name"] == plain["device"]["type"] == name
    assert plain["drift"] == found.drift
    assert plain["targets"] == list(found.targets)


def test_other_questions_change_no_cell(pcm):
    again = study(PCM(), times=[DAY, 7.0, DAY], cells=2000)
    assert again.times == (0.0, 7.0, DAY)
    assert again.programming == pcm.programming
    for table in ("drift", "read_noise"):
        ours, theirs = ([row for row in getattr(found, table) if row["time"] == DAY] for found in (again, pcm))
        assert ours == theirs
    assert study(PCM(), times=[], cells=2000, seed=1).programming != pcm.programming


def test_reads_are_drawn_anew_at_each_time():
    device = Measured(conductances=(1e-6, 20e-6), programming=(0.0, 0.0), read_noise=(1e-7, 1e-7), retention="constant")
    rows = study(device, times=[1.0, 2.0], cells=100).read_noise
    assert len({row["sigma"] for row in rows}) == len(rows) == 30


@settings(max_examples=20, deadline=None)
@given(low=st.floats(0, 10e-6), width=st.floats(1e-7, 10e-6))
def test_ten_conductances_over_the_range(low, width):
    targets = targets_of(PCM(g_min=low, g_max=low + width))
    assert len(targets) == 10
    assert (targets[0], targets[-1]) == (low, low + width)
    assert np.diff(targets) == pytest.approx(width / 9)


def test_few_states_are_studied_all():
    device = MRAM(write_error_rate=0.1)
    found = study(device, times=[], cells=1000)
    assert found.states
    assert found.targets == found.pictured == device.states
    assert all(abs(row["deviation"]) < 5 * row["error"] for row in found.programming)
    counts = [row["cells"] for row in found.histogram if row["target"] == device.g_max]
    assert sum(counts[: BINS // 2]) == pytest.approx(100, abs=50)  # failed writes


def test_a_range_above_zero():
    found = study(CMOHfOx(), cells=100)
    assert found.targets[0] == CMOHfOx().g_min > 0
    assert found.pictured[-1] == found.g_max
    assert all(row["zero"] == 0 and row["relative"] > 0 for row in found.programming)


def test_times_that_are_refused_are_listed():
    found = study(RRAMWan2022(), times=[HOUR, DAY], cells=100)
    assert found.times == (0.0, DAY)
    (row,) = found.refused
    assert (row["time"], row["targets"]) == (HOUR, 10)
    assert "is not covered; expected 0 s, 1 s, 1 d or 2 d" in row["reason"]


def test_a_device_may_know_nothing_later():
    found = study(RRAMMilo2021(), cells=100)
    assert found.times == (0.0,)
    assert len(found.refused) == len(usual_times(RRAMMilo2021()))
    assert found.exponent == []


class Hesitant(Ideal):
    """Refuses strong conductances at later times, as a model may that knows no `covered`."""

    def mean_at(self, programmed, time):
        if time > 0 and programmed.conductance.max() > 10e-6:
            raise InputError("Hesitant: too strong to say; lower g_max")
        return super().mean_at(programmed, time)


def test_some_conductances_may_be_refused():
    found = study(Hesitant(), times=[1.0], cells=100)
    assert found.times == (0.0, 1.0)
    assert found.refused == [{"time": 1.0, "targets": 6, "reason": "Hesitant: too strong to say; lower g_max"}]
    assert [row["target"] for row in found.drift if row["time"] == 1] == list(found.targets[:4])


def test_usual_times_hold_the_ends_of_what_is_known():
    assert usual_times(PCM()) == (1.0, HOUR, DAY, 30 * DAY, 365 * DAY)
    assert {1.0, DAY, 2 * DAY} < set(usual_times(RRAMWan2022()))
    assert 5 * DAY in usual_times(SONOS())
    assert usual_times(Capacitor(lifetime=10.0)) == pytest.approx((0.1, 1, 3, 10, 30))


def test_leaking_devices_have_rates():
    found = study(Capacitor(lifetime=2.0), times=[2.0], cells=1000)
    assert found.exponent_unit == "1/s"
    assert all(row["mean_closed"] == 0.5 and abs(row["mean_deviation"]) < 5 * row["mean_error"] for row in found.exponent)
    # E exp(-|N(1, 0.3)|) = exp(-1 + 0.3**2 / 2), for the tail below zero is thin
    assert found.drift[-1]["left"] == pytest.approx(math.exp(-1 + 0.045), rel=0.03)


def test_exponents_may_be_negative():
    device = Measured(
        conductances=(1e-6, 20e-6), programming=(1e-7, 1e-7), drift_mean=(-0.05, -0.05), drift_spread=(0.0, 0.01), drift_start=1.0
    )
    found = study(device, times=[DAY], cells=1000)
    assert found.exponent[0]["mean"] == pytest.approx(-0.05)
    assert abs(found.exponent[-1]["mean_deviation"]) < 5 * found.exponent[-1]["mean_error"]
    assert all(row["left"] > 1.5 for row in found.drift if row["time"] == DAY)


def test_measured_traces(tmp_path):
    target = np.repeat([1e-6, 20e-6], 3)
    conductance = target[:, None] * np.array([[1.0, 0.9, 0.8], [1.1, 1.0, 0.9], [0.9, 0.8, 0.7]] * 2)
    np.savez(tmp_path / "t.npz", target=target, time=np.array([1.0, 60.0, HOUR]), conductance=conductance)
    found = study(MeasuredTraces(file=str(tmp_path / "t.npz")), cells=1000)
    assert found.times == (0.0, 1.0, HOUR)
    assert found.programming[-1]["closed"] == pytest.approx(20e-6 * math.sqrt(0.02 / 3), rel=1e-5)
    assert all(abs(row["deviation"]) < 5 * row["error"] for row in found.programming)
    assert found.drift[-1]["left"] == pytest.approx(0.8, rel=0.02)


def test_histograms_hold_every_cell(pcm):
    for target in pcm.pictured:
        rows = [row for row in pcm.histogram if row["target"] == target]
        assert len(rows) == BINS
        assert sum(row["cells"] for row in rows) == 2000
        assert [row["high"] for row in rows[:-1]] == [row["low"] for row in rows[1:]]
        assert rows[0]["low"] < target < rows[-1]["high"]


def test_cells_without_an_error_stand_in_one_bin():
    found = study(Ideal(), times=[], cells=100)
    full = [row for row in found.histogram if row["cells"]]
    assert [row["cells"] for row in full] == [100] * 4
    assert all(row["low"] < row["target"] < row["high"] for row in full)
    assert all(row["sigma"] == 0 and row["deviation"] is None for row in found.programming)


@pytest.mark.parametrize("time", [-1.0, math.nan, math.inf])
def test_times_before_programming_are_refused(time):
    with pytest.raises(InputError, match=r"device study: a time of .* s; expected seconds after the end of programming, 0 or more"):
        study(PCM(), times=[1.0, time])


@pytest.mark.parametrize("cells", [0, 99, 10**8])
def test_numbers_of_cells_out_of_reach_are_refused(cells):
    with pytest.raises(InputError, match=f"device study: {cells} cells; expected 100 to 10,000,000"):
        study(PCM(), cells=cells)
