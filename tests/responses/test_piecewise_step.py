"""Steps from a table by hand."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.errors import InputError
from chipsim.responses import PiecewiseStep
from chipsim.streams import Stream

TABLES = {"up": (2.0, 1.0, 0.5), "down": (0.2, 0.4, 1.0)}


def test_steps_follow_the_tables():
    device = PiecewiseStep(step=0.1, w_max=1.0, w_min=-1.0, **TABLES, **QUIET, **ALIKE)
    cells, _ = device.instantiate((1, 1), Stream(), Stream())
    for weight, up, down in ((-1, 2, 0.2), (-0.5, 1.5, 0.3), (0, 1, 0.4), (0.5, 0.75, 0.7), (1, 0.5, 1)):
        rises, falls = device.mean_steps(cells, np.full((1, 1), weight))
        assert (rises[0, 0], falls[0, 0]) == (pytest.approx(0.1 * up), pytest.approx(0.1 * down))
        assert pulsed(device, cells, np.full((1, 1), weight), [1])[0, 0] == pytest.approx(min(1, weight + 0.1 * up), abs=1e-6)
        assert pulsed(device, cells, np.full((1, 1), weight), [-1])[0, 0] == pytest.approx(max(-1, weight - 0.1 * down), abs=1e-6)
    assert device.granularity == pytest.approx(0.07)
    # 1 - w / 2 = 0.4 + 0.6 w above 0
    assert device.symmetry_point(cells)[0, 0] == pytest.approx(0.6 / 1.1, abs=1e-6)


@pytest.mark.parametrize(("table", "said"), [((1.0, -0.1), "-0.1"), ((0.0, 0.0), "0 to 0"), ((1.0,), "at least 2")])
def test_impossible_tables_are_refused(table, said):
    with pytest.raises(InputError, match=said):
        PiecewiseStep(up=table)
