"""A layer in parts gives the same numbers as the whole."""

from __future__ import annotations

import numpy as np
import pytest
from builders import conv, linear, network

from chipsim.errors import InputError
from chipsim.workload.split import can_be_split, split, whole_name


@pytest.mark.parametrize("width", [1, 3, 4, 7])
def test_the_float_network_is_the_same(width: int) -> None:
    whole = network([2, 4, 4], conv("c", 7, padding=1, activation="relu"), linear("fc", 7, bias=False), linear("out", 3))
    columns = [[(low, min(low + width, 7))] for low in range(0, 7, width)]
    parts = split(whole, {"c": columns, "fc": columns})
    assert np.allclose(parts.forward(whole.inputs), whole.forward(whole.inputs), rtol=1e-5, atol=1e-5)
    sizes = [sum(weights.matrix.size for weights in one.weights.values()) for one in (whole, parts)]
    assert sizes[0] == sizes[1]
    assert parts.macs == whole.macs
    assert len(parts.weights) == 2 * -(-7 // width) + 1  # `out` stays, and so does a layer that is no wider than a part
    assert {whole_name(parts, name) for name in parts.weights} == {"c", "fc", "out"}


def test_groups_and_recurrent_layers_stay_whole() -> None:
    deep = conv("deep", 4, groups=4, kernel=[3, 1], padding=[1, 0])
    whole = network([4, 4, 1], deep, {"type": "lstm", "name": "cell", "hidden_size": 3})
    assert [can_be_split(layer) for layer in whole.layers.values()] == [False, False]
    with pytest.raises(InputError, match=r"split: layer 'deep' \(conv2d\) cannot be made in parts"):
        split(whole, {"deep": [[(0, 2)], [(2, 4)]]})


def test_a_part_remembers_its_first_column_block() -> None:
    parts = split(network([4, 1, 1], linear("fc", 7)), {"fc": [[(0, 2), (2, 4)], [(4, 6), (6, 7)]]})
    assert dict(parts.parts) == {"fc.part0": ("fc", 0), "fc.part1": ("fc", 2)}


def test_a_layer_that_is_called_like_a_part_is_its_own_whole() -> None:
    whole = network([4, 1, 1], linear("fc.part0", 4), linear("fc", 4))
    parts = split(whole, {"fc": [[(0, 2)], [(2, 4)]]})
    assert list(parts.weights) == ["fc.part0", "fc.part_0", "fc.part_1"]
    assert [whole_name(parts, name) for name in parts.weights] == ["fc.part0", "fc", "fc"]
    assert np.allclose(parts.forward(whole.inputs), whole.forward(whole.inputs), rtol=1e-5, atol=1e-5)
