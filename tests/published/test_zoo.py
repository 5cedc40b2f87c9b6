"""The shapes of workloads/: as many weights and multiplications as published, and the files are those that tools/make_zoo.py writes.

Parameters and GMAC of the image networks are those that torchvision lists for the same architectures (pytorch.org/vision, table of
classification weights): ResNet-18 11,689,512 and 1.81, ResNet-50 25,557,032 and 4.09, MobileNetV2 3,504,872 and 0.30. Folding takes two
of the numbers of each channel's batch normalisation (scale and shift) into weights and one bias, so a channel has one number less.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from math import prod
from typing import NamedTuple

import pytest
from commands import HOUSE

from chipsim.compose import read
from chipsim.reading import build
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.layers import DigitalLayer, WeightedLayer
from chipsim.workload.load import output_shapes

sys.path.insert(0, str(HOUSE / "tools"))
import make_zoo

FILES = ["resnet18-imagenet", "resnet50-imagenet", "mobilenetv2-imagenet", "vgg8-cifar10", "gpt2-small"]


class Counted(NamedTuple):
    weights: int
    biases: int
    macs: int
    digital: int  # parameters of layers of the vector unit
    channels: int  # with a batch normalisation that was folded: outputs of convolutions
    shapes: dict


def counted(name: str) -> Counted:
    spec = build(WorkloadSpec, read(HOUSE / "workloads" / f"{name}.yaml"))
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    weights = biases = macs = digital = channels = 0
    for name, layer in graph.layers.items():
        shape = shapes[graph.producers(name)[0]]
        if isinstance(layer, WeightedLayer):
            weights += prod(layer.weight_shape(shape))
            biases += layer.biases(shape) if layer.bias else 0
            macs += layer.macs(shape)
            channels += shapes[name][0] if layer.type_name == "conv2d" else 0
        elif isinstance(layer, DigitalLayer):
            digital += len(layer.parameters) * prod(layer.parameter_shape(shape))
    return Counted(weights, biases, macs, digital, channels, shapes)


@pytest.mark.parametrize(
    ("name", "parameters", "gigamacs"),
    [("resnet18-imagenet", 11_689_512, 1.81), ("resnet50-imagenet", 25_557_032, 4.09), ("mobilenetv2-imagenet", 3_504_872, 0.30)],
)
def test_image_networks_have_the_published_numbers(name: str, parameters: int, gigamacs: float) -> None:
    found = counted(name)
    assert found.weights + found.biases + found.channels == parameters
    assert round(found.macs * 1e-9, 2) == gigamacs
    assert list(found.shapes.values())[-1] == (1000, 1, 1)


def test_resnets_count_as_their_paper_does() -> None:
    """He et al., CVPR 2016, table 1: 1.8 and 3.8 x 10^9 multiply-adds; there the first layer of a bottleneck has the stride."""
    assert counted("resnet18-imagenet").macs == pytest.approx(1.8e9, rel=0.02)
    assert counted("resnet50-imagenet").macs == pytest.approx(3.8e9, rel=0.08)


def test_mobilenet_counts_as_its_paper_does() -> None:
    """Sandler et al., CVPR 2018, table 4: 3.4 million parameters, 300 million multiply-adds."""
    found = counted("mobilenetv2-imagenet")
    assert found.weights == pytest.approx(3.4e6, rel=0.03)
    assert found.macs == pytest.approx(300e6, rel=0.01)


def test_vgg8_is_six_convolutions_and_two_layers() -> None:
    """The sizes of Peng et al., IEDM 2019: 3-128-128-256-256-512-512, 8,192-1,024-10."""
    widths = (3, 128, 128, 256, 256, 512, 512)
    convolutions = [9 * a * b for a, b in pairwise(widths)]
    found = counted("vgg8-cifar10")
    assert found.weights == sum(convolutions) + 8192 * 1024 + 1024 * 10 == 12_973_440
    pixels = (1024, 1024, 256, 256, 64, 64)
    assert found.macs == sum(n * p for n, p in zip(convolutions, pixels, strict=True)) + 8192 * 1024 + 1024 * 10


def test_gpt2_small_is_124_million_with_its_tables() -> None:
    """124,439,808 parameters of the released model (called 117 M in the paper): blocks, last normalisation, words and positions."""
    found = counted("gpt2-small")
    assert found.weights + found.biases + found.digital + (50_257 + 1024) * 768 == 124_439_808
    assert found.macs == 128 * 12 * (4 * 768**2 + 2 * 768 * 3072)


def test_vgg16_and_the_speech_transducer_have_the_numbers_in_their_files() -> None:
    assert counted("vgg16-cifar10").weights == 14_977_728
    assert counted("rnnt-librispeech").weights == 45_267_456


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_those_that_the_tool_writes(name: str) -> None:
    assert (HOUSE / "workloads" / f"{name}.yaml").read_text(encoding="utf-8") == make_zoo.text(name)
    assert set(make_zoo.ZOO) == set(FILES)
