"""The host interface: images in, results out, at its data rate."""

import numpy as np
import pytest
from builders import built, chip, conv, linear, network, play

from chipsim.components.host import SinkStation, SourceStation


def test_vectors_enter_at_the_data_rate() -> None:
    """12 values of 8 b at 1 Gb/s: 96 ns; four vectors in a row, rows one after the other."""
    run = play(network([12, 3, 4], conv("c", 2, 1)), chip(host={"bandwidth": "1 Gb/s"}))
    spans = [(s.start, s.end) for s in run.recorder.spans if s.track == "host.source"]
    assert spans == [(row * 384_000, (row + 1) * 384_000) for row in range(3)]


def test_results_leave_at_the_data_rate_and_then_the_sample_is_complete() -> None:
    run = play(network([4, 1, 1], linear("fc", 20)), chip(host={"bandwidth": "1 Gb/s"}))
    span = next(s for s in run.recorder.spans if s.track == "host.sink")
    assert span.end - span.start == 160_000
    assert run.finished[0] == span.end


def test_both_ways_are_paid_by_the_bit() -> None:
    run = play(network([12, 3, 4], conv("c", 2, 1)), chip(), stream=5)
    hosts = {entry.layer: energy for entry, energy in run.energy.items() if entry.part == "host"}
    assert hosts == pytest.approx({"input": 5 * 12 * 12 * 8e-12, "c": 5 * 12 * 2 * 8e-12})


def test_the_source_starts_samples_in_turn_and_wraps_around_the_data() -> None:
    workload = network([4, 1, 1], linear("fc", 3), samples=2)
    ready = built(workload, chip(), stream=5, fast_forward=False)
    run = ready.run()
    assert sorted(run.started) == sorted(run.finished) == [0, 1, 2, 3, 4]
    assert all(run.started[s] < run.started[s + 1] for s in range(4))
    assert np.array_equal(run.outputs[0], run.outputs[4])  # without noise the same image gives the same result
    assert isinstance(ready.stations[0], SourceStation)
    assert isinstance(ready.stations[-1], SinkStation)
    assert ready.stations[0].phase == "done"


def test_a_full_chip_stops_the_source() -> None:
    """0.25 kb of input buffer: two units of 16 values; nothing is sent before there is room."""
    machine = chip(host={"bandwidth": "64 Gb/s"}, tile={"input_buffer": {"capacity": "0.25 kb"}})
    run = play(network([16, 1, 1], linear("fc", 3)), machine, stream=12, fast_forward=False)
    starts = [run.started[s] for s in range(12)]
    assert np.diff(starts[-6:]).tolist() == [100_000] * 5  # the pace of the array


@pytest.mark.parametrize("token", ["row", "vector"])
def test_the_sink_holds_the_whole_output(token: str) -> None:
    workload = network([2, 4, 3], conv("c", 3, 1), samples=2)
    run = play(workload, chip(), token=token, stream=2)
    assert np.allclose(np.stack([run.outputs[0], run.outputs[1]]), workload.forward(workload.inputs), atol=1e-5)
