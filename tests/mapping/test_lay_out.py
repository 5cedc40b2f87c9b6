"""From a mapping to stages and flows."""

import pytest
from builders import add, built, chip, conv, linear, network, pool, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow


def flow_of(*args: object, **options: object) -> Dataflow:
    return built(*args, **options).dataflow  # type: ignore[arg-type]


def kinds(flow: Dataflow) -> list[str]:
    return [f"{stage.layer}.{stage.kind}" for stage in flow.stages]


def test_a_chain_of_layers_is_a_chain_of_stages() -> None:
    workload = network([1, 6, 6], conv("c", 2), pool("p"), linear("fc", 3))
    flow = flow_of(workload, chip(), copies="none")
    assert kinds(flow) == ["input.source", "c.array", "c.neuron", "p.vector", "fc.array", "fc.neuron", "fc.sink"]
    assert [(f.source, f.target) for f in flow.flows] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    assert flow.stages[0].node == flow.stages[-1].node == 0
    assert flow.stages[2].node == flow.stages[1].node == flow.stages[3].node  # neurons and pooling stay with the array


def test_row_blocks_meet_in_the_neurons_and_column_blocks_side_by_side_in_the_next_layer() -> None:
    workload = network([40, 1, 1], linear("a", 40), linear("b", 3))
    flow = flow_of(workload, chip(), copies="none")
    assert kinds(flow)[1:7] == ["a.array", "a.array", "a.neuron"] * 2
    neurons = [s for s in flow.stages if s.layer == "a" and s.kind == "neuron"]
    assert [n.channels for n in neurons] == [(0, 20), (20, 40)]
    assert all(n.feeds[0].segments == 2 and n.feeds[0].stacked for n in neurons)
    readers = [s for s in flow.stages if s.layer == "b" and s.kind == "array"]  # rows 0 to 19 and 20 to 39
    senders = [{flow.stages[f.source].channels for f in flow.flows if f.target == reader.number} for reader in readers]
    assert senders == [{(0, 20)}, {(20, 40)}]


@settings(max_examples=20)
@given(st.integers(1, 100), st.integers(1, 60), st.integers(1, 40), st.sampled_from(["balanced", "full"]))
def test_every_reader_gets_each_channel_it_needs_once(inputs: int, middle: int, out: int, split: str) -> None:
    flow = flow_of(network([inputs, 1, 1], linear("a", middle), linear("b", out)), chip(mesh=(20, 2)), split=split)
    for stage in flow.stages:
        for number, feed in enumerate(stage.feeds):
            flows = [f for f in flow.flows if (f.target, f.feed) == (stage.number, number)]
            covered = sorted(c for f in flows for c in range(*f.channels))
            assert {f.segment for f in flows} == set(range(feed.segments))
            assert covered == sorted(list(range(*feed.channels)) * (feed.segments if feed.stacked else 1))
            assert all(f.bits == (f.channels[1] - f.channels[0]) * (16 if feed.stacked else 8) for f in flows)


def test_copies_of_a_segment_share_its_number() -> None:
    flow = flow_of(network([1, 6, 6], conv("c", 2), linear("fc", 3)), chip(), copies={"c": 2})
    reader = next(s for s in flow.stages if s.layer == "fc" and s.kind == "array")
    assert reader.feeds[0].segments == 1
    assert len([f for f in flow.flows if f.target == reader.number]) == 2


def test_an_addition_reads_both_branches_on_the_node_of_the_first() -> None:
    flow = flow_of(residual(), chip(mesh=(6, 6)), copies="none")
    adder = next(s for s in flow.stages if s.kind == "vector")
    assert [feed.tensor.name for feed in adder.feeds] == ["branch2", "stem"]
    assert adder.node == next(s.node for s in flow.stages if s.layer == "branch2" and s.kind == "neuron")


def test_partial_sums_are_added_pairwise_on_the_way() -> None:
    machine = chip(array={"rows": 8}, mesh=(8, 1))
    flow = flow_of(network([40, 1, 1], linear("fc", 3)), machine, reduction="tree")  # five row blocks
    assert kinds(flow)[1:] == ["fc.array"] * 5 + ["fc.adder"] * 4 + ["fc.neuron", "fc.sink"]
    adders = [s for s in flow.stages if s.kind == "adder"]
    assert [s.node for s in adders] == [0, 2, 0, 0]  # (0+1) (2+3) ((0+1)+(2+3)) and the fifth
    terms = [[f.source for f in flow.flows if f.target == a.number] for a in adders]
    assert terms == [[1, 2], [3, 4], [6, 7], [8, 5]]


def test_a_single_row_block_needs_no_adder() -> None:
    assert "fc.adder" not in kinds(flow_of(network([4, 1, 1], linear("fc", 3)), chip(), reduction="tree"))


def test_a_bias_row_on_an_array_of_its_own_is_laid_out() -> None:
    machine = chip(array={"rows": 8}, mesh=(8, 1))
    flow = flow_of(network([8, 1, 1], linear("fc", 3)), machine, bias="array", split="full")
    arrays = [s for s in flow.stages if s.kind == "array"]
    assert [s.block.rows for s in arrays if s.block] == [(0, 8), (8, 9)]
    assert arrays[1].feeds[0].channels == (7, 8)  # it multiplies by one, but starts with the last channel


def test_a_layer_on_the_image_itself_stays_with_the_host_or_goes_to_a_tile() -> None:
    workload = network([2, 4, 4], pool("p"), conv("c", 2, 1))
    assert next(s for s in flow_of(workload, chip(host={"node": 3})).stages if s.kind == "vector").node == 3
    tree = {"topology": {"type": "tree", "arity": 2, "levels": 2}}  # nodes 4 to 6 are routers without a tile
    assert next(s for s in flow_of(workload, chip(network=tree, host={"node": 6})).stages if s.kind == "vector").node == 0


def test_two_layers_may_read_the_image() -> None:
    workload = network([2, 4, 4], conv("a", 2, 1), conv("b", 2, 1, inputs=["input"]), add("s", "a", "b"))
    flow = flow_of(workload, chip(), copies="none")
    assert [flow.stages[f.target].layer for f in flow.stages[0].out] == ["a", "b"]


def test_an_activation_that_the_neurons_cannot_compute_is_refused() -> None:
    ramp = chip(tile={"neuron": {"type": "ramp"}})
    assert flow_of(network([4, 1, 1], linear("fc", 3, activation="relu")), ramp)
    with pytest.raises(InputError, match=r"tile.neuron: a neuron of type 'ramp' cannot compute 'gelu' of layer 'fc'"):
        flow_of(network([4, 1, 1], linear("fc", 3, activation="gelu")), ramp)
