"""The verb `datasheet`: which chip is meant, how busy its cells are, and where the sheet goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.architecture import Architecture
from chipsim.comparators.comparator import comparators
from chipsim.compose import read
from chipsim.demand import ratio_rows
from chipsim.errors import InputError
from chipsim.kinds import kind_of
from chipsim.reading import load
from chipsim.report.chip_floorplan import write_floorplan
from chipsim.report.datasheet import render, write
from chipsim.report.demand import print_ratios
from chipsim.report.study import present
from chipsim.sheet.datasheet import Datasheet, datasheet
from chipsim.sheet.plan import plan_of


def print_datasheet(
    file: Path,
    changes: Sequence[str] = (),
    activity: float = 0.03,
    into: Path | None = None,
    as_json: bool = False,
    others: str = "",
    *,
    console: Console,
) -> Datasheet:
    """Print the data sheet of the chip in `file` (as JSON where `as_json`), with files in the folder `into`.

    `changes`: `key=value`, counted from the architecture. `others`: comparators by commas, against whose ratings the peaks are
    printed (not in JSON). InputError for what cannot be read or written.
    """
    kind = kind_of(read(file))
    if kind != "architecture":
        raise InputError(f"{file}: is of the kind '{kind}'; a data sheet is that of an architecture")
    chip, ratings = load(file, Architecture, changes), comparators(word.strip() for word in others.split(",") if word.strip())
    sheet = datasheet(chip, activity)
    present(sheet, render, lambda found, folder: [*write(found, folder), write_floorplan(plan_of(chip), folder)], console, into, as_json)
    if others and not as_json:
        rows = ratio_rows(sheet.figures["peak_ops_per_watt"], sheet.figures["peak_ops_per_area"], ratings)
        print_ratios(console, rows, "Here: the peak efficiency and density of the chip.")
    return sheet
