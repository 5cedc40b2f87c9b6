"""Choices among the nodes of a network."""

import pytest

from chipsim.errors import InputError
from chipsim.noc.nodes import Nodes


def test_by_number_and_in_a_pattern():
    assert Nodes(named=(5, 1)).among(6, "network.no_tile") == (1, 5)
    assert Nodes(every=4, first=3).among(16, "network.no_tile") == (3, 7, 11, 15)
    assert Nodes(every=3, named=(0, 4)).among(8, "network.no_tile") == (0, 3, 4, 6)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"named": (6,)}, r"network\.no_tile\.named: the network has no node 6; expected 0 to 5"),
        ({"every": 1, "first": 9}, "first: .*no node 9"),
    ],
)
def test_nodes_that_do_not_exist_are_refused(keys, message):
    with pytest.raises(InputError, match=message):
        Nodes(**keys).among(6, "network.no_tile")


def test_an_empty_choice_is_refused():
    with pytest.raises(InputError, match="no node is chosen"):
        Nodes()
    with pytest.raises(InputError, match="there is no pattern to begin"):
        Nodes(named=(3,), first=1)
