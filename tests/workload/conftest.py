from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

RESIDUAL = """
name: residual
input: {shape: [2, 6, 6]}
weights: weights.npz
data: {file: data.npz}
layers:
  - {type: conv2d, name: stem, out_channels: 3, kernel: 3, padding: 1, activation: relu}
  - {type: conv2d, name: branch, out_channels: 3, kernel: 3, padding: 1, bias: false}
  - {type: add, name: sum, inputs: [branch, stem]}
  - {type: activation, name: relu, function: relu}
  - {type: average_pool, name: pool, kernel: 6}
  - {type: flatten, name: flat}
  - {type: linear, name: fc, out_features: 4}
"""


def residual_arrays():
    random = np.random.default_rng(11)
    shapes = {
        "stem.weight": (3, 2, 3, 3),
        "stem.bias": (3,),
        "branch.weight": (3, 3, 3, 3),
        "fc.weight": (4, 3),
        "fc.bias": (4,),
    }
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def residual_data():
    random = np.random.default_rng(12)
    return {
        "x_test": random.normal(size=(7, 2, 6, 6)).astype(np.float32),
        "y_test": random.integers(0, 4, 7),
    }


@pytest.fixture
def residual(tmp_path):
    """A small residual network with weights and data; the path of its YAML file."""
    np.savez(tmp_path / "weights.npz", allow_pickle=False, **residual_arrays())
    np.savez(tmp_path / "data.npz", allow_pickle=False, **residual_data())
    path = tmp_path / "residual.yaml"
    path.write_text(RESIDUAL)
    return path


@pytest.fixture
def shipped():
    """The folder of the shipped workloads."""
    return REPOSITORY / "workloads"
