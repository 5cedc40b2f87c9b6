"""The picture of a validation: a panel for each unit, the same file for the same numbers."""

import pytest

from chipsim.report.validation_plots import PANELS, plot_errors, plot_validation, points_of

from .validations import SHARE, row, validation

pytest.importorskip("matplotlib")

ROWS = [
    row(),
    row(kind="calibrated", value=2e12, ours=2e12),
    row(unit="s", value=133e-9, ours=130e-9),
    row(unit="", value=280.0, ours=281.0),
    row(**SHARE),
    row(unit="J", value=None, ours=1e-9),
    row(unit="W", value=1.0, ours=None),
    row(unit="m2", value=1.0, ours=0.0),
    row(unit="OP/s/W", kind="order"),
]


def test_what_can_be_drawn_on_logarithmic_axes():
    drawn = {unit: len(points_of(ROWS, unit)) for unit, *_ in PANELS}
    assert {unit: count for unit, count in drawn.items() if count} == {"OP/s": 2, "s": 1, "": 1}


def test_panels_have_units_and_kinds_a_legend(tmp_path):
    text = plot_validation(validation(*ROWS), tmp_path / "v.svg").read_text()
    for word in ("published (TOP/s)", "ours (us)", "counts and ratios", "predicted", "calibrated", "within 10 %"):
        assert f">{word}<" in text
    assert "efficiency" not in text


def test_errors_are_drawn_chip_by_chip(tmp_path):
    rows = [*ROWS, row(chip="far", value=1e12, ours=3e12), row(**SHARE, chip="none")]
    text = plot_errors(validation(*rows), tmp_path / "e.svg").read_text()
    for word in ("ours / published", "small", "far", "1.1", "predicted"):
        assert f">{word}<" in text
    assert ">none<" not in text


@pytest.mark.parametrize("plot", [plot_validation, plot_errors])
def test_equal_numbers_give_equal_files(tmp_path, plot):
    first, second = (plot(validation(*ROWS), tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second
    assert b"<dc:date>" not in first


def test_nothing_to_draw_is_no_error(tmp_path):
    for plot in (plot_validation, plot_errors):
        assert plot(validation(row(**SHARE)), tmp_path / "v.png").read_bytes().startswith(b"\x89PNG")
