"""What one round of a reloaded network takes, as functions of the batch: its writing once, its samples one after the other.

    S(N) = completion of sample N of the stream as simulated, (N - M) intervals more beyond the M that were played
    fetching of the weights = weights x bits of a weight x energy of a bit of the host's memory, once for each writing
    energy parts of a sample: `computing` (arrays, converters, digital circuits), `moving` (host interface, network, host's memory)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import final

from chipsim.architecture import Architecture
from chipsim.mapping.mapping import Mapping
from chipsim.mapping.rounds import Round
from chipsim.result import Row
from chipsim.reuse import Played
from chipsim.summary import HOST, awake, leakage_rows
from chipsim.timing import PICO, Timing
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT


@final
@dataclass(frozen=True)
class RoundCost:
    """One round: times (s), energies (J), of the writing and of a sample; `ends`: when which sample of the stream is complete (s).

    Nothing of the run itself is kept, as that holds all devices of the round.
    """

    writing_time: float
    programming: float  # pulses, reads, host interface, network
    fetching: float  # of the weights, from the host's memory
    computing: float
    moving: float
    leakage: float  # W, while it computes
    leakage_writing: float  # W, while it is written
    latency: float
    interval: float
    ends: tuple[float, ...]

    @property
    def writing_energy(self) -> float:
        """What writing takes without leakage (J)."""
        return self.programming + self.fetching

    def samples(self, batch: int) -> float:
        """Time of `batch` samples (s)."""
        if batch == 1:
            return self.latency
        known = min(batch, len(self.ends))
        return self.ends[known - 1] + (batch - known) * self.interval

    def energy(self, batch: int) -> dict[str, float]:
        """Energy of a batch by what it is for (J)."""
        leaked = self.leakage * self.samples(batch) + self.leakage_writing * self.writing_time
        written = {"programming": self.programming, "fetching weights": self.fetching}
        return written | {"computing": batch * self.computing, "moving": batch * self.moving, "leakage": leaked}


def cost_of(played: Played, part: Workload, found: Round, architecture: Architecture, memory: float) -> RoundCost:
    """The cost of a round that was played; `memory`: energy of a bit of the host's memory (J)."""
    timing, written = played.timing, played.written
    run = timing.stream
    host = sum(energy for entry, energy in run.energy.items() if entry.part == HOST) / run.simulated
    numbers = prod(part.shapes[INPUT]) + sum(prod(part.shapes[name]) for name in found.outputs)
    waits = numbers * architecture.activation_bits * memory
    weights = sum(prod(block.shape) for block in played.mapping.placements) * played.network.programmer.weight_bits
    return RoundCost(
        writing_time=written.duration,
        programming=written.energy,
        fetching=weights * memory,
        computing=run.spent / run.simulated - host,
        moving=host + run.carriage.total + waits,
        leakage=_leakage(architecture, played.mapping, timing, awake(architecture, played.mapping, timing)),
        leakage_writing=_leakage(architecture, played.mapping, timing, 1.0),
        latency=timing.latency,
        interval=timing.interval,
        ends=tuple(run.completion(sample) * PICO for sample in range(run.stream)),
    )


def _leakage(architecture: Architecture, mapping: Mapping, timing: Timing, share: float) -> float:
    """Static power of the chip (W) while gating leaves `share` of that of the tiles."""
    routers = sum(timing.stream.fabric.channels.is_router)
    return float(sum(row["power"] for row in leakage_rows(architecture, mapping.tiles, routers, share)))


def row_of(cost: RoundCost, part: Workload, found: Round, mapping: Mapping, batch: int) -> Row:
    """A round as a row of a table, without its number."""
    layers = [name for name in found.steps if name in part.weights]
    spent = cost.energy(batch)
    return {
        "first": layers[0], "last": layers[-1], "layers": len(layers), "tiles": len(mapping.used),
        "weights": sum(prod(block.shape) for block in mapping.placements),
        "reads": prod(part.shapes[INPUT]), "makes": sum(prod(part.shapes[name]) for name in found.outputs),
        "writing_time": cost.writing_time, "writing_energy": cost.writing_energy, "latency": cost.latency,
        "interval": cost.interval, "time": cost.writing_time + cost.samples(batch), "energy": sum(spent.values()),
    }  # fmt: skip
