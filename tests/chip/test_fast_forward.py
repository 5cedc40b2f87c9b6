"""A shortened stream gives the completion times and the energy of the whole one, to the picosecond."""

import random

import pytest
from builders import Block, add, built, chip, conv, linear, network, play, pool
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chipsim.architecture import Architecture
from chipsim.errors import CheckError, InputError
from chipsim.workload.graph import Workload

WORKLOADS: dict[str, Workload] = {
    "mlp": network([12, 1, 1], linear("a", 40), linear("b", 9), linear("c", 3), samples=1),
    "conv": network([2, 6, 4], conv("a", 3, 3, padding=1), pool("p"), conv("b", 5, 2), linear("fc", 3), samples=1),
    "stride": network([1, 7, 5], conv("a", 2, 3, stride=2, padding=1), conv("b", 3, [1, 3]), samples=1),
    "residual": network(
        [2, 4, 3], conv("a", 2, 1), conv("b", 2, 3, padding=1), conv("c", 2, 1), add("s", "c", "a"), linear("fc", 3), samples=1
    ),
    "column": network([2, 9, 1], conv("a", 3, [3, 1]), conv("b", 2, [2, 1]), linear("fc", 2), samples=1),
}
TOPOLOGIES: list[Block] = [
    {"type": "mesh", "columns": 6, "rows": 5},
    {"type": "mesh", "columns": 30, "rows": 1},
    {"type": "torus", "columns": 5, "rows": 6},
    {"type": "ring", "nodes": 30},
    {"type": "tree", "arity": 3, "levels": 3},
    {"type": "bus", "nodes": 25},
]
SEVERAL_CHIPS: Block = {
    "type": "package",
    "chip": {"type": "concentrated_mesh", "columns": 2, "rows": 2, "concentration": 2},
    "columns": 2,
    "rows": 2,
    "link": {"bandwidth": "3 Gb/s", "latency": "7 ns", "energy": "1 pJ/b"},
}


def random_machine(dice: random.Random, control: str) -> Architecture:
    flow = {"type": "credits", "buffer": 16, "virtual_channels": dice.choice([2, 4])} if control == "credits" else control
    flow = {"type": "durations", "step": "70 ns", "wires": dice.choice([4, 16])} if control == "durations" else flow
    topologies = TOPOLOGIES if control == "durations" else [*TOPOLOGIES, SEVERAL_CHIPS]
    return chip(
        array={"rows": dice.choice([16, 32]), "columns": dice.choice([8, 32])},
        tile={
            "input_buffer": {"capacity": dice.choice(["1 kb", "2 kb", "4 kb"])},
            "output_buffer": {"capacity": dice.choice(["1 kb", "2 kb", "4 kb"])},
            "neuron": {"lanes": dice.choice([1, 4, 32])},
        },
        network={
            "topology": dice.choice(topologies),
            "flow_control": flow,
            "clock": dice.choice(["1 GHz", "100 MHz"]),
            "flit_width": dice.choice(["16 b", "64 b"]),
            "payload": "96 b",
        },
        host={"bandwidth": dice.choice(["1 Gb/s", "8 Gb/s", "64 Gb/s"]), "node": dice.choice([0, 0, 7])},
    )


def random_mapping(dice: random.Random, workload: Workload) -> dict[str, object]:
    names = list(workload.weights)
    copies = dice.choice(["auto", "none", {dice.choice(names): dice.randint(1, 4)}, {name: dice.randint(1, 2) for name in names}])
    return {
        "copies": copies,
        "order": dice.choice(["snake", "traffic"]),
        "pack": dice.random() < 0.3,
        "reduction": dice.choice(["destination", "tree"]),
    }


