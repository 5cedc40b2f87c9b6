"""The verb `scale`: words, messages, the file it writes and that the file runs."""

import json
from pathlib import Path

import pytest
from small_files import write_small

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.reading import load
from chipsim.studies.scale import study
from chipsim.verbs.scale import wish_of

HOUSE = Path(__file__).parents[2]


def test_words():
    wish = wish_of("7 nm", "dennard", "keep", "14 nm", "0.7 V", "scaled", "registers, control")
    assert (wish.node, wish.digital, wish.converters, wish.origin) == (pytest.approx(7e-9), "dennard", "keep", pytest.approx(14e-9))
    assert (wish.supply, wish.delay, wish.parts) == (0.7, "scaled", ("registers", "control"))
    assert wish_of("7 nm").digital == "stillmaker-baas"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"node": "7"}, "--node: '7' has no unit, expected a length such as '7 nm'"),
        ({"node": "-7 nm"}, "--node: '-7 nm'; expected more than 0"),
        ({"node": "7 nm", "supply": "1 A"}, "--supply: '1 A' is a current"),
        ({"node": "7 nm", "delay": "fast"}, "--delay fast"),
        ({"node": "7 nm", "table": "moore"}, "--table moore: no such table"),
    ],
)
def test_wrong_words(words, said):
    with pytest.raises(InputError, match=said):
        wish_of(**words)


def test_the_new_file_is_the_new_chip_and_runs(tmp_path, say):
    folder = write_small(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    new = tmp_path / "elsewhere" / "new.yaml"
    told = say("scale", folder / "chip.yaml", "--node", "7 nm", "--from", "32 nm", "--digital", "", "--output", new)
    assert told.code == 0, told.err
    assert "tile.neuron" in told.out
    assert "WHAT DOES NOT SCALE, AND WHY" in told.out
    chip = load(new, Architecture)
    assert chip.name == "chip-7nm"
    assert chip.tile.neuron.scaling is not None
    assert f"{chip.tile.neuron.cost('apply', 1).energy:.3e}" == f"{6e-15 * chip.tile.neuron.factors.energy:.3e}"
    ran = say("run", folder / "net.yaml", "--arch", new, "--into", tmp_path / "runs", "--set", "stream=5", "--json")
    assert ran.code == 0, ran.err
    own = say("run", folder / "net.yaml", "--arch", folder / "chip.yaml", "--into", tmp_path / "runs", "--set", "stream=5", "--json")
    assert json.loads(ran.out)["metrics"]["energy"] < json.loads(own.out)["metrics"]["energy"]
    assert json.loads(ran.out)["accuracy"] == json.loads(own.out)["accuracy"]


def test_messages(tmp_path, say):
    folder = write_small(tmp_path)
    chip = folder / "chip.yaml"
    assert "say --from '14 nm'" in say("scale", chip, "--node", "7 nm").err
    told = say("scale", chip, "--node", "5 nm", "--from", "14 nm")
    assert told.code == 2
    assert "which has 7, 10, 14, 16, 20, 32, 45, 65, 90, 130 nm" in told.err
    assert "is the file of the chip itself" in say("scale", chip, "--node", "7 nm", "--from", "14 nm", "--output", chip).err
    assert json.loads(say("scale", chip, "--node", "7 nm", "--from", "14 nm", "--json").out)["name"] == "chip"


@pytest.mark.parametrize("name", ["pcm-64", "first-chip"])
def test_chips_of_the_house(name):
    found = study(HOUSE / "architectures" / f"{name}.yaml", wish_of("7 nm", origin="14 nm"))
    figures = {row["name"]: row["factor"] for row in found.figures}
    assert figures["area"] < 1 < figures["peak_ops_per_watt"]
    assert "tile.array.dac" in {row["part"] for row in found.kept}
