"""Programming in simulated time: host and network by hand, slowest tile or one after the other, the same devices as without a clock."""

import math
from itertools import pairwise

import numpy as np
import pytest
from builders import chip, conv, linear, mapped, network, pool

from chipsim.errors import CheckError
from chipsim.fabric import Tariff
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming import Gradient, OneShot, Programmer, WriteVerify
from chipsim.programming.programmer import Step
from chipsim.streams import Stream
from chipsim.writing import HOST, Rehearsal, Writing

PCM = {"cell": {"device": {"type": "pcm"}}}
QUICK = [OneShot(), WriteVerify(iterations=5), Gradient(iterations=3, batch=32)]
WORK = network([40, 1, 1], linear("fc1", 20), linear("fc2", 10), linear("fc3", 4))


def empty(programmer, work=WORK, architecture=None, seed=0, **options):
    architecture = architecture or chip(array=PCM)
    return ProgrammedNetwork(work, architecture, mapped(work, architecture, **options), programmer, Stream(seed)), architecture


def write(programmer, **how):
    """What it took, and the network."""
    net, architecture = empty(programmer, **how)
    return Writing(architecture, net).run(), net


def ends(written):
    return [writer.finished * 1e-12 for writer in written.writers]


# --- the same devices --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("programmer", QUICK, ids=lambda programmer: programmer.type_name)
def test_the_clock_changes_nothing_but_the_age(programmer):
    written, timed = write(programmer)
    alone = empty(programmer)[0].write()
    last = max(ends(written))
    for (name, crossbar), end in zip(timed.crossbars.items(), ends(written), strict=True):
        for mine, other in zip(crossbar.stored.states, alone.crossbars[name].stored.states, strict=True):
            assert np.array_equal(mine.conductance, other.conductance)
            assert np.array_equal(mine.exponent, other.exponent)
            before = 0 if other.early is None else other.early
            after = 0 if mine.early is None else mine.early
            assert np.allclose(after - before, last - end, rtol=1e-4, atol=1e-11)


def test_who_is_done_first_has_drifted_when_the_last_is_done():
    slow = {"cell": {"device": {"type": "pcm", "drift_start": "1 s", "pulse": {"duration": "1 s"}}}, "read_noise": "off"}
    architecture = chip(array=slow)
    written, net = write(OneShot(), architecture=architecture)
    alone = empty(OneShot(), architecture=architecture)[0].write()
    waits = []
    for name, finished in zip(net.crossbars, ends(written), strict=True):
        mine, other = (from_.crossbars[name].stored.conductance(0, 10.0).sum() for from_ in (net, alone))
        waits.append(max(ends(written)) - finished)
        assert mine < 0.99 * other if waits[-1] > 1 else mine == pytest.approx(other, rel=1e-6)
    assert max(waits) > 1


# --- time --------------------------------------------------------------------------------------------------------------------


def test_tiles_side_by_side_take_as_long_as_the_slowest_and_one_by_one_the_sum():
    slow = chip(array={"cell": {"device": {"type": "pcm", "pulse": {"duration": "1 ms"}}}})
    together, _ = write(OneShot(), architecture=slow)
    alone, _ = write(OneShot(tiles_at_once=1), architecture=slow)
    durations = [writer.taken.duration for writer in together.writers]
    assert together.duration == pytest.approx(max(durations), rel=1e-3)  # the rest is transport
    assert alone.duration == pytest.approx(sum(durations), rel=1e-3)
    in_twos, _ = write(OneShot(tiles_at_once=2), architecture=slow)
    assert together.duration < in_twos.duration < alone.duration


def test_all_layers_at_once_with_any_algorithm():
    for programmer in QUICK:
        written, _ = write(programmer)
        durations = [writer.taken.duration for writer in written.writers]
        assert max(durations) <= written.duration < sum(durations)


def test_the_host_sends_row_after_row():
    """Bits over bandwidth; one tile, so that nothing else but its way there and its pulses takes time."""
    work = network([16, 1, 1], linear("fc", 8))
    quick = chip(array={"cell": {"device": {"type": "ideal", "pulse": {"duration": "1 ns", "spread": 0, "floor": 0}}}}, mesh=(1, 1))
    bits, bandwidth = 16 * 8 * 8, quick.host.bandwidth
    starts = {}
    for factor in (1, 4):
        slow = quick.having(host=quick.host.having(bandwidth=bandwidth / factor))
        written, _ = write(OneShot(), work=work, architecture=slow)
        starts[factor] = written.recorder.extent["fc.copy0.block0-0"][0] * 1e-12
        assert starts[factor] > bits * factor / bandwidth
    assert starts[4] - starts[1] == pytest.approx(3 * bits / bandwidth, rel=1e-6)
    wide, _ = write(OneShot(weight_bits=16), work=work, architecture=quick)
    assert wide.recorder.extent["fc.copy0.block0-0"][0] * 1e-12 - starts[1] == pytest.approx(bits / bandwidth, rel=0.1)


