"""Two devices on each side of a pair: filled evenly, or as many as possible fully on (max-SET fill), with HERMES statistics.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/compare_fill.py --seed 1

prints the tables of tests/published/max-set-fill.md: the error of the weights of a 256 x 256 block of workloads/mlp-mnist.yaml
(root mean square over that of the weights), and the accuracy of the network on all test images, for programmings with other random
numbers. Both fills get the same random numbers. `--weights FILE` takes other weights of the same network, such as those of

    python tools/train_workloads.py --network mlp --noise 0 --clip 0 --out FOLDER

The chip is architectures/pcm-64.yaml with `pcm-hermes` devices, each with the statistics of one device (10.35 uS). The third row,
`fit of both`, has the published statistics of the sum of two devices that were written with max-SET fill.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from publish_standard_model import HOME, shown, table

import chipsim
from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import load
from chipsim.streams import Stream

CHIP, NETWORK = HOME / "architectures" / "pcm-64.yaml", HOME / "workloads" / "mlp-mnist.yaml"
FILLS = {
    "even": ["fill=even"],
    "max_set": ["fill=max_set"],
    "fit of both": ["devices_per_polarity=1", "device.devices_per_polarity=2"],
}
AGES = {"1 s": 1.0, "1 h": 3600.0, "1 day": 86400.0, "1 month": 2_592_000.0, "1 year": 31_536_000.0}


def changes(fill: str) -> list[str]:
    return [f"tile.array.cell.{change}" for change in ("device.type=pcm-hermes", *FILLS[fill])]


def weight_errors(fill: str, weights: np.ndarray, seeds: range) -> np.ndarray:
    """Relative error of the weights, (ages, programmings)."""
    array = load(CHIP, Architecture, changes(fill)).tile.array
    result = np.zeros((len(AGES), len(seeds)))
    for column, seed in enumerate(seeds):
        xbar = Crossbar(array, Stream(seed))
        xbar.program(weights)
        for row, age in enumerate(AGES.values()):
            xbar.drift_to(age)
            result[row, column] = np.sqrt(np.mean((xbar.matrix - weights) ** 2) / np.mean(weights**2))
    return result


def accuracies(fill: str, file: Path, seed: int, programmings: int) -> np.ndarray:
    """Accuracy on the test images, (ages, programmings)."""
    settings = [f"architecture.{change}" for change in changes(fill)]
    settings += [f"seed={seed}", f"repeats={programmings}", "stream=4", f"workload.weights={file.resolve()}"]
    settings.append(f"times=[{', '.join(f'{age} s' for age in AGES.values())}]")
    result = chipsim.load(NETWORK, CHIP, settings).run()
    return np.array([row["values"] for row in result.accuracy])


def compared(name: str, found: dict[str, np.ndarray]) -> None:
    """All fills and the difference of the first two, programming by programming (mean +- one standard error), in points."""
    print(f"{name}, mean +- standard deviation over the programmings, %:\n")
    rows = [f"{fill} | " + " | ".join(shown(row) for row in found[fill]) for fill in FILLS]
    apart = 100 * (found["max_set"] - found["even"])
    errors = apart.std(axis=1, ddof=1) / apart.shape[1] ** 0.5
    differences = [f"{mean:+.3f} +- {error:.3f}" for mean, error in zip(apart.mean(axis=1), errors, strict=True)]
    rows.append(f"max_set less even, points | {' | '.join(differences)}")
    table(f"fill | {' | '.join(AGES)}", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programmings", type=int, default=20)
    parser.add_argument("--weights", type=Path, default=HOME / "workloads" / "mlp-mnist.npz")
    options = parser.parse_args()
    block = np.ascontiguousarray(np.load(options.weights)["fc1.weight"].T[256:512, :256])
    seeds = range(options.seed, options.seed + options.programmings)
    compared("Error of the weights", {fill: weight_errors(fill, block, seeds) for fill in FILLS})
    found = {fill: accuracies(fill, options.weights, options.seed, options.programmings) for fill in FILLS}
    compared("Accuracy", found)


if __name__ == "__main__":
    main()
