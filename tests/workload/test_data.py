import gzip
from pathlib import Path

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.data import DataSpec, InputSpec, load_data

from .test_idx import encoded


def stored(folder: Path, images, labels, split="test"):
    path = folder / "data.npz"
    np.savez(path, **{f"x_{split}": images, f"y_{split}": labels})
    return path


def loaded(path, shape, **values):
    data = {name: values.pop(name) for name in ("split", "channels") if name in values}
    return load_data(path, DataSpec(file="data.npz", **data), InputSpec(shape=shape, **values))


def bytes_of(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_bytes_become_numbers_from_0_to_1(tmp_path):
    images = bytes_of(5, 4, 3)
    x, y = loaded(stored(tmp_path, images, np.arange(5)), (1, 4, 3), divide_by=255)
    assert (x.dtype, y.dtype, x.shape) == (np.float32, np.int64, (5, 1, 4, 3))
    np.testing.assert_array_equal(x[:, 0], images.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(y, np.arange(5))


def test_mean_and_deviation_for_each_channel(tmp_path):
    images = bytes_of(5, 2, 4, 3)
    x, _ = loaded(stored(tmp_path, images, np.zeros(5, int)), (2, 4, 3), divide_by=255, mean=(0.1, 0.2), deviation=(0.5, 4.0))
    np.testing.assert_allclose(x[:, 0], (images[:, 0] / 255 - 0.1) / 0.5, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(x[:, 1], (images[:, 1] / 255 - 0.2) / 4.0, rtol=1e-5, atol=1e-6)


def test_channels_last_and_plain_vectors(tmp_path):
    images = bytes_of(5, 4, 3, 2)
    x, _ = loaded(stored(tmp_path, images, np.zeros(5, int)), (2, 4, 3), channels="last")
    np.testing.assert_array_equal(x, images.transpose(0, 3, 1, 2))
    assert x.flags.c_contiguous
    vectors = bytes_of(5, 9)
    x, _ = loaded(stored(tmp_path, vectors, np.zeros(5, int)), (9, 1, 1))
    np.testing.assert_array_equal(x[:, :, 0, 0], vectors)


def test_images_are_taken_as_vectors_in_the_order_channel_row_column(tmp_path):
    images = bytes_of(5, 4, 3)
    x, _ = loaded(stored(tmp_path, images, np.zeros(5, int)), (12, 1, 1))
    np.testing.assert_array_equal(x, images.reshape(5, 12, 1, 1))
    coloured = bytes_of(5, 4, 3, 2)
    x, _ = loaded(stored(tmp_path, coloured, np.zeros(5, int)), (24, 1, 1), channels="last")
    np.testing.assert_array_equal(x, coloured.transpose(0, 3, 1, 2).reshape(5, 24, 1, 1))


def test_a_folder_of_idx_files(tmp_path):
    images, labels = bytes_of(5, 4, 3), np.arange(5, dtype=np.uint8)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(encoded(images)))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(encoded(labels))
    x, y = loaded(tmp_path, (1, 4, 3))
    np.testing.assert_array_equal(x[:, 0], images)
    np.testing.assert_array_equal(y, labels)


def test_the_other_split_is_missing(tmp_path):
    path = stored(tmp_path, bytes_of(5, 4, 3), np.zeros(5, int))
    with pytest.raises(InputError, match="the array 'x_train' is missing") as caught:
        loaded(path, (1, 4, 3), split="train")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("images", "shape", "channels", "message"),
    [
        (bytes_of(5, 4, 3), (1, 3, 4), "first", r"images are stored as \[4, 3\] .*the input is \[1, 3, 4\]; correct input.shape"),
        (bytes_of(5, 4, 3), (3, 4, 3), "first", r"correct input.shape"),
        (bytes_of(5, 4, 3, 2), (2, 4, 3), "first", "set data.channels to last"),
        (bytes_of(5, 12), (1, 4, 3), "first", r"stored as \[12\]"),
        (bytes_of(0, 4, 3), (1, 4, 3), "first", "test split holds no images"),
        (np.uint8(3), (1, 4, 3), "first", "test split holds no images"),
    ],
)
def test_images_of_another_shape_are_refused(tmp_path, images, shape, channels, message):
    count = len(images) if images.ndim else 1
    with pytest.raises(InputError, match=message):
        loaded(stored(tmp_path, images, np.zeros(count, int)), shape, channels=channels)


def test_values_that_are_no_finite_numbers_are_refused(tmp_path):
    images = np.zeros((5, 1, 4, 3), np.float32)
    images[3, 0, 1, 2] = np.nan
    with pytest.raises(InputError, match=r"image 3 holds a value that is not finite, at \[0, 1, 2\]"):
        loaded(stored(tmp_path, images, np.zeros(5, int)), (1, 4, 3))
    with pytest.raises(InputError, match=r"holds 1e\+300, which scaled as float32 is beyond what that can hold \(3.4e38\), at"):
        loaded(stored(tmp_path, np.full((5, 4, 3), 1e300), np.zeros(5, int)), (1, 4, 3))
    with pytest.raises(InputError, match="images are of type <U1, expected numbers"):
        loaded(stored(tmp_path, np.full((5, 4, 3), "a"), np.zeros(5, int)), (1, 4, 3))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(4, int), r"labels are of shape \[4\], expected one for each of 5 images"),
        (np.zeros((5, 10), int), r"labels are of shape \[5, 10\]"),
        (np.zeros(5), "labels are of type float64, expected whole numbers"),
        (np.array([0, 1, -3, 0, 0]), "label -3 of image 2 is below 0"),
    ],
)
def test_odd_labels_are_refused(tmp_path, labels, message):
    with pytest.raises(InputError, match=message):
        loaded(stored(tmp_path, bytes_of(5, 4, 3), labels), (1, 4, 3))


def test_labels_in_a_column_are_taken(tmp_path):
    _, y = loaded(stored(tmp_path, bytes_of(5, 4, 3), np.arange(5)[:, None]), (1, 4, 3))
    np.testing.assert_array_equal(y, np.arange(5))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shape": (1, 0, 3)}, r"shape \[1, 0, 3\] is not a shape"),
        ({"shape": (3, 4)}, "shape"),
        ({"shape": (3, 4, 4), "mean": (1.0, 2.0)}, "mean has 2 numbers, expected one or 3"),
        ({"shape": (1, 4, 4), "deviation": (0.0,)}, "must be above zero"),
        ({"shape": (1, 4, 4), "divide_by": 0}, "divide_by"),
    ],
)
def test_odd_inputs_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        InputSpec(**values)
