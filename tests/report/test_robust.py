"""The report of a hardware-aware training: what is said of each time, epoch and layer, for shares and for other metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chipsim.aware.result import AwareResult, is_aware
from chipsim.errors import InputError
from chipsim.report.robust import as_text, epoch_line, losses, save, value

SHARE = {"name": "accuracy", "called": "accuracy", "higher": True, "percent": True, "least": 0.0, "most": 1.0, "chance": 0.1}
LOSS = SHARE | {"name": "perplexity", "called": "perplexity", "higher": False, "percent": False, "chance": None}


def epoch(number: int, **keys) -> dict:
    row = {"epoch": number, "rate": 0.001, "loss": 0.5, "validation": 0.9, "spread": 0.01, "validation_loss": 0.4, "seconds": 2.0}
    return row | {"best": False} | keys


def read_at(time: float, before: float, after: float, **keys) -> dict:
    row = {"time": time, "before": before, "before_spread": 0.01, "before_values": [before, before], "before_normalised": before}
    return row | {"after": after, "after_spread": 0.002, "after_values": [after, after], "after_normalised": 0.995} | keys


@pytest.fixture
def result() -> AwareResult:
    layer = {"layer": "fc1", "range_before": None, "range_after": 2.5, "largest_before": 1.0, "largest_after": 0.5}
    return AwareResult(
        name="net on chip, hardware-aware",
        digest="0123456789ab",
        experiment={},
        provenance={"version": "0", "seed": 3, "date": "2026-11-22", "wall": {"training": 4.0}},
        metric=SHARE,
        epochs=[epoch(0, loss=None, rate=0.0), *(epoch(number, best=number == 33) for number in range(1, 61))],
        accuracy=[read_at(1.0, 0.95, 0.985), read_at(3600.0, 0.9, 0.98, after_normalised=0.98)],
        layers=[layer | {"deviation_before": 0.25, "deviation_after": 0.2}],
        metrics={
            "float_before": 0.99, "float_after": 0.985, "epochs": 60, "best_epoch": 33, "train_samples": 900, "held_out": 100,
            "test_samples": 500, "chips": 1, "repeats": 2, "seconds_per_epoch": 2.0,
        },
        warnings=["something to know"],
        assumptions=["how it was counted"],
        citations=["joshi2020"],
    )  # fmt: skip


def test_each_time_has_before_after_and_change(result):
    lines = [" ".join(line.split()) for line in as_text(result).splitlines()]
    assert "1 s 95.00 +- 1.00 % 98.50 +- 0.20 % +3.50" in lines
    assert "1 h 90.00 +- 1.00 % 98.00 +- 0.20 % +8.00" in lines
    assert {"1 s 95.0 % 99.5 % *", "1 h 90.0 % 98.0 %"} <= {*lines}
    assert "float 99.00 % 98.50 % -0.50" in lines


def test_long_trainings_show_some_epochs_and_always_the_best(result):
    text = as_text(result)
    assert "  33 *" in text
    assert len([line for line in text.splitlines() if line.strip().startswith("33")]) == 1
    assert "\n     34 " not in text
    assert "     34 " in as_text(result, full=True)


def test_layers_warnings_and_sentences_are_told(result):
    text = as_text(result)
    for words in ("1 -> 0.5", "4 -> 2.5", "array's -> 2.5", "Warning: something to know", "how it was counted", "Vinay Joshi"):
        assert words in text


def test_a_metric_that_is_no_share_has_no_percent(result):
    other = replace(result, metric=LOSS, accuracy=[read_at(1.0, 12.5, 9.25, before_normalised=None, after_normalised=None)])
    text = as_text(other)
    assert "-3.25" in text
    assert "change: after - before; of the perplexity, less is better" in text
    assert "standard error from" not in text
    assert "Worse after" not in text
    assert "+1.5 at 1 s" in as_text(replace(other, accuracy=[read_at(1.0, 9.0, 10.5)]))
    assert "PERPLEXITY BEFORE AND AFTER" in text
    assert "A*:" not in text
    assert value(LOSS, 3.14159) == "3.142"


def test_what_calibrated_ranges_bring_is_told_apart_from_what_learning_brings(result, tmp_path):
    keys = {"calibrated": 0.97, "calibrated_spread": 0.003, "calibrated_values": [0.97, 0.97], "calibrated_normalised": 0.978}
    layer = result.layers[0] | {"range_calibrated": 3.0}
    three = replace(result, accuracy=[read_at(1.0, 0.95, 0.985, **keys)], layers=[layer])
    text = as_text(three)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "chip after before ranges only after change, points" in lines
    assert "1 s 95.00 +- 1.00 % 97.00 +- 0.30 % 98.50 +- 0.20 % +3.50" in lines
    assert "1 s 95.0 % 97.8 % 99.5 % *" in lines
    assert "array's -> 3 -> 2.5" in text
    save(three, tmp_path)
    assert (tmp_path / "accuracy.csv").read_text().count("ranges only") == 3
    assert "ranges only" in (tmp_path / "before-after.svg").read_text()


def test_pictures_of_a_metric_of_which_less_is_better_say_so(result, tmp_path):
    save(replace(result, metric=LOSS), tmp_path)
    assert "lower is better" in (tmp_path / "before-after.svg").read_text()


def test_an_epoch_is_a_line(result):
    line = epoch_line(result.epochs[1], 60, SHARE)
    assert line == "epoch 1 of 60   loss 0.5000   held out, chip in the way: 90.00 +- 1.00 %, loss 0.4000   2 s"
    assert epoch_line(result.epochs[0], 60, SHARE).startswith("before training   held out")


def test_the_files_are_there_and_the_result_is_known_by_its_kind(result, tmp_path):
    names = {path.name for path in save(result, tmp_path)}
    assert {"report.txt", "epochs.csv", "accuracy.csv", "citations.bib", "learning-curve.png", "before-after.svg"} <= names
    (tmp_path / "result.json").write_text(result.to_json())
    assert is_aware(tmp_path)
    assert AwareResult.load(tmp_path) == result
    assert not is_aware(tmp_path / "report.txt")
    with pytest.raises(InputError, match="is no hwa"):
        AwareResult.from_json('{"kind": "training"}')


def test_the_uncertainty_from_the_number_of_samples_is_told(result):
    text = " ".join(as_text(result).split())
    assert "standard error from the number of samples: 0.44 points at the float network's 99.00 %" in text  # sqrt(0.99 x 0.01 / 500)
    assert "its standard error from the number of samples: 0.5 %" in text  # the same over 0.99 - 0.1
    assert "above 100 %" not in text
    more = replace(result, accuracy=[read_at(1.0, 0.95, 0.995, after_normalised=1.006)])
    assert "100.6 % *" in as_text(more)
    assert "above 100 %: the chip does better" in as_text(more)


def test_what_was_lost_is_told_with_what_the_held_out_samples_could_tell(result):
    lost = replace(result, accuracy=[read_at(1.0, 0.985, 0.95), read_at(60.0, 0.9, 0.98)])
    text = " ".join(as_text(lost).split())
    assert "Worse after training than before: -3.50 points at 1 s; the held-out samples chose the epoch by a difference within" in text
    epochs = [epoch(0, loss=None, validation=0.5), epoch(1, validation=0.9, best=True)]
    assert losses(replace(lost, epochs=epochs)) == "Worse after training than before: -3.50 points at 1 s."
    assert losses(replace(lost, epochs=[epoch(0, loss=None, best=True)])) == ""
    assert losses(result) == ""


def test_pictures_begin_with_the_network_before(result, tmp_path):
    save(replace(result, epochs=[epoch(0), epoch(1, best=True)]), tmp_path)
    picture = (tmp_path / "learning-curve.svg").read_text()
    assert "before" in picture
    assert "float before" in picture
