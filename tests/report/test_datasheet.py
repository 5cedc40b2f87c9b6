"""The printed data sheet and its files: every figure with a unit, sums, numbers that are assumed."""

import csv
import io
import json

import pytest
from builders import chip
from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.datasheet import GROUPS, MOST_ASSUMED, TABLES, render, worded, write
from chipsim.sheet.datasheet import FIGURES, datasheet


def printed(sheet, width=80):
    stream = io.StringIO()
    render(sheet, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def test_every_figure_has_a_group_and_a_column_of_every_table_its_rows():
    assert [name for names in GROUPS.values() for name in names] == list(FIGURES)
    sheet = datasheet(chip())
    for name, columns in TABLES.items():
        assert all(column.key in row for row in getattr(sheet, name) for column in columns)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("array_ops", 1.008e12, "1.01 TOP/s"),
        ("array_ops_per_watt", 10.5e12, "10,500 GOP/s/W"),
        ("array_ops_per_area", 1.59e18, "1.59 TOP/s/mm2"),
        ("product_energy", 12.48e-9, "12.5 nJ"),
        ("product_ops", 131072.0, "131,072 OP"),
        ("weights", 4194304.0, "4,194,304"),
        ("assumed", 0.28, "28.0 %"),
    ],
)
def test_figures_in_the_units_of_the_field(name, value, text):
    assert worded(name, value) == text


def test_what_is_printed():
    sheet = datasheet(chip())
    text = printed(sheet)
    assert text.index("ONE PRODUCT OF AN ARRAY") < text.index("THE CHIP") < text.index("POWER AT FULL RATE, THE CHIP")
    assert "Cells are 3.0 % busy" in text
    assert "network routers" in text
    assert f"and {len(sheet.assumed) - MOST_ASSUMED} more" in text
    assert max(map(len, text.splitlines())) <= 80


def test_names_of_parts_are_words_never_markup():
    text = printed(datasheet(chip(parts={"[red]clock": {"power": "1 mW", "area": "1 mm2"}})))
    assert "[red]clock" in text


def test_files(tmp_path):
    sheet = datasheet(chip())
    files = write(sheet, tmp_path / "sheet")
    assert [file.name for file in files[:2]] == ["datasheet.txt", "datasheet.json"]
    assert json.loads(files[1].read_text()) == json.loads(sheet.to_json())
    with (tmp_path / "sheet" / "rating.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(float(row["power of all (W)"]) for row in rows) == pytest.approx(sheet.figures["rated_power"])


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the data sheet cannot be written here"):
        write(datasheet(chip()), tmp_path / "file" / "sheet")
