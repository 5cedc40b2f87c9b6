"""The verb `demand`: words of the command line, the order of what is said, messages."""

import io
import json
import sys

import pytest
import yaml
from builders import CHIP
from rich.console import Console

from chipsim.__main__ import main
from chipsim.demand import PUBLISHED
from chipsim.errors import InputError
from chipsim.verbs.demand import demanded, layers_of, listed, print_demands, quantity


def said(chip=None, changes=(), claim=PUBLISHED, others="", areas="", layer="64x64", operations=6.0, activity=0.5):
    stream = io.StringIO()
    console = Console(file=stream, width=100, color_system=None)
    print_demands(chip, changes, claim, others, areas, layer, operations, activity, False, console)
    return " ".join(stream.getvalue().split())


@pytest.fixture
def chip(tmp_path):
    file = tmp_path / "chip.yaml"
    file.write_text(yaml.safe_dump(CHIP))
    return file


def test_a_claim_in_words():
    assert demanded() == PUBLISHED
    assert demanded("1 TOP/s/W").efficiency == 1e12
    assert demanded("", "500 GOP/s/mm2").density == 5e17
    assert demanded("28065 GOP/s/W", "3.6 TOP/s/mm2") == PUBLISHED


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("1 TOP/s", ""), "--efficiency: '1 TOP/s' is a rate of operations, expected an efficiency such as '100 GOP/s/W'"),
        (("", "0 TOP/s/mm2"), "--density: '0 TOP/s/mm2'; expected a quantity above zero"),
        (("-1 GOP/s/W", ""), "--efficiency: '-1 GOP/s/W'; expected a quantity above zero"),
        (("28065", ""), "--efficiency: '28065' has no unit"),
    ],
)
def test_claims_that_are_none(words, message):
    with pytest.raises(InputError) as caught:
        demanded(*words)
    assert str(caught.value).startswith(message)


def test_sizes_and_lists():
    assert layers_of("1024x512, 2049 x 100") == [(1024, 512), (2049, 100)]
    assert listed(" a, b ,,c") == ["a", "b", "c"]
    assert quantity("--area", "7 um2", "area") == pytest.approx(7e-12)


@pytest.mark.parametrize("text", ["", "10", "0x5", "axb", "3x4x5", "3x4,", "-3x4"])
def test_sizes_that_are_none(text):
    with pytest.raises(InputError, match="--layer: "):
        layers_of(text)


def test_without_a_chip():
    text = said(others="v100-tensor", areas="20 um2")
    assert "277.8 um2 ns" in text
    assert "20 um2 83.3 ns" in text
    assert "V100 with tensor cores x67.4 x23.5" in text
    assert "without tensor cores" not in text
    assert "BY PART" not in text


def test_what_was_printed_is_told_of_that_claim_and_comparator_alone():
    assert "the other way round" in said()
    assert "the other way round" in said(others="v100-tensor,v100-fp16")
    assert "the other way round" not in said(others="v100-tensor")
    assert "the other way round" not in said(claim=demanded("1 TOP/s/W"))


def test_other_operations_for_each_synapse():
    assert "71.3 fJ" in said(operations=2.0)
    with pytest.raises(InputError, match="--operations: 0"):
        said(operations=0)


def test_a_chip_is_held_against_the_demand(chip):
    text = said(chip)
    assert text.index("ENERGY OF AN OPERATION BY PART") < text.index("AREA X TIME OF AN OPERATION BY PART")
    assert "tiny, forward products of all arrays" in text
    assert "Cells are 50.0 % busy" in text
    slower = said(chip, ["tile.array.dac.read_time=10 us"])
    assert "(10 us," in slower


def test_wrong_files(chip, tmp_path):
    with pytest.raises(InputError, match="did you mean 'rows'"):
        said(chip, ["tile.array.row=4"])
    with pytest.raises(InputError):
        said(tmp_path / "none.yaml")


def test_the_command_prints_json(monkeypatch, capsys, chip):
    monkeypatch.setattr(sys, "argv", ["chipsim", "demand", str(chip), "--json", "--with", "a100-tensor"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, None)
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"demand", "demands", "times", "ratios", "layers", "energy", "area"}
    assert found["ratios"][0]["energy"] == pytest.approx(28_065e9 * 400 / 312e12)


def test_the_command_refuses_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chipsim", "demand", "--efficiency", "fast"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "--efficiency: 'fast' is not an efficiency" in capsys.readouterr().err
