"""Small networks that the tests of this room share."""

from collections.abc import Callable
from typing import Any

import pytest

from chipsim.noc.network import Network
from chipsim.reading import from_plain

BASE = {"clock": "1 GHz", "flit_width": "32 b", "payload": "256 b", "link_energy": "0.1 nJ/b/m", "pitch": "1 mm"}


@pytest.fixture
def network() -> Callable[..., Network]:
    """A network from its topology block and further keys, written as in a file."""

    def build(topology: Any, **keys: Any) -> Network:
        return from_plain(Network, BASE | {"topology": topology} | keys)

    return build
