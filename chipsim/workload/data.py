"""Images and labels from files on this machine: an .npz file, a folder of IDX files or a text. Nothing is ever downloaded.

An .npz file holds the arrays x_train, y_train, x_test, y_test (no pickle); for a folder of IDX files see `idx.py`, for a text (a file
named .txt, whose labels are [N, T]) `text.py`.

Images may be [N, H, W], [N, C, H, W], [N, H, W, C] (`channels: last`) or plain vectors [N, n]; they become float32
[N, C, H, W] as (value / divide_by - mean) / deviation. An input of shape [n, 1, 1] takes images of n values of any shape as
vectors, in the order channel, row, column, one of shape [n, steps, 1] sequences stored [N, n, steps]. An input of `tokens` takes whole
numbers [N, steps] or [N, 1, steps, 1] as they are; held as float32, a token is exact.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.spec import FilePath, Spec, check, key
from chipsim.workload.archive import read_arrays
from chipsim.workload.idx import find_idx, read_idx
from chipsim.workload.layers.embedding import MOST
from chipsim.workload.text import SUFFIX, read_text

Split = Literal["train", "test"]
Targets = Literal["classes", "sequences", "numbers", "any"]


@final
class DataSpec(Spec):
    """Where the images and labels are."""

    file: FilePath = key("an .npz file, a folder of IDX files or a .txt of text, relative to the file this is written in", min_length=1)
    split: Split = key("which part: train or test", default="test")
    channels: Literal["first", "last"] = key("images are stored [N, C, H, W] (first) or [N, H, W, C] (last)", default="first")


@final
class InputSpec(Spec):
    """What the first layer reads: the shape, and how stored values become numbers."""

    shape: tuple[int, int, int] = key("channels, height, width of an image; a vector of n numbers is [n, 1, 1], a sequence [n, steps, 1]")
    divide_by: float = key("stored values are divided by this; 255 takes bytes to 0 ... 1", default=1.0, gt=0)
    mean: tuple[float, ...] = key("subtracted afterwards: one number, or one for each channel", default=(0.0,), min_length=1)
    deviation: tuple[float, ...] = key("divided by in the end: one number, or one for each channel", default=(1.0,), min_length=1)
    tokens: int | None = key(
        "the numbers are those of so many tokens, whole ones from 0 on, for a layer of type embedding (default: plain numbers)",
        default=None, ge=1, le=MOST,
    )  # fmt: skip

    @check
    def _fits_the_channels(self) -> InputSpec:
        if min(self.shape) < 1:
            raise ValueError(f"shape {list(self.shape)} is not a shape, expected numbers of at least 1")
        for name, values in (("mean", self.mean), ("deviation", self.deviation)):
            if len(values) not in (1, self.shape[0]):
                raise ValueError(f"{name} has {len(values)} numbers, expected one or {self.shape[0]} (one for each channel)")
        if min(self.deviation) <= 0:
            raise ValueError(f"deviation {list(self.deviation)} must be above zero")
        if self.tokens and (self.divide_by, self.mean, self.deviation) != (1.0, (0.0,), (1.0,)):
            raise ValueError("divide_by, mean and deviation would make other tokens of tokens; leave them out")
        if self.tokens and self.shape[0] != 1:
            raise ValueError(f"shape {list(self.shape)} has {self.shape[0]} numbers at a position; tokens are [1, steps, 1]")
        return self


def load_data(path: Path, data: DataSpec, scaling: InputSpec, targets: Targets | None = None) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Images, float32 [N, C, H, W] and scaled, and labels, int64 [N] (of a text [N, T]).

    targets: what a metric takes as labels (see `stored_labels`), default: one class a sample. InputError where they do not fit the
    descriptions.
    """
    if path.suffix == SUFFIX and not path.is_dir():
        windows, characters = read_text(path, data.split, scaling.shape, scaling.tokens)
        return scaled(windows, scaling, path), characters
    images, labels = read_split(path, data.split)
    values = scaled(arranged(images, data, scaling, path), scaling, path)
    if message := token_problem(values, scaling.tokens):
        raise InputError(Problem(message, f"x_{data.split}", str(path)))
    return values, checked_labels(labels, len(images), path) if targets is None else stored_labels(labels, len(images), path, targets)


