"""Figures: written in every format, one column wide, and a sentence where matplotlib is missing."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chipsim.errors import InputError
from chipsim.report.plots import FORMATS, plot_accuracy, plot_energy, plot_floorplan, write_plots
from chipsim.result import Result

MISSING = 'plots needs matplotlib: pip install "chipsim[report]"'


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(result: Result, tmp_path: Path, kind: str) -> None:
    pytest.importorskip("matplotlib")
    files = write_plots(result, tmp_path, kind)
    assert [file.name for file in files] == [f"energy.{kind}", f"floorplan.{kind}", f"accuracy.{kind}", f"roofline.{kind}"]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert all(file.read_bytes().startswith(starts[kind]) for file in files)


def test_figures_are_one_column_wide(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for plot in (plot_energy, plot_accuracy, plot_floorplan):
        header = plot(result, tmp_path / "figure.png").read_bytes()[16:24]
        assert int.from_bytes(header[:4], "big") == 1050  # 3.5 inch at 300 dots


def test_words_and_units_are_in_the_figure(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    energy = plot_energy(result, tmp_path / "energy.svg").read_text(encoding="utf-8")
    accuracy = plot_accuracy(result, tmp_path / "accuracy.svg").read_text(encoding="utf-8")
    assert "energy per inference (nJ)" in energy
    assert "43.7 %" in energy
    assert all(f">{word}<" in accuracy for word in ("1 h", "1 month", "float", "accuracy (%)"))
    assert "links: pale 0 %, dark 28.9 % busy" in plot_floorplan(result, tmp_path / "f.svg").read_text(encoding="utf-8")


def test_equal_runs_give_equal_files(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot_energy(result, tmp_path / "a.svg").read_bytes() == plot_energy(result, tmp_path / "b.svg").read_bytes()


def test_names_are_not_formulas(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(energy=[{"part": "$\\frac$ <b>", "layer": "", "energy": 1e-9}])
    assert "$\\frac$ &lt;b&gt;" in plot_energy(run, tmp_path / "a.svg").read_text(encoding="utf-8")


def test_no_data_no_accuracy(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(accuracy=[])
    assert [file.name for file in write_plots(run, tmp_path)] == ["energy.png", "floorplan.png", "roofline.png"]
    with pytest.raises(InputError, match="the run has no accuracy"):
        plot_accuracy(run, tmp_path / "accuracy.png")


def test_unknown_formats_are_refused(result: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'energy\.bmp' has no known format; expected a name that ends in png, svg, pdf"):
        write_plots(result, tmp_path, "bmp")


def test_missing_matplotlib_is_one_sentence(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return known(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError) as caught:
        plot_energy(result, tmp_path / "energy.png")
    assert str(caught.value) == MISSING
