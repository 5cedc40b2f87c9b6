"""Workloads that a program brings: their descriptions say what no file holds, and may be changed where the arrays stay what they are."""

from __future__ import annotations

from dataclasses import replace

from chipsim.errors import InputError
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Workload
from chipsim.workload.load import build_workload
from chipsim.workload.save import stored_arrays

FIXED = ("weights", "onnx", "shapes", "output", "digital", "data", "random", "input", "given")  # what the arrays were made from


def brought(workload: Workload) -> Workload:
    """The workload, whose description says of weights and data that no file holds and nothing draws that they were given."""
    spec = workload.spec
    if spec.given or spec.random:
        return workload
    missing = (*(() if spec.weights or spec.onnx else ("weights",)), *(() if spec.data else ("data",)))
    return replace(workload, spec=spec.having(given=missing)) if missing else workload


def redescribed(workload: Workload, spec: WorkloadSpec) -> Workload:
    """The workload with another description of the same numbers; InputError for a change that asks for others."""
    if spec == workload.spec:
        return workload
    changed = [name for name in FIXED if getattr(spec, name) != getattr(workload.spec, name)]
    if changed:
        raise InputError(
            f"workload.{changed[0]}: cannot be changed, the workload '{workload.name}' came from a program with its weights and data; "
            "make another there, or save it (chipsim.save_workload) and change the file"
        )
    return build_workload(spec, stored_arrays(workload), workload.inputs, workload.labels)
