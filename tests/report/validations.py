"""Rows of a validation by hand, for tests of what is made from them."""

from __future__ import annotations

from typing import Any

from chipsim.result import Row
from chipsim.validation.outcome import Validation, sums_of


def row(**changes: Any) -> Row:
    """A predicted rate of 1 TOP/s of which we find 0.95."""
    plain = {
        "chip": "small", "about": "a small chip", "file": "small.yaml", "id": "V1", "what": "throughput", "measure": "array_ops",
        "published": "1 TOP/s", "printed": "TOP/s", "size": 1e12,
        "value": 1e12, "unit": "OP/s", "ours": 0.95e12, "error": -0.05, "difference": -0.05e12,
        "tolerance": "10 %", "points": False, "kind": "predicted", "confidence": "high", "source": "somebody 2020", "note": "",
        "reason": "", "verdict": "within", "message": "", "record": "", "command": "",
    }  # fmt: skip
    return plain | changes


SHARE = {"published": "93.2 %", "printed": "%", "size": 0.01}
SHARE |= {"value": 0.932, "unit": "", "ours": 0.94, "difference": 0.008, "error": 0.0086, "points": True}
SHARE |= {"tolerance": "0.5 points", "what": "accuracy", "id": "V30"}


def validation(*rows: Row) -> Validation:
    return Validation(list(rows), sums_of(rows))
