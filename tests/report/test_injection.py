"""The study of latency against injection for a reader: limits, curves, where a run stands; files and picture."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chipsim.report.injection import render, write
from chipsim.report.injection_plots import plot_injection
from chipsim.report.study import plain_text
from chipsim.studies.injection import InjectionStudy


def point(pattern: str, load: float, latency: float) -> dict[str, Any]:
    mean = {"latency": latency, "low": 0.98 * latency, "high": 1.02 * latency, "late": 1.7 * latency}
    counts = {"packets": 3000, "warm": 100, "measured": 2000, "saturated": latency > 60e-9}
    return {"pattern": pattern, "control": "calendar", "load": load, "share": load / 0.5, "accepted": load} | mean | counts


@pytest.fixture
def study() -> InjectionStudy:
    """Two patterns, one of which never saturates; a run on the first."""
    loads = [(0.02, 20e-9), (0.2, 25e-9), (0.4, 50e-9), (0.45, 72e-9)]
    curves = [point("uniform", *place) for place in loads] + [point("neighbour", *place) for place in loads[:3]]
    limit = {"control": "calendar", "bound": 0.5, "zero_load": 20e-9, "hops": 2.5}
    return InjectionStudy(
        name="chip", topology="mesh", routing="xy", tiles=16, links=48, bits=256, flits=8, slot=1e-9, circuits=False, seed=0, notes=(),
        curves=curves, refused=[{"pattern": "waltz", "control": "calendar", "reason": "it is no pattern"}],
        limits=[{"pattern": "uniform", "saturation": 0.42, "share": 0.84} | limit,
                {"pattern": "neighbour", "saturation": None, "share": None} | limit],
        here=[{"run": "lenet", "pattern": "uniform", "what": "mean", "load": 0.2, "links": 0.3},
              {"run": "lenet", "pattern": "uniform", "what": "busiest", "load": 0.5, "links": 1.0}],
    )  # fmt: skip


def test_what_is_printed(study: InjectionStudy) -> None:
    text = " ".join(plain_text(study, render).split())
    assert "chip: mesh of 16 tiles, 48 links, xy routing" in text
    assert "packets of 256 b, 8 flits; loads in flits that each tile offers in a cycle of 1 ns" in text
    assert "uniform calendar 20 ns 0.5 0.42 84.0 %" in text
    assert "neighbour calendar 20 ns 0.5 not reached -" in text
    assert "0.45 90.0 % 72 ns * 1.4 ns 122 ns 0.45 3,000" in text
    assert "at a load of 0.2: 25 ns with calendar" in text
    assert "at a load of 0.5: beyond the curve" in text
    assert "waltz, calendar: it is no pattern" in text


def test_pulses_are_counted_in_vectors_and_steps(study: InjectionStudy) -> None:
    pulses = replace(study, circuits=True, slot=3e-7, flits=1, bits=4096)
    text = " ".join(plain_text(pulses, render).split())
    assert "packets of 4,096 b, 1 steps; loads in vectors that each tile offers in a step of 300 ns" in text


def test_files(study: InjectionStudy, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    names = [file.name for file in write(study, tmp_path)]
    assert names == ["study.txt", "study.json", "curves.csv", "limits.csv", "refused.csv", "here.csv", "injection.png", "injection.svg"]
    head = (tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("pattern,flow control,offered load (flits/tile/cycle),share of the bound (fraction),mean latency (s)")


def test_the_picture_names_curves_units_and_the_run(study: InjectionStudy, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    text = plot_injection(study, tmp_path / "injection.svg").read_text(encoding="utf-8")
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", text))
    assert {"uniform", "neighbour", "packet latency (ns)", "offered load (flits per tile and cycle)", "95 % quantile"} <= shown
    assert {"run, mean: 0.2", "run, busiest link: 0.5", "saturation: 3 x zero load"} <= shown
