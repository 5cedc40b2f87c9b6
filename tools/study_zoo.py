"""The shapes of workloads/ on chips large enough: tiles, how full they are, latency, energy, efficiency, and what simulating takes.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_zoo.py [--only NAME]

prints the table of tests/published/zoo.md, a row as soon as it is known. Each network runs in a process of its own, so that its memory is
its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys

from publish_standard_model import HOME
from study_workloads import Case

import chipsim
from chipsim.errors import ChipsimError

MESH = "architecture.network.topology.{}={}"
WIDE = ("architecture.tile.input_buffer.capacity=32 KiB", "architecture.tile.output_buffer.capacity=512 KiB")
CASES = [
    Case("vgg8-cifar10", "pcm-64", (MESH.format("columns", 15), MESH.format("rows", 15), *WIDE)),
    Case("vgg16-cifar10", "pcm-64", (MESH.format("columns", 18), MESH.format("rows", 18), *WIDE)),
    Case("resnet18-imagenet", "jain-mesh"),
    Case("mobilenetv2-imagenet", "jain-mesh"),
    Case("resnet50-imagenet", "jain-mesh"),
    Case("rnnt-librispeech", "pcm-64", (MESH.format("columns", 28), MESH.format("rows", 28))),
    Case("gpt2-small", "jain-mesh"),
    Case("bert-base", "jain-mesh"),
]
FEW = ("repeats=1", "times=[1 h]", "stream=2", "comparators=[]", "mapping.copies=none")
HEAD = (
    "workload | chip | tiles | cells used, % | latency, us | samples/s | energy, uJ | TOP/s | TOP/s/W | programming | checks | "
    "changed | CPU, s | memory, GiB"
)


def row(case: Case) -> str:
    """One row of the table; the message where a network does not fit the chip."""
    files = HOME / "workloads" / f"{case.workload}.yaml", HOME / "architectures" / f"{case.chip}.yaml"
    changed = ", ".join(change.removeprefix("architecture.") for change in case.changes) or "-"
    try:
        found = chipsim.load(*files, [*FEW, *case.changes]).run()
    except ChipsimError as error:
        return f"{case.workload} | {case.chip} | {error} | {changed}"
    m, use = found.metrics, resource.getrusage(resource.RUSAGE_SELF)
    numbers = (
        f"{m['tiles_used']:.0f} of {m['tiles']:.0f} | {m['cells_used'] * 100:.3g} | {m['latency'] * 1e6:.4g} | "
        f"{m['inferences_per_second']:.3g} | {m['energy'] * 1e6:.3g} | {m['sustained_ops'] * 1e-12:.3g} | "
        f"{m['sustained_ops_per_watt'] * 1e-12:.3g} | {m['programming_time'] * 1e3:.3g} ms, {m['programming_energy'] * 1e6:.3g} uJ | "
        f"{sum(check['passed'] for check in found.checks)} of {len(found.checks)}"
    )
    spent = f"{use.ru_utime + use.ru_stime:.0f} | {use.ru_maxrss / 2**20:.1f}"
    return f"{case.workload} | {case.chip} | {numbers} | {changed} | {spent}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a workload, whose row alone is printed")
    options = parser.parse_args()
    if options.only:
        print(*(f"| {row(case)} |" for case in CASES if case.workload == options.only), sep="\n", flush=True)
        return
    print(f"| {HEAD} |\n|{'---|' * (HEAD.count('|') + 1)}", flush=True)
    for case in CASES:
        subprocess.run([sys.executable, __file__, "--only", case.workload], check=False)


if __name__ == "__main__":
    main()
