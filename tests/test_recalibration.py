"""Recalibrated statistics bring a scaled and shifted network back, leave dead channels alone, and hold in the timed run."""

import numpy as np
import pytest
from builders import chip, conv, functional, linear, network, pool, programmed, residual

from chipsim import accuracy
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.population import stand_at
from chipsim.question import Question
from chipsim.recalibration import forget, recalibrate

PCM = {"cell": {"device": "pcm"}}


def distort(net):
    """Scale and shift every channel of every layer, as errors of the arrays might."""
    random = np.random.default_rng(0)
    for layer in net.layers.values():
        channels = layer.shape[0]
        gain, shift = random.uniform(0.3, 3, channels).astype(np.float32), random.normal(0, 2, channels).astype(np.float32)
        for block in layer.blocks:
            columns = slice(*block.columns)
            first = np.float32(block.row_block == 0)  # the sums of the other row blocks are added to it
            _distort(layer.crossbars[block.name], gain[columns], shift[columns] * first)
    return net


def _distort(crossbar, gain, shift):
    plain = crossbar.multiply

    def multiply(x, sample, vector):
        result = plain(x, sample, vector)
        return result._replace(y=result.y * gain + shift)

    crossbar.multiply = multiply


NETS = {
    "linear": lambda: network([12, 1, 1], linear("one", 40, activation="relu"), linear("two", 5), samples=40),
    "convolutions": lambda: network(
        [2, 8, 8], conv("a", 6, activation="relu", padding=1), pool("p"), conv("b", 5, activation="tanh"), linear("c", 4), samples=20
    ),
    "branches": lambda: residual(samples=20),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("mapping", [{}, {"bias": "array"}])
def test_channels_that_were_scaled_and_shifted_are_brought_back(name, mapping):
    work = NETS[name]()
    net = distort(programmed(work, chip(), **mapping))
    wanted, found = work.forward(work.inputs), functional(net)
    assert np.abs(found - wanted).max() > 0.3 * wanted.std()
    recalibrate(net, len(work.inputs))
    assert np.allclose(functional(net), wanted, atol=2e-4 * np.abs(wanted).max())


def test_corrections_are_those_of_the_equation():
    work = network([12, 1, 1], linear("one", 6), samples=30)
    net = programmed(work, chip(array=PCM))
    net.drift_to(1e7)
    layer, goal = net.layers["one"], work.forward(work.inputs)[:, :, 0, 0].astype(np.float64)
    recalibrate(net, 30)
    gain, offset = layer.correction
    found = layer.sums(work.inputs, np.arange(1 << 31, (1 << 31) + 30, dtype=np.uint32))[:, :, 0, 0].astype(np.float64)
    assert np.allclose(gain, goal.std(0) / found.std(0), rtol=1e-5)
    assert np.allclose(offset, goal.mean(0) - gain * found.mean(0), rtol=1e-4, atol=1e-5)
    corrected = found * gain + offset
    assert np.allclose(corrected.mean(0), goal.mean(0), atol=1e-4)
    assert np.allclose(corrected.std(0), goal.std(0), rtol=1e-4)


def test_a_dead_channel_gets_its_mean_and_no_gain():
    work = network([12, 1, 1], linear("one", 6), samples=30)
    net = programmed(work, chip(array={"faults": {"columns": 0.5}}), seed=1)
    dead = np.flatnonzero(np.ptp(net.layers["one"].sums(work.inputs, np.arange(30, dtype=np.uint32)), axis=(0, 2, 3)) == 0)
    assert 0 < len(dead) < 6
    recalibrate(net, 30)
    gain, _ = net.layers["one"].correction
    assert (gain[dead] == 1).all()
    wanted, found = work.forward(work.inputs), functional(net)
    assert np.allclose(found[:, dead].mean(0), wanted[:, dead].mean(0), atol=1e-5)
    alive = np.setdiff1d(np.arange(6), dead)
    assert np.allclose(found[:, alive], wanted[:, alive], atol=1e-4)


def test_constant_inputs_do_no_harm():
    work = network([4, 1, 1], linear("one", 3, bias=False), samples=5, images=[0.0])
    net = programmed(work, chip())
    recalibrate(net, 5)
    assert np.isfinite(functional(net)).all()


def test_an_ideal_network_needs_no_correction_and_forgetting_takes_it_back():
    work = NETS["branches"]()
    net = programmed(work, chip())
    before = functional(net)
    recalibrate(net, 20)
    for layer in net.layers.values():
        assert np.allclose(layer.correction[0], 1, atol=1e-4)
        assert np.allclose(layer.correction[1], 0, atol=1e-3)
    forget(net)
    assert np.array_equal(functional(net), before)


def test_the_noise_of_calibrating_passes_is_their_own():
    work = network([12, 1, 1], linear("one", 6), samples=30)
    net = programmed(work, chip(array={"output_noise": 0.5}))
    recalibrate(net, 30)
    gain, _ = net.layers["one"].correction
    goal, found = work.forward(work.inputs), net.layers["one"].sums(work.inputs, np.arange(30, dtype=np.uint32))
    assert not np.allclose(gain, goal.std((0, 2, 3)) / found.std((0, 2, 3)), rtol=1e-3)


def test_batches_change_nothing(monkeypatch):
    work = NETS["convolutions"]()
    corrections = []
    for size in (accuracy.BATCH_VALUES, 1):
        monkeypatch.setattr(accuracy, "BATCH_VALUES", size)
        net = programmed(work, chip(array=PCM | {"output_noise": 0.1}))
        recalibrate(net, 20)
        corrections.append([layer.correction for layer in net.layers.values()])
    for one, other in zip(*corrections, strict=True):
        assert np.array_equal(one, other)


def test_more_images_than_there_are_is_an_error():
    work = NETS["linear"]()
    with pytest.raises(InputError, match="41 images, but the data set has 40"):
        recalibrate(programmed(work, chip()), 41)


@pytest.mark.parametrize(("token", "mapping"), [("row", {}), ("vector", {}), ("row", {"copies": "auto", "reduction": "tree"})])
def test_timed_run_and_functional_pass_agree_with_corrections(token, mapping):
    work = NETS["convolutions"]()
    array = PCM | {"output_noise": 0.04, "adc": {"type": "sar", "bits": 6, "bound": 8, "energy": "20 fJ"}}
    keys = {"maintenance": {"statistics": 20, "calibrate_every": 3600.0}, "times": (1e5,), "repeats": 1, "stream": 6, "token": token}
    asked = Question.model_validate({"workload": work.spec, "architecture": chip(array=array), "mapping": mapping, **keys})
    result = Experiment(asked, work).run()
    agree = next(row for row in result.checks if "last bit" in row["name"])
    assert agree["passed"]
    assert all(row["passed"] for row in result.checks)
    plain = Experiment(asked.having(maintenance=type(asked.maintenance)()), work).run()
    assert [row["snr"] for row in plain.layers] != [row["snr"] for row in result.layers]


def test_old_statistics_are_those_of_the_calibration():
    work = NETS["linear"]()
    net = programmed(work, chip(array=PCM))
    stand_at(net, 0.0, 0.0, 40)
    fresh = [layer.correction for layer in net.layers.values()]
    stand_at(net, 1e7, 0.0, 40)
    assert net.age == 1e7
    assert all(np.array_equal(a, layer.correction) for a, layer in zip(fresh, net.layers.values(), strict=True))
    stand_at(net, 1e7, 1e7, 40)
    assert not any(np.array_equal(a, layer.correction) for a, layer in zip(fresh, net.layers.values(), strict=True))
