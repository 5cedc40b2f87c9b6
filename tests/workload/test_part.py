"""A part of a network computes what those layers compute in the whole, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from builders import linear, network, residual

from chipsim.errors import InputError
from chipsim.workload.part import part_of


def test_parts_one_after_the_other_are_the_whole() -> None:
    whole = residual()
    first = part_of(whole, ("stem", "branch1"), ("input",), ("stem", "branch1"), whole.inputs)
    between = first.forward(whole.inputs)
    assert between.shape[1:] == (6, 6, 6)
    assert np.array_equal(between[:, :3], whole.forward(whole.inputs, "stem"))
    last = part_of(whole, ("branch2", "sum", "fc"), ("stem", "branch1"), ("fc",), between)
    assert np.array_equal(last.forward(between), whole.forward(whole.inputs))
    assert set(last.weights) == {"branch2", "fc"}
    assert last.spec.drawn  # there is nothing to judge a part by


def test_views_and_parameters_come_along() -> None:
    whole = network(
        [2, 3, 3],
        {"type": "conv2d", "name": "c", "out_channels": 2, "kernel": 1},
        {"type": "scale", "name": "s"},
        {"type": "flatten", "name": "view"},
        linear("fc", 3),
    )
    values = whole.forward(whole.inputs, "c")
    part = part_of(whole, ("s", "fc"), ("c",), ("fc",), values)
    assert list(part.layers) == ["s", "view", "fc"]
    assert np.array_equal(part.forward(values), whole.forward(whole.inputs))
    last = part_of(whole, ("fc",), ("s",), ("fc",), whole.forward(whole.inputs, "s"))
    assert np.array_equal(last.forward(last.inputs), whole.forward(whole.inputs))


def test_names_that_are_taken_are_left_alone() -> None:
    whole = network([4, 1, 1], linear("a", 4), linear("in.a", 4, inputs=["a"]), {"type": "add", "name": "out", "inputs": ["a", "in.a"]})
    both = np.concatenate([whole.forward(whole.inputs, "a"), whole.forward(whole.inputs, "in.a")], axis=1)
    first = part_of(whole, ("a", "in.a"), ("input",), ("a", "in.a"), whole.inputs)
    assert first.output == "out_"
    assert np.array_equal(first.forward(whole.inputs), both)


def test_images_of_different_sizes_do_not_go_side_by_side() -> None:
    whole = residual()
    with pytest.raises(InputError, match=r"the part makes stem \[3, 6, 6\], fc \[4, 1, 1\]; expected images of one height and width"):
        part_of(whole, whole.steps, ("input",), ("stem", "fc"), whole.inputs)
