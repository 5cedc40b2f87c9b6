"""A response study for a reader: 80 columns, ASCII, and what the numbers mean in words."""

import csv

import pytest

from chipsim.reading import from_plain
from chipsim.report.response import COLUMNS, as_text, write
from chipsim.responses import Response, SoftBounds
from chipsim.studies.response import study


def text_of(name, **keys):
    return as_text(study(from_plain(Response, {"component": name} | keys), cells=200))


@pytest.mark.parametrize("name", ["reram-om-measured-yield", "pcm-one-sided", "rpu-idealized", "capacitor-3t1c", "reram-es"])
def test_it_fits_80_columns_in_ascii(name):
    lines = text_of(name).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    assert "STATES, SYMMETRY, YIELD" in lines


def test_words_by_kind():
    om = text_of("reram-om-measured-yield")
    assert "states: 21.1 from -1 to 1" in om
    assert "13.5 % described" in om
    assert "within 4 standard errors" in om
    one = text_of("pcm-one-sided")
    assert "pulsed upwards only" in one
    assert "symmetry point:" not in one
    assert "down" not in one.split("STEP OF A PULSE")[1].split("STATES")[0]
    assert "leak: 0.000001 of a weight is lost" in text_of("capacitor-3t1c")


def test_a_deviation_is_remarked_upon():
    found = study(SoftBounds(step=0.05), cells=200)
    assert " beyond" not in as_text(found)
    for row in found.spreads:
        row["deviation"] = 1.0
    assert "0 of 5 within 4 standard errors; beyond: step up, step down" in " ".join(as_text(found).split())


def test_every_table_has_its_columns(tmp_path):
    pytest.importorskip("matplotlib")
    found = study(SoftBounds(step=0.05), cells=60, pulses=5)
    write(found, tmp_path)
    for name, columns in COLUMNS.items():
        rows = getattr(found, name)
        assert {column.key for column in columns} == set(rows[0])
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            written = list(csv.reader(file))
        assert len(written) == 1 + len(rows)
        assert written[0] == [column.header for column in columns]
