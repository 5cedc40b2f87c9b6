"""The kinds of layer, one a file; importing this package registers them all under their `type:`."""

from chipsim.workload.layers.activation import Activation
from chipsim.workload.layers.add import Add
from chipsim.workload.layers.attention import Attention
from chipsim.workload.layers.conv2d import Conv2d
from chipsim.workload.layers.flatten import Flatten
from chipsim.workload.layers.gru import GRU
from chipsim.workload.layers.layer import DigitalLayer, Layer, MatrixLayer, Shape, ViewLayer, WeightedLayer
from chipsim.workload.layers.linear import Linear
from chipsim.workload.layers.lstm import LSTM
from chipsim.workload.layers.normalisation import BatchNorm, LayerNorm
from chipsim.workload.layers.pool import AveragePool, MaxPool
from chipsim.workload.layers.recurrent import Recurrent

__all__ = [
    "GRU",
    "LSTM",
    "Activation",
    "Add",
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Conv2d",
    "DigitalLayer",
    "Flatten",
    "Layer",
    "LayerNorm",
    "Linear",
    "MatrixLayer",
    "MaxPool",
    "Recurrent",
    "Shape",
    "ViewLayer",
    "WeightedLayer",
]
