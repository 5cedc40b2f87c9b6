"""A network on a clock that the tests of this room share; 1 GHz, flits of 32 b, packets of 8 flits, links of 1 mm."""

from collections.abc import Callable
from typing import Any

import pytest

from chipsim.clock import Clock
from chipsim.fabric import Carriage, Fabric, Tariff
from chipsim.noc.network import Network
from chipsim.reading import from_plain

BASE = {"clock": "1 GHz", "flit_width": "32 b", "payload": "256 b", "link_energy": "0.1 nJ/b/m", "pitch": "1 mm"}


class Log:
    """A fabric whose arrivals are written down as (flow, packet, node, first, last)."""

    def __init__(self, topology: Any, **keys: Any) -> None:
        self.clock = Clock()
        network = from_plain(Network, BASE | {"topology": topology} | keys)
        self.fabric, self.tariff = Fabric.of(self.clock, network), Tariff.of(network)
        self.arrivals: list[tuple[int, int, int, int, int]] = []

    def carriage(self) -> Carriage:
        """What everything so far has taken (J)."""
        return self.tariff.carriage(self.fabric.carried())

    def energy(self) -> float:
        """The sum of it (J)."""
        return self.carriage().total

    def send(
        self,
        flow: int,
        packet: int,
        source: int,
        to: Any,
        bits: int = 128,
        count: int = 1,
        at: int | None = None,
        spread: int = 0,
    ) -> None:
        """Send at time `at` (default: now, before the clock runs)."""
        if at is not None:
            self.clock.call(at, 0, lambda: self.send(flow, packet, source, to, bits, count, None, spread))
            return
        now = int(self.clock.now)

        def arrived(node: int, first: int, last: int) -> None:
            assert first == self.clock.now
            self.arrivals.append((flow, packet, node, first, last))

        self.fabric.send(flow, packet, source, to if isinstance(to, tuple) else (to,), bits, count, now, now + spread, arrived)

    def run(self) -> list[tuple[int, int, int, int, int]]:
        """Let the clock run dry; the arrivals in order."""
        self.clock.run()
        return self.arrivals

    @property
    def now(self) -> int:
        return int(self.clock.now)


@pytest.fixture
def log() -> Callable[..., Log]:
    """A `Log` from a topology block and further keys of the network."""
    return Log


@pytest.fixture(scope="session")
def log_class() -> type[Log]:
    """The class itself, for tests that build many logs."""
    return Log


@pytest.fixture(params=["calendar", "credits"])
def both(request: pytest.FixtureRequest) -> Callable[..., Log]:
    """A `Log` under each of the two models."""
    return lambda topology, **keys: Log(topology, flow_control=request.param, **keys)
