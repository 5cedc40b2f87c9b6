"""Crossbars behind their wires: the exact drop in the weights, for every cell."""

import numpy as np
import pytest

from chipsim.circuits import lines as module
from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.nodal import NodalArray, Wires, differential_matrix
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.streams import Stream

G_MAX = 25e-6
WIRE = 200.0  # ohm: a drop that no test can miss
WEIGHTS = np.random.default_rng(0).normal(size=(24, 6)).astype(np.float32)
SHARE = WEIGHTS / np.abs(WEIGHTS).max(axis=0)
ROWS = {"row_wire_resistance": "100 Ohm", "driver_resistance": "500 Ohm"}


def crossbar(cell: object = "pair", device: object = "ideal", **keys: object) -> Crossbar:
    kind = cell if isinstance(cell, dict) else {"type": cell}
    exact = {"ir_drop": 1, "ir_drop_model": "exact", "wire_resistance": f"{WIRE} Ohm", "input_scaling": "none"}
    plain = {"rows": 64, "columns": 64, "cell": {"device": device} | kind, "dac": "ideal", "adc": "ideal"}
    made = Crossbar(from_plain(Array, plain | exact | keys), Stream(0))
    made.program(WEIGHTS)
    return made


def sides(count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(SHARE, 0).astype(float) * G_MAX * count, np.maximum(-SHARE, 0).astype(float) * G_MAX * count


@pytest.mark.parametrize("count", [1, 3])
def test_pairs_with_ideal_rows(count: int) -> None:
    """Devices of one side share its wire, so that n of them make n times the load."""
    expected = differential_matrix(*sides(count), Wires(column_resistance=WIRE)) / (count * G_MAX)
    found = crossbar({"type": "pair", "devices_per_polarity": count}).weights
    assert np.allclose(found, expected, atol=1e-6)
    assert np.abs(expected - SHARE).max() > 0.01 * count


def test_pairs_with_row_wires_and_drivers() -> None:
    both = np.stack(sides(), axis=2).reshape(24, 12)
    matrix = NodalArray(both, Wires(100.0, WIRE, 500.0)).matrix()
    assert np.allclose(crossbar(**ROWS).weights, (matrix[:, ::2] - matrix[:, 1::2]) / G_MAX, atol=1e-6)


def test_a_reference_column_has_a_wire_behind_the_others() -> None:
    g = (SHARE.astype(float) + 1) * G_MAX / 2
    everything = np.concatenate([g, np.full((24, 1), G_MAX / 2)], axis=1)
    for keys, wires in (({}, Wires(column_resistance=WIRE)), (ROWS, Wires(100.0, WIRE, 500.0))):
        matrix = NodalArray(everything, wires).matrix()
        assert np.allclose(crossbar("offset", **keys).weights, (matrix[:, :-1] - matrix[:, -1:]) / (G_MAX / 2), atol=2e-6)


def test_slices_and_significant_pairs_have_wires_of_their_own() -> None:
    for cell, keys in (({"type": "sliced", "bits": 4, "bits_per_slice": 2}, {}), ({"type": "significance"}, ROWS)):
        made = crossbar(cell, **keys)
        groups = [(plane.part, plane.factor, plane.target.astype(float)) for plane in made.stored.planes]
        wires = Wires(100.0 if keys else 0.0, WIRE, 500.0 if keys else 0.0)
        matrix = NodalArray(np.stack([g for _, _, g in groups], axis=2).reshape(24, -1), wires).matrix().reshape(24, 6, -1)
        expected = np.zeros((24, len(made.stored.cell.part_weights), 6))
        for index, (part, factor, _) in enumerate(groups):
            expected[:, part] += factor * matrix[:, :, index]
        assert np.allclose(made.weights, expected.reshape(24, -1), atol=2e-6)


def test_the_strength_is_a_share_of_the_drop() -> None:
    none, half, full = (crossbar(ir_drop=strength).weights for strength in (0, 0.5, 1))
    assert np.allclose(none, SHARE, atol=1e-6)
    assert np.allclose(half, (none + full) / 2, atol=1e-6)


def test_products_there_and_back_use_the_same_matrix() -> None:
    made = crossbar(**ROWS)
    x, d = np.eye(24, dtype=np.float32), np.eye(6, dtype=np.float32) / 4  # what drives the columns must not clip
    ids = np.arange(24, dtype=np.uint32)
    assert np.allclose(x @ made, made.matrix, atol=1e-6)
    assert np.allclose(made.backward(d, ids[:6], ids[:6]).y, made.matrix.T / 4, atol=1e-6)


def test_energy_of_equal_inputs_is_what_the_drivers_deliver() -> None:
    """The network is passive: what leaves the drivers is the current into the grounds times one volt."""
    made, ids = crossbar(**ROWS), np.zeros(1, np.uint32)
    delivered = NodalArray(np.stack(sides(), axis=2).reshape(24, 12), Wires(100.0, WIRE, 500.0)).currents(np.ones(24)).sum()
    found = made.multiply(np.ones((1, 24), np.float32), ids, ids).energy_sum[0]
    assert found == pytest.approx(delivered, rel=1e-5)
    assert found < crossbar(ir_drop=0).multiply(np.ones((1, 24), np.float32), ids, ids).energy_sum[0]


def test_every_read_time_has_wires_of_its_own_state() -> None:
    made = crossbar(device="pcm", drift_compensation="none", read_noise="off", ir_drop_model="exact")
    free = crossbar(device="pcm", drift_compensation="none", read_noise="off", ir_drop=0)
    for age in (0.0, 1e6):
        made.drift_to(age)
        free.drift_to(age)
        g = [made.stored.conductance(index, age) for index in range(2)]
        assert np.allclose(made.weights, differential_matrix(*g, Wires(column_resistance=WIRE)) / G_MAX, atol=1e-6)
        assert np.abs(free.weights).sum() > np.abs(made.weights).sum()


def test_the_same_state_is_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    original = module.ladder_matrix
    monkeypatch.setattr(module, "ladder_matrix", lambda g, r: solved.append(g) or original(g, r))
    made = crossbar()
    assert len(solved) == 2  # both sides, although programming reads twice
    made.drift_to(5.0)  # ideal devices do not drift
    assert len(solved) == 2
    made.program(-WEIGHTS)
    assert len(solved) == 4


def test_the_polynomial_stays_what_it_was() -> None:
    made = crossbar(ir_drop_model="polynomial")
    assert made.settings.ir_drop == 1
    assert np.allclose(made.weights, SHARE, atol=1e-6)
    assert crossbar().settings.ir_drop == 0


@pytest.mark.parametrize("name", ["row_wire_resistance", "driver_resistance"])
def test_the_polynomial_has_no_row_wires(name: str) -> None:
    with pytest.raises(InputError, match=rf"{name} is 2 .*column wires only; set ir_drop_model: exact or {name}: 0"):
        crossbar(ir_drop_model="polynomial", **{name: "2 Ohm"})
