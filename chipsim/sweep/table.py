"""The table of a sweep: one row for each point, with what every column is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

from chipsim.errors import InputError, did_you_mean
from chipsim.record import Record, Row

if TYPE_CHECKING:
    import pandas

FORMAT = 1


@final
@dataclass(frozen=True)
class SweepTable(Record):
    """All that a sweep has found so far; numbers in SI.

    name, digest  of the sweep
    sweep         its file, as plain values
    columns       rows: name, unit, meaning, role (axis, measure, fact), better (minimise, maximise, or empty), scale (of an axis),
                  facet (of an axis: what a change runs again, `chipsim.facets`)
    rows          rows: point, repeat, status (done, failed, pruned, waiting), message, digest, folder (of the run in `points/`), seconds,
                  and one value for each axis and measure (None where there is none)
    objectives    rows: column, better, reference (of the hypervolume, where there is one)
    limits        rows: column, at_most, at_least (SI; None for no bound)
    front         points on the Pareto front of the objectives, among those that keep the limits
    knee          of them, the one farthest from the line between the ends; empty where there is none
    importance    rows: objective, axis, share, method (`sweep.importance`)
    hypervolume   rows: evaluations, value, share (`sweep.pareto`), where it grows and at the last evaluation
    facts         workers, seconds, memory (bytes, of the largest worker), versions ...
    """

    format: ClassVar[int] = FORMAT
    kind: ClassVar[str] = "sweep"
    called: ClassVar[str] = "table of a sweep"
    anew: ClassVar[tuple[str, str]] = ("run the sweep again; finished points are kept", "run the sweep again; finished points are kept")

    name: str
    digest: str
    sweep: dict[str, Any]
    columns: list[Row]
    rows: list[Row]
    objectives: list[Row] = field(default_factory=list)
    limits: list[Row] = field(default_factory=list)
    front: list[int] = field(default_factory=list)
    knee: list[int] = field(default_factory=list)
    importance: list[Row] = field(default_factory=list)
    hypervolume: list[Row] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> list[Row]:
        """The rows of points that were answered."""
        return [row for row in self.rows if row["status"] == "done"]

    def names(self, role: str) -> list[str]:
        """Names of the columns of one role: axis, measure or fact."""
        return [column["name"] for column in self.columns if column["role"] == role]

    def column(self, name: str) -> Row:
        """What a column is; InputError where there is none of this name."""
        found = next((column for column in self.columns if column["name"] == name), None)
        if found is None:
            raise InputError(f"'{name}' is no column of this table ({did_you_mean(name, [column['name'] for column in self.columns])})")
        return found

    def to_pandas(self, table: str = "rows") -> pandas.DataFrame:
        """The rows (or another table) as a pandas DataFrame, numbers in SI; the columns' units in `.attrs["units"]`."""
        frame = super().to_pandas(table)
        if table == "rows":
            frame.attrs["units"] = {column["name"]: column["unit"] for column in self.columns}
        return frame

    @classmethod
    def of_folder(cls, folder: str | Path) -> SweepTable:
        """The table in the folder of a sweep."""
        return cls.load(Path(folder) / "sweep.json")
