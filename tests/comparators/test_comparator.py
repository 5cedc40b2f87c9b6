"""Ratings and rooflines: closed forms, the ratios of published arithmetic, wrong names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.comparators.comparator import USUAL, Comparator, comparator, comparators, named, names
from chipsim.comparators.von_neumann import VonNeumann, von_neumann
from chipsim.comparators.work import Work
from chipsim.compose import read
from chipsim.errors import InputError
from chipsim.reading import build

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


def test_a_share_of_the_peak_makes_an_operation_longer_and_dearer_and_leaves_the_memory_alone():
    whole, quarter = made(), made(utilisation=0.25)
    assert quarter.rate == whole.peak / 4
    assert quarter.energy == 4 * whole.energy
    assert quarter.density == whole.density / 4
    many, one = (other.fully_connected(1000, 1000, 10_000).time for other in (quarter, whole))
    assert many == pytest.approx(4 * one)
    halved, waiting = made(bandwidth=1.0, utilisation=0.5), made(bandwidth=1.0)
    assert halved.fully_connected(10, 10).time == waiting.fully_connected(10, 10).time
    with pytest.raises(InputError, match="utilisation"):
        made(utilisation=1.5)


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
    assert names()[:3] == USUAL == ("v100-fp16", "v100-tensor", "a100-tensor")
    assert [other.year for other in comparators()] == [2017, 2017, 2020]
    assert [other.name for other in comparators(["a100-tensor"])] == ["A100 with tensor cores"]
    assert len(comparators(["all"])) == len(names()) > len(USUAL)
    for other in comparators():
        assert "white paper" in other.source


def test_accelerators_of_the_library():
    dadiannao, tpu, eyeriss = comparators(["dadiannao-32nm", "tpu-v1", "eyeriss"])
    assert dadiannao.density == pytest.approx(63.5e9 / 1e-6, rel=0.005)  # as ISAAC prints it
    assert tpu.peak == pytest.approx(2 * 256 * 256 * 700e6, rel=0.005)
    assert eyeriss.peak == pytest.approx(2 * 168 * 200e6)
    assert all(one.kind == "accelerator" and not one.trains for one in (dadiannao, tpu, eyeriss))


NETWORK = (Work("a", macs=6, weights=8, inputs=3, outputs=2, entering=3), Work("b", macs=8, weights=8, inputs=2, outputs=4, leaving=4))


def test_inference_of_two_layers_by_hand():
    found = made(peak=2e12).inference(NETWORK, batch=4)  # 8 bits at 8 Tb/s: a number takes 1 ps, an operation 0.5 ps
    assert [(s.name, s.operations, s.moved) for s in found.stages] == [("a", 48.0, (8 + 20) * 8), ("b", 64.0, (8 + 24) * 8)]
    assert [s.time for s in found.stages] == pytest.approx([28e-12, 32e-12])
    assert (found.operations, found.moved) == (112, 480)
    assert found.time == pytest.approx(60e-12)
    assert found.energy == pytest.approx(100 * 60e-12)
    assert found.efficiency == pytest.approx(56 / 60)


@pytest.mark.parametrize(
    ("keys", "moved"),
    [
        ({"on_chip": 0.0}, [13, 14]),
        ({"on_chip": 6 * 8.0}, [8 + 3, 8 + 4]),  # activations of both layers stay (5 and 6 numbers), weights do not fit
        ({"on_chip": 5 * 8.0}, [8 + 3, 14]),  # those of the first only
        ({"on_chip": 16 * 8.0}, [5, 6]),  # the weights stay, nothing fits beside them
        ({"on_chip": 22 * 8.0}, [3, 4]),  # everything stays
        ({"on_chip": 22 * 8.0, "keeps_weights": False}, [8 + 3, 8 + 4]),
    ],
)
def test_what_fits_on_the_chip_is_not_moved(keys, moved):
    assert [stage.moved / 8 for stage in made(**keys).inference(NETWORK).stages] == moved


def test_the_start_of_a_layer_is_added_to_each():
    slow, fast = made(start=1e-6).inference(NETWORK), made().inference(NETWORK)
    assert slow.time == pytest.approx(fast.time + 2e-6)


def test_layers_without_multiplications_are_free_inside():
    found = made(start=1e-9).inference([NETWORK[0], Work("relu", 0), NETWORK[1]])
    assert [stage.name for stage in found.stages] == ["a", "b"]


@given(batch=st.integers(1, 1000), name=st.sampled_from(names()))
def test_no_batch_beats_the_rating_and_a_larger_one_is_never_slower(batch, name):
    other = comparator(name)
    small, large = other.inference(NETWORK, batch), other.inference(NETWORK, 2 * batch)
    assert large.time * (1 + 1e-12) >= small.time  # the batch
    assert small.efficiency <= 1 + 1e-12
    assert small.energy == pytest.approx(other.power * small.time)
    if other.on_chip == 0:
        assert large.time / 2 <= small.time * (1 + 1e-12)  # an inference


def test_nothing_to_compute():
    with pytest.raises(InputError, match="batch is 0, expected at least 1"):
        made().inference(NETWORK, 0)
    with pytest.raises(InputError, match="comparator 'mine': the network multiplies nothing"):
        made().inference([Work("relu", 0, entering=3, leaving=3)])


def test_names_and_files_in_an_experiment(tmp_path):
    (tmp_path / "edge.yaml").write_text("name: edge\npeak: 4 TOP/s\npower: 2 W\narea: 10 mm2\nbandwidth: 10 GB/s\n")
    file = tmp_path / "experiment.yaml"
    file.write_text("comparators: [v100-tensor, edge.yaml, {component: tpu-v1, power: 40 W}]\n")
    node = named(read(file))
    found = [build(Comparator, item) for item in node.value["comparators"].value]
    assert [(one.name, one.power) for one in found] == [("V100 with tensor cores", 300.0), ("edge", 2.0), ("TPU v1", 40.0)]
    file.write_text("a: 1\ncomparators: [v100-tensor, v100]\n")
    with pytest.raises(InputError, match=r"experiment.yaml:2:28: comparators: comparator 'v100' is not in the library \(did you mean"):
        named(read(file))
    file.write_text("comparators: all\nvon_neumann: von-neumann-fp16\n")
    node = named(read(file))
    assert [build(Comparator, item).name for item in node.value["comparators"].value] == [one.name for one in comparators(["all"])]
    assert build(VonNeumann, node.value["von_neumann"]) == von_neumann("von-neumann-fp16")
    file.write_text("comparators: {component: tpu-v1}\n")
    assert build(Comparator, named(read(file)).value["comparators"].value[0]) == comparator("tpu-v1")
    file.write_text("comparators: []\n")
    assert named(read(file)).value["comparators"].value == []


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
