"""Layers that move numbers or mix channels, convolutions in groups: the timed run makes what the functional pass makes, bit for bit."""

import numpy as np
import pytest
from builders import NOISY, built, chip, conv, functional, linear, network

WIDE = {"type": "concat", "name": "both", "inputs": ["left", "right"]}
SIDES = [conv("left", 3, padding=1), conv("right", 5, padding=1, inputs=["input"])]
GATE = [{"type": "average_pool", "name": "mean", "kernel": 5}, conv("squeeze", 3, 1, activation="hard_sigmoid")]

NETWORKS = {
    "depthwise": [conv("c", 8, padding=1), conv("d", 8, padding=1, groups=8, activation="relu6"), linear("fc", 3)],
    "groups larger than an array": [conv("c", 8, padding=1), conv("d", 4, padding=1, groups=2), linear("fc", 3)],
    "dilated, uneven padding": [conv("c", 3, dilation=2, padding=[2, 1, 1, 2], stride=[1, 2]), linear("fc", 3)],
    "concat": [*SIDES, WIDE, linear("fc", 3)],
    "slice": [conv("c", 6, padding=1), {"type": "slice", "name": "part", "channels": [1, 5], "rows": [1, 5, 2]}, linear("fc", 3)],
    "pad": [conv("c", 2), {"type": "pad", "name": "p", "padding": [0, 1, 2, 1], "value": 0.5}, linear("fc", 3)],
    "reduce": [conv("c", 6, padding=1), {"type": "reduce", "name": "r", "function": "mean"}, linear("fc", 3)],
    "softmax": [conv("c", 6, padding=1), {"type": "softmax", "name": "s"}, linear("fc", 3)],
    "gate": [conv("left", 3, padding=1), *GATE, {"type": "multiply", "name": "m", "inputs": ["left", "squeeze"]}, linear("fc", 3)],
    "subtract": [conv("left", 3, padding=1), conv("right", 3, 1, inputs=["input"]),
                 {"type": "subtract", "name": "m", "inputs": ["left", "right"]},
                 {"type": "clip", "name": "k", "high": 0.5}, linear("fc", 3)],
    "scale": [conv("c", 6, padding=1), {"type": "scale", "name": "s"}, {"type": "offset", "name": "o"}, linear("fc", 3)],
    "pools": [conv("c", 3, padding=1), {"type": "max_pool", "name": "m", "kernel": 2, "stride": 2, "dilation": 2, "ceil": True},
              {"type": "average_pool", "name": "a", "kernel": 2, "stride": 2, "ceil": True, "count_padding": False}, linear("fc", 3)],
}  # fmt: skip


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_timed_run_computes_what_the_functional_pass_computes(layers, token) -> None:
    ready = built(network([2, 5, 5], *layers), chip(array=NOISY, mesh=(6, 6)), token=token, stream=3)
    run = ready.run()
    expected = functional(ready.network, range(3))
    assert all(np.array_equal(run.outputs[s], expected[s]) for s in range(3))
    assert np.ptp([run.outputs[s] for s in range(3)]) > 0
