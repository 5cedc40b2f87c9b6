"""An experiment's steps: what is refused before anything long begins, whose chip is timed, which effects are off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import chip, linear, network
from small_files import write_small
from spec_strategies import examples

from chipsim import runs
from chipsim.devices.device import Device
from chipsim.errors import InputError
from chipsim.experiment import Experiment, load_experiment
from chipsim.programming import Maintenance
from chipsim.question import Question
from chipsim.report.folder import save
from chipsim.streams import Stream

DAY = 86400.0
PCM = {"cell": {"device": {"type": "pcm"}}, "faults": {"low": 0.1}}


def experiment(array: dict[str, Any] = PCM, **keys: Any) -> Experiment:
    work = network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12)
    return Experiment(Question(workload=work.spec, architecture=chip(array=array), **{"times": (1.0,), "stream": 4} | keys), work)


def test_times_of_which_the_device_says_nothing_are_refused_before_anything_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = experiment({"cell": {"device": {"type": "rram-wan2022"}}}, times=(1.0, 3600.0, 30 * DAY))
    monkeypatch.setattr(Experiment, "map", lambda self: pytest.fail("mapped"))
    with pytest.raises(InputError, match=r"times: 3.6 ks, 30 d: device type 'rram-wan2022' covers 0 s, .* after programming; .*times="):
        asked.run()


def test_a_chip_that_is_written_again_is_judged_by_the_age_of_its_weights() -> None:
    again = Maintenance(reprogram_every=1.0)
    assert experiment({"cell": {"device": {"type": "rram-wan2022"}}}, times=(5.0,), maintenance=again, repeats=1).run().accuracy


def test_effects_are_switched_off_in_the_layers_that_are_named() -> None:
    asked = experiment(exempt={"a": ("programming", "faults"), "all": ("read_noise",)})
    chips = asked.network(asked.map())
    by_layer = {name: xbar.array for name, xbar in chips.crossbars.items()}
    for name, array in by_layer.items():
        assert array.read_noise == "off"
        assert (array.faults.share == 0) == name.startswith("a.")
        assert (array.cell.device.program_scale == 0) == name.startswith("a.")


def test_an_effect_of_a_layer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match=r"exempt: no layer with weights is called 'c' \(known: a, all, b\)"):
        experiment(exempt={"c": ("adc",)}).run()


def test_chips_have_their_own_faults_and_repeats_their_own_errors() -> None:
    asked = experiment()
    mapping = asked.map()

    def drawn(**which: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        crossbars = asked.network(mapping, **which).write().crossbars.values()
        return [np.isnan(x.stuck["plus0"]) for x in crossbars], [x.stored.states[0].conductance for x in crossbars]

    first, repeat, other = drawn(), drawn(repeat=1), drawn(chip=1)
    assert all(map(np.array_equal, first[0], repeat[0]))
    assert not any(map(np.array_equal, first[1], repeat[1]))
    assert not all(map(np.array_equal, first[0], other[0]))


def test_a_seed_of_the_chip_leaves_the_programming_as_it_is() -> None:
    one, two = experiment(), experiment(chip_seed=7)
    stuck, written = [], []
    for asked in (one, two):
        crossbars = asked.network(asked.map()).write().crossbars.values()
        stuck.append([np.isnan(x.stuck["plus0"]) for x in crossbars])
        written.append([x.stored.states[0].conductance for x in crossbars])
    assert not all(map(np.array_equal, *stuck))
    assert all(map(np.array_equal, *written))


def test_the_timed_run_reads_the_programming_that_is_due() -> None:
    """With weights written every day, those that are read after two days and an hour are the third."""
    asked = experiment(times=(2 * DAY + 3600.0,), maintenance=Maintenance(reprogram_every=DAY), repeats=1)
    made: list[int] = []
    plain = Experiment.network

    def noted(self: Experiment, mapping: Any, chip: int = 0, repeat: int = 0, programming: int = 0) -> Any:
        made.append(programming)
        return plain(self, mapping, chip, repeat, programming)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Experiment, "network", noted)
        result = asked.run()
    assert made == [2]
    assert all(row["passed"] for row in result.checks)


def test_more_calibrating_images_than_data_are_refused_when_loaded(tmp_path: Any) -> None:
    write_small(tmp_path)
    with pytest.raises(InputError, match=r"maintenance.statistics: 100000 images are asked for, but the data set has \d+"):
        load_experiment(tmp_path / "experiment.yaml", None, ["maintenance.statistics=100000"])


def test_the_experiment_in_a_run_folder_asks_the_same_question_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = load_experiment(write_small(tmp_path / "here") / "experiment.yaml")
    folder = runs.write(asked.run(), tmp_path / "runs", save)
    monkeypatch.chdir(tmp_path)
    assert load_experiment(folder / "experiment.yaml").digest == asked.digest


@pytest.mark.parametrize("first", [1.0, 3600.0, 30 * DAY])
def test_half_a_step_of_the_waits_moves_no_device_by_a_ten_thousandth(first: float) -> None:
    """Neither at the first time nor at the end of programming, which drift is compared with."""
    half = experiment(times=(first,)).resolution / 2
    assert 0 < half <= 0.5e-4
    devices = [spec for cls, spec in examples().items() if issubclass(cls, Device) and spec.covered.cover(first)]
    assert len(devices) >= 5
    for device in devices:
        state = device.program(np.linspace(device.g_min, device.g_max, 501, dtype=np.float32), Stream(1))
        waited = state._replace(early=np.full(state.conductance.shape, half, np.float32))
        for time in (0.0, first):
            for found in (device.mean_at, device.read_sigma_at):
                assert np.abs(found(waited, time) - found(state, time)).max() <= 1e-4 * device.g_max, (device.type_name, time)


def test_waits_are_exact_where_the_end_of_programming_is_asked_for() -> None:
    assert experiment(times=(0.0, 1.0)).resolution == 0
    assert experiment(times=(1e-3, 1.0)).resolution == pytest.approx(1e-7)
    assert experiment(times=(1.0, 1000.0), maintenance=Maintenance(reprogram_every=999.99)).resolution == pytest.approx(1e-6)
