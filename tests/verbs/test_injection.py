"""The verb `injection`: words of the command line, files, a run on the curve, messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_files import write_small

from chipsim.errors import InputError
from chipsim.noc.network import Credits, Durations, Network
from chipsim.noc.topology import Mesh
from chipsim.verbs.injection import controls_of, wish_of

FEW = ("--points", "4", "--packets", "200")


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    return write_small(tmp_path) / "chip.yaml"


def test_text_and_files(say: Any, chip: Path, tmp_path: Path) -> None:
    found = say("injection", chip, *FEW, "--into", tmp_path / "curves")
    assert found.code == 0
    assert "chip: mesh of 4 tiles, 8 links, xy routing" in found.out
    assert "UNIFORM, CALENDAR" in found.out
    assert (tmp_path / "curves" / "curves.csv").exists()
    assert (tmp_path / "curves" / "injection.svg").exists()


def test_json_with_patterns_controls_and_packets(say: Any, chip: Path) -> None:
    words = ("--pattern", "uniform,neighbour", "--control", "calendar, credits", "--packet", "128 b", "--json")
    found = json.loads(say("injection", chip, *FEW, *words).out)
    assert [(row["pattern"], row["control"]) for row in found["limits"]] == [
        ("uniform", "calendar"), ("neighbour", "calendar"), ("uniform", "credits"), ("neighbour", "credits"),
    ]  # fmt: skip
    assert found["flits"] == 4


def test_a_run_stands_on_the_curve(say: Any, chip: Path, tmp_path: Path) -> None:
    assert say("run", chip.parent / "experiment.yaml", "--into", tmp_path / "runs").code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    found = say("injection", chip, *FEW, "--run", folder)
    assert "WHERE THE RUN STANDS" in found.out
    other = say("injection", chip, *FEW, "--set", "network.topology.columns=3", "--run", folder)
    assert other.code == 2
    assert "the run has a network of 8 links, this chip one of 14" in other.err


def test_what_is_wrong_is_told_in_a_line(say: Any, chip: Path) -> None:
    assert "a network is that of an architecture" in say("injection", chip.parent / "net.yaml").err
    assert "'waltz' is no pattern of traffic" in say("injection", chip, "--pattern", "waltz").err
    assert "--packet 0.5 b: expected a whole number of bits" in say("injection", chip, "--packet", "0.5 b").err
    assert "--packet" in say("injection", chip, "--packet", "3 s").err


def test_the_network_keeps_its_own_flow_control() -> None:
    own = Credits(buffer=16)
    network = Network(topology=Mesh(columns=2, rows=2), flow_control=own, clock=1e9, flit_width=32, payload=256, link_energy=0.0)
    assert controls_of("", network) == [own]
    assert [control.type_name for control in controls_of("credits,calendar", network)] == ["credits", "calendar"]
    assert controls_of("credits", network) == [own]
    with pytest.raises(InputError, match="--control: a network with 'credits' cannot be studied with 'durations'"):
        controls_of("durations", network)


def test_pulses_have_no_packets() -> None:
    network = Network(topology=Mesh(columns=2, rows=2), flow_control=Durations(step=1e-7), clock=1e9, link_energy=0.0)
    with pytest.raises(InputError, match="'durations' cannot be studied with 'calendar'; expected durations"):
        controls_of("calendar", network)
    assert wish_of().bits == 0
