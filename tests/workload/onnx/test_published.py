"""Models from the library onnx: each gives the output that is stored beside it, or is refused for a reason that stands here."""

import os
from math import prod

import pytest

from chipsim.workload.onnx import read_onnx

from .published import DATA, difference, of_operators, of_pytorch

NOTHING = "nothing is computed between the input and the output"  # numbers are named in another way only
ACROSS = "works across the samples of a batch"  # the first axis is no batch there
MANY = "has a constant [3, 4] for a tensor"
THREE = "slides over 3 axes"
SUMS = "each of its outputs is a sum over several positions"
REFUSED = {
    "AvgPool3d": THREE, "AvgPool3d_stride": THREE, "AvgPool3d_stride1_pad0_gpu_input": THREE, "Conv3d": THREE, "Conv3d_dilated": THREE,
    "Conv3d_dilated_strided": THREE, "Conv3d_groups": THREE, "Conv3d_no_bias": THREE, "Conv3d_stride": THREE,
    "Conv3d_stride_padding": THREE, "MaxPool3d": THREE, "MaxPool3d_stride": THREE, "MaxPool3d_stride_padding": THREE,
    "ConvTranspose2d": SUMS, "ConvTranspose2d_no_bias": SUMS, "operator_convtranspose": SUMS, "PixelShuffle": NOTHING,
    "operator_flatten": NOTHING, "operator_index": NOTHING, "operator_permute2": NOTHING, "ReflectionPad2d": "pads in mode 'reflect'",
    "operator_pad": "pads in mode 'reflect'", "ReplicationPad2d": "pads in mode 'edge'", "PoissonNLLLLoss_no_reduce": ACROSS,
    "operator_params": ACROSS, "operator_addmm": "has an offset that depends on the input", "operator_max": MANY, "operator_min": MANY,
    "operator_concat2": "do not fit each other", "operator_pow": "has exponents that differ from each other",
}  # fmt: skip
ROUNDED = {"averagepool_2d_ceil_last_window_starts_on_pad", "gridsample_bicubic"}  # their stored outputs have four digits

CASES = [case for case in of_pytorch() if case.is_a_network]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_layer_that_pytorch_wrote(tmp_path, case):
    found = difference(case, tmp_path / "m.onnx")
    assert REFUSED.get(case.name, "") in found
    assert not found or case.name in REFUSED


def test_there_are_as_many_layers_as_there_were():
    assert len(CASES) > 100
    assert set(REFUSED) <= {case.name for case in CASES}


def checked(cases, tmp_path, **keys):
    """Cases that give their output; none may give another one."""
    equal = 0
    for case in cases:
        found = difference(case, tmp_path / "m.onnx", **keys)
        assert not found.startswith(("gives other numbers", "is (")) or case.name in ROUNDED, f"{case.name} {found}"
        equal += not found
    return equal


@pytest.mark.slow
def test_all_operators_of_the_standard(tmp_path):
    assert checked([case for case in of_operators() if case.is_a_network], tmp_path) > 280


@pytest.mark.slow
def test_all_operators_of_the_standard_with_the_help_of_the_digital_unit(tmp_path):
    assert checked([case for case in of_operators() if case.is_a_network], tmp_path, digital="all") > 400


QUICK = ["shufflenet", "squeezenet"]
LARGE = ["bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "vgg19", "zfnet512"]


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_a_network_of_the_onnx_zoo(name):
    found = read_onnx(os.fspath(DATA / "light" / f"light_{name}.onnx"))
    kinds = [layer.type_name for layer in found.spec.layers]
    assert found.spec.input.shape == (3, 224, 224)
    assert prod(found.output.shape) == 1000
    assert kinds.count("conv2d") + kinds.count("linear") >= 8
