"""The tool that makes data sets: the same bits for a seed, digits that stay, the middle of an image, folders of IDX files."""

import hashlib
import importlib.util
import struct
import sys

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.data import read_split

from .conftest import REPOSITORY


@pytest.fixture(scope="module")
def tool():
    """The script as a module."""
    found = importlib.util.spec_from_file_location("make_data", REPOSITORY / "tools" / "make_data.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


DIGEST = "04a98cefea3eeeb366b77b79ea9be87dde442d69ce820b1d53b382406c08d1a5"


def digits(count=6, shape=(28, 28)):
    """Images whose pixel at (row, column) of image n is a number of its own, on a black ground."""
    size = count * shape[0] * shape[1]
    return (np.arange(size) * 37 % 251 * (np.arange(size) % 5 == 0)).astype(np.uint8).reshape(count, *shape)


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "small.npz"
    np.savez(file, x_train=digits(6), y_train=np.arange(6, dtype=np.uint8), x_test=digits(3), y_test=np.arange(3, dtype=np.uint8))
    return file


def test_noise_is_bit_exact_for_a_seed(tool):
    noisy = tool.backrand(digits(), 0, "train")
    assert hashlib.sha256(noisy.tobytes()).hexdigest() == DIGEST
    assert tool.digest(noisy) == DIGEST


def test_noise_depends_on_seed_split_and_image_alone(tool):
    black = np.zeros((4, 28, 28), np.uint8)
    noise = tool.backrand(black, 0, "train")
    assert (tool.backrand(black[:2], 0, "train") == noise[:2]).all()
    for other in (tool.backrand(black, 1, "train"), tool.backrand(black, 0, "test"), noise[::-1]):
        assert (other != noise).mean() > 0.98


def test_noise_is_uniform_and_the_digit_stays(tool):
    noise = tool.backrand(np.zeros((200, 28, 28), np.uint8), 3, "train")
    counts = np.bincount(noise.reshape(-1), minlength=256)
    assert counts.sum() == 156_800
    assert ((counts - 612.5) ** 2 / 612.5).sum() == pytest.approx(255, abs=5 * np.sqrt(2 * 255))
    image = digits(200)
    noisy = tool.backrand(image, 3, "train")
    assert (noisy == np.maximum(image, noise)).all()


def test_the_middle_of_an_image(tool):
    image = digits()
    middle = tool.crop(image)
    assert middle.shape == (6, 22, 24)
    assert middle[0].size == 528
    assert (middle == image[:, 3:25, 2:26]).all()
    with pytest.raises(InputError, match="expected at least 22 rows and 24 columns"):
        tool.crop(digits(2, (20, 28)))


@pytest.mark.parametrize("kind", ["backrand", "crop", "copy"])
def test_a_file_that_chipsim_reads(tool, source, tmp_path, kind):
    target = tmp_path / "made" / "out.npz"
    written = tool.make(kind, source, target, seed=5)
    for split, count in (("train", 6), ("test", 3)):
        images, labels = read_split(target, split)
        assert images.dtype == np.uint8
        assert len(images) == count
        assert labels.tolist() == list(range(count))
        assert (images == tool.KINDS[kind](digits(count), 5, split)).all()
        assert (images == written[f"x_{split}"]).all()
    first = target.read_bytes()
    tool.make(kind, source, target, seed=5)
    assert target.read_bytes() == first


def test_a_folder_of_idx_files(tool, source, tmp_path):
    for prefix, count in (("train", 6), ("t10k", 3)):
        images = struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + digits(count).tobytes()
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(range(count)))
    tool.make("copy", tmp_path, tmp_path / "a.npz")
    tool.make("copy", source, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_wrong_sources(tool, tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        tool.make("crop", tmp_path / "none.npz", tmp_path / "out.npz")
    file = tmp_path / "colour.npz"
    np.savez(file, x_train=np.zeros((2, 32, 32, 3), np.uint8), y_train=np.zeros(2, np.uint8))
    with pytest.raises(InputError, match=r"images are uint8 \[2, 32, 32, 3\], expected uint8 \[N, height, width\]"):
        tool.make("backrand", file, tmp_path / "out.npz")


def test_the_command_line(tool, source, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["make_data.py", "crop", str(source), str(tmp_path / "out.npz")])
    tool.main()
    assert f"x_test uint8 [3, 22, 24] sha256 {tool.digest(tool.crop(digits(3)))}" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["make_data.py", "copy", str(tmp_path / "none"), str(tmp_path / "out.npz")])
    with pytest.raises(SystemExit) as end:
        tool.main()
    assert end.value.code == 2
    assert "there is no such file" in capsys.readouterr().err