def test_the_host_is_paid_for_every_bit_and_the_network_for_every_hop():
    written, net = write(OneShot())
    weights = sum(math.prod(block.shape) for block in net.blocks.values())
    assert sum(joules for entry, joules in written.spent.items() if entry.part == HOST) == pytest.approx(weights * 8 * 1e-12)
    architecture = chip(array=PCM)
    fabric, tariff = Writing(architecture, empty(OneShot())[0]).fabric, Tariff.of(architecture.network, architecture.tile_pitch)
    ways = [
        fabric.transfer_energy(tariff, architecture.host.node, (block.tile,), block.shape[1] * 8, block.shape[0])
        for block in net.blocks.values()
    ]
    assert written.network_energy == pytest.approx(sum(ways))
    assert written.energy == pytest.approx(sum(written.spent.values()) + written.network_energy)


def test_blocks_that_share_an_array_are_written_one_after_the_other():
    work = network([6, 1, 1], linear("fc1", 5), linear("fc2", 4), linear("fc3", 3))
    slow = chip(array={"cell": {"device": {"type": "pcm", "pulse": {"duration": "1 ms"}}}})
    written, net = write(OneShot(), work=work, architecture=slow, pack=True, copies="none")
    assert len({block.tile for block in net.blocks.values()}) == 1
    spans = [written.recorder.extent[writer.block.name] for writer in written.writers]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert written.duration == pytest.approx(sum(writer.taken.duration for writer in written.writers), rel=1e-3)


@pytest.mark.parametrize("programmer", QUICK, ids=lambda programmer: programmer.type_name)
@pytest.mark.parametrize("flow_control", ["calendar", "credits"])
def test_every_network_and_every_algorithm_ends(programmer, flow_control):
    work = network([2, 6, 6], conv("c1", 3, activation="relu"), pool("p"), linear("fc", 5))
    architecture = chip(array=PCM, network={"flow_control": flow_control})
    written, net = write(programmer, work=work, architecture=architecture, pack=True)
    assert all(writer.finished > 0 for writer in written.writers)
    assert net.age == 0
    again, _ = write(programmer, work=work, architecture=architecture, pack=True)
    assert again.duration == written.duration
    assert again.energy == written.energy


# --- what never ends ---------------------------------------------------------------------------------------------------------


def test_a_block_that_never_gets_its_weights_is_named():
    net, architecture = empty(OneShot())
    writing = Writing(architecture, net)
    writing.fabric.send = lambda *args: None  # packets that are lost
    with pytest.raises(CheckError, match=r"3 of 3 blocks are never written|\d of \d blocks are never written: fc1"):
        writing.run()


def test_an_algorithm_without_end_is_named(monkeypatch):
    from chipsim.components import writer

    class Endless(Programmer, type="endless-for-tests"):
        """Never done."""

        def steps(self, crossbar, weights, access, cell=None):
            crossbar.program(weights)
            while True:
                yield Step(0.0)

    try:
        monkeypatch.setattr(writer, "MOST_STEPS", 500)
        with pytest.raises(CheckError, match="no end"):
            write(Endless())
    finally:
        Programmer.members.pop("endless-for-tests")


# --- waits -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("programmer", [*QUICK, OneShot(tiles_at_once=1)], ids=lambda programmer: programmer.type_name)
def test_a_rehearsal_with_the_same_durations_waits_as_long(programmer):
    net, architecture = empty(programmer)
    written = Writing(architecture, net).run()
    durations = [writer.taken.duration for writer in written.writers]
    for other in (architecture, chip(array=PCM, network={"clock": "250 MHz"}, host={"bandwidth": "1 Gb/s"})):
        really = Writing(other, empty(programmer, architecture=other)[0]).run()
        rehearsed = Writing(other, Rehearsal(net.mapping, programmer, durations)).run()
        assert rehearsed.waits == really.waits
        assert rehearsed.duration == really.duration
    assert max(written.waits) > 0 == min(written.waits)


def test_waits_are_kept_to_the_resolution_that_is_asked_for():
    net, architecture = empty(OneShot())
    exact = Writing(architecture, net).run().waits
    for resolution in (0.0, 1e-13, 1e-9, 1e-7, 1.0):
        other, _ = empty(OneShot())
        waits = Writing(architecture, other, resolution).run().waits
        assert max(abs(a - b) for a, b in zip(exact, waits, strict=True)) <= resolution / 2 * (1 + 1e-9)
        if resolution == 1.0:
            assert set(waits) == {0.0}
            assert all(state.early is None for xbar in other.crossbars.values() for state in xbar.stored.states)
        if resolution < 1e-12:
            assert waits == exact  # finer than the clock
