"""The kinds of layer, one a file; importing this package registers them all under their `type:`."""

from chipsim.workload.layers.activation import Activation
from chipsim.workload.layers.add import Add
from chipsim.workload.layers.attention import Attention
from chipsim.workload.layers.clip import Clip
from chipsim.workload.layers.concat import Concat
from chipsim.workload.layers.conv2d import Conv2d
from chipsim.workload.layers.cut import Cut
from chipsim.workload.layers.elementwise import Multiply, Offset, Scale, Subtract
from chipsim.workload.layers.embedding import Embedding
from chipsim.workload.layers.extreme import Maximum, Minimum
from chipsim.workload.layers.flatten import Flatten
from chipsim.workload.layers.function import Function
from chipsim.workload.layers.gain import Gain
from chipsim.workload.layers.gru import GRU
from chipsim.workload.layers.layer import DigitalLayer, Layer, MatrixLayer, Shape, ViewLayer, WeightedLayer
from chipsim.workload.layers.linear import Linear
from chipsim.workload.layers.lrn import LocalResponseNorm
from chipsim.workload.layers.lstm import LSTM
from chipsim.workload.layers.normalisation import BatchNorm, LayerNorm
from chipsim.workload.layers.operator import Constant, Operator
from chipsim.workload.layers.pad import Pad
from chipsim.workload.layers.pointwise import Pointwise
from chipsim.workload.layers.pool import AveragePool, MaxPool
from chipsim.workload.layers.prelu import PReLU
from chipsim.workload.layers.product import Product
from chipsim.workload.layers.rearrange import Rearrange
from chipsim.workload.layers.recurrent import Recurrent
from chipsim.workload.layers.reduce import Reduce
from chipsim.workload.layers.rnn import RNN
from chipsim.workload.layers.softmax import Softmax

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "Add",
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Clip",
    "Concat",
    "Constant",
    "Conv2d",
    "Cut",
    "DigitalLayer",
    "Embedding",
    "Flatten",
    "Function",
    "Gain",
    "Layer",
    "LayerNorm",
    "Linear",
    "LocalResponseNorm",
    "MatrixLayer",
    "MaxPool",
    "Maximum",
    "Minimum",
    "Multiply",
    "Offset",
    "Operator",
    "PReLU",
    "Pad",
    "Pointwise",
    "Product",
    "Rearrange",
    "Recurrent",
    "Reduce",
    "Scale",
    "Shape",
    "Softmax",
    "Subtract",
    "ViewLayer",
    "WeightedLayer",
]
