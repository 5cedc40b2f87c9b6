"""Networks of many kinds: float outputs are those of onnxruntime, and a chip that plays them computes what the functional pass does."""

import io
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
from builders import NOISY, built, chip, functional

from chipsim.workload.load import build_workload
from chipsim.workload.onnx import read_onnx

from .models import exported, labels_for, outputs_of

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from .architectures import NETWORKS  # noqa: E402


def ready(name):
    """A network of that name as after some training, and three samples."""
    made, shape, tokens = NETWORKS[name]
    torch.manual_seed(0)
    module = made().eval()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.uniform_(-1, 1)
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.uniform_(-1, 1)
            part.running_var.uniform_(0.5, 1.5)
    random = np.random.default_rng(1)
    return module, random.integers(0, tokens, (3, *shape)) if tokens else random.normal(size=(3, *shape)).astype(np.float32)


def imported(path, x):
    found = read_onnx(path)
    images = np.stack([found.input.laid(one[None]) for one in x]).astype(np.float32)
    return found, build_workload(found.spec, found.arrays, images, labels_for(found, len(x)))


def check(path, x):
    found, workload = imported(path, x)
    np.testing.assert_allclose(found.arranged(workload.forward(workload.inputs)), outputs_of(path, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(tmp_path, name):
    module, x = ready(name)
    check(exported(module, torch.from_numpy(x[:1]), tmp_path / "m.onnx"), x)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_by_the_other_exporter(tmp_path, name):
    pytest.importorskip("onnxscript")
    module, x = ready(name)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        torch.onnx.export(module, (torch.from_numpy(x[:1]),), str(tmp_path / "m.onnx"), dynamo=True, external_data=False)
    check(tmp_path / "m.onnx", x)


@pytest.mark.parametrize("name", ["unet", "bert", "padded", "rotary", "places"])
def test_the_timed_run_computes_what_the_functional_pass_computes(tmp_path, name):
    module, x = ready(name)
    _, workload = imported(exported(module, torch.from_numpy(x[:1]), tmp_path / "m.onnx"), x)
    made = built(workload, chip(array=NOISY, mesh=(8, 8)), token="row", stream=2)
    run, expected = made.run(), functional(made.network, range(2))
    assert all(np.array_equal(run.outputs[s], expected[s]) for s in range(2))
    assert np.ptp([run.outputs[s] for s in range(2)]) > 0
