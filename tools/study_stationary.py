"""BERT-base on the dense mesh, fully and partially weight-stationary: every weight with a place of its own, or six weight planes in turn.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_stationary.py --stream 4

prints the tables of tests/published/stationary.md. The comparison is that of G. W. Burr et al., IEDM 2023 (invited), 128 tokens,
batches of 8. A batch takes the latency of one sequence in an idle chip and seven intervals of the steady state.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from publish_standard_model import HOME, table

import chipsim

BATCH = 8
PUBLISHED = {
    "throughput": 4.95, "gain in the latency of a batch": 6.75, "energy": 1.06, "operations per area": 0.93, "silicon": 5.3,
}  # fmt: skip


def numbers(chip: str, workload: str, stream: int) -> dict[str, float]:
    """Headline numbers of one chip, with the time of a batch (s)."""
    changes = ["samples=1", "repeats=1", f"stream={stream}"]
    found = chipsim.load(HOME / "workloads" / f"{workload}.yaml", HOME / "architectures" / f"{chip}.yaml", changes).run().metrics
    return dict(found) | {"batch": found["latency"] + (BATCH - 1) * found["interval"]}


def ratios(full: Mapping[str, float], partial: Mapping[str, float]) -> dict[str, float]:
    """What the fully stationary chip has more of than the partially stationary one."""
    return {
        "throughput": partial["interval"] / full["interval"],
        "gain in the latency of a batch": partial["batch"] / full["batch"],
        "energy": full["energy"] / partial["energy"],
        "operations per area": full["sustained_ops_per_area"] / partial["sustained_ops_per_area"],
        "silicon": full["area"] / partial["area"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", default="bert-base")
    parser.add_argument("--stream", type=int, default=4)
    options = parser.parse_args()
    chips = {name: numbers(name, options.workload, options.stream) for name in ("jain-mesh", "jain-mesh-partial")}
    rows = [
        f"{name} | {m['tiles']:.0f} | {m['area'] * 1e6:.0f} | {m['latency'] * 1e6:.1f} | {m['interval'] * 1e6:.1f} | "
        f"{m['batch'] * 1e6:.0f} | {m['energy'] * 1e3:.3f} | {m['sustained_ops'] * 1e-12:.0f} | {m['sustained_ops_per_watt'] * 1e-12:.1f}"
        for name, m in chips.items()
    ]
    table("chip | tiles | area, mm2 | latency, us | interval, us | batch of 8, us | energy, mJ | TOP/s | TOP/s/W", rows)
    found = ratios(*chips.values())
    table("fully over partially stationary | ours | published", [f"{name} | {found[name]:.2f} | {PUBLISHED[name]}" for name in found])


if __name__ == "__main__":
    main()
