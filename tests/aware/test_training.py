"""Any imported network can be trained: residual, recurrent, from an ONNX file; and from the weights that came out of it."""

from __future__ import annotations

import numpy as np
import pytest
from builders import NOISY, chip, linear, network, residual

from aware.small_aware import write_aware
from chipsim.aware.answer import answer
from chipsim.aware.experiment import load_aware
from chipsim.aware.export import write_onnx
from chipsim.aware.network import AwareNetwork
from chipsim.aware.training import begun, digests

QUICK = ["epochs=1", "batch=8", "validation=0.25", "draws=1", "times=[1 s]", "repeats=1"]
NETWORKS = {
    "residual": lambda: residual(samples=24),
    "lstm": lambda: network([3, 5, 1], {"type": "lstm", "name": "lstm", "hidden_size": 4}, linear("out", 2), samples=24),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_all_kinds_learn(name):
    workload = NETWORKS[name]()
    aware = load_aware(workload, chip(array=NOISY), QUICK, train=(workload.inputs, workload.labels))
    trained = begun(aware)
    trained.training.run()
    result = answer(aware, trained.found)
    assert [row["epoch"] for row in result.epochs] == [0, 1]
    assert set(trained.found.arrays) >= {f"{layer}.weight" for layer in workload.weights}


def test_an_onnx_file_is_trained_as_the_workload_that_it_holds(tmp_path):
    small = write_aware(tmp_path)
    before = load_aware(small / "hwa.yaml").experiment
    assert write_onnx(AwareNetwork(before), small / "model.onnx") == ""
    data = [f"workload.data.file={small / 'data.npz'}", "workload.random=null"]
    aware = load_aware(small / "model.onnx", small / "chip.yaml", [*QUICK, *data])
    found = begun(aware)
    found.training.run()
    shapes = sorted(array.shape for array in found.found.arrays.values())
    assert shapes == sorted(array.shape for array in dict(np.load(small / "weights.npz")).values())


def test_what_a_checkpoint_must_agree_with(tmp_path):
    small = write_aware(tmp_path)
    known = digests(load_aware(small / "hwa.yaml"))
    other = digests(load_aware(small / "hwa.yaml", changes=["architecture.tile.array.adc.bits=6"]))
    assert {name for name in known if known[name] != other[name]} == {"chip", "training"}
    np.savez(small / "weights.npz", **{name: array + 1 for name, array in dict(np.load(small / "weights.npz")).items()})
    assert digests(load_aware(small / "hwa.yaml"))["network"] != known["network"]


@pytest.mark.parametrize(("better", "sign"), [("higher", 1), ("lower", -1)])
def test_a_function_of_the_user_chooses_the_epoch(tmp_path, better, sign):
    """Whole numbers are learned as classes; the best epoch is that of the function, whichever side is better."""
    write_aware(tmp_path)
    body = f"    return {sign} * float((outputs.argmax(1).ravel() == labels).mean())\n"
    (tmp_path / "own.py").write_text(f"def score(outputs, labels):\n{body}")
    metric = f"experiment.workload.metric={{type: function, file: {tmp_path / 'own.py'}, name: score, better: {better}}}"
    one = begun(load_aware(tmp_path / "hwa.yaml", changes=["epochs=2", "samples=80", metric]))
    one.training.run()
    values = [sign * row.validation for row in one.training.rows]
    assert sign * one.found.best.validation == max(values)
