"""The arithmetic of the record of the speech system: energies of chip and digital work are added."""

import re

import pytest
from commands import HOUSE

RECORD = HOUSE / "tests" / "published" / "speech-34-system.md"
CHIP = 12.4  # TOP/s/W


@pytest.mark.parametrize(("ratio", "published"), [(325, 6.94), (88, 6.704)])
def test_the_record_says_what_the_sum_says(ratio, published):
    low, ours, high = (1 / (1 / CHIP + 1 / ratio / digital) for digital in (5, 6, 7))
    line = next(line for line in RECORD.read_text(encoding="utf-8").splitlines() if f" {ratio}" in line and line.startswith("| one"))
    said = [float(number) for number in re.findall(r"\d+\.\d+", line)]
    rest = 1e3 * (1 / published - 1 / ours)  # fJ for each operation
    assert said == [published, *(pytest.approx(value, abs=0.006) for value in (ours, low, high)), pytest.approx(rest, abs=0.06)]


def test_the_share_of_the_integration_time():
    share = 2 * (1 / CHIP - 1 / 15.4) * CHIP
    assert share == pytest.approx(0.39, abs=0.005)
    assert CHIP < 15.4 < 2 * CHIP
