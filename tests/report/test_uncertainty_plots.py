"""The picture of assumed numbers: which of them have a colour, what stands in it."""

from __future__ import annotations

import pytest

from chipsim.report.uncertainty_plots import leading, plot_uncertainty

from .uncertainties import made


def test_the_largest_shares_have_colours():
    assert leading(made()) == ["host.energy", "tile.array.adc.bound"]
    many = [{"measure": "energy", "key": f"key{n}", "share": 0.1 + n / 1000, "sure": True, "slope": 1.0, "left": 1.0} for n in range(9)]
    assert leading(made(shares=many)) == [f"key{n}" for n in range(8, 1, -1)]
    assert leading(made(shares=[many[0] | {"share": 0.01}])) == []


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_picture(tmp_path, kind):
    path = plot_uncertainty(made(), tmp_path / f"uncertainty.{kind}")
    assert path.stat().st_size > 5000
    if kind == "svg":
        text = path.read_text(encoding="utf-8")
        for words in ("energy, 106 nJ", "accuracy, 97.00 %", "adc.bound", "host.energy", "share of the variance (%)"):
            assert words in text
