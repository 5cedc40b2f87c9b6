"""Networks on the chips of the literature: latency, rate, energy, tiles and arrays used, how full they are.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_workloads.py

prints the table of tests/published/workloads.md, a row as soon as it is known. Weights and inputs are drawn where a workload has none,
so nothing is said of accuracy.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

from publish_standard_model import HOME

import chipsim
from chipsim.errors import ChipsimError


class Case(NamedTuple):
    """A network on a chip, with what has to be changed for it to fit."""

    workload: str
    chip: str
    changes: tuple[str, ...] = ()


CASES = [
    Case("resnet9-cifar10", "hermes-64", ("stream=8",)),
    Case("lstm-ptb", "hermes-64"),
    Case("mlp-mnist", "hermes-64"),
    Case("speech-34-kws", "speech-34"),
    Case("speech-34-encoder", "speech-34"),
    Case("speech-34-decoder", "speech-34"),
    Case("mlp-mnist", "ambrogio-2018"),
    Case("lenet5-mnist", "neurram"),
    Case("lstm-ptb", "isaac"),
    Case("mlp-mnist", "isaac"),
    Case("mlp-mnist", "puma"),
    Case("lenet5-mnist", "prime"),
    Case("lenet5-mnist", "pipelayer"),
    Case("resnet9-cifar10", "mythic-flash", ("token=vector",)),
    Case("mlp-mnist", "pcm-projected"),
    Case("bert-block", "jain-mesh"),
    Case("bert-base", "jain-mesh"),
]
FEW = ("samples=1", "repeats=1", "times=[1 h]", "stream=4", "mapping.order=snake", "comparators=[]")
HEAD = "workload | chip | latency, us | samples/s | energy, uJ | tiles | arrays | cells used, % | TOP/s | TOP/s/W | changed | CPU, s"


def row(case: Case) -> str:
    """One row of the table; the message where a network does not fit the chip."""
    began = time.process_time()
    files = HOME / "workloads" / f"{case.workload}.yaml", HOME / "architectures" / f"{case.chip}.yaml"
    changed = ", ".join(case.changes) or "-"
    try:
        m = chipsim.load(*files, [*FEW, *case.changes]).run().metrics
    except ChipsimError as error:
        return f"{case.workload} | {case.chip} | {error} | {changed}"
    numbers = (
        f"{m['latency'] * 1e6:.3g} | {m['inferences_per_second']:.3g} | {m['energy'] * 1e6:.3g} | "
        f"{m['tiles_used']:.0f} of {m['tiles']:.0f} | {m['arrays_used']:.0f} of {m['arrays']:.0f} | "
        f"{m['cells_used'] * 100:.3g} | {m['sustained_ops'] * 1e-12:.3g} | "
        f"{m['sustained_ops_per_watt'] * 1e-12:.3g}"
    )
    return f"{case.workload} | {case.chip} | {numbers} | {changed} | {time.process_time() - began:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a chip")
    options = parser.parse_args()
    print(f"| {HEAD} |\n|{'---|' * (HEAD.count('|') + 1)}", flush=True)
    for case in CASES:
        if options.only in ("", case.chip):
            print(f"| {row(case)} |", flush=True)


if __name__ == "__main__":
    main()
