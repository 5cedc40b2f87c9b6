"""What every verb of a study does: folder first, then the study with its bar, then the answer."""

import pytest

from chipsim.errors import InputError
from chipsim.verbs.study import answer, answer_of, silent


def test_in_this_order(tmp_path):
    told = []
    answer(lambda show: told.append("study") or show("half", 0.5) or 7, lambda *given: told.append(given), tmp_path / "new", True)
    assert told[0] == "study"
    assert (told[1][0], *told[1][2:]) == (7, tmp_path / "new", True)
    assert silent("text", 0.5) is None


def test_a_folder_that_cannot_be_written_is_told_first(tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(InputError):
        answer_of(tmp_path / "nowhere.yaml", None, None, lambda *given: pytest.fail("studied"), lambda *given: None, file / "into", False)
