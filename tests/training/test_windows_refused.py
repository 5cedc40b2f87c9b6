"""Windows for which there is no backward path are refused in words."""

import pytest
from builders import conv, linear, network

from chipsim.errors import InputError
from chipsim.training.network import check_kinds


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (conv("a", 4, groups=2), "layer 'a' has groups or dilation"),
        (conv("a", 4, dilation=2), "layer 'a' has groups or dilation"),
        (conv("a", 4, padding=[0, 1, 1, 1]), "layer 'a' has padding that differs from side to side"),
        ({"type": "max_pool", "name": "a", "kernel": 2, "dilation": 2}, "layer 'a' has dilation"),
        ({"type": "max_pool", "name": "a", "kernel": 2, "ceil": True}, "or `ceil`"),
        ({"type": "average_pool", "name": "a", "kernel": 3, "padding": 1, "count_padding": False}, "different numbers of positions"),
        ({"type": "softmax", "name": "a"}, "of type 'softmax', which has no backward path"),
    ],
    ids=str,
)
def test_windows_without_a_backward_path(layer, words):
    workload = network([4, 7, 6], layer, linear("fc", 3))
    with pytest.raises(InputError) as caught:
        check_kinds(workload.network)
    assert words in str(caught.value)


def test_even_windows_have_one():
    pool = {"type": "max_pool", "name": "p", "kernel": 2}
    check_kinds(network([4, 7, 6], conv("a", 4, padding=[1, 0, 1, 0]), pool, linear("fc", 3)).network)
