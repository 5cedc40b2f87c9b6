"""The shipped files are those whose origin is documented, and the training tool does what it says."""

import hashlib
import importlib.util
import sys

import numpy as np
import pytest

from .conftest import REPOSITORY


@pytest.mark.parametrize(
    ("file", "readme"),
    [
        ("data/mnist.npz", "data/README.md"),
        ("data/alice.txt", "data/README.md"),
        ("mlp-mnist.npz", "README.md"),
        ("lenet5-mnist.npz", "README.md"),
        ("transformer-alice.npz", "README.md"),
        ("lstm-alice.npz", "README.md"),
    ],
)
def test_checksums_are_those_of_the_readme(shipped, file, readme):
    assert hashlib.sha256((shipped / file).read_bytes()).hexdigest() in (shipped / readme).read_text()


@pytest.fixture(scope="module")
def tool():
    """The training script as a module."""
    pytest.importorskip("torch")
    found = importlib.util.spec_from_file_location("train_workloads", REPOSITORY / "tools" / "train_workloads.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture
def few(tool):
    images, labels, test_images, test_labels = tool.read_mnist(tool.WORKLOADS / "data" / "mnist.npz")
    return images[:1024], labels[:1024], test_images[:500], test_labels[:500]


def trained(tool, few, folder, seed, noise=0.04):
    folder.mkdir()
    recipe = tool.Recipe("net.npz", epochs=3, rate=3e-3, noise=noise, clip=2.0)
    tool.make("mlp", recipe, seed, few, folder)
    return folder / "net.npz"


def test_training_learns_and_repeats_itself_to_the_byte(tool, few, tmp_path, capsys):
    first = trained(tool, few, tmp_path / "a", seed=1).read_bytes()
    told = capsys.readouterr().out
    assert float(told.split("float test accuracy ")[1].split(",")[0]) > 0.7
    assert trained(tool, few, tmp_path / "b", seed=1).read_bytes() == first
    assert trained(tool, few, tmp_path / "c", seed=2).read_bytes() != first


def test_weights_are_written_plain_and_clipped(tool, few, tmp_path):
    with np.load(trained(tool, few, tmp_path / "a", seed=1), allow_pickle=False) as archive:
        assert sorted(archive.files) == [f"fc{i}.{part}" for i in (1, 2, 3) for part in ("bias", "weight")]
        for name in archive.files:
            assert archive[name].dtype == np.float32
        weight = archive["fc2.weight"]
        assert weight.shape == (128, 256)
        assert abs(weight).max() <= 2.0 * weight.std() * 1.2  # clipping itself shrinks the deviation


def test_noise_is_on_the_weights_only_and_of_the_given_size(tool):
    import torch

    torch.manual_seed(0)
    network = tool.MLP()
    noisy = tool.noisy(network, 0.05)
    for name, value in network.named_parameters():
        difference = (noisy[name] - value).detach()
        if name.endswith("bias"):
            assert (difference == 0).all()
        else:
            assert float(difference.std() / value.detach().abs().max()) == pytest.approx(0.05, rel=0.1)


def test_no_noise_and_no_clipping_is_plain_training(tool):
    network = tool.LeNet5()
    before = {name: value.clone() for name, value in network.named_parameters()}
    tool.clip_weights(network, 0.0)
    for name, value in tool.noisy(network, 0.0).items():
        assert (value == before[name]).all()
