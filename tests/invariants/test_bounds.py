"""Latency is at least the critical path, the interval at least the work of the busiest part; nothing does two things at once."""

import itertools
from collections import defaultdict

import networkx as nx
from builders import NOISY, built, chip
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim.chip import Chip, TimedRun
from chipsim.components.array import ArrayStation
from chipsim.errors import CheckError, InputError

from .drawn import mappings, workloads

machines = st.builds(
    lambda clock, bandwidth, lanes, capacity, control, retries: chip(
        array=NOISY | {"bound_management": retries, "adc": {"type": "sar", "bits": 7, "bound": 1.5}},
        mesh=(9, 9),
        tile={"neuron": {"lanes": lanes}, "input_buffer": {"capacity": capacity}, "output_buffer": {"capacity": capacity}},
        network={"clock": clock, "flow_control": control},
        host={"bandwidth": bandwidth},
    ),
    st.sampled_from(["1 GHz", "20 MHz"]),
    st.sampled_from(["64 Gb/s", "0.2 Gb/s"]),
    st.sampled_from([1, 32]),
    st.sampled_from(["4 kb", "1 Mb"]),
    st.sampled_from(["calendar", "credits"]),
    st.sampled_from([0, 3]),
)
tokens = st.sampled_from(["row", "vector"])


def ready(data, workload, machine, **how) -> Chip:
    """A drawn chip; cases in which it does not fit are left out."""
    try:
        return built(workload, machine, **how, **data.draw(mappings(workload)) | {"order": "snake"})
    except InputError:
        assume(False)
        raise


def run_of(chip_: Chip) -> TimedRun:
    """Its run; skip paths without room are left out."""
    try:
        return chip_.run()
    except CheckError:
        assume(False)
        raise


@settings(max_examples=50)
@given(data=st.data(), workload=workloads(), machine=machines, token=tokens, stream=st.integers(1, 9))
def test_spans_of_a_stage_and_of_a_shared_array_never_overlap(data, workload, machine, token, stream) -> None:
    run = run_of(ready(data, workload, machine, token=token, stream=stream))
    tracks: dict[object, list[tuple[int, int]]] = defaultdict(list)
    nodes = {s.stage.name: s.stage.node for s in run.stations if isinstance(s, ArrayStation)}
    for span in run.recorder.spans:
        assert 0 <= span.start <= span.end
        tracks[span.track].append((span.start, span.end))
        if span.track in nodes:
            tracks[nodes[span.track]].append((span.start, span.end))
    for spans in tracks.values():
        spans.sort()
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))


@settings(max_examples=50)
@given(data=st.data(), workload=workloads(), machine=machines, token=tokens, stream=st.integers(1, 9))
def test_no_part_works_longer_than_there_is_time(data, workload, machine, token, stream) -> None:
    run = run_of(ready(data, workload, machine, token=token, stream=stream))
    end = max(end for _, end in run.recorder.extent.values())
    arrays: dict[int, float] = defaultdict(float)
    for station in run.stations:
        name, work = station.stage.name, run.work(station)
        first, last = run.recorder.extent.get(name, (0, 0))
        assert 0 <= run.recorder.busy[name] <= last - first <= end
        assert 0 <= work <= run.interval * (1 + 1e-9)
        if isinstance(station, ArrayStation):
            arrays[station.stage.node] += work
    assert all(work <= run.interval * (1 + 1e-9) for work in arrays.values())
    assert all(flits * run.fabric.cycle <= run.interval * (1 + 1e-9) for flits in run.traffic.flits)
    assert run.interval > 0


@settings(max_examples=50)
@given(data=st.data(), workload=workloads(samples=1), machine=machines, token=tokens)
def test_latency_is_at_least_the_critical_path(data, workload, machine, token) -> None:
    """Along the longest way from the source to the sink: one vector of work of every stage, and an empty message of every flow.

    Units that nobody needs are made too, but no result waits for them.
    """
    one = ready(data, workload, machine, token=token)
    run = run_of(one)
    graph: nx.DiGraph[int] = nx.DiGraph()
    for flow in one.dataflow.flows:
        source, target = one.stations[flow.source].stage, one.stations[flow.target].stage
        if set(source.own_units(0)) & set(target.wanted(0, flow.feed)):
            work = run.recorder.busy[source.name] // (run.recorder.count[source.name] * source.tensor.vectors)
            work = 0 if machine.tile.array.bound_management else work  # some vectors may take longer than the mean
            graph.add_edge(flow.source, flow.target, weight=work + _way(one, source.node, target.node))
    sink = len(one.stations) - 1
    needed = graph.subgraph(nx.ancestors(graph, sink) | {sink})
    assert run.finished[0] >= nx.dag_longest_path_length(needed)


def _way(chip_: Chip, source: int, target: int) -> int:
    """Time of the shortest message between two nodes of an idle network."""
    return 0 if source == target else chip_.fabric.latency(source, target, 0)


@settings(max_examples=25)
@given(data=st.data(), workload=workloads(samples=1), token=tokens, stream=st.integers(2, 12))
def test_samples_leave_in_order_and_a_stream_is_not_slower_than_one_by_one(data, workload, token, stream) -> None:
    machine = chip(mesh=(9, 9))
    options = data.draw(mappings(workload)) | {"order": "snake"}
    try:
        single = built(workload, machine, token=token, **options).run()
        run = built(workload, machine, token=token, stream=stream, fast_forward=False, **options).run()
    except InputError:
        assume(False)
        raise
    finished = [run.finished[s] for s in range(stream)]
    assert finished == sorted(finished)
    assert finished[-1] <= stream * max(end for _, end in single.recorder.extent.values())
    assert all(run.started[s] < run.finished[s] for s in range(stream))
