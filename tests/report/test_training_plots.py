"""Learning curves as pictures: the same bytes each time, nothing where there is nothing to show."""

import pytest
from small_training import small_result

from chipsim.errors import InputError
from chipsim.report.training_plots import pictures, seeds_of, write_plots


def test_pictures_are_the_same_each_time(tmp_path):
    for kind in ("png", "svg"):
        first = [path.read_bytes() for path in write_plots(small_result(), tmp_path, kind)]
        assert first == [path.read_bytes() for path in write_plots(small_result(), tmp_path, kind)]
        assert all(len(data) > 1000 for data in first)


def test_what_was_not_asked_for_is_not_drawn(tmp_path):
    names = {path.name for path in pictures(small_result("twin=false", "timing.moments=0"), tmp_path / "new")}
    assert names == {"accuracy.png", "accuracy.svg", "loss.png", "loss.svg"}
    text = (tmp_path / "new" / "accuracy.svg").read_text()
    assert ">chip<" in text
    assert ">floating point<" not in text


def test_both_curves_are_named(tmp_path):
    (path, *_) = write_plots(small_result("seeds=2"), tmp_path, "svg")
    text = path.read_text()
    assert {">chip<", ">floating point<", ">epoch<", ">test accuracy (%)<"} <= {f">{part}<" for part in text.replace("<", ">").split(">")}
    assert seeds_of(small_result("seeds=2").curves) == [0, 1]


def test_a_place_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the pictures cannot be written here"):
        pictures(small_result(), tmp_path / "file")
