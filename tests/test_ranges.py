"""Ranges beside numbers: read with their units, checked, printed, and gone with the number they belong to."""

from __future__ import annotations

import pytest
from small_files import write_small

from chipsim.architecture import Architecture, Host
from chipsim.compose import changed, read
from chipsim.errors import InputError
from chipsim.ranges import in_numbers, kept, problem_of
from chipsim.reading import build, from_plain, load
from chipsim.units import DIMENSIONS

HOST = {"bandwidth": "8 Gb/s", "energy": "1 pJ/b"}
KEYS = {"energy": DIMENSIONS["energy"], "bits": None}


def host(**ranges) -> Host:
    return from_plain(Host, HOST | {"ranges": ranges})


def test_ends_are_kept_in_si():
    assert host(energy=["0.5 pJ/b", "2 pJ/b"]).range_of("energy") == (0.5e-12, 2e-12)
    assert host(energy=["0.5 pJ/b", "2 pJ/b"]).range_of("bandwidth") is None
    assert Host(bandwidth=1e9, energy=1e-12, ranges={"energy": (0, 2e-12)}).range_of("energy") == (0, 2e-12)
    assert in_numbers({"bits": [4, 8]}, KEYS, from_file=True) == {"bits": (4, 8)}


def test_they_are_printed_and_read_back():
    spec = host(energy=["0.5 pJ/b", "2 pJ/b"], bandwidth=["0.1 Gb/s", "0.3 Tb/s"])
    assert from_plain(Host, spec.plain()) == spec
    assert spec.plain()["ranges"] == {"energy": ["500 fJ/b", "2 pJ/b"], "bandwidth": ["100 Mb/s", "300 Gb/s"]}
    assert "ranges" not in host().plain()


def test_no_digest_depends_on_them():
    assert host(energy=["0.5 pJ/b", "2 pJ/b"]).digest() == host().digest()
    assert host(energy=["0.5 pJ/b", "2 pJ/b"]) != host()


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"energy": ["2 pJ/b", "3 pJ/b"]}, "ranges.energy: 1 pJ/b does not lie between 2 pJ/b and 3 pJ/b"),
        ({"energy": ["3 pJ/b", "0.5 pJ/b"]}, "low <= value <= high"),
        ({"energy": [0.5, "2 pJ/b"]}, "ranges.energy: 0.5 has no unit, expected an energy per bit"),
        ({"energy": ["0.5 pJ", "2 pJ/b"]}, "ranges.energy: '0.5 pJ' is an energy, expected an energy per bit"),
        ({"energy": ["2 pJ/b"]}, r"expected two numbers, \[low, high\]"),
        ({"energy": "2 pJ/b"}, r"expected two numbers, \[low, high\]"),
        ({"energy": [True, "2 pJ/b"]}, "True is no number"),
        ({"enrgy": ["0.5 pJ/b", "2 pJ/b"]}, "no such key .did you mean 'energy'"),
        ({"source": [0, 1]}, "no such key"),
        ([1, 2], "expected a block of keys"),
    ],
)
def test_what_is_wrong_is_said(ranges, said):
    with pytest.raises(InputError, match=said):
        from_plain(Host, HOST | {"ranges": ranges})


def test_only_single_numbers_have_ranges():
    assert "'bits' is not given" in problem_of({"bits": (1, 2)}, {"bits": None}, KEYS)
    assert "'bits' is no single number" in problem_of({"bits": (1, 2)}, {"bits": (1, 2)}, KEYS)
    assert "'bits' is no single number" in problem_of({"bits": (0, 1)}, {"bits": True}, KEYS)
    assert problem_of({"bits": (1, 2)}, {"bits": 1}, KEYS) == ""


def test_file_and_line_are_told(tmp_path):
    file = write_small(tmp_path) / "chip.yaml"
    host = "host:\n  bandwidth: 8 Gb/s\n  ranges:\n    bandwidth: [1 b/s, 2 b/s]"
    text = file.read_text(encoding="utf-8").replace("host: {bandwidth: 8 Gb/s}", host)
    file.write_text(text, encoding="utf-8")
    line = text.splitlines().index("    bandwidth: [1 b/s, 2 b/s]") + 1
    with pytest.raises(InputError, match=rf"chip.yaml:{line}:16: host: ranges.bandwidth: 8 Gb/s does not lie between 1 b/s and 2 b/s"):
        load(file, Architecture)


def test_a_range_goes_with_its_number(tmp_path):
    spec = host(energy=["0.5 pJ/b", "2 pJ/b"], bandwidth=["1 Gb/s", "9 Gb/s"])
    assert spec.having(energy=7e-12).ranges == {"bandwidth": (1e9, 9e9)}
    assert spec.having(energy=7e-12, ranges={"energy": (6e-12, 8e-12)}).ranges == {"energy": (6e-12, 8e-12)}
    assert kept({"a": 1}, ["a"]) is None
    (tmp_path / "base.yaml").write_text(spec.to_yaml(), encoding="utf-8")
    (tmp_path / "other.yaml").write_text("extends: base.yaml\nenergy: 7 pJ/b\n", encoding="utf-8")
    assert load(tmp_path / "other.yaml", Host).ranges == {"bandwidth": (1e9, 9e9)}
    assert load(tmp_path / "base.yaml", Host, ["bandwidth=1 Tb/s"]).ranges == {"energy": (0.5e-12, 2e-12)}
    node = changed(read(tmp_path / "base.yaml"), "ranges.energy=[0.9 pJ/b, 1.1 pJ/b]")
    assert build(Host, node).range_of("energy") == (0.9e-12, 1.1e-12)
