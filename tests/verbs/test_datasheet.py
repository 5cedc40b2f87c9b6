"""The verb `datasheet`: words of the command line, files, messages."""

import json

import pytest
from small_files import write_small


@pytest.fixture
def chip(tmp_path):
    return write_small(tmp_path) / "chip.yaml"


def test_text(say, chip):
    found = say("datasheet", chip)
    assert found.code == 0
    assert "ONE PRODUCT OF AN ARRAY" in found.out


def test_json_with_changes_and_activity(say, chip):
    other = ("--set", "tile.array.rows=16", "--activity", "1")
    plain, changed = (json.loads(say("datasheet", chip, "--json", *more).out) for more in ((), other))
    assert changed["figures"]["product_ops"] == 2 * plain["figures"]["product_ops"]
    assert changed["activity"] == 1
    assert changed["figures"]["product_energy"] > plain["figures"]["product_energy"]


def test_files(say, chip, tmp_path):
    found = say("datasheet", chip, "--into", tmp_path / "sheet")
    assert "files in" in found.out
    assert (tmp_path / "sheet" / "datasheet.txt").exists()


def test_what_is_wrong_is_told_in_a_line(say, chip):
    assert "did you mean 'rows'" in say("datasheet", chip, "--set", "tile.array.row=16").err
    assert say("datasheet", chip.parent / "net.yaml").err.endswith("is of the kind 'workload'; a data sheet is that of an architecture\n")
    found = say("datasheet", chip, "--activity", "3")
    assert found.code == 2
    assert "expected a share from 0 to 1" in found.err


def test_peaks_against_the_rating_of_others(say, chip):
    from chipsim.comparators.comparator import comparator

    figures = json.loads(say("datasheet", chip, "--json").out)["figures"]
    found = say("datasheet", chip, "--against", "a100-tensor,tpu-v1")
    assert "AGAINST OTHERS" in found.out
    a100, line = comparator("a100-tensor"), next(line for line in found.out.splitlines() if "A100" in line)
    energy, area = (float(word[1:].replace(",", "")) for word in line.split()[-2:])
    assert energy == pytest.approx(figures["peak_ops_per_watt"] * a100.energy, rel=0.01)
    assert area == pytest.approx(figures["peak_ops_per_area"] / a100.density, rel=0.01)
    assert "AGAINST OTHERS" not in say("datasheet", chip).out
    assert "comparator 'a100' is not in the library" in say("datasheet", chip, "--against", "a100").err
