"""CSV files: units in the header, a fixed order, and the very numbers of the Result when read back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from chipsim.report.tables import COLUMNS, METRIC_UNITS, columns_of, rows_of, write_tables
from chipsim.result import Result


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def test_every_table_is_written(result: Result, tmp_path: Path) -> None:
    files = write_tables(result, tmp_path / "tables")
    assert [file.name for file in files] == [f"{name}.csv" for name in COLUMNS]
    for name, file in zip(COLUMNS, files, strict=True):
        assert len(read(file)) == 1 + len(rows_of(result, name)), name


def test_headers_carry_units(result: Result, tmp_path: Path) -> None:
    write_tables(result, tmp_path)
    assert read(tmp_path / "layers.csv")[0] == [
        "layer", "type", "tiles", "copies", "products per sample", "MACs", "latency (s)", "busy per sample (s)",
        "utilisation (fraction)", "energy per inference (J)", "retries per product", "products with a clipped output (fraction)",
        "signal to noise (dB)", "signal to noise by itself (dB)", "inputs clipped (fraction)",
    ]  # fmt: skip
    assert read(tmp_path / "area.csv")[0] == ["part", "count", "area of all (m2)", "share (fraction)"]
    assert read(tmp_path / "accuracy.csv")[0][0] == "time after programming (s)"


@pytest.mark.parametrize("name", ["layers", "tiles", "links", "energy", "area", "leakage", "spans", "mapping"])
def test_numbers_read_back_exactly(result: Result, tmp_path: Path, name: str) -> None:
    write_tables(result, tmp_path)
    rows = rows_of(result, name)
    for row, cells in zip(rows, read(tmp_path / f"{name}.csv")[1:], strict=True):
        for column, text in zip(columns_of(name, rows), cells, strict=True):
            value = row[column.key]
            if isinstance(value, list):
                assert text.split(";") == [str(item) for item in value] if value else text == ""
            else:
                assert type(value)(text) == value


def test_metrics_have_their_units(result: Result, tmp_path: Path) -> None:
    write_tables(result, tmp_path)
    found = {name: (float(value), unit) for name, value, unit in read(tmp_path / "metrics.csv")[1:]}
    assert found["peak_ops_per_area"] == (result.metrics["peak_ops_per_area"], "OP/s/m2")
    assert found.keys() == result.metrics.keys()
    assert METRIC_UNITS.keys() <= {*result.metrics}


def test_quotes_commas_and_lines_follow_rfc_4180(changed: Callable[..., Result], tmp_path: Path) -> None:
    ugly = 'a,"b"\nc;d'
    write_tables(changed(leakage=[{"part": ugly, "power": 1e-3}], assumptions=[ugly]), tmp_path)
    raw = (tmp_path / "leakage.csv").read_bytes()
    assert raw == b'part,power (W)\r\n"a,""b""\nc;d",0.001\r\n'
    assert read(tmp_path / "assumptions.csv") == [["assumption"], [ugly]]


def test_unknown_keys_come_last_and_are_not_lost(changed: Callable[..., Result], tmp_path: Path) -> None:
    rows = [{"part": "adc", "power": 1.0, "zeta": 1, "alpha": None}, {"part": "dac", "power": 2.0, "zeta": 2}]
    write_tables(changed(leakage=rows), tmp_path)
    assert read(tmp_path / "leakage.csv") == [
        ["part", "power (W)", "alpha", "zeta"], ["adc", "1.0", "", "1"], ["dac", "2.0", "", "2"],
    ]  # fmt: skip


def test_checks_are_true_or_false(result: Result, tmp_path: Path) -> None:
    write_tables(result, tmp_path)
    assert {row[1] for row in read(tmp_path / "checks.csv")[1:]} == {"true"}
