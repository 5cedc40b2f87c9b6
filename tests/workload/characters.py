"""The scripts of the character models, and what is asked of every model that they made."""

import importlib
import sys

import numpy as np
import pytest

from chipsim.workload.load import load_workload

from .conftest import REPOSITORY


def script(name):
    """A script of tools/ as a module, with those beside it; the test is skipped where PyTorch is missing."""
    pytest.importorskip("torch")
    tools = str(REPOSITORY / "tools")
    if tools not in sys.path:
        sys.path.insert(0, tools)
    return importlib.import_module(name)


def check_workload(model, network):
    """That the shipped workload reads the script's windows and computes what the script's module computes."""
    import torch

    alice = script("alice")
    workload = load_workload(alice.WORKLOADS / f"{model.name}.yaml")
    windows = alice.windows_of("test", model.window)
    numbers = workload.inputs.argmax(1) if workload.inputs.shape[1] > 1 else workload.inputs[:, 0]
    assert np.array_equal(numbers[..., 0], windows[:, :-1].numpy())
    assert np.array_equal(workload.labels, windows[:, 1:].numpy())
    with torch.no_grad():
        wanted = network(windows[:8, :-1]).numpy()
    found = workload.forward(workload.inputs[:8])[..., 0].transpose(0, 2, 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def bits_of(model, network):
    """Bits a character of the test part."""
    import torch

    alice = script("alice")
    with torch.no_grad():
        return float(alice.loss_of(network, alice.windows_of("test", model.window))) / np.log(2)
