"""Ratings and rooflines: closed forms, the ratios of published arithmetic, wrong names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.comparator import Comparator, comparator, comparators, names
from chipsim.errors import InputError

sizes = st.integers(1, 5000)


def made(**keys):
    """A processor of round numbers: 1 OP/s for 8 bit/s."""
    plain = {"name": "mine", "peak": 1e12, "power": 100.0, "area": 1e-4, "bandwidth": 8e12, "bits": 8}
    return Comparator(**plain | keys)


def test_rating():
    mine = made()
    assert mine.energy == pytest.approx(100e-12)
    assert mine.density == pytest.approx(1e16)
    assert mine.energy_ratio(1e12) == pytest.approx(100)  # 1 pJ against 100 pJ
    assert mine.density_ratio(5e16) == pytest.approx(5)


@pytest.mark.parametrize(("name", "energy", "area"), [("v100-fp16", 280.7, 97.8), ("v100-tensor", 67.4, 23.5)])
def test_the_ratios_of_2018(name, energy, area):
    other = comparator(name)
    assert other.energy_ratio(28_065e9) == pytest.approx(energy, rel=0.01)
    assert other.density_ratio(3.6e18) == pytest.approx(area, rel=0.01)


def test_stages_of_a_small_layer_by_hand():
    found = made().fully_connected(2, 3, batch=4)
    assert [(s.name, s.operations, s.moved) for s in found.stages] == [
        ("forward", 48.0, (6 + 20) * 8),
        ("backward", 48.0, (6 + 20) * 8),
        ("update", 48.0, (12 + 20) * 8),
    ]
    assert [s.time for s in found.stages] == pytest.approx([48e-12, 48e-12, 48e-12])  # 26 and 32 numbers take 26 and 32 ps
    assert found.operations == 6 * 6 * 4
    assert found.efficiency == pytest.approx(1)
    assert found.energy_per_operation == pytest.approx(made().energy)


def test_a_single_example_waits_for_the_weights():
    found = comparator("v100-tensor").fully_connected(4096, 4096)
    ideal = 6 / (4 * 16) * 7.2e12 / 125e12  # 6 OP while 4 numbers of 16 bits come and go, inputs and outputs neglected
    assert found.efficiency == pytest.approx(ideal, rel=1e-3)
    assert found.energy_per_operation == pytest.approx(300 / (6 / 64 * 7.2e12), rel=1e-3)


@given(rows=sizes, columns=sizes, batch=sizes)
def test_no_layer_beats_the_rating_or_the_memory(rows, columns, batch):
    other = comparator("a100-tensor")
    found = other.fully_connected(rows, columns, batch)
    assert 0 < found.efficiency <= 1 + 1e-12
    assert found.energy_per_operation >= other.energy * (1 - 1e-12)
    for stage in found.stages:
        assert stage.time * other.bandwidth >= stage.moved * (1 - 1e-12)
    assert found.operations == 6.0 * rows * columns * batch


@given(rows=sizes, columns=sizes, batch=st.integers(1, 500))
def test_a_larger_batch_is_never_less_efficient(rows, columns, batch):
    small, large = (comparator("v100-fp16").fully_connected(rows, columns, size).efficiency for size in (batch, 2 * batch))
    assert large >= small * (1 - 1e-12)


@pytest.mark.parametrize("sizes", [(0, 3, 1), (3, 0, 1), (3, 3, 0), (-1, 3, 1)])
def test_sizes_below_one(sizes):
    with pytest.raises(InputError, match=r"Comparator.fully_connected: \w+ is (0|-1), expected at least 1"):
        made().fully_connected(*sizes)


def test_the_library_and_its_order():
    assert names() == ["v100-fp16", "v100-tensor", "a100-tensor"]
    assert [other.year for other in comparators()] == [2017, 2017, 2020]
    assert [other.name for other in comparators(["a100-tensor"])] == ["A100 with tensor cores"]
    for other in comparators():
        assert "white paper" in other.source


def test_a_file_of_ones_own(tmp_path):
    file = tmp_path / "edge.yaml"
    file.write_text("name: edge\npeak: 4 TOP/s\npower: 2 W\narea: 10 mm2\nbandwidth: 10 GB/s\nbits: 8\n")
    found = comparator(str(file))
    assert (found.name, found.peak, found.bandwidth, found.year) == ("edge", 4e12, 8e10, None)
    changed = tmp_path / "mine.yaml"
    changed.write_text("component: v100-tensor\nname: at 250 W\npower: 250 W\n")
    assert (comparator(str(changed)).power, comparator(str(changed)).peak) == (250.0, 125e12)


def test_wrong_names_and_files(tmp_path):
    with pytest.raises(InputError, match="comparator 'v100-tensors' is not in the library \\(did you mean 'v100-tensor'"):
        comparator("v100-tensors")
    file = tmp_path / "edge.yaml"
    file.write_text("name: edge\npeak: 4 W\npower: 2 W\narea: 0 mm2\n")
    with pytest.raises(InputError) as caught:
        comparator(str(file))
    text = str(caught.value)
    assert "'4 W' is a power, expected a rate of operations such as '30 TOP/s'" in text
    assert "area" in text
    assert "bandwidth" in text
