"""The page of all validations is what the figures files say today; every published figure keeps to its tolerance or states a reason.

The texts are compared word by word; numbers that come from simulated values may differ in their last digits with the machine's BLAS.
"""

import re
from pathlib import Path

import pytest
from commands import HOUSE

from chipsim.report.validation_page import COMMAND, ERRORS, PICTURE, page_text
from chipsim.validation.outcome import WITHIN, figures_files, validate

PAGE = HOUSE / "docs" / "validation.md"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")
POINTS, SHARE = 0.3, 0.01  # what a number may differ: of shares in per cent, of all others by a part of it


@pytest.fixture(scope="module")
def found():
    return validate([file for file in figures_files(HOUSE)])


def bare(line: str) -> str:
    return NUMBER.sub("#", line)


def near(ours: str, theirs: str) -> bool:
    one, other = (float(text.replace(",", "")) for text in (ours, theirs))
    return abs(one - other) <= max(POINTS if "." in ours else 0, SHARE * max(abs(one), abs(other)))


def test_the_page_is_current(found):
    written, now = PAGE.read_text(encoding="utf-8").splitlines(), page_text(found).splitlines()
    say = f"docs/validation.md is not what '{COMMAND}' writes; run it again"
    assert [bare(line) for line in written] == [bare(line) for line in now], say
    for old, new in zip(written, now, strict=True):
        assert all(near(*pair) for pair in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)), f"{say}: {old!r} against {new!r}"


def test_the_pictures_are_there():
    assert all((PAGE.parent / picture).stat().st_size > 1000 for picture in (PICTURE, ERRORS))


def test_every_figure_keeps_its_tolerance_or_states_a_reason(found):
    assert [(row["chip"], row["id"], row["what"], row["message"]) for row in found.failed] == []


def test_a_reason_is_stated_only_for_a_miss(found):
    assert [(row["chip"], row["id"], row["what"]) for row in found.rows if row["reason"] and row["verdict"] == WITHIN] == []


def test_every_figure_names_its_source_and_every_calibration_its_constant(found):
    assert [(row["chip"], row["id"]) for row in found.rows if not row["source"]] == []
    assert [(row["chip"], row["id"], row["what"]) for row in found.rows if row["kind"] == "calibrated" and not row["note"]] == []


def test_every_chip_with_figures_is_an_architecture_of_ours(found):
    without = {"training", "devices"}
    chips = {row["chip"] for row in found.rows} - without
    assert [chip for chip in sorted(chips) if not (Path(HOUSE) / "architectures" / f"{chip}.yaml").exists()] == []
