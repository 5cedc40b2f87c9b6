"""The verb `array-size`: words, messages, files."""

import json

import pytest
from small_files import write_small

from chipsim.errors import InputError
from chipsim.studies.array_size import SIZES
from chipsim.verbs.array_size import sizes_of


def test_sizes():
    assert sizes_of("") == SIZES
    assert sizes_of("256, 64,64") == (64, 256)
    for text in ("1", "64 x 64", "-4", "big", "99999", "64.0"):
        with pytest.raises(InputError, match="--sizes"):
            sizes_of(text)


def test_the_whole_command(tmp_path, say):
    folder = write_small(tmp_path)
    into = tmp_path / "found"
    told = say("array-size", folder / "net.yaml", "--arch", folder / "chip.yaml", "--sizes", "4,8,16", "--into", into)
    assert told.code == 0, told.err
    assert "WIRES AND ACCURACY" in told.out
    assert (into / "array_size.png").exists()
    found = json.loads(say("array-size", folder / "experiment.yaml", "--sizes", "8", "--bound", "sqrt", "--json").out)
    assert [row["size"] for row in found["sizes"]] == [8]


@pytest.mark.parametrize("words", [("--bound", "wide"), ("--rest", "rows"), ("--sizes", "0")])
def test_messages(tmp_path, say, words):
    folder = write_small(tmp_path)
    told = say("array-size", folder / "experiment.yaml", *words)
    assert told.code == 2
    assert words[0] in told.err
