"""Tables of sweeps for the tests of their pictures: a grid, a search with many values, a few points."""

from __future__ import annotations

from itertools import product
from typing import Any

from chipsim.report.sweep_columns import staircase
from chipsim.sweep.table import SweepTable


def column(name: str, unit: str, role: str, better: str = "", scale: str = "linear") -> dict[str, Any]:
    return {"name": name, "unit": unit, "meaning": name, "role": role, "better": better, "scale": scale}


COLUMNS = [
    column("bits", "", "axis"),
    column("network.clock", "Hz", "axis", scale="log"),
    column("device", "", "axis"),
    column("energy", "J", "measure", "minimise"),
    column("accuracy_1d", "", "measure", "maximise"),
    column("area", "m2", "measure"),
    column("inferences_per_second", "1/s", "measure"),
]


def row(point: int, bits: int, clock: float, device: str | None) -> dict[str, Any]:
    """An answered point; what its measures are is made up."""
    worse = 1.6 if device == "reram" else 1.0
    return {
        "point": point, "repeat": 0, "status": "done", "message": "", "digest": "", "folder": "", "seconds": 1.0,
        "bits": bits, "network.clock": clock, "device": device,
        "energy": 2e-9 * worse * (1 + 2.0 ** (bits - 6)) * (1 + (clock / 1e9) ** 0.5),
        "accuracy_1d": 0.98 - worse * 0.3 * 2.0 ** (3 - bits),
        "area": 4e-6 * (1 + 0.3 * bits), "inferences_per_second": 1e5 * (clock / 1e9) ** 0.8,
    }  # fmt: skip


def table(rows: list[dict[str, Any]], **changes: Any) -> SweepTable:
    """A table with the objectives energy and accuracy, a limit of the area, and the front of these."""
    kept = [found for found in rows if found["status"] == "done" and found["area"] <= 1.3e-5]
    good = {(found["energy"], found["accuracy_1d"]): found["point"] for found in kept}
    front = [good[place] for place in staircase(list(good), (False, True))]
    given: dict[str, Any] = {
        "objectives": [{"column": name, "better": "", "bound": None} for name in ("energy", "accuracy_1d")],
        "limits": [{"column": "area", "at_most": 1.3e-5, "at_least": None}],
        "front": front,
        "knee": front[1:2],
        "importance": [
            {"objective": objective, "axis": axis, "share": share, "method": "variance"}
            for objective, shares in (("energy", (0.6, 0.3, 0.1)), ("accuracy_1d", (0.8, 0.0, 0.2)))
            for axis, share in zip(("bits", "network.clock", "device"), shares, strict=True)
        ],
        "hypervolume": [{"evaluations": count, "value": 1 - 0.5 / count, "share": 1 - 0.5 / count} for count in (1, 2, 5, 9)],
    }
    return SweepTable("demo", "abc", {}, COLUMNS, rows, **(given | changes))


def grid() -> SweepTable:
    """5 x 4 x 2 points, one of them failed."""
    rows = [row(k, *values) for k, values in enumerate(product((4, 5, 6, 7, 8), (0.25e9, 0.5e9, 1e9, 2e9), ("pcm", "reram")))]
    failed = row(len(rows), 9, 1e9, "pcm") | {"status": "failed", "energy": None, "accuracy_1d": None, "area": None}
    return table([*rows, failed])


def few() -> SweepTable:
    """Two points along one axis."""
    return table([row(0, 6, 1e9, "pcm"), row(1, 7, 1e9, "pcm")], importance=[], hypervolume=[])


def search() -> SweepTable:
    """150 points, every one with a clock of its own."""
    return table([row(k, 3 + k * 7 % 8, 1e8 * 1.025**k, ("pcm", "reram", None)[k % 3]) for k in range(150)])
