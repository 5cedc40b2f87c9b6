"""What programming and upkeep of a chip take: tables of the programming, and of every upkeep with its share of time and power."""

from __future__ import annotations

from chipsim.architecture import Tile
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.maintenance import Maintenance
from chipsim.programming.prices import Prices
from chipsim.programming.programmer import Step
from chipsim.result import Row
from chipsim.writing import Written


def programming_rows(written: Written) -> list[Row]:
    """One row for each layer: layer, blocks, time (of its slowest block), pulses, reads, energy, turns, error, open."""
    rows = []
    for layer in dict.fromkeys(writer.block.layer for writer in written.writers):
        mine = [writer for writer in written.writers if writer.block.layer == layer]
        ends = [writer.points[-1] for writer in mine if writer.points]
        rows.append(
            {
                "layer": layer,
                "blocks": len(mine),
                "time": max(writer.taken.duration for writer in mine),
                "pulses": sum(writer.taken.pulses for writer in mine),
                "reads": sum(writer.taken.reads for writer in mine),
                "energy": sum(written.pulse_energy(writer) + written.read_energy(writer) for writer in mine),
                "turns": max((point.iteration + 1 for point in ends), default=1),
                "error": max((point.error for point in ends), default=None),
                "open": max((point.open for point in ends), default=None),
            }
        )
    return rows


def convergence_rows(written: Written) -> list[Row]:
    """How the error of every block went: layer, block, iteration, time (since the tile began), error, open."""
    return [
        {"layer": writer.block.layer, "block": writer.block.name} | p._asdict()
        for writer in written.writers
        for p in writer.points
    ]


def upkeep_rows(network: ProgrammedNetwork, maintenance: Maintenance, written: Written, metrics: dict[str, float]) -> list[Row]:
    """One row for each upkeep that is due: action, every, time, energy, downtime (share of the time), power (mean, W).

    Calibration reads every row of every array once, all tiles at the same time (where drift is compensated), and lets the
    calibrating images pass through the chip; while it lasts, and while the chip is programmed, nothing is inferred.
    """
    rows = []
    if maintenance.calibrate_every is not None:
        taken = calibration(written.architecture.tile, network, maintenance.statistics, metrics["interval"], metrics["energy"])
        rows.append(upkeep_row("calibrate", maintenance.calibrate_every, *taken))
    if maintenance.reprogram_every is not None:
        rows.append(upkeep_row("program", maintenance.reprogram_every, written.duration, written.energy))
    return rows


def upkeep_row(action: str, every: float, time: float, energy: float) -> Row:
    """An upkeep of `time` and `energy` that begins `every` seconds after the last one ended."""
    whole = every + time
    return {"action": action, "every": every, "time": time, "energy": energy, "downtime": time / whole, "power": energy / whole}


def calibration(tile: Tile, network: ProgrammedNetwork, images: int, interval: float, energy: float) -> tuple[float, float]:
    """Time (s) and energy (J) of one calibration at the prices of `tile`; `images` inferences of `interval` and `energy` are made."""
    time, spent = _read_out(tile, network) if _compensated(network) else (0.0, 0.0)
    return time + images * interval, spent + images * energy


def _compensated(network: ProgrammedNetwork) -> bool:
    """Whether any array measures the currents of its columns."""
    return any(crossbar.array.drift_compensation != "none" for crossbar in network.crossbars.values())


def _read_out(tile: Tile, network: ProgrammedNetwork) -> tuple[float, float]:
    """Time (s) and energy (J) of reading every row of every array once."""
    busy: dict[tuple[int, int], float] = {}  # by array
    prices, access, energy = Prices.of_tile(tile), network.access, 0.0
    for block in network.blocks.values():
        rows, columns = block.shape
        place = block.tile, block.array
        busy[place] = busy.get(place, 0.0) + rows * access.read_time
        energy += prices.reads(Step(0.0, reads=rows, driven=rows, converted=rows * columns * access.parts))
    return max(busy.values()), energy
