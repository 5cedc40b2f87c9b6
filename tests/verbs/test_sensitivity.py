"""The verb `sensitivity`: words, messages, files, several networks."""

import json

import pytest
from known_files import write_known


def test_the_whole_command(tmp_path, say):
    folder, into = write_known(tmp_path), tmp_path / "found"
    words = ("--of", "output_noise, adc bits,drift", "--repeats", "2", "--samples", "60", "--into", into)
    told = say("sensitivity", folder / "net.yaml", "--arch", folder / "chip.yaml", *words)
    assert told.code == 0, told.err
    assert "WHICH TO FIX FIRST" in told.out
    assert "60 samples, 2 programmed chips" in " ".join(told.out.split())
    names = {file.name for file in into.iterdir()}
    assert {"study.txt", "study.json", "terms.csv", "layers.csv", "margins.png", "layers.svg"} <= names
    assert (into / "terms.csv").read_text().startswith("network,non-ideality,key")
    again = json.loads(say("sensitivity", folder / "experiment.yaml", *words[:-2], "--json").out)
    assert [row["term"] for row in again["terms"]] == [row["term"] for row in json.loads((into / "study.json").read_text())["terms"]]


def test_networks_side_by_side(tmp_path, say):
    folder = write_known(tmp_path)
    (folder / "other.yaml").write_text((folder / "net.yaml").read_text().replace("name: small", "name: other"))
    words = ("--arch", folder / "chip.yaml", "--of", "output_noise", "--repeats", "1", "--into", tmp_path / "found")
    told = say("sensitivity", folder / "net.yaml", folder / "other.yaml", *words)
    assert told.code == 0, told.err
    assert "small on chip" in told.out
    assert "other on chip" in told.out
    assert "fully connected" in told.out
    assert (tmp_path / "found" / "margins-2.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--of", "colour"), "colour"),
        (("--samples", "0"), "--samples 0"),
        (("--samples", "5000"), "--samples 5000"),
        (("--repeats", "0"), "--repeats 0"),
    ],
)
def test_messages(tmp_path, say, words, message):
    folder = write_known(tmp_path)
    told = say("sensitivity", folder / "experiment.yaml", *words)
    assert told.code == 2
    assert message in told.err


def test_two_networks_of_one_name(tmp_path, say):
    folder = write_known(tmp_path)
    told = say("sensitivity", folder / "net.yaml", folder / "net.yaml", "--arch", folder / "chip.yaml")
    assert told.code == 2
    assert "two of the networks are called" in told.err
