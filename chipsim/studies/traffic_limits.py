"""What a network can carry of a pattern of traffic, and how long an idle one takes, from its routes alone.

    bound = 1 / max over channels of (packets on it for each that every tile sends x its time for a packet / a port's time for a packet)

Channels are links and, where they are waited for, the ports of the tiles. The zero-load latency is the mean over all pairs; of more than
16,384 pairs it is the mean of so many that are drawn.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random
from statistics import fmean

from chipsim.fabric import Fabric
from chipsim.noc.network import Durations
from chipsim.studies.traffic import slot_of, slots_of
from chipsim.studies.traffic_patterns import Pattern

_PAIRS = 16384


def link_shares(fabric: Fabric, pattern: Pattern) -> dict[tuple[int, int], float]:
    """Packets on each link for one packet that every tile sends."""
    total: dict[tuple[int, int], float] = defaultdict(float)
    for source in pattern.tiles:
        below = defaultdict(float, pattern.shares(source))
        for link in reversed(fabric.channels.routes.tree(source, sorted(below))):
            total[link.source, link.target] += below[link.target]
            below[link.source] += below[link.target]
    return dict(total)


def bound_of(fabric: Fabric, pattern: Pattern, links: dict[tuple[int, int], float], bits: int) -> float:
    """The load at which the busiest channel is always busy; `links`: of `link_shares`."""
    held, port = fabric.load(bits), slots_of(fabric.network, bits, fabric) * slot_of(fabric.network)
    numbered = enumerate(fabric.channels.links)
    busy = [links[link] * fabric.link_time(number, held) / port for number, link in numbered if links.get(link)]
    if not isinstance(fabric.network.flow_control, Durations):  # which does not wait for ports
        received: dict[int, float] = defaultdict(float)
        for source in pattern.tiles:
            for target, share in pattern.shares(source).items():
                received[target] += share
        busy += [1.0, *received.values()]
    return 1 / max(busy)


def zero_load(fabric: Fabric, pattern: Pattern, bits: int) -> float:
    """Mean latency (ps) over the pairs of a pattern in an idle network."""
    pairs = [(source, target, share) for source in pattern.tiles for target, share in pattern.shares(source).items() if share]
    if len(pairs) > _PAIRS:
        random = Random(0)
        sources = [random.choice(pattern.tiles) for _ in range(_PAIRS)]
        return fmean(fabric.latency(source, pattern.draw(random, source), bits) for source in sources)
    return sum(share * fabric.latency(source, target, bits) for source, target, share in pairs) / len(pattern.tiles)
