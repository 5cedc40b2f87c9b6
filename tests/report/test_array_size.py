"""The study of array sizes as text, files and a picture."""

import io

import pytest
from rich.console import Console

from chipsim.report.array_size import render, write
from chipsim.report.array_size_plots import plot_sizes
from chipsim.studies.array_size import ArraySizeStudy

ROW = {
    "size": 64, "tiles": 4, "grid": "2 x 2", "wires": "exact, column wires", "wire_error": 0.01, "wire_left": 0.004, "adc_product": 0.5,
    "adc_energy": 0.25, "adc_area": 0.3, "clipped": 0.0, "accuracy": 0.95, "low": 0.94, "high": 0.96, "energy": 1e-9, "latency": 1e-6,
    "interval": 5e-7, "cells_used": 0.5, "peak_ops_per_watt": 1e13, "peak_ops_per_area": 1e18, "area": 1e-6,
}  # fmt: skip


def made(**changes):
    rows = [ROW | changes, ROW | {"size": 128, "wire_error": 0.04} | changes]
    return ArraySizeStudy("net on chip", "chip", (64, 64), 0, 1000, 1.0, 0.96, "keep", "lines", ("how it was made",), rows,
                          [{"size": 256, "reason": "too large"}])  # fmt: skip


def test_text():
    stream = io.StringIO()
    render(made(), Console(file=stream, width=80))
    text = stream.getvalue()
    told = ("net on chip: arrays of 64 x 64", "1,000 samples 1 s after", "94.0 - 96.0 %", "how it was made", "256: too large")
    for words in (*told, "wires of 64, 128"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("kind", ["png", "svg"])
@pytest.mark.parametrize("changes", [{}, {"wire_error": None, "wire_left": None}, {"adc_energy": 0.0}])
def test_picture(tmp_path, kind, changes):
    path = plot_sizes(made(**changes), tmp_path / f"sizes.{kind}")
    assert path.stat().st_size > 1000
    if kind == "svg":
        text = path.read_text(encoding="utf-8")
        assert "rows and columns of an array" in text
        assert ("error of wires" in text) is ("wire_error" not in changes)


def test_files(tmp_path):
    names = {path.name for path in write(made(), tmp_path / "found")}
    assert names == {"study.txt", "study.json", "sizes.csv", "refused.csv", "array_size.png", "array_size.svg"}
    assert "ADC share of a full product (fraction)" in (tmp_path / "found" / "sizes.csv").read_text(encoding="utf-8")
