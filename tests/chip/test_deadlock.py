"""A chip in which nothing moves any more ends with a message, never a hang."""

import re

import pytest
from builders import add, chip, conv, linear, network, play, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.architecture import Architecture
from chipsim.errors import CheckError, InputError
from chipsim.workload.graph import Workload


def tight(output: str) -> Architecture:
    return chip(mesh=(6, 6), tile={"output_buffer": {"capacity": output}, "input_buffer": {"capacity": "64 kb"}})


def deep() -> Workload:
    """The branch looks ahead two rows in each of three convolutions: the skip path must hold its rows meanwhile."""
    wide = {"padding": [2, 0]}
    return network(
        [2, 8, 4],
        conv("stem", 2, 1),
        *[conv(f"b{i}", 2, [5, 1], **wide) for i in range(3)],
        add("sum", "b2", "stem"),
        linear("fc", 3),
    )


@pytest.mark.parametrize("token", ["row", "vector"])
def test_a_skip_path_without_room_is_named_with_the_whole_circle(token: str) -> None:
    with pytest.raises(CheckError) as caught:
        play(deep(), tight("0.6 kb"), token=token, copies="none")
    message = str(caught.value)
    key = "architecture.tile.output_buffer.capacity (now 600 b)"
    assert message.startswith(f"the chip is deadlocked; larger buffers on this circle would help ({key}):")
    lines = message.splitlines()[1:]
    assert any(re.search(r"stem\.copy0\.neuron.* waits for room in the input buffer of .*sum\.copy0\.vector", line) for line in lines)
    assert any(re.search(r"sum\.copy0\.vector.* waits for .*of b2, sample 0", line) for line in lines)
    waiting = [line.split(" waits for ")[0].strip() for line in lines]
    for one, other in zip(waiting, waiting[1:] + waiting[:1], strict=True):
        reason = lines[waiting.index(one)]
        layer = re.search(r"units? [\d to]+ of (\w+)", reason)
        assert other in reason or (layer and f".{layer.group(1)}." in other)  # each line leads to the next one, the last to the first


def test_a_larger_buffer_on_the_circle_helps_as_promised() -> None:
    assert play(deep(), tight("2 kb"), copies="none", stream=3).finished[2] > 0


def test_seven_rows_are_enough_and_six_are_not() -> None:
    """The first row of the branch needs two rows more of each convolution: 1 + 2 + 2 + 2 rows of the stem.

    On the node of the sum lie its two inputs and that of the neurons of b2: each has a third of the buffer; a row takes 64 b.
    """
    assert play(deep(), tight(f"{3 * 7 * 64 / 1000} kb"), copies="none").finished[0] > 0
    with pytest.raises(CheckError, match="deadlocked"):
        play(deep(), tight(f"{3 * 6 * 64 / 1000} kb"), copies="none")


def outcome(workload: Workload, machine: Architecture, **how: object) -> str:
    """How many samples came out, or the message."""
    try:
        run = play(workload, machine, fast_forward=False, **how)
    except (InputError, CheckError) as error:
        return str(error)
    return f"{len(run.finished)} samples"


@settings(max_examples=40)
@given(
    capacity=st.floats(0.2, 3.0),
    copies=st.sampled_from(["auto", "none", {"stem": 2}, {"branch1": 3}, {"branch1": 2, "branch2": 2}]),
    token=st.sampled_from(["row", "vector"]),
    control=st.sampled_from(["calendar", "credits"]),
)
def test_any_buffer_runs_or_is_refused_or_ends_with_a_message(capacity: float, copies, token, control) -> None:
    buffer = {"capacity": f"{capacity:.3f} kb"}
    machine = chip(mesh=(6, 6), tile={"output_buffer": buffer, "input_buffer": buffer}, network={"flow_control": control})
    found = outcome(residual(side=5, samples=1), machine, token=token, copies=copies, stream=3)
    assert found == "3 samples" or "must hold" in found or "waits for room" in found


@settings(max_examples=20)
@given(
    capacity=st.floats(0.2, 4.0),
    copies=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    token=st.sampled_from(["row", "vector"]),
    padding=st.booleans(),
)
def test_a_chain_of_layers_never_deadlocks(capacity: float, copies, token, padding) -> None:
    """Without a fork that meets again, what has room for its window goes on."""
    workload = network([2, 6, 4], conv("a", 3, 3, padding=int(padding)), conv("b", 3, [3, 1], padding=[1, 0]), linear("fc", 3), samples=1)
    buffer = {"capacity": f"{capacity:.3f} kb"}
    machine = chip(mesh=(6, 6), tile={"output_buffer": buffer, "input_buffer": buffer})
    found = outcome(workload, machine, token=token, copies={"a": copies[0], "b": copies[1]}, stream=3)
    assert found == "3 samples" or "must hold" in found
