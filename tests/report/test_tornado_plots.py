"""Tornado charts: which bars, how long, what they are called."""

from __future__ import annotations

import pytest

from chipsim.report.tornado_plots import bars_of, labels, plot_tornado, write_plots

from .tornados import effect, made


def test_the_longest_bars_come_first():
    bars = bars_of(made(), "energy", 9)
    assert [bar[0]["key"] for bar in bars] == ["network.topology.columns", "tile.array.adc.energy", "tile.measured.time"]
    assert bars[1][1:] == pytest.approx((-5.0, 5.0))
    assert len(bars_of(made(), "energy", 2)) == 2


def test_bars_are_what_was_run():
    """Half the columns and twice as many: their label says so, nothing is scaled to 10 %."""
    bar = next(bar for bar in bars_of(made(), "energy", 9) if bar[0]["key"] == "network.topology.columns")
    assert bar[1:] == pytest.approx((30.0, 20.0))
    assert labels([bar[0]], step=0.1) == ["topology.columns, 8 -> 4, 16"]
    refused = next(bar for bar in bars_of(made(), "energy", 9) if bar[0]["key"] == "tile.measured.time")
    assert refused[1] is None
    assert labels([refused[0]], step=0.1) == ["measured.time, 130 ns"]


def test_names_are_short_and_differ():
    keys = ("a.b.energy", "c.b.energy", "host.energy")
    numbers = [{"key": key, "value": 2e-12, "unit": "J", "assumed": key.startswith("a")} for key in keys]
    assert labels(numbers) == ["a.b.energy*, 2 pJ", "c.b.energy, 2 pJ", "host.energy, 2 pJ"]
    assert labels(numbers, values=False) == ["a.b.energy", "c.b.energy", "host.energy"]


@pytest.mark.parametrize("measure", ["energy", "sustained_ops_per_watt", "accuracy"])
def test_picture(tmp_path, measure):
    text = plot_tornado(made(), measure, tmp_path / "tornado.svg").read_text(encoding="utf-8")
    titles = {"energy": "energy 106 nJ (less is better)", "accuracy": "accuracy 97.12 % (more is better)"}
    assert titles.get(measure, "efficiency 4,450 GOP/s/W (more is better)") in text
    assert ("(points)" in text) is (measure == "accuracy")
    assert ("chance" in text) is (measure == "accuracy")
    assert "number 10 % less" in text
    assert plot_tornado(made(), measure, tmp_path / "tornado.png").stat().st_size > 5000


def test_a_measure_that_nothing_moves_has_no_picture(tmp_path):
    still = made(effects=[effect("energy", "tile.array.adc.bits")])
    assert write_plots(still, tmp_path) == []
