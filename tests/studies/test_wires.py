"""The error of wires: closed forms of a uniform column, no error without resistance, the same numbers as the crossbar's own product."""

from pathlib import Path

import numpy as np
import pytest
from builders import NOISY, chip, linear, network

from chipsim.architecture import Architecture
from chipsim.reading import load
from chipsim.studies.wires import ALL, COLUMN, LARGEST, OUT, POLYNOMIAL, wire_error, with_wires

WORK = network([12, 1, 1], linear("one", 20), samples=20)
EQUAL = network([4, 1, 1], linear("one", 3), weights=[1.0], images=[1.0])
PCM = {"cell": {"device": "pcm"}}


def array(rows=32, **keys):
    return chip(array=PCM | {"rows": rows, "columns": rows} | keys).tile.array


def test_full_cells_in_one_column_keep_what_the_ladder_says():
    """Equal weights and inputs: tanh(sqrt a) / sqrt a of the current, a = n^2 r g; a factor for the column takes all of it back."""
    big, _ = with_wires(array(512, wire_resistance="0.35 Ohm"))
    device = big.cell.device
    a = 512**2 * 0.35 * (device.g_max + 0.0)
    kept = np.tanh(np.sqrt(a)) / np.sqrt(a)
    found = wire_error(big, EQUAL)
    assert found.error == pytest.approx(1 - kept, rel=0.02)  # the other side of the pair stands at g_min
    assert found.left == pytest.approx(0, abs=1e-9)


def test_the_error_grows_with_size_and_resistance_and_vanishes_with_it():
    errors = [wire_error(with_wires(array(n))[0], WORK).error for n in (8, 32, 128)]
    assert errors == sorted(errors)
    assert wire_error(with_wires(array(32, wire_resistance="1 nOhm"))[0], WORK).error == pytest.approx(0, abs=1e-6)
    half = wire_error(with_wires(array(32, ir_drop=0.5))[0], WORK).error
    assert half == pytest.approx(wire_error(with_wires(array(32))[0], WORK).error / 2, rel=1e-3)


def test_how_wires_are_solved():
    assert with_wires(array())[1] == COLUMN
    across = {"ir_drop_model": "exact", "row_wire_resistance": "0.35 Ohm"}
    small, how = with_wires(array(32, **across))
    assert (how, small.ir_drop) == (ALL, 1.0)
    assert wire_error(small, WORK).error > wire_error(with_wires(array())[0], WORK).error
    large, how = with_wires(array(256, **across))
    assert LARGEST < 256 * 256
    assert (how, large.row_wire_resistance) == (COLUMN, 0)
    bent = chip(array=PCM | {"selector": {"type": "sinh", "voltage": "0.1 V"}, "dac": {"type": "voltage", "bits": 8}}).tile.array
    curved, how = with_wires(bent)
    assert (how, curved.ir_drop_model) == (POLYNOMIAL, "polynomial")
    assert wire_error(curved, WORK) is None


def test_arrays_that_sense_in_another_way_have_no_wires():
    summed = load(Path(__file__).parents[2] / "architectures" / "samsung-mram.yaml", Architecture).tile.array
    same, how = with_wires(summed)
    assert (same, how) == (summed, OUT)
    assert wire_error(same, WORK) is None


def test_all_that_is_wrong_else_does_not_matter():
    quiet = wire_error(with_wires(array())[0], WORK)
    assert wire_error(with_wires(array(**{name: NOISY[name] for name in ("output_noise", "nonlinearity")}))[0], WORK) == quiet
