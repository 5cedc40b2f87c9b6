"""A run beside others: ratios by hand, conservation, what is left out."""

from pathlib import Path
from typing import Any

import pytest
from builders import chip, linear, network
from small_files import write_small

from chipsim import runs
from chipsim.comparators.comparator import Comparator, comparators
from chipsim.comparators.von_neumann import VonNeumann
from chipsim.comparators.work import Work
from chipsim.comparison import BATCHES, against, comparator_rows, own_place, roofline_rows, saved_rows
from chipsim.errors import InputError
from chipsim.experiment import Experiment, load_experiment
from chipsim.question import Question
from chipsim.report.folder import save
from chipsim.result import Result

NETWORK = (Work("a", macs=6, weights=8, inputs=3, outputs=2, entering=3), Work("b", macs=8, weights=8, inputs=2, outputs=4, leaving=4))
OTHER = Comparator(name="other", peak=2e12, power=100.0, area=1e-4, bandwidth=8e12, bits=8, precision="int8")
METRICS = {
    "energy": 1e-9, "inferences_per_second": 1e6, "interval": 1e-6, "area": 1e-6, "ops": 28.0, "peak_ops": 1e9,
    "peak_ops_per_watt": 1e12, "peak_ops_per_area": 1e15,
}  # fmt: skip


def rows():
    return {(row["way"], row["batch"]): row for row in comparator_rows([OTHER], NETWORK, METRICS)}


def test_ratios_by_hand():
    found = rows()
    assert list(found) == [("peaks", None), ("rated", None), *(("roofline", batch) for batch in BATCHES)]
    peaks, rated, alone = found["peaks", None], found["rated", None], found["roofline", 1]
    assert peaks["less_energy"] == pytest.approx(1e12 * 100 / 2e12)
    assert peaks["more_on_area"] == pytest.approx(1e15 / (2e12 / 1e-4))
    assert (rated["time"], rated["energy"]) == pytest.approx((28 / 2e12, 28 * 50e-12))
    assert rated["less_energy"] == pytest.approx(1.4)
    assert rated["more_on_area"] == pytest.approx(1e12 / (2e12 / 28 / 1e-4))
    assert alone["time"] == pytest.approx((13 + 14) * 1e-12)  # a number takes 1 ps, an operation 0.5 ps
    assert alone["less_energy"] == pytest.approx(2.7)
    assert alone["share"] == pytest.approx(14 / 27)


def test_ratio_times_ours_is_theirs():
    for row in rows().values():
        assert row["less_energy"] * row["own_energy"] == pytest.approx(row["energy"])
        assert row["more_on_area"] * row["density"] == pytest.approx(row["own_density"])
        assert row["density"] * row["time"] * OTHER.area == pytest.approx(1)
        assert row["energy"] == pytest.approx(OTHER.power * row["time"])


def test_peaks_do_not_depend_on_the_network():
    other = [Work("a", macs=1000, weights=8, inputs=3, outputs=2, entering=3, leaving=2)]
    found = comparator_rows([OTHER], other, METRICS)[0]
    assert (found["less_energy"], found["more_on_area"]) == pytest.approx((rows()["peaks", None]["less_energy"], 0.05))


def test_places_on_the_roofline():
    own = own_place(chip(), NETWORK, METRICS)
    bits = chip().activation_bits
    assert own["intensity"] == pytest.approx(28 / (4 * bits))  # four numbers leave, three enter
    assert (own["reached"], own["peak"], own["bandwidth"]) == (28e6, 1e9, chip().host.bandwidth)
    found = roofline_rows(own, [OTHER], NETWORK)
    assert found[0] == own
    assert [row["intensity"] for row in found[1:]] == pytest.approx([28 * n / (8 * (16 + 11 * n)) for n in BATCHES])
    for row in found:
        assert row["reached"] <= min(row["peak"], row["bandwidth"] * row["intensity"]) * (1 + 1e-12)


def test_weights_that_fit_have_a_row_of_their_own():
    machine = VonNeumann(name="round", mac=1.0, sram=10.0, dram=100.0, size=8000.0)
    assert list(dict.fromkeys(row["way"] for row in saved_rows(machine, NETWORK))) == ["DRAM, batch 1", "DRAM, batch 64", "SRAM"]
    small = machine.having(size=15 * 8.0)
    assert list(dict.fromkeys(row["way"] for row in saved_rows(small, NETWORK))) == ["DRAM, batch 1", "DRAM, batch 64"]


def test_the_library_against_each_other():
    """A chip that is the comparator itself is compared by 1."""
    for other in comparators(["all"]):
        itself = METRICS | {"peak_ops_per_watt": 1 / other.energy, "peak_ops_per_area": other.density}
        peaks = comparator_rows([other], NETWORK, itself)[0]
        assert (peaks["less_energy"], peaks["more_on_area"]) == pytest.approx((1, 1))


def test_another_comparator_after_the_run():
    class Told:
        name, work = "old", []

    with pytest.raises(InputError, match="old: the run does not say what its network asks of others; run it again"):
        against(Told(), [OTHER])


def asked(**keys: Any) -> Experiment:
    work = network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12)
    return Experiment(Question(workload=work.spec, architecture=chip(), times=(1.0,), stream=4, repeats=1, **keys), work)


def test_a_run_is_compared_with_the_usual_ones_unless_it_names_others() -> None:
    usual = asked().run()
    assert [row["name"] for row in usual.roofline] == [chip().name, *(one.name for one in comparators() for _ in BATCHES)]
    assert [row["layer"] for row in usual.work] == ["a", "b"]
    assert {"williams2009", "horowitz2014"} <= set(usual.citations)
    chosen = asked(comparators=(OTHER,)).run()
    assert {row["comparator"] for row in chosen.comparators} == {"other"}
    held = against(usual, [OTHER])
    assert (held.comparators, held.roofline) == (chosen.comparators, chosen.roofline)
    assert held.metrics == usual.metrics


def test_no_comparators_no_comparison() -> None:
    alone = asked(comparators=()).run()
    assert (alone.comparators, alone.roofline, alone.saved) == ([], [], [])
    assert not {"williams2009", "horowitz2014"} & set(alone.citations)
    assert against(alone, [OTHER]).comparators


def test_the_machine_may_be_chosen() -> None:
    found = asked(von_neumann=VonNeumann(name="round", mac=1.0, sram=10.0, dram=100.0, size=1e6)).run().saved
    assert {row["machine"] for row in found} == {"round"}
    assert [row["energy"] for row in found if row["part"] == "MAC"] == 3 * [12 * 8 + 8 * 3]


def test_who_is_compared_with_changes_the_question_only_where_it_is_said() -> None:
    assert "comparators" not in asked().question.plain()
    assert asked().digest != asked(comparators=(OTHER,)).digest


def test_comparators_by_name_in_a_file_ask_the_same_question_from_the_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_small(tmp_path / "here") / "experiment.yaml"
    asked = load_experiment(file, None, ["comparators=[tpu-v1, {component: v100-tensor, power: 250 W}]"])
    assert [one.power for one in asked.question.comparators or ()] == [75.0, 250.0]
    result = asked.run()
    folder = runs.write(result, tmp_path / "runs", save)
    monkeypatch.chdir(tmp_path)
    assert load_experiment(folder / "experiment.yaml").digest == asked.digest
    assert Result.load(folder) == result
    with pytest.raises(InputError, match="comparator 'tpu' is not in the library"):
        load_experiment(file, None, ["comparators=[tpu]"])
