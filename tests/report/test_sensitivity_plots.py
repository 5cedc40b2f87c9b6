"""Pictures of a sensitivity study: ends of intervals as margins, and that rows without a margin can be drawn."""

from __future__ import annotations

import pytest

from chipsim.report.sensitivity_plots import margin_at, plot_layers, plot_margins

ROW = {"term": "output_noise", "unit": "cells", "now": 0.1, "missing": ""}


def side(name: str, verdict: str, value=None, low=None, high=None, margin=None, beyond=None) -> dict:
    return {f"{name}_verdict": verdict, f"{name}_value": value, f"{name}_low": low, f"{name}_high": high, f"{name}_margin": margin,
            f"{name}_beyond": beyond}  # fmt: skip


def test_margins_of_the_ends():
    grows = ROW | side("alone", "found", 0.4, 0.3, 0.5, 4.0)
    assert margin_at(grows, "alone", 0.3) == pytest.approx(3)
    shrinks = ROW | {"now": 10.0} | side("alone", "found", 4.0, 5.0, 2.0, 2.5)
    assert margin_at(shrinks, "alone", 5.0) == pytest.approx(2)
    bits = ROW | {"unit": "b", "now": 8.0} | side("alone", "found", 5.0, 6.0, 4.0, 8.0)
    assert margin_at(bits, "alone", 6.0) == pytest.approx(4)


def test_rows_of_every_verdict_can_be_drawn(tmp_path):
    network = {"network": "net on chip", "metric": "F1 of class 3", "samples": 1200, "stressed_by": "output_noise", "stressed_to": 0.2,
               "stressed_kept": 0.97, "stressed_error": 0.01}  # fmt: skip
    rows = [
        ROW | side("alone", "found", 0.4, None, 0.5, 4.0) | side("top", "already"),
        ROW | {"term": "gain"} | side("alone", "never", beyond=5.0) | side("top", "found", 0.05, 0.04, None, 0.5),
        ROW | {"term": "offset", "now": 0.0} | side("alone", "found", 0.4, 0.3, 0.5) | side("top", "never"),
    ]
    layers = [{"layer": f"l{k}", "gain": 0.01 * k, "error": 0.002} for k in range(30)]
    exempted = [{"share": 0.02, "kept": 0.98, "error": 0.01}]
    files = [plot_margins(some, network, tmp_path / f"margins-{len(some)}.svg") for some in (rows, [])]
    files += [plot_layers(some, of, network, 0.99, tmp_path / f"layers-{len(some)}.svg") for some, of in ((layers, exempted), ([], []))]
    assert all(file.stat().st_size > 1000 for file in files)
    drawn = files[0].read_text()
    assert all(words in drawn for words in ("net on chip", "F1 of class 3, 1,200 samples", "(off, or fallen without it): offset"))
    assert "on a chip with output noise at 0.2" in files[2].read_text()
    assert "l29" not in files[2].read_text()  # the first 24
