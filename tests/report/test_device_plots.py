"""Pictures of a device: every format, one column wide, units on the axes, nothing drawn where there is nothing to see."""

import pytest

from chipsim.devices import MRAM, PCM, Capacitor, Device, Ideal, RRAMMilo2021
from chipsim.errors import InputError
from chipsim.report.device_plots import plot_drift, plot_histogram, plot_programming, plot_read_noise, write_plots
from chipsim.report.figure import FORMATS
from chipsim.studies.device import study

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def pcm():
    return study(PCM(), cells=200)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(tmp_path, kind):
    files = write_plots(study(MRAM(), cells=100), tmp_path, kind)
    assert [file.name for file in files] == [f"{name}.{kind}" for name in ("programming", "drift", "histogram")]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert all(file.read_bytes().startswith(starts[kind]) for file in files)


def test_unknown_formats_are_refused(pcm, tmp_path):
    with pytest.raises(InputError, match=r"'programming\.bmp' has no known format"):
        write_plots(pcm, tmp_path, "bmp")


@pytest.mark.parametrize("plot", [plot_drift, plot_histogram])
def test_one_column_wide_and_equal_for_equal_studies(pcm, tmp_path, plot):
    header = plot(pcm, tmp_path / "figure.png").read_bytes()[16:24]
    assert int.from_bytes(header[:4], "big") == 1050  # 3.5 inch at 300 dots
    assert plot(pcm, tmp_path / "a.svg").read_bytes() == plot(pcm, tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (plot_programming, ("target conductance (uS)", "% of g_max", "closed form", "200 cells")),
        (plot_drift, ("conductance (uS)", "time after programming", "2.78 uS", "25 uS", "1 month", "band: 90 % of the cells")),
        (plot_read_noise, ("target conductance (uS)", "standard deviation (nS)", "1 y", "0 s")),
        (plot_histogram, ("share of the cells (%)", "conductance after programming", "target 16.7 uS", "uS")),
    ],
)
def test_words_and_units_are_in_the_figure(pcm, tmp_path, plot, words):
    text = plot(pcm, tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("device", "names"),
    [
        (Ideal(), ["drift", "histogram"]),
        (RRAMMilo2021(), ["programming", "histogram"]),
        (Capacitor(read_noise=0.01), ["programming", "drift", "read_noise", "histogram"]),
    ],
)
def test_nothing_is_drawn_where_there_is_nothing_to_see(device: Device, names, tmp_path):
    assert [file.stem for file in write_plots(study(device, cells=100), tmp_path, "svg")] == names


def test_a_device_that_has_leaked_out_has_no_curve(tmp_path):
    gone = study(Capacitor(lifetime=1e-3), times=[86400.0], cells=100)
    assert "drift" not in [file.stem for file in write_plots(gone, tmp_path, "svg")]
    fading = study(Capacitor(lifetime=1.0), times=[1.0, 2.0, 100.0], cells=100)
    assert plot_drift(fading, tmp_path / "fading.svg").stat().st_size > 1000


def test_many_times_share_six_lines(tmp_path):
    many = study(PCM(), times=[10.0**n for n in range(10)], cells=100)
    text = plot_read_noise(many, tmp_path / "many.svg").read_text(encoding="utf-8")
    assert text.count('id="legend_1"') == 1
    assert all(f">{time}<" in text for time in ("0 s", "32 y"))
    assert sum(f">{time}<" in text for time in ("1 s", "10 s", "1.7 min", "17 min", "2.8 h", "1.2 d", "12 d", "3.9 months", "3.2 y")) == 4
