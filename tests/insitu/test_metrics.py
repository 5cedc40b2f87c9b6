"""Headline numbers of training, against closed forms."""

import pytest
from builders import conv, linear
from lessons import ONE, PLAIN, described, learner, lessons, works_of

from chipsim.errors import CheckError
from chipsim.insitu import metrics as training_metrics
from chipsim.insitu.metrics import Pulsed, Spent, metrics, peak_energy, peak_time, synaptic, wear_rows
from chipsim.training.rules.rule import Activity, Footprint

MEMORY = {"rule_memory": {"type": "sram", "capacity": "64 kb"}}
SPEC = described([4, 1, 1], linear("fc1", 3, activation="relu"), linear("fc2", 2))


def spent(spec=SPEC, samples=2, architecture=None, done=ONE, footprint=PLAIN):
    of = lessons(spec, architecture or learner(), footprint)
    works = works_of(of.places, samples, 3, done)
    played = of.play(works)
    return of, played, Spent.of(played, works)


def test_what_was_spent_is_the_mean_mini_batch():
    _, played, found = spent()
    assert (found.samples, found.time) == (2, played.interval)
    assert sum(row["energy"] for row in found.energy) == pytest.approx(played.total / 3)
    assert found.updates == {name: pytest.approx(Pulsed(80, 62, 200)) for name in ("fc1", "fc2")}
    assert found.part("pulses", "update") == pytest.approx(2 * 2 * 40 * 1e-15)


def test_rates_and_energies():
    of, _, found = spent()
    numbers = metrics(of, found, area=2e-6, leakage=1e-3)
    time = found.time / 2
    assert numbers["examples_per_second"] == pytest.approx(1 / time)
    assert numbers["ops_per_example"] == 6 * (12 + 6)
    assert numbers["energy_per_example"] == pytest.approx(sum(row["energy"] for row in found.energy) / 2 + 1e-3 * time)
    assert numbers["power"] == pytest.approx(numbers["energy_per_example"] / time)
    assert numbers["sustained_ops"] == pytest.approx(108 / time)
    assert numbers["sustained_ops_per_watt"] == pytest.approx(numbers["sustained_ops"] / numbers["power"])
    assert numbers["sustained_ops_per_area"] == pytest.approx(numbers["sustained_ops"] / 2e-6)
    assert numbers["pulses_per_example"] == pytest.approx(80)


def test_the_peak_is_all_arrays_full_and_busy():
    of, _, found = spent()
    numbers = metrics(of, found, area=2e-6, leakage=1e-3)
    assert peak_time(of, found) == pytest.approx(100e-9 + 100e-9 + 31 * 5e-9)
    assert numbers["peak_ops"] == pytest.approx(12 * 6 * 32 * 32 / 355e-9)
    assert numbers["peak_ops_per_area"] == pytest.approx(numbers["peak_ops"] / 2e-6)
    power = 12 * peak_energy(of, found) / 355e-9 + 1e-3
    assert numbers["peak_ops_per_watt"] == pytest.approx(numbers["peak_ops"] / power)
    assert numbers["sustained_ops"] < numbers["peak_ops"]


def test_energy_of_a_full_array():
    of, _, found = spent()
    cell = 25e-6 * 0.2**2 * 100e-9  # J of a full-scale input
    forward = (2 + 2) / (12 + 6) * 1024 * cell + 32 * 10e-15 + 32 * 20e-15
    backward = 1 / 6 * 1024 * cell + 32 * 10e-15 + 32 * 20e-15  # of the second layer alone
    update = 80 / 18 * 1024 * 1e-15 + 200 / (4 + 3 + 3 + 2) * 64 * 10e-15
    assert peak_energy(of, found) == pytest.approx(forward + backward + update + 32 * 6e-15, rel=1e-6)


def test_a_network_of_one_layer_hands_nothing_back():
    of, _, found = spent(described([4, 1, 1], linear("fc", 3)))
    cell = 25e-6 * 0.2**2 * 100e-9
    update = 40 / 12 * 1024 * 1e-15 + 100 / 7 * 64 * 10e-15
    assert peak_energy(of, found) == pytest.approx(2 / 12 * 1024 * cell + 4 * 32 * 15e-15 + update + 32 * 6e-15, rel=1e-6)


def test_a_measured_core_is_charged_in_full():
    of, _, found = spent(architecture=learner(tile={"measured": {"energy": "1 nJ", "time": "50 ns", "area": "1 mm2"}}))
    assert peak_energy(of, found) > 1e-9
    assert peak_time(of, found) == pytest.approx(50e-9 + 100e-9 + 155e-9)


def test_a_convolution_counts_every_product():
    of, _, found = spent(described([1, 4, 4], conv("c", 2, 2), linear("fc", 2)), done=ONE._replace(slots=9 * 31))
    assert synaptic(of) == 8 * 9 + 36
    assert found.time > 0


def test_wear():
    of, _, found = spent(architecture=learner(MEMORY | {"endurance": 1e6}), footprint=Footprint(2, 32))
    first, second = wear_rows(of, found)
    assert (first["layer"], first["synapses"], first["vectors"], first["operations"]) == ("fc1", 12, 1, 72)
    assert first["pulses"] == pytest.approx(40)
    assert first["pulses_per_device"] == pytest.approx(40 / 24)  # two devices for each weight
    assert first["examples"] == pytest.approx(1e6 * 24 / 40)
    assert first["years"] == pytest.approx(1e6 * 24 / 40 * found.time / 2 / (365.25 * 86400))
    assert metrics(of, found, 1e-6, 0.0)["endurance_years"] == second["years"] < first["years"]


def test_without_pulses_nothing_wears():
    of, _, found = spent(done=Activity())
    assert {row["years"] for row in wear_rows(of, found)} == {None}
    assert "endurance_years" not in metrics(of, found, 1e-6, 0.0)


def test_a_chip_without_area_is_refused():
    of, _, found = spent()
    with pytest.raises(CheckError, match="on 0 m2"):
        metrics(of, found, 0.0, 0.0)
    assert "6 for each synapse" in training_metrics.COUNTING
