"""Input ranges: which alpha reaches the kernel."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.encoding import InputScaling
from chipsim.reading import from_plain

X = np.array([[0.5, -2.0, 1.0], [0, 0, 0], [0.25, 0.1, -0.1]], np.float32)


def crossbar(scaling: object, learned: float | None = None) -> Crossbar:
    plain = {"rows": 3, "columns": 3, "cell": {"device": "ideal"}, "dac": "ideal", "adc": "ideal", "input_scaling": scaling}
    xbar = Crossbar(from_plain(Array, plain), input_range=learned)
    xbar.program(np.eye(3))
    return xbar


@pytest.mark.parametrize("name", sorted(InputScaling.members))
def test_every_way_can_be_chosen_by_its_name(name):
    assert from_plain(InputScaling, name).type_name == name


@pytest.mark.parametrize(
    ("scaling", "learned", "alpha"),
    [
        ("absolute_maximum", None, [2.0, 1.0, 0.25]),
        ("none", None, [1.0, 1.0, 1.0]),
        ({"type": "fixed", "range": 0.2}, None, [0.2, 0.2, 0.2]),
        ({"type": "fixed", "range": 0.2}, 0.75, [0.75, 0.75, 0.75]),
    ],
)
def test_inputs_are_clipped_at_alpha(scaling, learned, alpha):
    limits = np.array(alpha, np.float32)[:, None]
    assert np.allclose(X @ crossbar(scaling, learned), np.clip(X, -limits, limits), rtol=1e-6)
