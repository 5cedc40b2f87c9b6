"""Converters that differ: what is drawn, who shares it, and what calibration takes away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.readout import Readout, of_columns, of_rows
from chipsim.reading import from_plain
from chipsim.streams import Stream

CHIP = Stream(11)


def array(adc: object, **keys: object) -> Array:
    plain = {"rows": 64, "columns": 4096, "cell": {"device": "ideal"}, "dac": "ideal", "adc": adc, "input_scaling": "none"}
    return from_plain(Array, plain | keys)


def written(adc: object, columns: int = 300, **keys: object) -> Crossbar:
    made = Crossbar(array(adc, **keys), CHIP)
    made.program(np.eye(64, columns, dtype=np.float32) + 0.25)
    return made


def test_nothing_is_drawn_where_all_converters_are_alike() -> None:
    for calibration in ("none", "gain", "gain_and_offset"):
        assert of_columns(array({"type": "sar", "calibration": calibration}), 1, 100, CHIP) == Readout()
    assert of_rows(array("ideal", nonlinearity=0.1), 64, CHIP) == Readout()


def test_moments_of_what_is_drawn() -> None:
    keys = {"gain_spread": 0.05, "offset_spread": 0.4, "calibration": "gain_and_offset", "gain_residual": 0.02, "offset_residual": 0.1}
    drawn = of_columns(array({"type": "ideal"} | keys, nonlinearity=0.03, nonlinearity_spread=0.2), 1, 4096, CHIP)
    expected = {
        "gain": (drawn.gain, 1, 0.05),
        "offset": (drawn.offset, 0, 0.4),
        "residual of the gain": (1 / (drawn.gain * drawn.scale), 1, 0.02),
        "residual of the offset": (drawn.correction - drawn.offset, 0, 0.1),
        "curve": (drawn.nonlinearity, 0.03, 0.006),
    }
    error = 4.5 / np.sqrt(4096)
    for name, (values, mean, sigma) in expected.items():
        assert values.mean() == pytest.approx(mean, abs=error * sigma), name
        assert values.std() == pytest.approx(sigma, rel=error / np.sqrt(2)), name
    together = np.corrcoef([values for values, _, _ in expected.values()])
    assert abs(together - np.eye(5)).max() < error


@given(st.integers(1, 7), st.integers(1, 400))
@settings(max_examples=20)
def test_columns_share_the_numbers_of_their_converter(shared: int, columns: int) -> None:
    keys = {"type": "sar", "columns_per_adc": shared, "gain_spread": 0.1, "offset_spread": 0.1}
    drawn, alone = (of_columns(array(keys | {"columns_per_adc": n}), 1, columns, CHIP) for n in (shared, 1))
    for ours, each in ((drawn.gain, alone.gain), (drawn.offset, alone.offset)):
        assert np.array_equal(ours, each[np.arange(columns) // shared])


def test_a_converter_keeps_its_numbers_whatever_the_array_holds() -> None:
    made = array({"type": "ideal", "gain_spread": 0.1})
    wide, narrow = (of_columns(made, 1, columns, CHIP).gain for columns in (500, 3))
    assert np.array_equal(wide[:3], narrow)
    assert not np.array_equal(of_rows(made, 3, CHIP).gain, narrow)
    assert not np.array_equal(of_columns(made, 1, 3, Stream(12)).gain, narrow)
    sliced = {"type": "sliced", "device": "ideal", "bits": 2, "bits_per_slice": 1}
    made = array({"type": "ideal", "gain_spread": 0.1}, cell=sliced)
    in_parts = of_columns(made, 2, 3, CHIP).gain
    assert np.array_equal(in_parts[:3], narrow)
    assert np.array_equal(in_parts[3:], of_columns(made, 2, 2048, CHIP).gain[2048:2051])


def test_no_converter_is_dead() -> None:
    drawn = of_columns(array({"type": "ideal", "gain_spread": 0.5}), 1, 4096, CHIP)
    assert drawn.gain.min() == np.float32(0.1)


def test_a_product_with_gain_and_offset() -> None:
    x = np.random.default_rng(0).normal(size=(20, 64)).astype(np.float32)
    exact = x @ written("ideal")
    crossbar = written({"type": "ideal", "gain_spread": 0.1, "offset_spread": 0.3})
    drawn = of_columns(crossbar.array, 1, 300, CHIP)
    assert np.allclose(x @ crossbar, drawn.gain * exact + drawn.offset * crossbar.scale[0], atol=1e-4)
    assert np.allclose(crossbar.matrix, written("ideal").matrix)  # what is stored is not what the converters make of it


@pytest.mark.parametrize("dac", ["ideal", {"type": "bit_serial", "bits": 5}])
@pytest.mark.parametrize("cell", ["pair", "offset", "sliced"])
def test_perfect_calibration_leaves_nothing_but_rounding(dac: object, cell: str) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (50, 64)).astype(np.float32)
    keys = {"dac": dac, "cell": {"type": cell, "device": "ideal"}}
    exact, spread = x @ written("ideal", **keys), {"gain_spread": 0.1, "offset_spread": 0.3}
    restored = x @ written({"type": "ideal", "calibration": "gain_and_offset"} | spread, **keys)
    assert np.allclose(restored, exact, atol=1e-4)
    sar = {"type": "sar", "bits": 12, "bound": 100.0, "calibration": "gain_and_offset"} | spread
    converted = x @ written(sar, **keys)
    step = 200 / (2**12 - 2)
    assert abs(converted - exact).max() < step / 2 / 0.6 * 1.25  # half a step, a gain of 0.6 or more, the scale of the weights
    without = x @ written(sar | {"calibration": "none"}, **keys)
    assert abs(without - exact).max() > 0.3


def test_calibrating_the_gain_leaves_the_offset() -> None:
    keys = {"type": "ideal", "gain_spread": 0.1, "offset_spread": 0.3, "calibration": "gain"}
    crossbar = written(keys)
    drawn = of_columns(crossbar.array, 1, 300, CHIP)
    y = np.zeros((1, 64), np.float32) @ crossbar
    assert np.allclose(y, drawn.offset / drawn.gain * crossbar.scale[0], atol=1e-5)


def test_the_residual_of_a_publication_is_the_error_of_the_product() -> None:
    """HERMES core: a gain that is 7.09 % off gives outputs that are 7.09 % off, up to the square of it."""
    x = np.ones((1, 64), np.float32)
    ratio = (x @ written({"type": "ideal", "calibration": "gain", "gain_residual": 0.0709}, 2000)) / (x @ written("ideal", 2000))
    assert ratio.std() == pytest.approx(0.0709, rel=0.1)
    assert (1 / ratio).std() == pytest.approx(0.0709, rel=4.5 / np.sqrt(2 * 2000))


def test_saturation_is_not_symmetric_with_an_offset() -> None:
    x = np.concatenate([np.ones((1, 64)), -np.ones((1, 64))]).astype(np.float32)
    crossbar = written({"type": "sar", "bits": 8, "bound": 13.5, "offset_spread": 1.0, "calibration": "gain_and_offset"}, 64)
    drawn = of_columns(crossbar.array, 1, 64, CHIP)
    full = np.abs(crossbar.weights.sum(axis=0))
    top, bottom = (x @ crossbar) / crossbar.scale[0]
    assert np.allclose(top, np.minimum(full, 13.5 - drawn.offset), atol=0.06)
    assert np.allclose(bottom, np.maximum(-full, -13.5 - drawn.offset), atol=0.06)
    high, low = full + drawn.offset > 13.5, full - drawn.offset > 13.5
    assert high.any()
    assert low.any()
    assert not (high & low)[np.abs(drawn.offset) > 0.2].any()


def test_the_transposed_product_has_converters_of_its_own() -> None:
    d = np.random.default_rng(0).normal(size=(5, 300)).astype(np.float32)
    ids = np.arange(5, dtype=np.uint32)
    exact = written("ideal").backward(d, ids, ids).y
    crossbar = written({"type": "ideal", "gain_spread": 0.1, "offset_spread": 0.3})
    drawn = of_rows(crossbar.array, 64, CHIP)
    assert np.allclose(crossbar.backward(d, ids, ids).y, drawn.gain * exact + drawn.offset, atol=1e-3)
    restored = written({"type": "ideal", "gain_spread": 0.1, "offset_spread": 0.3, "calibration": "gain_and_offset"})
    assert np.allclose(restored.backward(d, ids, ids).y, exact, atol=1e-3)


def test_curves_that_differ() -> None:
    x = np.ones((1, 64), np.float32)
    crossbar = written("ideal", nonlinearity=0.02, nonlinearity_spread=0.3)
    drawn = of_columns(crossbar.array, 1, 300, CHIP)
    full = crossbar.weights.sum(axis=0)
    assert np.allclose(x @ crossbar, crossbar.scale[0] * full / (1 + drawn.nonlinearity * full), rtol=1e-5)
