"""The sum of the ledger is the energy in the report, and nobody spends outside its own layer and node."""

from collections import defaultdict

import pytest
from builders import NOISY, Block, built, chip, conv, linear, network, play, pool, residual
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim import summary
from chipsim.chip import TimedRun
from chipsim.errors import InputError

from .drawn import mappings, workloads

TOPOLOGIES: list[Block] = [{"type": "mesh", "columns": 5, "rows": 5}, {"type": "ring", "nodes": 25}, {"type": "bus", "nodes": 25}]


def network_energy(run: TimedRun) -> float:
    """Energy of all that was carried (J)."""
    return run.tariff.carriage(run.fabric.carried()).total


def by_part(run: TimedRun) -> dict[str, float]:
    """Energy of one sample by part (J)."""
    parts: dict[str, float] = defaultdict(float)
    for entry, energy in run.energy.items():
        parts[entry.part] += energy / run.simulated
    return dict(parts)


@settings(max_examples=30)
@given(data=st.data(), workload=workloads(), token=st.sampled_from(["row", "vector"]), stream=st.integers(1, 5))
def test_every_way_to_add_up_the_energy_gives_the_same_sum(data, workload, token, stream) -> None:
    options = data.draw(mappings(workload)) | {"order": "snake"}
    try:
        run = play(workload, chip(array=NOISY, mesh=(9, 9)), token=token, stream=stream, **options)
    except InputError:
        assume(False)
    total = run.spent / run.simulated
    table = summary.energy_rows(run, [{"part": "adc", "power": 2e-3}], 1e-6)
    leaked = [row["energy"] for row in table if row["part"] == "leakage"]
    assert leaked == [pytest.approx(2e-9)]
    assert sum(row["energy"] for row in table) == pytest.approx(total + run.carriage.total + 2e-9)
    assert sum(summary.energy_by(run, "part").values()) == pytest.approx(total)
    host = summary.energy_by(run, "part")["host"]
    assert sum(summary.energy_by(run, "layer").values()) + host == pytest.approx(total)  # the host is of no layer
    carried = run.tariff.carriage(run.fabric.carried().over(run.simulated))
    assert network_energy(run) / run.simulated == pytest.approx(carried.total)


@settings(max_examples=30)
@given(data=st.data(), workload=workloads())
def test_nobody_spends_outside_its_layer_and_node(data, workload) -> None:
    """Each entry belongs to a stage of that layer on that node, and of a kind that has such a part."""
    parts = {
        "array": {"array", "dac", "adc", "input buffer", "unaccounted"},
        "adder": {"accumulator", "output buffer"},
        "neuron": {"accumulator", "neuron", "output buffer"},
        "vector": {"vector unit", "output buffer"},
        "source": {"host"},
        "sink": {"host"},
    }
    options = data.draw(mappings(workload)) | {"order": "snake"}
    try:
        ready = built(workload, chip(mesh=(9, 9)), stream=2, **options)
    except InputError:
        assume(False)
    run = ready.run()
    allowed = {(part, s.stage.layer, s.stage.node) for s in run.stations for part in parts[s.stage.kind]}
    assert set(run.energy) <= allowed


@pytest.mark.parametrize("options", [{"order": "traffic"}, {"tiles": {"fc": (24, 20, 4, 12)}}], ids=str)
@pytest.mark.parametrize(
    "topology", [{"type": "mesh", "columns": 5, "rows": 5}, {"type": "ring", "nodes": 25}, {"type": "bus", "nodes": 25}], ids=str
)
def test_energy_goes_with_the_network_only_in_its_own_rows(options: Block, topology: Block) -> None:
    usual = play(residual(side=6), chip(array=NOISY, mesh=(5, 5)), copies="none")
    other = play(residual(side=6), chip(array=NOISY, network={"topology": topology}), copies="none", **options)
    assert by_part(usual) == pytest.approx(by_part(other), rel=1e-12)


def test_a_longer_way_takes_more_energy_in_the_network() -> None:
    near, far = (play(network([16, 1, 1], linear("fc", 4)), chip(), tiles={"fc": (tile,)}) for tile in (1, 11))
    assert near.spent == pytest.approx(far.spent, rel=1e-12)
    assert network_energy(far) > 2 * network_energy(near)


def test_a_faster_clock_or_a_narrower_buffer_changes_no_energy() -> None:
    usual = play(residual(), chip(array=NOISY, mesh=(5, 5)), stream=3)
    buffer = {"capacity": "3 kb"}
    slow = chip(array=NOISY, mesh=(5, 5), network={"clock": "100 MHz"}, tile={"input_buffer": buffer, "output_buffer": buffer})
    other = play(residual(), slow, stream=3)
    assert other.finished[2] > usual.finished[2]
    assert by_part(usual) == pytest.approx(by_part(other), rel=1e-12)
    assert network_energy(usual) == pytest.approx(network_energy(other), rel=1e-12)


@pytest.mark.parametrize("copies", [1, 2, 3, 5])
def test_copies_share_the_work_and_add_none(copies: int) -> None:
    """With devices that are all the same a copy spends what the original would have spent."""
    workload = network([2, 7, 4], conv("c", 3, 2), pool("p"), linear("fc", 3), samples=1)
    one, more = (play(workload, chip(), stream=6, copies={"c": n}, fast_forward=False) for n in (1, copies))
    assert by_part(one) == pytest.approx(by_part(more), rel=1e-9)


def test_energy_is_counted_for_every_sample_of_a_stream() -> None:
    workload = network([2, 6, 4], conv("c", 3, 2), linear("fc", 3), samples=1)
    one, many = (play(workload, chip(), stream=n, fast_forward=False) for n in (1, 7))
    assert many.spent == pytest.approx(7 * one.spent, rel=1e-9)
    assert network_energy(many) == pytest.approx(7 * network_energy(one), rel=1e-9)
