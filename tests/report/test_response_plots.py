"""Pictures of a response: every format, one column wide, nothing drawn where there is nothing to see."""

import pytest

from chipsim.reading import from_plain
from chipsim.report.figure import FORMATS
from chipsim.report.response_plots import plot_curve, plot_steps, plot_symmetry, write_plots
from chipsim.responses import ConstantStep, Response
from chipsim.studies.response import study

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def found():
    return study(from_plain(Response, {"component": "reram-om"}), cells=100, pulses=10)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(found, tmp_path, kind):
    files = write_plots(found, tmp_path, kind)
    assert [file.name for file in files] == [f"{name}.{kind}" for name in ("curve", "steps", "symmetry")]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert all(file.read_bytes().startswith(starts[kind]) for file in files)


@pytest.mark.parametrize("plot", [plot_curve, plot_steps, plot_symmetry])
def test_one_column_wide_and_equal_for_equal_studies(found, tmp_path, plot):
    header = plot(found, tmp_path / "figure.png").read_bytes()[16:24]
    assert int.from_bytes(header[:4], "big") == 1050  # 3.5 inch at 300 dots
    assert plot(found, tmp_path / "a.svg").read_bytes() == plot(found, tmp_path / "b.svg").read_bytes()


def test_nothing_is_drawn_where_there_is_nothing_to_see(tmp_path):
    one = study(from_plain(Response, {"component": "pcm-one-sided"}), cells=60, pulses=10)
    assert [file.stem for file in write_plots(one, tmp_path)] == ["curve", "steps"]
    alike = study(ConstantStep(asymmetry_spread=0.0), cells=60, pulses=10)
    assert [file.stem for file in write_plots(alike, tmp_path)] == ["curve", "steps"]
