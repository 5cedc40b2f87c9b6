"""Data sets for training, made on this machine from others: MNIST-backrand, MNIST cropped to 22 x 24, Fashion-MNIST as one file.

    python tools/make_data.py backrand workloads/data/mnist.npz mnist-backrand.npz --seed 0
    python tools/make_data.py crop     workloads/data/mnist.npz mnist-22x24.npz
    python tools/make_data.py copy     /usr/share/datasets/fashion-mnist fashion-mnist.npz

A source is an .npz file with x_train, y_train, x_test, y_test or a folder of IDX files, such as that of Debian's package
dataset-fashion-mnist (unpacked anywhere: `dpkg -x`); images are uint8 [N, 28, 28]. The results are .npz files with the same four
arrays. Nothing is downloaded.

    backrand    x = max(x, r), r uniform in 0 ... 255 and independent for every pixel and image: digits on a noisy ground, after
                H. Larochelle et al., ICML 2007, doi:10.1145/1273496.1273556, on the full sets of 60,000 and 10,000 images.
                r of an image is a function of the seed, the split and the number of the image (Philox), so that the file is the
                same on every machine
    crop        the 22 rows and 24 columns in the middle: 528 inputs, as G. Burr et al., IEEE Trans. Electron Devices 62, 3498, 2015,
                doi:10.1109/TED.2015.2439635, who do not say which; the middle is assumed
    copy        unchanged
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import uniform
from chipsim.streams import Stream
from chipsim.workload.data import Split, read_split

Bytes = NDArray[np.uint8]
SPLITS: tuple[Split, ...] = ("train", "test")
HEIGHT, WIDTH = 22, 24


def backrand(images: Bytes, seed: int, split: str) -> Bytes:
    """Images [N, H, W] on a ground of noise: the brighter of pixel and noise."""
    key = Stream(seed).child("backrand").child(split).key
    noise = np.empty(images.shape, np.uint8)
    for number in range(len(images)):
        noise[number] = uniform(images.shape[1:], key, c1=number) * np.float32(256)
    return np.maximum(images, noise)


def crop(images: Bytes, seed: int = 0, split: str = "") -> Bytes:
    """The middle of images [N, H, W]: [N, 22, 24]."""
    top, left = (images.shape[1] - HEIGHT) // 2, (images.shape[2] - WIDTH) // 2
    if min(top, left) < 0:
        raise InputError(f"images are {list(images.shape[1:])}, expected at least {HEIGHT} rows and {WIDTH} columns")
    return np.ascontiguousarray(images[:, top : top + HEIGHT, left : left + WIDTH])


def copy(images: Bytes, seed: int = 0, split: str = "") -> Bytes:
    """Images as they are."""
    return images


KINDS: dict[str, Callable[[Bytes, int, str], Bytes]] = {"backrand": backrand, "crop": crop, "copy": copy}


def make(kind: str, source: Path, target: Path, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Make one file from another; returns the arrays that were written."""
    arrays: dict[str, NDArray[Any]] = {}
    for split in SPLITS:
        images, labels = read_split(source, split)
        if images.dtype != np.uint8 or images.ndim != 3:
            raise InputError(f"{source}: images are {images.dtype} {list(images.shape)}, expected uint8 [N, height, width]")
        arrays |= {f"x_{split}": KINDS[kind](images, seed, split), f"y_{split}": labels}
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, **arrays)
    return arrays


def digest(array: NDArray[Any]) -> str:
    """sha256 of the raw bytes of an array."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def main() -> None:
    """Arguments in, a file out, and what it holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("source", type=Path, help="an .npz file or a folder of IDX files")
    parser.add_argument("target", type=Path, help="the .npz file to write")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    given = parser.parse_args()
    try:
        arrays = make(given.kind, given.source, given.target, given.seed)
    except InputError as error:
        parser.exit(2, f"{error}\n")
    for name, array in arrays.items():
        print(f"{name} {array.dtype} {list(array.shape)} sha256 {digest(array)}")


if __name__ == "__main__":
    main()
