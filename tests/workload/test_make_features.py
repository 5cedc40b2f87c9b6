"""The tool that makes features: shapes and ranges, each step against the slow way, filters that find clusters, heads that learn."""

import importlib.util
import sys

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.data import read_split

from .conftest import REPOSITORY


@pytest.fixture(scope="module")
def tool():
    """The script as a module."""
    found = importlib.util.spec_from_file_location("make_features", REPOSITORY / "tools" / "make_features.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def pictures(count, seed=1):
    """Two kinds of pictures, stripes across and stripes along, with noise; the labels say which."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    across = np.broadcast_to((np.arange(32) // 2 % 2 * 120 + 60)[:, None, None], (32, 32, 3))
    clean = np.where(labels[:, None, None, None] == 0, across, across.transpose(1, 0, 2))
    return (clean + random.integers(-40, 40, (count, 32, 32, 3))).astype(np.uint8), labels.astype(np.uint8)


@pytest.fixture
def file(tmp_path):
    train, test = pictures(60), pictures(20, seed=2)
    path = tmp_path / "images.npz"
    np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
    return path


@pytest.fixture
def filters(tool):
    return tool.learned(pictures(20)[0], count=12, patches=600, turns=3, seed=0)


def test_patches_are_normalised_and_in_order(tool):
    image = pictures(2)[0]
    found = tool.patches_of(image)
    assert found.shape == (2 * 27 * 27, 108)
    piece = image[1, 4:10, 20:26].transpose(2, 0, 1).reshape(-1).astype(np.float64)
    wanted = (piece - piece.mean()) / np.sqrt(piece.var() + 10)
    assert found[27 * 27 + 4 * 27 + 20] == pytest.approx(wanted, abs=1e-4)


def test_patches_at_random_are_patches_of_the_images(tool):
    image = pictures(2)[0]
    every = tool.patches_of(image)
    for patch in tool.drawn(image, 20, np.random.default_rng(4)):
        assert np.abs(every - patch).max(axis=1).min() < 1e-5


def test_whitened_patches_have_no_correlation(tool):
    image = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3)).astype(np.uint8)
    found = tool.learned(image, count=4, patches=8000, turns=0, seed=1)
    white = (tool.patches_of(image)[::7] - found.mean) @ found.whitening
    covariance = np.cov(white, rowvar=False)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.1
    assert np.sort(np.diag(covariance)) == pytest.approx(np.full(108, 0.9), abs=0.15)  # 0.1 is added to eigenvalues of about 1


def test_centres_move_to_clusters(tool):
    random = np.random.default_rng(2)
    true = random.normal(size=(3, 5)).astype(np.float32) * 10
    points = (true[random.integers(3, size=900)] + random.normal(size=(900, 5)) * 0.1).astype(np.float32)
    centres = true + np.float32(1.0)
    for _ in range(3):
        centres = tool.moved(points, centres, random)
    assert centres == pytest.approx(true, abs=0.05)


def test_a_centre_without_points_is_drawn_anew(tool):
    points = np.zeros((10, 4), np.float32)
    far = np.stack([np.zeros(4), np.full(4, 100.0)]).astype(np.float32)
    assert (tool.moved(points, far, np.random.default_rng(0)) == 0).all()


def test_features_are_those_of_the_slow_way(tool, filters):
    image = pictures(1)[0]
    white = ((tool.patches_of(image) - filters.mean) @ filters.whitening).astype(np.float64)
    distance = np.sqrt(((white[:, None, :] - filters.centres[None]) ** 2).sum(axis=2))
    active = np.maximum(distance.mean(axis=1, keepdims=True) - distance, 0).reshape(27, 27, 12)
    quarters = [active[:13, :13], active[:13, 13:], active[13:, :13], active[13:, 13:]]
    wanted = np.concatenate([quarter.sum(axis=(0, 1)) for quarter in quarters])
    assert tool.features(image, filters)[0] == pytest.approx(wanted, rel=1e-3, abs=1e-2)


def test_features_of_an_image_do_not_depend_on_its_neighbours(tool, filters):
    images = pictures(tool.AT_ONCE + 3)[0]
    together = tool.features(images, filters)
    assert together.shape == (tool.AT_ONCE + 3, 48)
    assert tool.features(images[-1:], filters)[0] == pytest.approx(together[-1], rel=1e-4, abs=1e-3)


def test_scaling_uses_the_training_images_and_cuts_at_three_deviations(tool):
    random = np.random.default_rng(3)
    train, test = (random.normal(5, 2, (2000, 3)).astype(np.float32) for _ in range(2))
    train[:, 2] = 7.0  # a feature that says nothing
    test[0, 0] = 1e6
    scaled, other = tool.standardised(train, test)
    assert scaled[:, :2].std(axis=0) == pytest.approx([1 / 3, 1 / 3], rel=0.01)
    assert scaled.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-3)
    assert other[0, 0] == 1.0
    assert np.isfinite(scaled).all()


def test_files_are_what_a_workload_reads_and_repeat_themselves(tool, file, tmp_path):
    (path,) = tool.make([file], tmp_path / "a", count=16, patches=800, turns=3, seed=7)
    for split, count in (("train", 60), ("test", 20)):
        values, labels = read_split(path, split)
        assert (values.shape, values.dtype) == ((count, 64), np.float32)
        assert np.abs(values).max() <= 1
        assert (labels == np.arange(count) % 2).all()
    with np.load(path) as archive:
        assert archive["seed"] == 7
    again = tool.make([file], tmp_path / "b", 16, 800, 3, 7)[0].read_bytes()
    assert again == path.read_bytes()
    assert tool.make([file], tmp_path / "c", 16, 800, 3, 8)[0].read_bytes() != again


def test_a_head_learns_what_the_features_tell_apart(tool, file, tmp_path):
    (path,) = tool.make([file], tmp_path / "a", 16, 800, 3, 0)
    with np.load(path) as archive:
        data = dict(archive)
    train, test = tool.head_accuracy(data, seed=0, epochs=200)
    assert min(train, test) > 0.95
    data["y_train"] = np.random.default_rng(0).integers(0, 2, 60)
    assert tool.head_accuracy(data, seed=0, epochs=200)[1] < 0.9  # labels of chance teach nothing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((2, 28, 28), np.uint8)}, r"'x_train' is uint8 \[2, 28, 28\], expected uint8 \[N, 32, 32, 3\]"),
        ({"x_test": np.zeros((2, 32, 32, 3))}, "'x_test' is float64"),
        ({"y_test": None}, "the array 'y_test' is missing"),
    ],
)
def test_wrong_files(tool, file, tmp_path, change, message):
    with np.load(file) as archive:
        arrays = dict(archive) | change
    np.savez(tmp_path / "wrong.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(InputError, match=message):
        tool.read_images(tmp_path / "wrong.npz")


def test_an_absent_file_is_one_sentence(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["make_features.py", str(tmp_path / "none.npz"), "--into", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as end:
        tool.main()
    assert end.value.code == 2
    assert "none.npz: there is no such file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
