"""What the pieces of a lesson take, against closed forms."""

import pytest
from lessons import costs, learner

from chipsim.training.rules.rule import Activity, Footprint

PULSED = {
    "dac": {"type": "pulse_width", "bits": 7, "step": "1 ns", "overhead": "6 ns", "energy": "10 fJ"},
    "adc": {"type": "sar", "bits": 8, "rate": "100 MHz", "columns_per_adc": 4, "energy": "20 fJ"},
}
MEMORY = {"type": "sram", "capacity": "64 kb", "width": 64, "read_energy": "1 fJ/b", "write_energy": "2 fJ/b", "cycle_time": "2 ns"}


def test_a_product():
    work = costs(learner(array=PULSED)).product((20, 10), 2, 7.0)
    energy = dict(work.energy)
    assert work.busy == work.latency == 3 * (64 + 6 + 40) * 1000
    assert energy["array"] == pytest.approx(7 * 25e-6 * 0.2**2 * 63e-9)
    assert energy["dac"] == pytest.approx(3 * 20 * 10e-15)
    assert energy["adc"] == pytest.approx(3 * 10 * 20e-15)
    assert energy["input buffer"] == pytest.approx(256 * 3e-15)  # 160 bits are one word of 256


def test_a_measured_core_is_charged_in_full():
    core = {"measured": {"energy": "1 nJ", "time": "50 ns", "area": "1 mm2"}}
    of = costs(learner(tile=core))
    work = of.product((20, 10), 1, 7.0)
    assert work.busy == 100_000
    assert sum(e for part, e in work.energy if part != "input buffer") == pytest.approx(2e-9)
    assert "unaccounted" not in dict(of.transposed((20, 10), 1, 7.0).energy)


def test_a_transposed_product():
    own = {"transposed": {"adc": {"type": "sar", "rate": "50 MHz", "energy": "30 fJ"}}, "error_bits": 6}
    work = costs(learner(own, array=PULSED)).transposed((20, 10), 0, 3.0)
    energy = dict(work.energy)
    assert work.busy == (64 + 6 + 20) * 1000
    assert energy["array"] == pytest.approx(3 * 25e-6 * 0.2**2 * 63e-9)
    assert energy["transposed dac"] == pytest.approx(10 * 10e-15)
    assert energy["transposed adc"] == pytest.approx(20 * 30e-15)
    assert energy["input buffer"] == pytest.approx(256 * 3e-15)


def test_pulses_and_lines():
    of = costs(learner(array=PULSED))
    trains = of.trains(Activity(pulses=12, slots=7, drives=30))
    assert (trains.busy, dict(trains.energy)) == (35_000, pytest.approx({"pulses": 12e-15, "line drivers": 300e-15}))
    lines = of.lines((20, 10), 3)
    assert (lines.busy, dict(lines.energy)) == (330_000, pytest.approx({"dac": 30e-15, "adc": 600e-15}))


def test_digital_work_of_a_rule():
    plain = costs(learner()).operations(70)
    assert (plain.busy, dict(plain.energy)) == (3000, pytest.approx({"vector unit": 70 * 9e-15}))
    kept = costs(learner({"rule_memory": MEMORY}), Footprint(1, 32)).operations(70)
    assert kept.busy == 2 * 35 * 2000  # 70 numbers of 32 bits are 35 words, read and written
    assert dict(kept.energy)["memory of the rule"] == pytest.approx(70 * 32 * 3e-15)
    assert costs(learner({"rule_memory": MEMORY})).operations(70) == plain  # a rule that keeps nothing


def test_sums_neurons_and_numbers_through_the_host():
    of = costs(learner())
    assert (of.adds(10, 1).busy, of.adds(10, 4).busy) == (0, 1000)
    assert dict(of.adds(10, 4).energy)["accumulator"] == pytest.approx(30 * 5e-15)
    assert (of.neurons(10, 1).latency, of.neurons(10, 3).latency) == (1000, 2000)
    assert dict(of.neurons(10, 3).energy)["accumulator"] == pytest.approx(20 * 5e-15)
    assert (of.fetched(64).busy, dict(of.fetched(64).energy)) == (1000, pytest.approx({"host": 64e-12}))
    assert of.vector({"add": 33, "multiply": 0}).busy == 2000
    assert of.vector({"add": 0}).latency == 0
    assert dict(of.stored("write", 300).energy)["activation store"] == pytest.approx(512 * 2e-15)
