"""A sweep over network and converters of a small chip: what a point costs beside its own run, and what another worker brings."""

import argparse
import tempfile
from pathlib import Path

from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local, cores
from chipsim.sweep.plan import load_plan
from chipsim.sweep.table import SweepTable

DESCRIPTION = "points of a sweep per second, overhead of a point, gain by workers, memory of a worker"
HOUSE = Path(__file__).resolve().parents[2]
FILE = """
experiment:
  workload: {house}/workloads/mlp-mnist.yaml
  architecture: {house}/architectures/pcm-64.yaml
  samples: 200
  repeats: 1
  times: [1 s]
  stream: 100
axes:
  - {{key: architecture.tile.array.adc.bits, values: [5, 6, 7, 8, 9]}}
  - {{key: architecture.tile.array.adc.energy, low: 0.1 pJ, high: 1 pJ, points: 5, scale: log}}
  - {{key: architecture.network.clock, low: 0.5 GHz, high: 2 GHz, points: {clocks}, scale: log}}
  - {{key: architecture.network.flit_width, values: [64 b, 128 b, 256 b, 512 b]}}
objectives: [{{minimise: energy}}, {{maximise: accuracy}}]
"""
EACH = 5 * 5 * 4  # points for every clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--points", type=int, default=1000, help=f"points, a multiple of {EACH} (1000)")
    parser.add_argument("--workers", type=int, default=cores(), help="processes of the larger sweep (one for each core)")


def run(arguments: argparse.Namespace) -> int:
    clocks = max(1, arguments.points // EACH)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "adc-and-noc.yaml"
        file.write_text(FILE.format(house=HOUSE, clocks=clocks))
        counts = sorted({1, arguments.workers})
        found = {count: swept(file, Path(folder) / f"by-{count}", count) for count in counts}
    print(f"784-256-128-10 on pcm-64, 200 images: {EACH * clocks} points over converters and network, local processes")
    print(f"{'workers':>8}{'wall (s)':>11}{'points/s':>10}{'own (ms)':>10}{'overhead':>10}{'gain':>7}{'memory of a worker (MB)':>26}")
    alone = found[1].facts["seconds"]
    for count, table in found.items():
        facts, points = table.facts, len(table.rows)
        own, wall = facts["own"], facts["seconds"]
        over, memory = count * wall / own - 1, facts["memory"] / 1e6
        print(f"{count:8}{wall:11.1f}{points / wall:10.1f}{own / points * 1e3:10.1f}{over:10.1%}{alone / wall:7.2f}{memory:26.0f}")
    print("own: loading, simulating and summing up, reuse included; overhead: wall time x workers beyond that, start and tables included")
    return 0 if len(set(map(measures, found.values()))) == 1 else 1


def swept(file: Path, into: Path, workers: int) -> SweepTable:
    """The table of the sweep, made by so many workers."""
    with Local(workers) as engine:
        return run_sweep(load_plan(file), into, engine)[0]


def measures(table: SweepTable) -> str:
    """All numbers of a table that do not depend on the machine; they must be the same for any number of workers."""
    names = [*table.names("axis"), *table.names("measure")]
    return str([[row.get(name) for name in names] for row in table.rows])
