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
    "product": [conv("left", 6, padding=1), conv("right", 6, 1, inputs=["input"]),
                {"type": "product", "name": "p", "groups": 2, "factor": 0.2, "inputs": ["left", "right"]},
                {"type": "reduce", "name": "r", "function": "max"}, linear("fc", 3)],
    "product along positions": [conv("left", 4, 1), conv("right", 3, 2, inputs=["input"], stride=2),
                                {"type": "product", "name": "p", "groups": 1, "along": "positions", "inputs": ["left", "right"]},
                                linear("fc", 3)],
    "rearrange": [conv("c", 8, padding=1), {"type": "rearrange", "name": "r", "sizes": [2, 2, 2, 5, 5], "order": [2, 3, 0, 4, 1],
                                            "shape": [2, 10, 10]}, conv("d", 2), linear("fc", 3)],
    "repeats": [conv("c", 3), {"type": "rearrange", "name": "r", "sizes": [3, 3, 3], "order": [0, 3, 1, 2], "shape": [6, 3, 3],
                               "repeats": [2]}, linear("fc", 3)],
    "functions": [conv("c", 3), {"type": "function", "name": "f", "function": "celu", "alpha": 0.5}, {"type": "prelu", "name": "q"},
                  {"type": "gain", "name": "g"}, {"type": "local_response_norm", "name": "l", "size": 2}, linear("fc", 3)],
    "extremes": [conv("left", 3, padding=1), conv("right", 3, 1, inputs=["input"]),
                 {"type": "maximum", "name": "m", "inputs": ["left", "right"]},
                 {"type": "minimum", "name": "n", "inputs": ["m", "left"]}, linear("fc", 3)],
    "operator": [conv("c", 3), {"type": "onnx_operator", "name": "o", "node": "y0 = CumSum <reverse: int = 1> (x0, c1)", "opset": 17,
                                "tensors": [[1, 3, 3, 3]], "constants": [{"name": "c1", "kind": "int64", "values": [3]}],
                                "shape": [3, 3, 3]}, linear("fc", 3)],
}  # fmt: skip


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_timed_run_computes_what_the_functional_pass_computes(layers, token) -> None:
    ready = built(network([2, 5, 5], *layers), chip(array=NOISY, mesh=(6, 6)), token=token, stream=3)
    run = ready.run()
    expected = functional(ready.network, range(3))
    assert all(np.array_equal(run.outputs[s], expected[s]) for s in range(3))
    assert np.ptp([run.outputs[s] for s in range(3)]) > 0
