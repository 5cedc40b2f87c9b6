"""Pictures of runs: written in every format, one column wide, alone and side by side; a sentence where matplotlib is missing."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chipsim.errors import InputError
from chipsim.report.figure import FORMATS
from chipsim.report.plots import plot_accuracy, plot_energy, plot_floorplan, write_comparison, write_plots
from chipsim.result import Result

NAMES = ("energy", "layers", "area", "floorplan", "gantt", "accuracy", "roofline")
MISSING = 'plots needs matplotlib: pip install "chipsim[report]"'


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(result: Result, tmp_path: Path, kind: str) -> None:
    pytest.importorskip("matplotlib")
    files = write_plots(result, tmp_path, kind)
    assert [file.name for file in files] == [f"{name}.{kind}" for name in NAMES]
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


def test_equal_runs_give_equal_files(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot_energy(result, tmp_path / "a.svg").read_bytes() == plot_energy(result, tmp_path / "b.svg").read_bytes()


def test_names_are_not_formulas(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(energy=[{"part": "$\\frac$ <b>", "layer": "", "energy": 1e-9}])
    assert "$\\frac$ &lt;b&gt;" in plot_energy(run, tmp_path / "a.svg").read_text(encoding="utf-8")


def test_no_data_no_accuracy(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(accuracy=[], spans=[])
    assert [file.stem for file in write_plots(run, tmp_path)] == ["energy", "layers", "area", "floorplan", "roofline"]
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


def words(path: Path) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def row(time: float, mean: float, spread: float = 0.0) -> dict[str, Any]:
    return {"time": time, "mean": mean, "spread": spread, "values": [mean], "chips": [mean]}


def test_one_time_and_no_time_can_be_drawn(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert "1 h" in words(plot_accuracy(changed(accuracy=[row(3600.0, 0.97, 0.01)]), tmp_path / "one.svg"))
    assert {"0 s", "1 h"} <= set(words(plot_accuracy(changed(accuracy=[row(0.0, 0.97), row(3600.0, 0.9)]), tmp_path / "two.svg")))
    assert "0 s" in words(plot_accuracy(changed(accuracy=[row(0.0, 0.97)]), tmp_path / "none.svg"))


def test_accuracies_beyond_100_percent_are_not_on_the_axis(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(accuracy=[row(10.0**k, 0.999, 0.3) for k in range(8)])
    levels = [float(word) for word in words(plot_accuracy(run, tmp_path / "wide.svg")) if re.fullmatch(r"\d+(\.\d+)?", word)]
    assert max(levels) == 100
    assert min(levels) >= 0


def test_many_times_have_round_ones_on_the_axis(changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = changed(accuracy=[row(10 ** (k / 10), 0.9) for k in range(81)])
    shown = words(plot_accuracy(run, tmp_path / "many.svg"))
    assert [word for word in shown if word.endswith((" s", " min", " h", " d", " month", " months", " y"))] == [
        "1 y", "1 month", "1 d", "1 h", "1 min", "1 s",
    ]  # fmt: skip


def test_runs_side_by_side(result: Result, changed: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    small = changed(name="small", energy=[{"part": "adc", "layer": "", "energy": 1e-9}], accuracy=[])
    files = write_comparison([result, small], tmp_path, "svg")
    assert [file.name for file in files] == ["energy.svg", "area.svg", "accuracy.svg"]
    shown = words(files[0])
    assert {"lenet-on-pcm-64", "small", "1 nJ", "share of the energy per inference (%)", "adc"} <= set(shown)
    assert "share of the area (%)" not in words(files[1])  # equal areas need no shares
    assert "small" not in words(files[2])
    assert [file.stem for file in write_comparison([small, small], tmp_path, "svg")] == ["energy", "area"]
    assert {"A: small", "B: small"} <= set(words(tmp_path / "energy.svg"))


def test_one_run_cannot_be_compared(result: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 runs given, expected 2 to 26"):
        write_comparison([result], tmp_path)
