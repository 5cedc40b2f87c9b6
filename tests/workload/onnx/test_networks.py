"""Whole networks, exported by PyTorch: float outputs are those of onnxruntime."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from .models import check_equal, exported, numbers  # noqa: E402


def kinds(found):
    return [layer.type_name for layer in found.spec.layers]


def untidy(module: nn.Module) -> nn.Module:
    """Statistics of batch normalisation as after training."""
    generator = torch.Generator().manual_seed(3)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d | nn.BatchNorm1d):
            for array in (part.weight, part.bias, part.running_mean):
                array.data = torch.randn(array.shape, generator=generator) * 0.3 + 0.7
            part.running_var = torch.rand(part.running_var.shape, generator=generator) + 0.5
    return module


def sized(*shape: int) -> torch.Tensor:
    return torch.zeros(1, *shape)


def test_a_perceptron(tmp_path):
    module = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 5), nn.LogSoftmax(1))
    path = exported(module, sized(1, 6, 6), tmp_path / "mlp.onnx", dynamic_axes={"input": {0: "batch"}}, input_names=["input"])
    found = check_equal(path, numbers(4, 1, 6, 6))
    assert kinds(found) == ["linear", "linear", "softmax"]
    assert [layer.name for layer in found.spec.layers[:2]] == ["1", "4"]
    assert found.spec.layers[0].activation == "relu"


def test_lenet(tmp_path):
    module = nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(4, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(54, 8), nn.ReLU(), nn.Linear(8, 4),
    )  # fmt: skip
    found = check_equal(exported(module, sized(1, 20, 20), tmp_path / "lenet.onnx"), numbers(3, 1, 20, 20))
    assert kinds(found) == ["conv2d", "average_pool", "conv2d", "max_pool", "linear", "linear"]


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        past = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.past = past if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.past(x))


def test_a_residual_network_with_batch_normalisation(tmp_path):
    stem = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()]
    module = untidy(nn.Sequential(*stem, Residual(4, 4, 1), Residual(4, 8, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)))
    keys = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}  # the exporter folds nothing itself
    path = exported(module, sized(3, 8, 8), tmp_path / "resnet.onnx", **keys)
    found = check_equal(path, numbers(3, 3, 8, 8))
    assert "batch_norm" not in kinds(found)  # folded
    assert "scale" not in kinds(found)
    assert kinds(found).count("conv2d") == 6
    assert kinds(found).count("add") == 2


class Gate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool, self.down, self.up = nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)

    def forward(self, x):
        return x * torch.nn.functional.hardsigmoid(self.up(torch.relu(self.down(self.pool(x)))))


def test_a_depthwise_network_with_gates(tmp_path):
    module = untidy(nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish(),
        nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), Gate(8), nn.Conv2d(8, 12, 1), nn.SiLU(),
        nn.Conv2d(12, 12, 3, dilation=2, padding=2, groups=3), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 3),
        nn.Softmax(1),
    ))  # fmt: skip
    found = check_equal(exported(module, sized(3, 12, 12), tmp_path / "mobile.onnx"), numbers(3, 3, 12, 12))
    functions = [layer.activation for layer in found.spec.layers if layer.type_name == "conv2d"]
    assert functions == ["hard_silu", "relu6", "relu", "hard_sigmoid", "silu", "gelu"]
    assert [layer.groups for layer in found.spec.layers if layer.type_name == "conv2d"] == [1, 8, 1, 1, 1, 3]


class Branches(nn.Module):
    """Concatenation, a split with a shuffle of channels, and a mean by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(2, 4, 1)
        self.mix = nn.Conv2d(8, 6, 1)

    def forward(self, x):
        both = torch.cat([self.left(x), self.right(x)], 1)
        mixed = both.view(1, 2, 4, 5, 6).transpose(1, 2).reshape(1, 8, 5, 6)
        a, b = torch.chunk(self.mix(mixed), 2, 1)
        return torch.nn.functional.pad(a - b, (1, 0, 0, 2), value=0.25).mean((2, 3))


def test_branches(tmp_path):
    found = check_equal(exported(Branches(), sized(2, 5, 6), tmp_path / "branches.onnx"), numbers(3, 2, 5, 6))
    assert kinds(found) == ["conv2d", "conv2d", "concat", "conv2d", "slice", "slice", "subtract", "pad", "average_pool"]


def test_one_spatial_axis(tmp_path):
    module = untidy(nn.Sequential(
        nn.Conv1d(3, 4, 5, stride=2, padding=1), nn.BatchNorm1d(4), nn.LeakyReLU(0.2), nn.MaxPool1d(2), nn.Conv1d(4, 5, 3, dilation=2),
        nn.ELU(), nn.Flatten(), nn.Linear(30, 3),
    ))  # fmt: skip
    found = check_equal(exported(module, sized(3, 43), tmp_path / "audio.onnx"), numbers(3, 3, 43))
    assert found.spec.input.shape == (3, 43, 1)
    assert kinds(found) == ["conv2d", "max_pool", "conv2d", "linear"]


def test_a_network_for_every_token(tmp_path):
    module = nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 4), nn.Flatten(), nn.Linear(20, 3))
    with torch.no_grad():
        module[1].weight.uniform_(0.5, 1.5)
        module[1].bias.uniform_(-1, 1)
    path = exported(module, sized(5, 6), tmp_path / "tokens.onnx", opset_version=17)
    found = check_equal(path, numbers(3, 5, 6))
    assert found.spec.input.shape == (6, 5, 1)
    assert kinds(found) == ["conv2d", "layer_norm", "activation", "conv2d", "linear"]


def test_tables_that_read_parts_of_the_input(tmp_path):
    class Tables(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.outer = nn.Embedding(7, 3), nn.Embedding(5, 4), nn.Linear(7, 2)

        def forward(self, t):
            return self.outer(torch.cat((self.one(t[:, 0]), self.two(t[:, 1])), 1))

    keys = {"input_names": ["t"], "output_names": ["y"], "dynamic_axes": {"t": {0: "n"}, "y": {0: "n"}}}
    path = exported(Tables(), torch.zeros(2, 2, dtype=torch.long), tmp_path / "m.onnx", **keys)
    found = check_equal(path, np.array([[4, 0], [1, 4], [0, 2]]))
    assert found.spec.input.tokens == 5
    assert found.spec.input.shape == (1, 2, 1)
