"""The verb `uncertainty`: words, messages, files."""

import json

import pytest
from small_files import write_small


def test_the_whole_command(tmp_path, say):
    folder = write_small(tmp_path)
    into = tmp_path / "found"
    words = ("--only", "host", "--samples", "4", "--into", into)
    told = say("uncertainty", folder / "net.yaml", "--arch", folder / "chip.yaml", "--set", "stream=5", *words)
    assert told.code == 0, told.err
    assert "WHAT THE WIDTH HANGS ON" in told.out
    assert (into / "uncertainty.png").exists()
    words = (*words[:4], "--of", "latency", "--json", "--seed")
    again = [json.loads(say("uncertainty", folder / "experiment.yaml", *words, seed).out)["measures"] for seed in ("0", "0", "1")]
    assert again[0] == again[1] != again[2]


@pytest.mark.parametrize("words", [("--samples", "3"), ("--samples", "0"), ("--seed", "-1"), ("--of", "colour"), ("--only", "chip")])
def test_messages(tmp_path, say, words):
    folder = write_small(tmp_path)
    told = say("uncertainty", folder / "experiment.yaml", *words)
    assert told.code == 2
    assert words[0] in told.err
