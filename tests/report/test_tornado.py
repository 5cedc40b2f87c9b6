"""The study of what to improve first as text and files."""

import io

from rich.console import Console

from chipsim.report.tornado import render, write

from .tornados import MEASURES, made


def printed(study, **keys):
    stream = io.StringIO()
    render(study, Console(file=stream, width=80), **keys)
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    return " ".join(stream.getvalue().split())


def test_text():
    text = printed(made())
    for words in (
        "energy: less tile.array.adc.energy (-5.00 %) - efficiency",
        "efficiency: more network.topology.columns 8 -> 16 (+723.0 %), less tile.array.adc.energy (+5.30 %)",
        "accuracy: no number of the chip alone",
        "tile.array.adc.energy * 290 fJ -5.00 +5.00 0.5 less",
        "tile.measured.time 130 ns refused +1.20 0.12 (less)",
        "network.topology.columns 8 -> 4, 16 +30.0 +20.0 -0.01 -",
        "1 numbers do not change it",
        "97.12 +- 0.50 % (standard error; 500 samples, 3 programmings, 1 s after programming); more is better",
        "tile.array.adc.bits 9 +-1 -0.40 +0.10 0.02 ~more",
        "not to be told from chance",
        "(less), (more): would be better by what the other side says, but is refused",
        "tile.measured.time: shorter than a read",
        "tile.arrays: cannot be",
        "4,450 GOP/s/W; more is better",
    ):
        assert words in text


def test_few_numbers_are_shown():
    text = printed(made(), top=1)
    assert "... and 2 more; 1 numbers" in text
    assert "columns 8 -> 4, 16 +30.0" not in text
    assert "shorter than a read" not in text


def test_files(tmp_path):
    names = {path.name for path in write(made(), tmp_path / "found", top=2)}
    tables = {"study.txt", "study.json", "measures.csv", "effects.csv", "numbers.csv", "refused.csv"}
    charts = {f"tornado_{row['measure']}.{kind}" for row in MEASURES for kind in ("png", "svg")}
    assert names == tables | charts
    lines = (tmp_path / "found" / "numbers.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "key,value,unit,after a step down,after a step up,dimension,assumed,source,affects,reason"
    assert len(lines) == 5
