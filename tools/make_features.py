"""Features of a frozen network that never saw a label: 2,048 numbers for every image of 32 x 32 pixels, for heads trained on a chip.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/make_features.py cifar10.npz cifar100.npz --into features

The files hold x_train, x_test (uint8 [N, 32, 32, 3]) and y_train, y_test; the filters are learned from patches of the training
images of the first file and used for all, so that for the others this is transfer learning. Each output, of the same name in the
folder `--into`, holds x_train, x_test (float32 [N, 4 K] in -1 ... 1), y_train, y_test as they were, and `seed`.

One layer of filters found by clustering, after A. Coates, H. Lee, A. Ng, AISTATS 15, 215 (2011):
    p = (patch - its mean) / sqrt(its variance + 10), patches of 6 x 6 pixels in 3 colours at every position (27 x 27);
    q = (p - mean) V (eigenvalues + 0.1)^-1/2 V^T: whitened by the covariance of the patches the filters are learned from;
    filters c_k, k = 1 ... K: K = 512 centres of k-means, `--turns` turns over `--patches` patches;
    z_k = |q - c_k|, f_k = max(0, mean over k of z - z_k), summed over each quarter of the image: 4 K features;
    feature = clip((f - mean) / (3 deviation), -1, 1), mean and deviation over the training images of the file.

The same seed, NumPy and BLAS give the same bytes. `--head` trains a softmax layer in float on the features (SGD with momentum 0.9
and a weight decay of 0.001 on shuffled mini-batches of 100, 20 epochs, the rate falling from 0.02 to zero) and prints its
accuracy. Data are read from where they lie; nothing is downloaded.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.archive import read_arrays

Floats = NDArray[np.float32]
SIZE, PATCH = 32, 6
POSITIONS = SIZE - PATCH + 1
SPLITS = ("train", "test")
DECAY = np.float32(1e-3)  # of the weights of the float head
AT_ONCE = 8  # images whose activations are held at the same time: they fit the cache


@dataclass(frozen=True)
class Filters:
    """A frozen layer: `mean` and `whitening` of a patch, and centres [K, 108] in the whitened space."""

    mean: Floats
    whitening: Floats
    centres: Floats


def read_images(path: Path) -> dict[str, NDArray[Any]]:
    """The four arrays of a data set; InputError where the file is absent or holds something else."""
    names = [f"{part}_{split}" for split in SPLITS for part in "xy"]
    arrays = read_arrays(path, names)
    for name in names:
        if name not in arrays:
            raise InputError(f"{path}: the array '{name}' is missing")
        if name.startswith("x") and (arrays[name].dtype != np.uint8 or arrays[name].shape[1:] != (SIZE, SIZE, 3)):
            found = f"{arrays[name].dtype} {list(arrays[name].shape)}"
            raise InputError(f"{path}: '{name}' is {found}, expected uint8 [N, {SIZE}, {SIZE}, 3], colours last")
    return arrays


def normalised(patches: Floats) -> Floats:
    """Patches [N, 108] without their brightness and contrast."""
    centred = patches - patches.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(10.0))


def patches_of(images: NDArray[np.uint8]) -> Floats:
    """All patches of images [N, 32, 32, 3], normalised: [N * 27 * 27, 108]."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    return normalised(windows.reshape(-1, 3 * PATCH * PATCH).astype(np.float32))


def drawn(images: NDArray[np.uint8], count: int, random: np.random.Generator) -> Floats:
    """`count` patches at random places of random images, normalised: [count, 108], colours first as in `patches_of`."""
    which = random.integers(len(images), size=count)
    row, column = random.integers(POSITIONS, size=(2, count, 1, 1))
    steps = np.arange(PATCH)
    found = images[which[:, None, None], row + steps[:, None], column + steps]
    return normalised(found.transpose(0, 3, 1, 2).reshape(count, -1).astype(np.float32))


def learned(images: NDArray[np.uint8], count: int, patches: int, turns: int, seed: int) -> Filters:
    """`count` filters from patches of images; labels are not asked for."""
    random = np.random.default_rng(seed)
    seen = drawn(images, patches, random)
    mean = seen.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(seen, rowvar=False))
    whitening = ((vectors / np.sqrt(values + 0.1)) @ vectors.T).astype(np.float32)
    white = (seen - mean) @ whitening
    centres = white[random.choice(len(white), count, replace=False)]
    for _ in range(turns):
        centres = moved(white, centres, random)
    return Filters(mean, whitening, centres)


