"""IDX files, the format in which MNIST, Fashion-MNIST and EMNIST are published, gzipped or not.

Two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension as a 32-bit number, then the values
in C order; everything big-endian. A data set is four files whose names contain train-images, train-labels, t10k-images (or
test-images) and t10k-labels (or test-labels). Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", 1998.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
DENSEST = 1032  # bytes that gzip can make of one
_PREFIXES = {"train": ("train",), "test": ("t10k", "test")}


def find_idx(folder: Path, split: Literal["train", "test"], what: Literal["images", "labels"]) -> Path:
    """The one IDX file in a folder that holds the images or labels of a split; InputError when none or several do."""
    patterns = [f"*{prefix}-{what}*" for prefix in _PREFIXES[split]]
    found = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        message = f"expected one IDX file named {' or '.join(patterns)}, found {listed}"
        raise InputError(Problem(message, "data.file", str(folder)))
    return found[0]


def read_idx(path: Path) -> NDArray[Any]:
    """The array of an IDX file, gunzipped if its name ends in .gz; InputError for other content or another length.

    MemoryError for a sound file that does not fit into memory.
    """
    wanted = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES:
                raise InputError(Problem(f"is not an IDX file: it begins with the bytes '{head.hex(' ')}'", file=str(path)))
            kind = np.dtype(_TYPES[head[2]])
            shape = [int.from_bytes(file.read(4), "big") for _ in range(head[3])]
            wanted = prod(shape) * kind.itemsize
            content = file.read(wanted + 1)  # one more than expected, to notice a file that is too long
    except MemoryError:
        if wanted <= DENSEST * path.stat().st_size:  # nothing is wrong with the file
            raise
        raise InputError(Problem(f"cannot be read (its head asks for {wanted} bytes)", file=str(path))) from None
    except (OSError, EOFError, OverflowError, zlib.error) as error:
        raise InputError(Problem(f"cannot be read ({error})", file=str(path))) from None
    if len(content) != wanted:
        held = "more" if len(content) > wanted else f"{len(content)}"
        raise InputError(Problem(f"holds {held} bytes of values, expected {wanted} for the shape {shape}", file=str(path)))
    return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="))
