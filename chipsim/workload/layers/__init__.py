"""The kinds of layer, one a file; importing this package registers them all under their `type:`."""

from chipsim.workload.layers.activation import Activation
from chipsim.workload.layers.add import Add
from chipsim.workload.layers.attention import Attention
from chipsim.workload.layers.clip import Clip
from chipsim.workload.layers.concat import Concat
from chipsim.workload.layers.conv2d import Conv2d
from chipsim.workload.layers.cut import Cut
from chipsim.workload.layers.elementwise import Multiply, Offset, Scale, Subtract
from chipsim.workload.layers.flatten import Flatten
from chipsim.workload.layers.gru import GRU
from chipsim.workload.layers.layer import DigitalLayer, Layer, MatrixLayer, Shape, ViewLayer, WeightedLayer
from chipsim.workload.layers.linear import Linear
from chipsim.workload.layers.lstm import LSTM
from chipsim.workload.layers.normalisation import BatchNorm, LayerNorm
from chipsim.workload.layers.pad import Pad
from chipsim.workload.layers.pool import AveragePool, MaxPool
from chipsim.workload.layers.recurrent import Recurrent
from chipsim.workload.layers.reduce import Reduce
from chipsim.workload.layers.softmax import Softmax

__all__ = [
    "GRU",
    "LSTM",
    "Activation",
    "Add",
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Clip",
    "Concat",
    "Conv2d",
    "Cut",
    "DigitalLayer",
    "Flatten",
    "Layer",
    "LayerNorm",
    "Linear",
    "MatrixLayer",
    "MaxPool",
    "Multiply",
    "Offset",
    "Pad",
    "Recurrent",
    "Reduce",
    "Scale",
    "Shape",
    "Softmax",
    "Subtract",
    "ViewLayer",
    "WeightedLayer",
]
