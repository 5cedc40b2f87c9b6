"""The study of a reloaded network for a reader: its numbers, its sentences, CSV that reads back, 80 columns."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from chipsim.report.reload import COLUMNS, render, wear, write
from chipsim.report.study import plain_text
from chipsim.studies.reload import ReloadStudy


def round_row(number: int, layers: int) -> dict:
    first, last = f"block{number}.a", f"block{number}.z"
    row = {"round": number, "first": first, "last": last, "layers": layers, "tiles": 9, "weights": 123_456, "reads": 64, "makes": 4096}
    times = {"writing_time": 2e-3, "latency": 5e-6, "interval": 1e-6, "time": 2.1e-3}
    return row | times | {"writing_energy": 1e-6, "energy": 2e-6}


@pytest.fixture
def study() -> ReloadStudy:
    return ReloadStudy(
        name="large on small", batch=100, programming="write_verify", time=4.2e-3, writing=0.952, energy_per_sample=4e-8,
        metric="accuracy", said="accuracy: 97.00 %, float network 98.00 %, over 200 samples", accuracy=0.97, reference=0.98, samples=200,
        seed=0, pulses=12.5, endurance=1e9, enough={"50%": 2000, "10%": 18_000}, rounds=[round_row(1, 3), round_row(2, 1)],
        batches=[{"batch": n, "time": 4e-3 + 2e-6 * n, "energy": 1e-6, "writing": 0.9, "day": 4e7} for n in (1, 100)],
        energy=[{"part": "writing", "energy": 2e-6, "share": 0.5}, {"part": "moving", "energy": 2e-6, "share": 0.5}],
        beside=[{"name": "more tiles", "tiles": 20, "area": 1e-6, "time": 1e-4, "energy": 1e-8, "why": ""},
                {"name": "several chips", "tiles": 18, "area": 1e-6, "time": None, "energy": None, "why": "a buffer is too small"}],
        cites=("horowitz2014",),
    )  # fmt: skip


def test_the_numbers_and_the_sentences(study: ReloadStudy) -> None:
    text = plain_text(study, render)
    assert max(map(len, text.splitlines())) <= 80
    for words in ("2 rounds of weights, batches of 100", "95.2 % of it for writing (write_verify)", "block1.a", "block1.z", study.said,
                  "50 % from 2,000 samples on, 10 % from 18,000 samples on", "several chips: a buffer is too small",
                  "written once, which is not counted",
                  "numbers of a sample that the round leaves in the host's memory"):  # fmt: skip
        assert words in " ".join(text.split())


def test_wear_in_sentences(study: ReloadStudy) -> None:
    often, long = wear(study)
    assert "written 40,000,000 times a day" in often
    assert "12.5 pulses for a mean device" in often
    assert study.days == pytest.approx(1e9 / (2 * 86400 / 4.2e-3 * 12.5))
    assert long == "a mean device has had the 1,000,000,000 pulses that it survives after 46.7 hours."
    assert "--endurance" in list(wear(replace(study, endurance=None)))[1]
    assert list(wear(replace(study, rounds=study.rounds[:1]))) == []


def test_a_network_that_fits_is_told_so(study: ReloadStudy) -> None:
    text = " ".join(plain_text(replace(study, rounds=study.rounds[:1]), render).split())
    assert "1 round of weights" in text
    assert "its weights can stay" in text
    assert "writing takes at most" not in text


def test_many_rounds_are_not_all_printed(study: ReloadStudy) -> None:
    text = plain_text(replace(study, rounds=[round_row(k, 1) for k in range(1, 40)]), render)
    assert "block24.a" in text
    assert "block25.a" not in text
    assert "15 more" in text


def test_tables_read_back(study: ReloadStudy, tmp_path: Path) -> None:
    files = write(study, tmp_path)
    assert {file.name for file in files} == {"study.txt", "study.json", *(f"{name}.csv" for name in COLUMNS)}
    rows = list(csv.DictReader((tmp_path / "rounds.csv").open()))
    assert [float(row["time of writing (s)"]) for row in rows] == [2e-3, 2e-3]
    for name, columns in COLUMNS.items():
        assert {column.key for column in columns} == set(getattr(study, name)[0])
