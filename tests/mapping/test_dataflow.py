"""Stages, units and windows: who needs what, checked against the layers position by position."""

import pytest
from builders import Block, built, chip, conv, linear, network, pool, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.mapping.dataflow import Stage, Tensor, Window
from chipsim.workload.graph import Workload


def stages(workload: Workload, token: str = "row", **options: object) -> tuple[Stage, ...]:
    return built(workload, chip(mesh=(6, 6)), token=token, **options).dataflow.stages


def the(found: tuple[Stage, ...], layer: str, kind: str, copy: int = 0) -> Stage:
    return next(s for s in found if (s.layer, s.kind, s.copy) == (layer, kind, copy))


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from(["row", "vector"]))
def test_units_number_all_positions_in_order(height: int, width: int, mode) -> None:
    tensor = Tensor("t", (3, height, width), mode)
    assert tensor.units * tensor.vectors == height * width
    positions = [tensor.start(unit) for unit in range(tensor.units)]
    assert positions == sorted(positions)
    for y in range(height):
        for x in range(width):
            unit, vector = tensor.locate(y, x)
            assert tensor.row(unit) == y
            assert (tensor.start(unit)[0], tensor.start(unit)[1] + vector) == (y, x)


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("copies", [1, 2, 3, 4, 7])
def test_every_unit_of_every_sample_belongs_to_one_copy_and_no_copy_is_left_out(token: str, copies: int) -> None:
    found = stages(network([1, 7, 4], conv("c", 2, 3, padding=1), samples=1), token, copies={"c": copies})
    neurons = [the(found, "c", "neuron", copy) for copy in range(copies)]
    turns = []
    for sample in range(9):
        owners = [[n.copy for n in neurons if n.owns(sample, unit)] for unit in range(neurons[0].tensor.units)]
        assert all(len(owner) == 1 for owner in owners)
        assert all(n.own_units(sample) == tuple(u for u, (c,) in enumerate(owners) if c == n.copy) for n in neurons)
        turns += [owner for u, (owner,) in enumerate(owners) if neurons[0].tensor.start(u)[1] == 0]
    assert turns == [row % copies for row in range(9 * 7)]  # dealt in turn, also from sample to sample


WINDOWS: list[Block] = [
    conv("x", 2, 1),
    conv("x", 2, 3),
    conv("x", 2, 3, padding=1),
    conv("x", 2, 3, padding=2),
    conv("x", 2, [3, 1], padding=[1, 0]),
    conv("x", 2, [1, 3], padding=[0, 1]),
    conv("x", 2, 3, stride=2, padding=1),
    conv("x", 2, 2, stride=3),
    pool("x", 2),
    pool("x", 3, stride=1, padding=1),
    pool("x", 2, stride=3),
    linear("x", 3),
]


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("layer", WINDOWS, ids=str)
def test_what_a_stage_keeps_is_all_it_still_needs(layer: Block, copies: int, token: str) -> None:
    """Played by hand: whenever a unit is made, all its input positions are wanted and have not been given back."""
    blocks = [layer] if layer["type"] != "max_pool" else [layer, conv("end", 1, 1)]
    workload = network([2, 8, 7], *blocks, samples=1)
    options = {"copies": {"x": copies}} if layer["type"] != "max_pool" else {}
    stage = the(stages(workload, token, **options), "x", "array" if layer["type"] != "max_pool" else "vector")
    described = workload.layers["x"]
    reads, room = stage.feeds[0].tensor, stage.deepest(0)
    for sample in range(copies):
        wanted, kept = stage.wanted(sample, 0), 0
        for position, unit in enumerate(stage.own_units(sample)):
            window = stage.window(0, unit)
            y, x = stage.tensor.start(unit)
            positions = set()
            for across in range(x, x + stage.tensor.vectors):
                (top, left), (bottom, right) = described.needs(y, across, workload.shapes["input"])
                positions |= {(i, j) for i in range(top, bottom + 1) for j in range(left, right + 1)}
            assert set(window.units) == {reads.locate(*position)[0] for position in positions}
            assert (window.units[0], window.units[-1]) == (window.low, window.high)
            assert all(u in wanted and u >= kept for u in window.units)
            assert 1 + wanted[window.high] - wanted[stage.kept(sample, 0, position)] <= room
            kept = stage.kept(sample, 0, position + 1)
        assert kept == reads.units or not stage.own_units(sample)  # in the end everything is given back


def test_windows_in_rows_of_a_padded_convolution() -> None:
    stage = the(stages(network([1, 4, 6], conv("x", 1, 3, padding=1)), copies="none"), "x", "array")
    assert stage.window(0, 0) == Window(0, 1, 1, 5)  # the first vector waits for vector 1 of row 1, the last for its last one
    assert stage.window(0, 1) == Window(0, 2, 1, 5)
    assert stage.window(0, 3) == Window(2, 3, 1, 5)
    assert stage.deepest(0) == 3


def test_at_the_upper_edge_windows_move_back_and_nothing_is_forgotten_too_early() -> None:
    """Vector units: the end of row 0 needs only columns 4 and 5, but row 1 needs row 0 from its beginning."""
    stage = the(stages(network([1, 4, 6], conv("x", 1, 3, padding=1)), "vector", copies="none"), "x", "array")
    assert stage.window(0, 5).low == 4
    assert stage.window(0, 6).low == 0
    assert [stage.kept(0, 0, position) for position in (0, 5, 6, 12)] == [0, 0, 0, 6]
    assert stage.deepest(0) == 2 * 6 + 3  # two rows and three vectors of the next


@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 40))
@settings(max_examples=20)
def test_wanted_units_are_counted_over_all_samples_before(copies: int, height: int, sample: int) -> None:
    found = stages(network([1, height, 2], conv("x", 1, 1), samples=1), copies={"x": copies})
    stage = the(found, "x", "array", copies - 1)
    assert stage.wanted_before(sample, 0) == sum(len(stage.wanted(s, 0)) for s in range(sample))


def test_a_pool_with_gaps_does_not_want_what_lies_between() -> None:
    stage = the(stages(network([1, 8, 8], pool("x", 1, stride=3), conv("end", 1, 1))), "x", "vector")
    assert stage.wanted(0, 0) == {0: 0, 3: 1, 6: 2}
    assert stage.deepest(0) == 1


@pytest.mark.parametrize("options", [{}, {"pack": True}, {"reduction": "tree"}, {"copies": {"fc": 3}}], ids=str)
def test_names_of_stages_are_unique(options: dict) -> None:
    workload = network([3, 6, 6], conv("c", 4, 3, padding=1), conv("d", 40, 3), pool("p"), linear("fc", 40))
    machine = chip(array={"rows": 16, "columns": 16}, mesh=(15, 15))
    names = [stage.name for stage in built(workload, machine, **options).dataflow.stages]
    assert len(names) == len(set(names))


def test_consumers_are_those_that_read() -> None:
    flow = built(residual(), chip(mesh=(6, 6)), copies="none").dataflow
    stem = next(s for s in flow.stages if s.layer == "stem" and s.kind == "neuron")
    assert [(s.layer, s.kind) for s in flow.consumers(stem)] == [("branch1", "array"), ("sum", "vector")]