def read_split(path: Path, split: Split) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images and labels as stored."""
    if path.is_dir():
        return read_idx(find_idx(path, split, "images")), read_idx(find_idx(path, split, "labels"))
    names = (f"x_{split}", f"y_{split}")
    arrays = read_arrays(path, names)
    missing = [Problem(f"the array '{name}' is missing", "data.split", str(path)) for name in names if name not in arrays]
    if missing:
        raise InputError(missing)
    return arrays[names[0]], arrays[names[1]]


def arranged(images: NDArray[Any], data: DataSpec, scaling: InputSpec, path: Path) -> NDArray[Any]:
    """Stored images as [N, C, H, W]; InputError where their shape is not that of the input."""
    wanted = scaling.shape
    if images.ndim < 1 or len(images) == 0:
        raise InputError(Problem(f"the {data.split} split holds no images", "data.split", str(path)))
    stored = images.shape[1:]
    if data.channels == "last" and images.ndim == 4:
        images = np.moveaxis(images, 3, 1)
    as_vector = wanted == (prod(stored), 1, 1)  # the pixels in the order channel, row, column
    as_sequence = (*stored, 1) == wanted or (1, *stored, 1) == wanted
    if images.shape[1:] == wanted or (1, *stored) == wanted or as_vector or as_sequence:
        return images.reshape(len(images), *wanted)
    swapped = images.ndim == 4 and data.channels == "first" and stored == (*wanted[1:], wanted[0])
    hint = "set data.channels to last" if swapped else "correct input.shape or choose other data"
    message = f"images are stored as {list(stored)} (channels {data.channels}), the input is {list(wanted)}; {hint}"
    raise InputError(Problem(message, "input.shape", str(path)))


def scaled(images: NDArray[Any], scaling: InputSpec, path: Path) -> NDArray[np.float32]:
    """(value / divide_by - mean) / deviation as float32, C-contiguous; InputError where a result is not finite."""
    if images.dtype.kind not in "uifb":
        raise InputError(Problem(f"images are of type {images.dtype}, expected numbers", "data.file", str(path)))
    mean = np.asarray(scaling.mean, np.float32).reshape(-1, 1, 1)
    deviation = np.asarray(scaling.deviation, np.float32).reshape(-1, 1, 1)
    with np.errstate(over="ignore", invalid="ignore"):  # reported below, with the place
        values = np.ascontiguousarray(images, np.float32) / np.float32(scaling.divide_by)
        if scaling.mean != (0.0,) or scaling.deviation != (1.0,):
            values = (values - mean) / deviation
    if not np.isfinite(values).all():
        where = tuple(int(number) for number in np.argwhere(~np.isfinite(values))[0])
        what = "a value that is not finite"
        if np.isfinite(images[where]):
            what = f"{images[where]:g}, which scaled as float32 is beyond what that can hold (3.4e38)"
        raise InputError(Problem(f"image {where[0]} holds {what}, at {list(where[1:])}", file=str(path)))
    return values


def token_problem(inputs: NDArray[np.float32], tokens: int | None) -> str:
    """What keeps inputs [N, 1, H, W] from being so many tokens; empty where nothing does, or the inputs are plain numbers."""
    wrong = (inputs != np.floor(inputs)) | (inputs < 0) | (inputs >= tokens) if tokens else np.zeros(1, bool)
    if not wrong.any():
        return ""
    first = tuple(int(number) for number in np.argwhere(wrong)[0])
    found = f"sample {first[0]} holds the token {inputs[first]:g} at {list(first[1:])}"
    return f"{found}; expected whole numbers from 0 to {(tokens or 0) - 1}"


def stored_labels(labels: NDArray[Any], count: int, path: Path, targets: Targets) -> NDArray[Any]:
    """Labels for a metric that takes these targets.

    classes: int64 [N], [N, T] or [N, H, W]; sequences: int64 [N, L]; numbers: int64 or float32. InputError
    where they are of another kind, or not one entry for each of `count` images. What they mean, the metric knows.
    """
    most = {"classes": 3, "sequences": 2}.get(targets, max(labels.ndim, 1))
    if labels.ndim == 0 or len(labels) != count or labels.ndim > most:
        message = f"labels are of shape {list(labels.shape)}, expected one for each of {count} images"
        raise InputError(Problem(message, file=str(path)))
    whole = targets in ("classes", "sequences")
    if labels.dtype.kind not in ("ui" if whole else "uif"):
        rmse = "; for numbers that the outputs should reach, write 'metric: {type: rmse}'" if labels.dtype.kind == "f" else ""
        message = f"labels are of type {labels.dtype}, expected {'whole ' if whole else ''}numbers{rmse}"
        raise InputError(Problem(message, file=str(path)))
    numbers = labels.astype(np.float32 if labels.dtype.kind == "f" else np.int64)
    return numbers.reshape(-1) if targets == "classes" and labels.shape == (count, 1) else np.ascontiguousarray(numbers)


def checked_labels(labels: NDArray[Any], count: int, path: Path) -> NDArray[np.int64]:
    """Labels as int64 [N]; InputError where they are not whole numbers from 0 on, one for each of `count` images."""
    if labels.shape not in {(count,), (count, 1)}:
        message = f"labels are of shape {list(labels.shape)}, expected one for each of {count} images"
        raise InputError(Problem(message, file=str(path)))
    if labels.dtype.kind not in "ui":
        raise InputError(Problem(f"labels are of type {labels.dtype}, expected whole numbers", file=str(path)))
    numbers = labels.reshape(-1).astype(np.int64)
    if numbers.min() < 0:
        raise InputError(Problem(f"label {numbers.min()} of image {int(numbers.argmin())} is below 0", file=str(path)))
    return numbers
