"""The state of a training in one .npz file without pickle, written whole or not at all; the one before it is kept beside it.

`settings` are digests by name (network, rule, data ...): a file is taken up again only where all of them are the same, and the first
that differs is named. `arrays` are whatever the training remembers. `found` goes back to the file before, `<name>.older`, where the
newest cannot be read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import CheckError, InputError, Problem
from chipsim.workload.archive import read_arrays

SETTINGS = "settings"
Arrays = dict[str, NDArray[Any]]


def save(path: Path, settings: Mapping[str, str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the file, or leave the one that is there; CheckError when it cannot be written."""
    text = np.array(json.dumps(dict(settings), sort_keys=True))
    draft = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **{SETTINGS: text}, **arrays)
            file.flush()
            os.fsync(file.fileno())
        _keep(path)
        os.replace(draft, path)
    except OSError as error:
        raise CheckError(f"{path}: the checkpoint could not be written ({error.strerror}); free space, or choose another file") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)


def load(path: Path, settings: Mapping[str, str]) -> Arrays:
    """The arrays of a file that was saved with the same settings; InputError names what differs."""
    arrays = read_arrays(path)
    stored = _settings(arrays.pop(SETTINGS, None), path)
    differing = [name for name in settings if stored.get(name) != settings[name]]
    if differing:
        message = f"this checkpoint was written with another {', another '.join(differing)}; go on with what it was written with, "
        raise InputError(Problem(message + "or begin anew with another file", file=str(path)))
    return arrays


def _keep(path: Path) -> None:
    """Give the newest file the name of the one before, without a moment in which there is none under its own name."""
    with suppress(FileNotFoundError):
        os.unlink(older(path))
    try:
        os.link(path, older(path))
    except FileNotFoundError:
        return
    except OSError:  # a file system without links
        shutil.copyfile(path, older(path))


def older(path: Path) -> Path:
    """Where the checkpoint before the newest lies."""
    return path.with_name(f"{path.name}.older")


def found(path: Path, settings: Mapping[str, str]) -> tuple[Arrays | None, str]:
    """What to go on from (None where there is no file), and a sentence where that is not the newest.

    InputError where it belongs to another training, and where no file can be read.
    """
    if not path.exists() and not older(path).exists():
        return None, ""
    try:
        _settings(read_arrays(path).get(SETTINGS), path)
    except InputError as error:
        if not older(path).exists():
            problem = error.problems[0]
            way_out = f"{problem.message}; remove this checkpoint to begin anew"
            raise InputError(Problem(way_out, problem.key, str(path))) from None
        return load(older(path), settings), f"{error.problems[0]}; training goes on from the checkpoint before it, {older(path).name}"
    return load(path, settings), ""


def digest_of(*arrays: NDArray[Any]) -> str:
    """Hash of the numbers, shapes and types of arrays."""
    total = hashlib.blake2b(digest_size=8)
    for array in arrays:
        total.update(f"{array.dtype} {array.shape} ".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def _settings(stored: NDArray[Any] | None, path: Path) -> dict[str, str]:
    try:
        if stored is None:
            raise ValueError
        found: dict[str, str] = dict(json.loads(str(stored)))
    except ValueError:
        raise InputError(Problem("is no checkpoint of a training; expected one that chipsim has written", file=str(path))) from None
    return found
