"""Pictures in a notebook: the files of `--plots`, by name."""

from __future__ import annotations

import pytest

from chipsim.errors import InputError
from chipsim.report.gallery import WRITERS, draw
from chipsim.report.plots import write_plots
from chipsim.tabular import Tabular

PNG = b"\x89PNG"


def test_a_run_is_drawn_as_its_files_are(result, tmp_path):
    gallery = draw(result)
    files = write_plots(result, tmp_path)
    assert gallery.pictures == {file.stem: file.read_bytes() for file in files}
    assert all(data.startswith(PNG) for data in gallery.pictures.values())


def test_only_what_is_named_is_shown(result, tmp_path):
    gallery = draw(result, "energy")
    assert list(gallery.pictures) == ["energy"]
    assert gallery._repr_html_().count("<img") == 1
    assert [file.name for file in gallery.save(tmp_path / "new")] == ["energy.png"]


def test_a_wrong_name_is_told_with_a_suggestion(result):
    with pytest.raises(InputError, match="draw: there is no picture 'enery' of this Result \\(did you mean 'energy'\\?\\)"):
        draw(result, "enery")


def test_an_answer_without_pictures_is_told():
    class Silent(Tabular):
        pass

    with pytest.raises(InputError, match="draw: there are no pictures of a Silent; there are some of ArraySizeStudy, "):
        draw(Silent())


def test_every_kind_of_answer_has_its_writer_once():
    assert len(set(WRITERS.values())) == len(WRITERS)
