"""Two vectors by hand: steps of 0.1, one pulse a vector in the fast array, a buffer that counts six for a reading of 1."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.training.rules import Activity

X, D, RATE = np.ones((1, 2), np.float32), np.ones((1, 1), np.float32), 0.03
RULE = {"type": "tiki_taka_v2", "response": even(0.1), "read_noise": 0.0, "memory": 1.0}


def test_two_vectors_by_hand():
    """Row 0 is read at 0.1 and not enough; row 1 at 0.2, which makes 1.2: a pulse, and a tenth of it is left."""
    v2 = begun(RULE)
    assert v2.update(X, D, RATE, 0) == Activity(pulses=2, slots=1, lines=3, reads=1, operations=2 + 2 + 3, drives=3)
    assert v2.state()["buffer"][:, 0] == pytest.approx([0.6, 0])
    assert v2.update(X, D, RATE, 1) == Activity(pulses=2 + 1, slots=1 + 1, lines=3, reads=1, operations=2 + 2 + 3, drives=3 + 2)
    assert v2.state()["buffer"][:, 0] == pytest.approx([0.6, 0.12])
    assert v2.weights[:, 0] == pytest.approx([0, 0.1])


def test_a_reference_that_is_off_makes_the_weights_drift():
    v2 = begun(RULE | {"fast": even(0.1) | {"reset": -0.3}})
    v2.update(np.zeros((1, 2), np.float32), D, RATE, 0)
    assert not v2.weights.any()  # no gradient has been seen, so there is no scale yet
    alternating = np.resize([[1.0], [-1.0]], (40, 1)).astype(np.float32)
    v2.update(np.repeat(X, 40, axis=0), alternating, RATE, 2)
    assert (v2.weights < -0.3).all()
