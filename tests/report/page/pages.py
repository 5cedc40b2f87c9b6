"""Folders of sweeps for the tests of their pages: a table with its front, and run folders of the points on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from chipsim.result import Result
from chipsim.sweep.table import SweepTable

from .. import sweeps
from ..conftest import fields_of_result

EVIL = "<script>document.title='broken'</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}<a href='javascript:alert(2)'>%{x}</a>"


def run(name: str = "lenet-on-pcm-64", **changes: Any) -> Result:
    """A run of five layers on 64 tiles, 300 spans; its architecture is no whole description."""
    return Result(**(fields_of_result() | {"name": name} | changes))


def slower(share: float, name: str) -> Result:
    """The same with all energies multiplied, under another name."""
    rows = [row | {"energy": row["energy"] * share} for row in fields_of_result()["energy"]]
    return run(name, energy=rows)


def sweep(count: int = 60, device: str = "reram") -> SweepTable:
    """A sweep of so many points, every tenth of which failed; half of the devices are called `device`."""
    rows = []
    for k in range(count):
        row = sweeps.row(k, 3 + k * 7 % 8, 1e8 * 20 ** (k / count), ("pcm", "reram")[k % 2]) | {"device": ("pcm", device)[k % 2]}
        if k % 10 == 9:
            lost = dict.fromkeys(("energy", "accuracy_1d", "area", "inferences_per_second"))
            row |= {"status": "failed", "message": f"mapping: {k % 3} tiles are missing on {device}", "folder": ""} | lost
        rows.append(row)
    return sweeps.table(rows)


def folder_of(table: SweepTable, into: Path, most: int = 3) -> tuple[SweepTable, Path]:
    """The table in a folder with run folders of its knee and of some points of its front."""
    kept = [*table.knee, *[point for point in table.front if point not in table.knee]][:most]
    rows = [row | ({"folder": f"run-{row['point']}"} if row["point"] in kept else {}) for row in table.rows]
    for place, point in enumerate(kept):
        folder = into / "points" / f"run-{point}"
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(slower(1 + place / 4, f"run {point}").to_json(), encoding="utf-8")
    found = replace(table, rows=rows)
    (into / "sweep.json").write_text(found.to_json(), encoding="utf-8")
    return found, into


def poisoned(value: Any) -> Any:
    """The same rows with every text turned into an attack; keys stay."""
    if isinstance(value, str):
        return EVIL + value
    if isinstance(value, dict):
        return {name: poisoned(item) for name, item in value.items()}
    return [poisoned(item) for item in value] if isinstance(value, list) else value


def evil_run() -> Result:
    """A run whose texts are attacks."""
    given = fields_of_result()
    return Result(**({name: poisoned(value) for name, value in given.items()} | {"citations": given["citations"]}))


def evil_sweep() -> SweepTable:
    """A sweep with attacks as its name, as names of an axis and an objective, as values and as messages."""
    found = sweep(12, EVIL)

    def renamed(row: dict[str, Any]) -> dict[str, Any]:
        return {(EVIL if name == "device" else name): value for name, value in row.items()} | {"message": row["message"] and EVIL}

    columns = [row | ({"name": EVIL} if row["name"] == "device" else {}) | {"meaning": EVIL} for row in found.columns]
    importance = [{"objective": EVIL, "axis": EVIL, "share": 0.5, "method": EVIL}]
    return replace(found, name=EVIL, digest=EVIL, columns=columns, rows=[renamed(row) for row in found.rows], importance=importance)


def without_answers() -> SweepTable:
    """A sweep of which every point failed."""
    lost = {"status": "failed", "message": "no", "energy": None, "accuracy_1d": None, "area": None, "inferences_per_second": None}
    return sweeps.table([row | lost for row in sweep(8).rows], importance=[], hypervolume=[], front=[], knee=[])


def without_objectives() -> SweepTable:
    """A sweep that seeks nothing."""
    found = sweep(20)
    columns = [row | {"better": ""} for row in found.columns]
    return replace(found, columns=columns, objectives=[], limits=[], front=[], knee=[], importance=[], hypervolume=[])
