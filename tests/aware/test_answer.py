"""The whole way on a small network: training gains what the chip had lost, and the answer says what the simulator says."""

from __future__ import annotations

import numpy as np
import pytest

from aware.small_aware import load_small
from chipsim.aware.answer import answer
from chipsim.aware.judged import having, trained
from chipsim.aware.result import AwareResult
from chipsim.aware.training import begun
from chipsim.workload.metrics.normalised import normalised


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Training, answer and what was found of the small network on its noisy chip."""
    aware = load_small(tmp_path_factory.mktemp("aware"), "epochs=10")
    one = begun(aware)
    one.training.run()
    return aware, one.found, answer(aware, one.found)


def test_it_is_more_accurate_on_the_chip_than_before(told):
    _, _, result = told
    for row in result.accuracy:
        assert row["after"] > row["before"] + 0.03
    assert result.metrics["float_after"] > result.metrics["float_before"] - 0.05


def test_before_and_after_are_what_a_run_would_say(told):
    aware, found, result = told
    changed = trained(aware.workload, found.arrays, found.ranges)
    for name, experiment in (("before", aware.experiment), ("after", having(aware.experiment, changed))):
        run = experiment.run()
        assert [row["mean"] for row in run.accuracy] == pytest.approx([row[name] for row in result.accuracy])
        assert run.metrics["float_accuracy"] == result.metrics[f"float_{name}"]


def test_normalised_figures_are_those_of_the_float_network_before(told):
    _, _, result = told
    reference, chance = result.metrics["float_before"], result.metric["chance"]
    assert chance == pytest.approx(1 / 3)
    for row in result.accuracy:
        assert row["after_normalised"] == pytest.approx(normalised(row["after"], reference, chance))


def test_the_best_epoch_is_marked_and_layers_are_compared(told):
    aware, found, result = told
    (best,) = [row for row in result.epochs if row["best"]]
    assert best["epoch"] == result.metrics["best_epoch"]
    assert [row["layer"] for row in result.layers] == ["fc1", "fc2"]
    assert result.layers[0]["largest_after"] == pytest.approx(np.abs(found.arrays["fc1.weight"]).max())
    start = aware.workload.weights["fc1"].matrix
    assert result.layers[0]["largest_after"] <= 2.51 * np.sqrt(np.mean(start**2))


def test_it_survives_json(told):
    result = told[2]
    assert AwareResult.from_json(result.to_json()) == result


def test_the_digital_twin_of_the_loop_resumes_to_the_same_bits(tmp_path):
    aware = load_small(tmp_path / "files", "epochs=2", "samples=80")
    whole = begun(aware, tmp_path / "whole")
    whole.training.run()

    class StopError(Exception):
        pass

    def stop(row):
        if row.epoch == 1:
            raise StopError

    with pytest.raises(StopError):
        begun(aware, tmp_path / "parts").training.run(listen=stop)
    again = begun(aware, tmp_path / "parts")
    assert again.training.epoch == 1
    again.training.run()
    for name, array in whole.found.arrays.items():
        np.testing.assert_array_equal(again.found.arrays[name], array)


def test_what_did_not_get_better_is_warned_of(tmp_path):
    aware = load_small(tmp_path, "epochs=1", "rate=1e-12", "clip=null", "samples=60", "injection.effects=[]")
    one = begun(aware)
    one.training.run()
    result = answer(aware, one.found)
    assert "no epoch was better than the network as it came" in result.warnings[0]
    assert any("has not met" in warning for warning in result.warnings)
    for name, array in one.found.arrays.items():
        np.testing.assert_allclose(array, dict(np.load(tmp_path / "weights.npz"))[name], atol=1e-6)
