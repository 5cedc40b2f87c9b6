"""Small networks and arrays for the tests of layers that learn."""

import numpy as np

from chipsim.circuits.array import Array
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import SGD
from chipsim.workload.description import WorkloadSpec

ARRAY = {
    "rows": 256,
    "columns": 64,
    "cell": {"device": {"type": "ideal"}, "area": "1 um2"},
    "dac": {"type": "pulse_width", "bits": 7},
    "adc": {"type": "sar", "bits": 9, "bound": 12},
    "output_noise": 0.06,
}
RULE = SGD(response=ConstantStep())


def reads(**changes):
    return Reads(from_plain(Array, ARRAY | changes))


def spec(*layers, shape=(6, 1, 1)):
    return from_plain(WorkloadSpec, {"name": "small", "input": {"shape": list(shape)}, "layers": list(layers)})


def network(*layers, shape=(6, 1, 1), rule=None, how=None, seed=1, **keys):
    return Network(spec(*layers, shape=shape), rule, how or Reads(), Stream(seed), **keys)


def batch(shape, classes, count=5, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, *shape)).astype(np.float32), random.integers(0, classes, count)


def stored(network, torch):
    """The weights of a network as leaves of PyTorch, in float64."""
    return {name: torch.tensor(array.astype(np.float64), requires_grad=True) for name, array in network.weights().items()}
