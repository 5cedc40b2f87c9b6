"""The verb `reload`: the whole command, its options, its messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_files import write_small

SMALL = ("--set", "architecture.network.topology={type: mesh, columns: 1, rows: 1}")


def test_the_whole_command(tmp_path: Path, say: Any) -> None:
    folder, into = write_small(tmp_path), tmp_path / "found"
    told = say("map", folder / "experiment.yaml", *SMALL)
    assert told.code == 2
    assert "reload: 2 rounds of weights on the chip as it is: 'chipsim reload'" in told.err
    told = say("reload", folder / "net.yaml", "--arch", folder / "chip.yaml", *SMALL, "--batch", "5", "--beside", "--into", into)
    assert told.code == 0, told.err
    assert "small on chip: 2 rounds of weights, batches of 5" in told.out
    assert (into / "rounds.csv").exists()
    found = json.loads(say("reload", folder / "experiment.yaml", *SMALL, "--endurance", "1e6", "--json").out)
    assert found["batch"] == 100
    assert found["endurance"] == 1e6
    assert found["samples"] == 12


def test_a_check_says_what_a_map_says(tmp_path: Path, say: Any) -> None:
    folder = write_small(tmp_path)
    file = folder / "experiment.yaml"
    chip = (folder / "chip.yaml").read_text().replace("columns: 2, rows: 2", "columns: 1, rows: 1")
    (folder / "chip.yaml").write_text(chip)
    told = say("check", file)
    assert told.code == 2
    for words in ("more tiles: 2 are needed", "several chips: 2 with links of", "reload: 2 rounds"):
        assert words in told.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--batch", "0"), "--batch: 0; expected at least 1"),
        (("--rounds", "7"), "--rounds: 7 rounds; at most 2 are possible"),
        (("--rounds", "2", "--tiles", "1"), "without --tiles"),
        (("--tiles", "9"), "--tiles: at most 9 tiles are to be used, but the chip has 4"),
        (("--endurance", "-1"), "--endurance: -1"),
    ],
)
def test_messages(tmp_path: Path, say: Any, words: tuple[str, ...], message: str) -> None:
    told = say("reload", write_small(tmp_path) / "experiment.yaml", *words)
    assert told.code == 2
    assert message in told.err
