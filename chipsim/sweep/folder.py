"""The folder of a sweep: what lies where, tables that are whole at any moment, and what to do when somebody else writes them too.

    <name>-<digest>/  sweep.yaml     the sweep and its experiment in one file, which runs again from anywhere
                      points/        run folders
                      failed/        why points failed
                      known/         what points share
                      optuna.journal  a search, for optuna's own tools
                      workers.log    what workers of this machine printed, if anything
                      sweep.json     the table with everything that is known about it
                      table.csv      its rows, table.parquet too where pyarrow is installed
                      units.json     what every column is, and its unit
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import time as wall_clock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, final

from chipsim.errors import CheckError, InputError
from chipsim.record import Row
from chipsim.spec import yaml_text
from chipsim.sweep.failures import replace_text
from chipsim.sweep.plan import Plan
from chipsim.sweep.point import LOG
from chipsim.sweep.table import SweepTable

FIRST = ("point", "repeat", "status", "message", "digest", "folder", "seconds")
SWEEP = "sweep.yaml"
LEFT_OVER = 600.0  # s: a draft that is older was left by a process that was killed
PART = 0.1  # of the time may go into writing tables


@final
class SweepFolder:
    """The folder of a sweep, open for writing."""

    def __init__(self, path: Path) -> None:
        self.path, self.points = path, path / "points"
        self._mine: tuple[int, int] | None = None  # the sweep.json that was written last by us
        self._next = 0.0
        self.others = 0  # points that a table of somebody else knows

    @property
    def runs(self) -> int:
        """How many run folders there are, of points and of cheap looks."""
        with suppress(OSError):
            return sum(not path.name.startswith(".") for path in self.points.iterdir())
        return 0

    @property
    def gone(self) -> bool:
        """Whether somebody has moved or removed the folder since `begin`."""
        return not (self.path / SWEEP).is_file()

    def check(self) -> None:
        """CheckError where the folder is gone."""
        if self.gone:
            raise CheckError(
                f"{self.path}: the folder of the sweep is gone, moved or removed while the sweep ran; "
                "what was answered is kept in it: move it back, and the same command goes on from there"
            )

    def begin(self, plan: Plan) -> None:
        """Make the folder, note what is asked, remove what killed processes have left; CheckError where it cannot be written."""
        with writing(self.path):
            self.points.mkdir(parents=True, exist_ok=True)
            replace_text(self.path / SWEEP, yaml_text(plan.alone))
        for folder in (self.path, self.points, self.path / "failed", self.path / "known"):
            _tidy(folder)

    @property
    def due(self) -> bool:
        """Whether it is time to write the tables again: every few seconds, less often where that takes long."""
        return wall_clock.monotonic() >= self._next

    def write(self, table: SweepTable, begun: float | None = None) -> None:
        """Write all tables, each so that a reader finds the one before or this one; CheckError where that cannot be done.

        `begun`: when the table began to be made (of the monotonic clock); that counts as writing, too.
        """
        start = wall_clock.monotonic() if begun is None else begun
        self.check()
        names = columns(table)
        with writing(self.path):
            replace_text(self.path / "sweep.json", table.to_json(indent=None))
            self._mine = _identity(self.path / "sweep.json")
            replace_text(self.path / "table.csv", as_csv(names, table.rows))
            replace_text(self.path / "units.json", json.dumps(units(table), indent=1, ensure_ascii=False))
            parquet = as_parquet(names, table)
            if parquet is not None:
                replace_text(self.path / "table.parquet", parquet)
        now = wall_clock.monotonic()
        self._next = now + max(2.0, (now - start) / PART)

    def drop_empty_log(self) -> None:
        """Remove the log where nothing was printed."""
        with suppress(OSError):
            if not (self.path / LOG).stat().st_size:
                (self.path / LOG).unlink()

    def keep(self, name: str, text: str) -> None:
        """Write another file of the folder, whole or not at all."""
        self.check()
        with writing(self.path):
            replace_text(self.path / name, text)

    def adopt(self, rows: list[Row]) -> None:
        """Fill rows that wait with what another process has written since we wrote last (before all: with what is there)."""
        if _identity(self.path / "sweep.json") == self._mine:
            return
        with suppress(InputError):
            found = SweepTable.of_folder(self.path)
            self._mine, self.others = _identity(self.path / "sweep.json"), len(found.done)
            for row in found.rows:
                number = row["point"]
                mine = rows[number] if number < len(rows) else {}
                same = all(row.get(name) == value for name, value in mine.items() if name not in FIRST)  # a search may go elsewhere
                if same and row["status"] == "done" and mine.get("status") == "waiting":
                    mine |= row


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What goes wrong while a folder is written, as one sentence."""
    try:
        yield
    except OSError as error:
        raise CheckError(f"{folder}: the folder of the sweep cannot be written ({error.strerror or error})") from None


def columns(table: SweepTable) -> list[str]:
    """Names of the columns of the flat tables: the axes and measures after what is known of every point."""
    described = [column["name"] for column in table.columns if column["name"] not in FIRST]
    return [*FIRST, *described]


def units(table: SweepTable) -> dict[str, Any]:
    """What every column of the flat tables is."""
    return {column["name"]: {name: column[name] for name in ("unit", "meaning", "role", "better")} for column in table.columns}


def as_csv(names: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows as CSV, numbers without loss; what is not there is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.get(name) for name in names] for row in rows)
    return text.getvalue()


def as_parquet(names: Sequence[str], table: SweepTable) -> bytes | None:
    """The rows as Parquet, units in the metadata of the fields; None where pyarrow is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return None
    said = units(table)
    arrays, fields = [], []
    for name in names:
        array = pyarrow.array(_alike([row.get(name) for row in table.rows], name))
        arrays.append(array)
        fields.append(pyarrow.field(name, array.type, metadata={"unit": str(said.get(name, {}).get("unit", ""))}))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields)), stream)
    return stream.getvalue()


def _alike(values: list[Any], name: str) -> list[Any]:
    """Values of one kind: numbers, or texts where there are others among them."""
    there = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in there) and there:
        return values
    if name in ("point", "repeat"):
        return values
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in there):
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _tidy(folder: Path) -> None:
    """Remove the hidden drafts of processes that were killed long ago."""
    with suppress(OSError):
        for draft in folder.glob(".*"):
            with suppress(OSError):
                if wall_clock.time() - draft.stat().st_mtime > LEFT_OVER:
                    shutil.rmtree(draft, ignore_errors=True) if draft.is_dir() else draft.unlink()
