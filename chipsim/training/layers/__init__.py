"""The kinds of layer that learn, one a file; importing this package makes them all known to `TrainedLayer.kinds`."""

from chipsim.training.layers.block import Block, Cut
from chipsim.training.layers.conv2d import TrainedConv2d
from chipsim.training.layers.foundry import Foundry
from chipsim.training.layers.gru import TrainedGRU
from chipsim.training.layers.linear import TrainedLinear
from chipsim.training.layers.lstm import TrainedLSTM
from chipsim.training.layers.matrix import TrainedMatrix
from chipsim.training.layers.passing import Pass
from chipsim.training.layers.pointwise import TrainedActivation, TrainedAdd
from chipsim.training.layers.pool import TrainedAveragePool, TrainedMaxPool
from chipsim.training.layers.trained import Back, Share, TrainedLayer

__all__ = [
    "Back",
    "Block",
    "Cut",
    "Foundry",
    "Pass",
    "Share",
    "TrainedActivation",
    "TrainedAdd",
    "TrainedAveragePool",
    "TrainedConv2d",
    "TrainedGRU",
    "TrainedLSTM",
    "TrainedLayer",
    "TrainedLinear",
    "TrainedMatrix",
    "TrainedMaxPool",
]