def moved(points: Floats, centres: Floats, random: np.random.Generator) -> Floats:
    """One turn of k-means: every centre to the mean of the points nearest to it; one that has none, to a point drawn anew."""
    half = (centres * centres).sum(axis=1) / 2
    nearest = np.concatenate([(part @ centres.T - half).argmax(axis=1) for part in np.array_split(points, len(points) // 4096 + 1)])
    order = np.argsort(nearest, kind="stable")
    counts = np.bincount(nearest, minlength=len(centres))
    used = counts > 0
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    fresh = points[random.integers(len(points), size=len(centres))].copy()
    fresh[used] = np.add.reduceat(points[order], starts[used]) / counts[used, None].astype(np.float32)
    return fresh


def features(images: NDArray[np.uint8], filters: Filters) -> Floats:
    """Features before scaling, [N, 4 K]: activations summed over the four quarters of each image."""
    return np.concatenate([_quarters(images[i : i + AT_ONCE], filters) for i in range(0, len(images), AT_ONCE)])


def _quarters(images: NDArray[np.uint8], filters: Filters) -> Floats:
    white = (patches_of(images) - filters.mean) @ filters.whitening
    distance = white @ (-2.0 * filters.centres.T)
    distance += (filters.centres * filters.centres).sum(axis=1)
    distance += (white * white).sum(axis=1, keepdims=True)
    np.sqrt(np.maximum(distance, 0, out=distance), out=distance)
    active = np.subtract(distance.mean(axis=1, keepdims=True), distance, out=distance)
    maps = np.maximum(active, 0, out=active).reshape(len(images), POSITIONS, POSITIONS, -1)
    middle = POSITIONS // 2
    rows = np.add.reduceat(maps, [0, middle], axis=1)
    return np.add.reduceat(rows, [0, middle], axis=2).reshape(len(images), -1)


def standardised(train: Floats, test: Floats) -> tuple[Floats, Floats]:
    """Both scaled by the mean and deviation of the training images and cut at three deviations: -1 ... 1."""
    mean, deviation = train.mean(axis=0), np.maximum(train.std(axis=0), np.float32(1e-6))
    scale = np.float32(3.0) * deviation
    return np.clip((train - mean) / scale, -1, 1), np.clip((test - mean) / scale, -1, 1)


def head_accuracy(data: dict[str, NDArray[Any]], seed: int, epochs: int = 20, rate: float = 0.02) -> tuple[float, float]:
    """Accuracy on training and test data of a softmax layer trained in float on features."""
    random = np.random.default_rng(seed)
    x = {split: np.hstack([data[f"x_{split}"], np.ones((len(data[f"x_{split}"]), 1), np.float32)]) for split in SPLITS}
    labels = data["y_train"].reshape(-1).astype(int)
    weights = np.zeros((x["train"].shape[1], int(labels.max()) + 1), np.float32)
    speed = np.zeros_like(weights)
    batches = max(len(labels) // 100, 1)
    steps = epochs * batches
    for step in range(steps):
        if step % batches == 0:
            order = random.permutation(len(labels))
        some = order[step % batches * 100 :][:100]
        inputs, logits = x["train"][some], x["train"][some] @ weights
        error = np.exp(logits - logits.max(axis=1, keepdims=True))
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(len(some)), labels[some]] -= 1
        slope = inputs.T @ error / len(some) + DECAY * weights
        speed = np.float32(0.9) * speed - np.float32(rate * (1 - step / steps)) * slope
        weights += speed
    first, second = (float(((x[split] @ weights).argmax(axis=1) == data[f"y_{split}"].reshape(-1)).mean()) for split in SPLITS)
    return first, second


def make(paths: list[Path], into: Path, count: int, patches: int, turns: int, seed: int) -> list[Path]:
    """Features of every file into the folder; returns the files written."""
    everything = [read_images(path) for path in paths]
    filters = learned(everything[0]["x_train"], count, patches, turns, seed)
    into.mkdir(parents=True, exist_ok=True)
    written = []
    for path, arrays in zip(paths, everything, strict=True):
        train, test = standardised(*(features(arrays[f"x_{split}"], filters) for split in SPLITS))
        labels = {f"y_{split}": arrays[f"y_{split}"] for split in SPLITS}
        np.savez(into / path.name, x_train=train, x_test=test, **labels, seed=np.int64(seed))
        written.append(into / path.name)
    return written


def main() -> None:
    """Arguments in, files out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("data", nargs="+", type=Path, help="files of images; the filters are learned from the first")
    parser.add_argument("--into", type=Path, required=True, help="folder of the files of features")
    parser.add_argument("--filters", type=int, default=512, help="filters; four features each")
    parser.add_argument("--patches", type=int, default=100_000, help="patches that the filters are learned from")
    parser.add_argument("--turns", type=int, default=15, help="turns of k-means")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--head", action="store_true", help="train a float head and print its accuracy")
    given = parser.parse_args()
    start = time.process_time()
    try:
        written = make(given.data, given.into, given.filters, given.patches, given.turns, given.seed)
    except InputError as error:
        parser.exit(2, f"{error}\n")
    print(f"{time.process_time() - start:.0f} s of CPU")
    for path in written:
        with np.load(path) as archive:
            data = dict(archive)
        print(f"{path}: {data['x_train'].shape} and {data['x_test'].shape}")
        if given.head:
            train, test = head_accuracy(data, given.seed)
            print(f"  float head: {100 * train:.2f} % of the training images, {100 * test:.2f} % of the test images")


if __name__ == "__main__":
    main()
