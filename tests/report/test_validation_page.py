"""The page: everything of a validation in Markdown that no name can break, the same text for the same numbers."""

import re

import pytest

from chipsim.errors import InputError
from chipsim.report.validation_page import ERRORS, PICTURE, markdown, page_text, plain, write_page

from .validations import SHARE, row, validation

FOUND = validation(
    row(),
    row(id="V2", kind="calibrated", note="turned round"),
    row(id="V3", verdict="missed", reason="the paper does not say", source="another 2021"),
    row(**SHARE, chip="other", about="", record="two-tiles.md", command="python tools/x.py"),
)


def test_the_page_holds_everything():
    text = page_text(FOUND)
    for said in (
        "# Validation",
        "`chipsim validate --page docs/validation.md`",
        "4 figures in 2 files; 3 are computed anew, the others are recorded.",
        "| predicted | 3 | 2 | 1 | 0 | 5.0 % | 5.0 % | 0.80 points |",
        "**2 of 3 predictions lie within their tolerance; half of the predicted quantities are off by at most 5.0 %.**",
        "## What chipsim can and cannot be trusted for",
        "* **small, V3, throughput.** Published 1 TOP/s, ours 0.95 TOP/s (-5.0 %). The paper does not say.",
        "| V1 | throughput | 1 TOP/s | 0.95 TOP/s | -5.0 % | 10 % | predicted | high | 1 | within |",
        "| V3 | throughput | 1 TOP/s | 0.95 TOP/s | -5.0 % | 10 % | predicted | high | 2 | missed |",
        "* V2, throughput: turned round",
        "* V30, accuracy: `two-tiles.md`, `python tools/x.py`",
        "1. somebody 2020\n2. another 2021",
        f"]({PICTURE.as_posix()})",
    ):
        assert said in text, said


def test_what_an_editor_needs_comes_first():
    head = page_text(FOUND).splitlines()[:3]
    assert "chipsim validate --page" in head[2]
    assert "do not edit" in head[2]


def test_tables_are_whole():
    for block in re.findall(r"(?:^\|.*\n)+", page_text(FOUND), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_equal_numbers_give_the_equal_text():
    assert page_text(FOUND) == page_text(FOUND)


def test_without_misses_there_is_no_such_section():
    assert "## Misses" not in page_text(validation(row()))


def test_names_open_nothing():
    assert plain("a|b <script>\n*c*") == "a\\|b &lt;script> \\*c\\*"
    assert markdown(("a", "b"), [("x|y", "z")])[2] == "| x\\|y | z |"
    assert "<script>" not in page_text(validation(row(what="<script>", about="<script>", note="<script>", source="<script>")))


def test_files(tmp_path):
    pytest.importorskip("matplotlib")
    page, *pictures = write_page(FOUND, tmp_path / "docs" / "validation.md")
    assert page.read_text() == page_text(FOUND)
    assert pictures == [tmp_path / "docs" / PICTURE, tmp_path / "docs" / ERRORS]
    assert all(picture.exists() and f"]({picture.relative_to(page.parent).as_posix()})" in page.read_text() for picture in pictures)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the page cannot be written here"):
        write_page(FOUND, tmp_path / "file" / "validation.md")
