"""Signal to noise of layers: none for ideal chips, the closed form for one noisy layer, and errors that add up."""

import math

import numpy as np
import pytest
from builders import chip, conv, linear, network, pool, programmed, residual

from chipsim.layer_error import ROUNDING, layer_errors

NOISE = 0.05


def ids(count):
    return np.arange(count, dtype=np.uint32)


@pytest.mark.parametrize(
    "work",
    [
        network([40, 1, 1], linear("a", 50, activation="relu"), linear("b", 4), samples=16),
        network([2, 9, 9], conv("a", 8, activation="relu"), pool("p"), conv("b", 4), linear("c", 3), samples=16),
        residual(samples=16),
    ],
)
def test_an_ideal_chip_has_no_ratio(work):
    rows = layer_errors(programmed(work, chip()), ids(16))
    assert [row["layer"] for row in rows] == list(work.steps)
    for row in rows:
        assert row["snr"] is None
        assert row["own_snr"] is None
        assert row["error"] <= ROUNDING
        assert row["own_error"] <= ROUNDING


def test_noise_at_the_output_has_the_ratio_of_the_closed_form():
    """y = s (sum of g x / x_max + n) x_max: the error is s x_max n with the scale s of the column and the largest input x_max."""
    work = network([30, 1, 1], linear("one", 20, bias=False), samples=2000)
    net = programmed(work, chip(array={"output_noise": NOISE, "input_scaling": "absolute_maximum", "weight_scaling": "column"}))
    (row,) = layer_errors(net, ids(2000))
    scale = np.abs(work.weights["one"].matrix).max(0).astype(np.float64)
    largest = np.abs(work.inputs.reshape(2000, -1)).max(1).astype(np.float64)
    noise = NOISE**2 * (scale**2).sum() * (largest**2).sum()
    signal = float((work.forward(work.inputs).astype(np.float64) ** 2).sum())
    assert row["own_snr"] == pytest.approx(10 * math.log10(signal / noise), abs=0.1)
    assert row["snr"] == row["own_snr"]  # nothing before it
    assert row["own_error"] == pytest.approx(math.sqrt(noise / signal), rel=0.012)


def test_errors_accumulate():
    """Linear layers with equal relative errors: the variances of both add up at the second output."""
    work = network([60, 1, 1], linear("one", 60, bias=False), linear("two", 60, bias=False), samples=400)
    machine = chip(array={"rows": 64, "columns": 64, "output_noise": NOISE})
    first, second = layer_errors(programmed(work, machine), ids(400))
    assert second["snr"] < min(first["snr"], second["own_snr"])
    assert second["error"] ** 2 == pytest.approx(first["error"] ** 2 + second["own_error"] ** 2, rel=0.1)


def test_digital_layers_add_no_error_of_their_own():
    work = network([2, 8, 8], conv("a", 8, activation="relu"), pool("p"), linear("c", 3), samples=30)
    rows = {row["layer"]: row for row in layer_errors(programmed(work, chip(array={"output_noise": NOISE})), ids(30))}
    assert rows["p"]["own_snr"] is None
    assert rows["p"]["own_error"] == 0
    assert rows["p"]["snr"] is not None


def test_an_output_of_zeros():
    work = network([4, 1, 1], linear("one", 3, bias=False), samples=5, images=[0.0])
    (row,) = layer_errors(programmed(work, chip()), ids(5))
    assert (row["snr"], row["error"]) == (None, 0.0)


def test_samples_of_the_stream_begin_anew_after_the_last_image():
    work = network([12, 1, 1], linear("one", 6), samples=8)
    net = programmed(work, chip(array={"nonlinearity": 0.1}))  # an error that depends on the image alone
    errors = [layer_errors(net, np.array([sample], np.uint32))[0]["error"] for sample in (0, 1, 8)]
    assert errors[0] == errors[2] != errors[1]
