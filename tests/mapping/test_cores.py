"""Which core computes what."""

from collections import Counter

import pytest
from builders import add, chip, conv, mapped, network

from chipsim.errors import InputError
from chipsim.mapping.cores import whole_grains
from chipsim.mapping.lay_out import lay_out

CORE = {
    "nodes": {"named": [1, 2, 6]},
    "vector_unit": {"type": "simd", "lanes": 4},
    "buffer": {"type": "sram", "capacity": "1 Mb"},
}


def act(name, **keys):
    return {"type": "activation", "name": name, "function": "relu"} | keys


def seats(workload, **cores):
    """Layer -> (core, node, channels, copy, copies) of each of its digital stages."""
    machine = chip(cores=cores)
    plan = lay_out(workload, machine, mapped(workload, machine, copies="none"))
    found = {}
    for stage in plan.stages:
        if stage.kind == "vector":
            found.setdefault(stage.layer, []).append((stage.core, stage.node, stage.channels, stage.copy, stage.copies))
    return found


CHAIN = network([8, 4, 1], conv("a", 8, 1), act("f"), act("g"), act("h"), act("i"))


def test_layers_go_to_the_nearest_core_and_then_share_the_work():
    """Layer a lies on node 0. Equal layers: one on each core, nearest first, then the next round."""
    places = [seats(CHAIN, light=CORE)[name] for name in "fghi"]
    assert [place[0][1] for place in places] == [1, 2, 6, 6]
    assert all(place[0][0] == "light" and place[0][2] == (0, 8) for place in places)


def test_a_layer_is_cut_by_channels_over_several_cores():
    found = seats(CHAIN, light=CORE | {"spread": 2})
    assert [(node, channels) for _, node, channels, _, _ in found["f"]] == [(1, (0, 4)), (2, (4, 8))]
    assert Counter(node for parts in found.values() for _, node, *_ in parts).most_common()[0][1] == 3  # 8 halves on 3 cores


def test_attention_is_cut_by_heads_and_a_layer_norm_by_rows():
    layers = [conv(name, 12, 1, inputs=["input"]) for name in "qkv"]
    attention = {"type": "attention", "name": "mix", "inputs": list("qkv"), "head_size": 4}
    found = seats(network([8, 5, 1], *layers, attention, {"type": "layer_norm", "name": "norm"}), wide=CORE | {"spread": 2})
    assert [channels for _, _, channels, _, _ in found["mix"]] == [(0, 8), (8, 12)]
    assert [(channels, copy, copies) for _, _, channels, copy, copies in found["norm"]] == [((0, 12), 0, 2), ((0, 12), 1, 2)]


def test_kinds_take_the_layers_they_name():
    wide, light = CORE | {"nodes": {"named": [1]}, "layers": ["add"]}, CORE | {"nodes": {"named": [9, 10]}}
    found = seats(network([8, 2, 1], conv("a", 8, 1), act("f"), add("s", "f", "a"), act("g")), light=light, wide=wide)
    assert [found[name][0][0] for name in "fsg"] == ["light", "wide", "light"]
    only = seats(network([8, 2, 1], conv("a", 8, 1), act("f"), add("s", "f", "a")), wide=wide)
    assert [only[name][0][0] for name in "fs"] == ["", "wide"]


def test_a_type_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"no type of digital layer is called 'atention' \(did you mean 'attention'\?\)"):
        seats(CHAIN, wide=CORE | {"layers": ["atention"]})


def test_without_cores_all_channels_of_a_grain_meet_on_one_tile():
    homes = {(0, 5): 3, (5, 10): 4, (10, 15): 7}
    assert whole_grains(homes, 1) == [((0, 5), 3), ((5, 10), 4), ((10, 15), 7)]
    assert whole_grains(homes, 3) == [((0, 6), 3), ((6, 9), 4), ((9, 15), 7)]
    assert whole_grains(homes, 15) == [((0, 15), 4)]


def test_a_core_with_room_for_the_inputs_comes_first():
    """A sample is 8 x 4 x 8 b = 256 b for a small layer and 1024 b for the slow one, next to which the small ones would do no harm."""
    workload = network([8, 4, 1], conv("a", 8, 1), conv("up", 32, 1), act("slow"), conv("down", 8, 1), act("f"), act("g"))
    small = CORE | {"buffer": {"type": "sram", "capacity": "1024 b"}}
    where, full = ({name: parts[0][1] for name, parts in seats(workload, light=core).items()} for core in (CORE, small))
    assert where["slow"] == full["slow"]
    assert full["slow"] not in (full["f"], full["g"])