def compare(seed: int, control: str, stream: int = 40) -> str:
    """What became of a random case: equal (and shortened), or why it says nothing."""
    dice = random.Random(seed)
    workload = WORKLOADS[dice.choice(list(WORKLOADS))]
    machine, options = random_machine(dice, control), random_mapping(dice, workload)
    token = dice.choice(["row", "row", "vector"])
    try:
        short = play(workload, machine, token=token, stream=stream, **options)
    except (InputError, CheckError):
        return "does not run"
    if short.period is None or short.period.skipped == 0:
        return "not shortened"
    full = play(workload, machine, token=token, stream=stream, fast_forward=False, **options)
    assert short.simulated < full.simulated == stream
    assert [short.completion(s) for s in range(stream)] == [full.completion(s) for s in range(stream)]
    assert short.end == full.end
    assert short.spent / short.simulated == pytest.approx(full.spent / stream, rel=1e-9)
    left_out = short.period.skipped * short.period.samples
    counted = full.fabric.carried(), short.fabric.carried(), short.traffic
    whole, part, each = map(full.tariff.carriage, counted)
    assert part.routers + left_out * each.routers == pytest.approx(whole.routers, rel=1e-9)
    assert part.links + left_out * each.links == pytest.approx(whole.links, rel=1e-9)
    assert part.off_chip + left_out * each.off_chip == pytest.approx(whole.off_chip, rel=1e-9)
    for kind in ("flits", "values", "steps"):
        all_of, some, one = (getattr(traffic, kind) for traffic in counted)
        assert [a + left_out * b for a, b in zip(some, one, strict=True)] == pytest.approx(all_of, rel=1e-9)
    return "equal"


@pytest.mark.parametrize("control", ["calendar", "credits", "durations"])
def test_random_chips_run_as_if_nothing_had_been_left_out(control: str) -> None:
    found = [compare(seed, control) for seed in range(45)]
    assert found.count("equal") >= 20  # of each kind: 40 cases in all


@pytest.mark.slow
@pytest.mark.parametrize("control", ["calendar", "credits"])
@pytest.mark.parametrize("block", range(5))
def test_many_random_chips_run_as_if_nothing_had_been_left_out(control: str, block: int) -> None:
    found = [compare(1000 + 60 * block + number, control, stream=70) for number in range(60)]
    assert found.count("equal") >= 30


@settings(max_examples=15)
@given(stream=st.integers(1, 60))
@example(stream=1)
@example(stream=2)
def test_streams_of_any_length_end_when_they_should(stream: int) -> None:
    machine = chip(tile={"input_buffer": {"capacity": "1 kb"}, "output_buffer": {"capacity": "1 kb"}}, mesh=(5, 5))
    short, full = (play(WORKLOADS["conv"], machine, stream=stream, fast_forward=how) for how in (True, False))
    assert [short.completion(s) for s in range(stream)] == [full.completion(s) for s in range(stream)]
    assert short.end == full.end == full.finished[stream - 1]


def test_a_long_stream_is_simulated_in_a_moment_and_its_end_is_not_extrapolated() -> None:
    """The source falls silent at the end: the last samples come faster than the steady state, as in the whole run."""
    workload = network([16, 1, 1], linear("a", 8), linear("b", 3), samples=1)
    machine = chip(mesh=(2, 1), tile={"input_buffer": {"capacity": "1 kb"}})
    run = play(workload, machine, stream=1_000_000)
    assert run.simulated < 100
    assert run.period is not None
    assert run.end == run.completion(999_999)
    assert run.completion(999_999) - run.completion(0) == 999_999 * 100_000


def test_a_chip_with_large_buffers_is_recognised_when_they_are_full() -> None:
    """The host needs 80 ns for what takes 100 ns: the 31 places of the buffer fill at a place in five samples."""
    workload = network([16, 1, 1], linear("a", 8), linear("b", 3), samples=1)
    machine = chip(tile={"input_buffer": {"capacity": "4 kb"}}, host={"bandwidth": "1.6 Gb/s"})
    run = play(workload, machine, stream=100_000)
    assert run.period is not None
    assert run.period.after > 64  # the states of the first 64 completions are all kept, later only some
    assert run.simulated < 1000
    assert run.interval == 100_000


def test_samples_simulated_after_the_gap_have_the_right_values() -> None:
    workload = network([2, 6, 4], conv("a", 3, 3, padding=1), linear("fc", 3), samples=3)
    machine = chip(tile={"input_buffer": {"capacity": "1 kb"}, "output_buffer": {"capacity": "1 kb"}})
    run = play(workload, machine, stream=500, copies={"a": 2})
    assert run.period is not None
    assert run.period.skipped > 0
    expected = workload.forward(workload.inputs)
    for sample, values in run.outputs.items():
        assert values == pytest.approx(expected[sample % 3], abs=1e-4)


def test_where_time_depends_on_data_nothing_is_left_out() -> None:
    machine = chip(array={"bound_management": 2, "adc": {"type": "sar", "bound": 1}})
    ready = built(network([16, 1, 1], linear("fc", 3), samples=2), machine, stream=300)
    assert not ready.fast_forward
    run = ready.run()
    assert run.period is None
    assert run.simulated == 300
