"""The verb `tornado`: words, messages, files."""

import json

import pytest
from small_files import write_small

from chipsim.errors import InputError
from chipsim.studies.tornado import STEP
from chipsim.verbs.tornado import share_of


def test_steps():
    assert share_of("") == STEP
    assert (share_of("10%"), share_of("0.05"), share_of(" 2.5 % ")) == (0.1, 0.05, 0.025)
    for text in ("0", "1", "100%", "-5%", "ten", "10%%", "10% more", "nan"):
        with pytest.raises(InputError, match="--step"):
            share_of(text)


def test_the_whole_command(tmp_path, say):
    folder = write_small(tmp_path)
    into = tmp_path / "found"
    words = ("--of", "energy,area", "--only", "tile.array.adc,host", "--top", "3", "--into", into)
    told = say("tornado", folder / "net.yaml", "--arch", folder / "chip.yaml", "--set", "stream=5", *words)
    assert told.code == 0, told.err
    assert "WHAT TO IMPROVE FIRST" in told.out
    assert (into / "tornado_energy.png").exists()
    found = json.loads(say("tornado", folder / "experiment.yaml", "--of", "accuracy", "--only", "tile.array.output_noise", "--json").out)
    assert [row["measure"] for row in found["measures"]] == ["accuracy"]
    assert [row["key"] for row in found["numbers"]] == ["tile.array.output_noise"]


@pytest.mark.parametrize("words", [("--step", "200%"), ("--of", "engery"), ("--top", "0"), ("--only", "tile.adc")])
def test_messages(tmp_path, say, words):
    folder = write_small(tmp_path)
    narrow = () if "--only" in words else ("--only", "host")
    told = say("tornado", folder / "experiment.yaml", *words, *narrow)
    assert told.code == 2
    assert words[0] in told.err
