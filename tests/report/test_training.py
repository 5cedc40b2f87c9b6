"""The report of a training: 100 columns, the numbers of the result, files that read back."""

import csv
import json
from dataclasses import replace

import pytest
from small_training import small_result

from chipsim.report.training import CURVES, as_text, save, write_curves


def section(text, title):
    """The lines of one section."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(title.upper())) + 1
    return lines[start : next((i for i in range(start, len(lines)) if not lines[i]), len(lines))]


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("changes", [(), ("seeds=2",), ("twin=false", "timing.moments=0"), ("rule.type=tiki_taka", "schedule.epochs=1")])
def test_the_text_fits_100_columns_and_nothing_is_cut(changes):
    text = as_text(small_result(*changes))
    assert max(map(len, text.splitlines())) <= 100
    assert text.isascii()
    headings = next(line for line in text.splitlines() if line.split()[:2] == ["epoch", "rate"]).split()
    assert {"test", "pulses", "saturated"} <= set(headings)
    assert ("SEEDS" in text.splitlines()) == ("seeds=2" in changes)


def test_the_headline_has_both_accuracies_and_their_gap():
    result = small_result()
    lines = section(as_text(result), "headline")
    said = words("\n".join(lines))
    assert f"accuracy on the chip {100 * result.metrics['accuracy']:.2f} %" in said
    assert f"accuracy in floating point {100 * result.metrics['float_accuracy']:.2f} %" in said
    assert f"gap {100 * result.metrics['gap']:.2f} points" in said
    assert "time of the training" in said
    without = words(as_text(small_result("twin=false", "timing.moments=0")).partition("EPOCHS")[0])
    assert "gap" not in without
    assert "time of the training" not in without


def test_epochs_are_rows_of_the_curve():
    result = small_result()
    rows = [line.split() for line in section(as_text(result), "epochs")[2:5]]
    for shown, row in zip(rows, result.curves, strict=True):
        assert shown[0] == str(row["epoch"])
        assert float(shown[2]) == pytest.approx(row["loss"], abs=1e-4)
        assert [float(word) for word in shown[3:6]] == pytest.approx(
            [100 * row[name] for name in ("train_accuracy", "test_accuracy", "float_test_accuracy")], abs=0.006
        )


def test_long_curves_are_thinned_unless_all_is_asked_for():
    result = small_result()
    long = replace(result, curves=[result.curves[0] | {"epoch": epoch} for epoch in range(1, 131)])
    shown = [line.split()[0] for line in section(as_text(long), "epochs")[2:-3]]
    assert shown[:2] == ["1", "5"]
    assert shown[-1] == "130"
    assert "every 4th epoch; all are in curves.csv" in as_text(long)
    assert len(section(as_text(long, full=True), "epochs")) > 130


def test_warnings_and_the_early_end_are_told():
    result = replace(small_result(), warnings=["something is wrong"])
    assert "Warning: something is wrong" in as_text(result)
    early = small_result("schedule.rate=1e-9", "schedule.epochs=9", "schedule.patience=2")
    assert "ended early: no better test accuracy" in words(as_text(early))


def test_curves_read_back(tmp_path):
    result = small_result("seeds=2")
    with write_curves(result.curves, tmp_path / "curves.csv").open() as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == [column.header for column in CURVES]
    for row, line in zip(result.curves, rows[1:], strict=True):
        assert [float(text) if text else None for text in line] == [row[column.key] for column in CURVES]


def test_the_folder_holds_text_curves_and_pictures(tmp_path):
    result = small_result()
    names = [file.name for file in save(result, tmp_path)]
    assert names[:3] == ["report.txt", "citations.bib", "curves.csv"]
    assert {"accuracy.png", "accuracy.svg", "loss.png", "loss.svg"} <= set(names)
    assert (tmp_path / "report.txt").read_text() == as_text(result)
    assert "@article{gokmen2016" in (tmp_path / "citations.bib").read_text()
    assert json.loads(result.to_json())["kind"] == "training"
