"""Workloads with the hash of their numbers, kept while their files stay the same, so that the points of a sweep share one.

A Workload is frozen, so who shares it cannot harm the others. It is known by its resolved description and by path, size and time of
change of every file named in it. A file that was changed a moment ago is read again: its next change might bear the same time.
Here are also the steps from a file to the tree of an experiment.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chipsim.assumptions import specs_in
from chipsim.compose import read
from chipsim.errors import InputError
from chipsim.spec import Spec, names_file
from chipsim.tree import Node, plain_node
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.given import redescribed
from chipsim.workload.graph import Workload
from chipsim.workload.load import workload_of

MOST = 2  # workloads kept at a time
SETTLED = 2.0  # s: the coarsest time of change that a file system keeps

File = tuple[str, int, int]  # path, size (bytes), time of change (ns)


class Loaded(NamedTuple):
    """A workload and the hash of its weights and data."""

    workload: Workload
    fingerprint: str


_kept: OrderedDict[tuple[str, tuple[File, ...]], Loaded] = OrderedDict()


def loaded(node: Node, spec: WorkloadSpec) -> Loaded:
    """The workload that a tree describes (`spec`: built from it), from files or from memory; InputError lists all problems."""
    files = tuple(_files(spec))
    known = (spec.digest(), files)
    if known not in _kept:
        workload = workload_of(node)
        found = Loaded(workload, fingerprint(workload))
        if any(time.time() - changed * 1e-9 < SETTLED for _, _, changed in files) or tuple(_files(spec)) != files:
            return found
        _kept[known] = found
    _kept.move_to_end(known)
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return _kept[known]


def given(workload: Workload, spec: WorkloadSpec) -> Loaded:
    """A workload made in Python, as a description says that may differ from its own in what needs no other numbers."""
    found = redescribed(workload, spec)
    return Loaded(found, fingerprint(found))


def forget() -> None:
    """Keep no workload any more."""
    _kept.clear()


def fingerprint(workload: Workload) -> str:
    """Hash of the numbers of a workload: weights, parameters, inputs, labels."""
    digest = hashlib.sha256()
    weights = (array for name in sorted(workload.weights) for array in workload.weights[name] if array is not None)
    parameters = (array for name in sorted(workload.parameters) for array in workload.parameters[name])
    for array in (*weights, *parameters, workload.inputs, workload.labels):
        digest.update(np.ascontiguousarray(array).reshape(-1).data)
    for path in (path for metric in workload.metrics for path in named_files(metric)):  # a function of the user's
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()


def with_files_of(spec: Spec, numbers: str) -> str:
    """The hash `numbers` with the contents of the files that a description names."""
    contents = [file.read_bytes() for path in named_files(spec) if (file := Path(path)).is_file()]
    return hashlib.sha256(b"".join(contents) + numbers.encode()).hexdigest() if contents else numbers


def named_files(spec: Spec) -> Iterator[str]:
    """Paths of the files that a description names, one for each key that names one."""
    for part in specs_in(spec):
        yield from (str(path) for name, info in type(part).model_fields.items() if names_file(info) and (path := getattr(part, name)))


def _files(spec: Spec) -> Iterator[File]:
    for path in named_files(spec):
        inside = sorted(entry.path for entry in os.scandir(path)) if os.path.isdir(path) else []
        for file in (path, *inside):
            with suppress(OSError):  # loading will say what is wrong
                found = os.stat(file)
                yield file, found.st_size, found.st_mtime_ns


# --- the tree of an experiment -------------------------------------------------------------------------------------------


def opened(file: str | Path) -> Node:
    """The tree of a YAML file; an ONNX file is a workload whose inputs are drawn where no data are named."""
    if Path(file).suffix != ".onnx":
        return read(file)
    return plain_node({"onnx": str(Path(file).resolve()), "random": {}}, str(file))


def named_or_made(file: object, architecture: object) -> None:
    """InputError where a program gives something else than files, a Workload and an Architecture."""
    if not isinstance(file, (str, Path, Workload)):
        module = any(kind.__module__.startswith("torch.") for kind in type(file).__mro__)
        way = "; a PyTorch module becomes one: chipsim.from_torch(module, example)" if module else ""
        raise InputError(f"workload: is of type {type(file).__name__}, expected a file or a Workload{way}")
    if not isinstance(architecture, (str, Path, Spec, type(None))):
        raise InputError(f"architecture: is of type {type(architecture).__name__}, expected a file or a chipsim.Architecture")


def as_experiment(node: Node) -> Node:
    """A workload file is an experiment about that workload; InputError for a sweep."""
    if isinstance(node.value, dict) and "axes" in node.value:
        raise InputError(node.value["axes"].problem("belongs to a sweep, which 'chipsim sweep' takes", "axes"))
    if isinstance(node.value, dict) and "experiment" in node.value:
        message = "belongs to a hardware-aware training, which 'chipsim train hwa' takes"
        raise InputError(node.value["experiment"].problem(message, "experiment"))
    if isinstance(node.value, dict) and {"layers", "onnx"} & set(node.value):
        return Node({"workload": node}, node.file, node.line, node.column, node.folder)
    return node


def as_node(spec: Spec) -> Node:
    """The tree of a description made in Python."""
    return plain_node(spec.plain(), f"<{type(spec).__name__}>")


def with_files(node: Node, architecture: str | Path | Spec | None) -> Node:
    """The experiment with the files it names read in; `architecture` replaces what it says."""
    if not isinstance(node.value, dict):
        return node
    entries = dict(node.value)
    for name in ("workload", "architecture"):
        entry = entries.get(name)
        if entry is not None and isinstance(entry.value, str):
            entries[name] = opened(entry.folder / entry.value)
    if architecture is not None:
        entries["architecture"] = as_node(architecture) if isinstance(architecture, Spec) else read(architecture)
    if "architecture" not in entries:
        way = "add 'architecture: FILE' or give --arch FILE (in Python: the second argument)"
        if node.file.startswith("<"):  # made in Python
            way = "give one, a file or a chipsim.Architecture, such as chipsim.run(workload, 'chip.yaml')"
        raise InputError(f"{node.file}: names no architecture; {way}")
    return Node(entries, node.file, node.line, node.column, node.folder)
