"""Two phase-change devices and a capacitor against the pair alone and floating point: 528-250-125-10 on MNIST, or a head on features.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_pcm_capacitor.py --epochs 3 --out /tmp/pcm.json
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_pcm_capacitor.py --features cifar10.npz --epochs 10

prints the tables of tests/published/pcm-capacitor.md. S. Ambrogio et al., Nature 558, 60, 2018, doi:10.1038/s41586-018-0180-5 (cell);
G. W. Burr et al., IEEE Trans. Electron Devices 62, 3498, 2015 (network of 164,885 synapses with biases, pairs alone: 82.9 %). Assumed,
the middle 22 x 24 pixels of an image, relu in the hidden layers, softmax and cross-entropy at the end, mini-batches of 1, a rate that
suits floating point and is the same for all rules and all epochs; biases are digital. Every rule starts from the same weights and sees
the same samples in the same order. In the pair alone the largest weight of a layer starts at 60 % of full scale: with weights as they
are, the first pulses of its devices are many times larger than a weight, and it stays at chance.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.loop import Training
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import Rule
from chipsim.training.samples import Samples
from chipsim.training.schedule import Constant, Schedule
from chipsim.workload.description import WorkloadSpec

MNIST = Path(__file__).parents[1] / "workloads" / "data" / "mnist.npz"
PAIR = {"component": "pcm-one-sided"}
INDEPENDENT = {"component": "capacitor-cmos", "step_spread": 0.1, "asymmetry_spread": 0.1}  # 14 % for each of the two steps
STRONG = {"component": "capacitor-cmos", "step_spread": 0.3, "asymmetry_spread": 0.3}  # 42 %
CELL = {"type": "pcm_capacitor", "response": PAIR, "look_every": None}  # transfers every 8,000 images and at no other time
CASES: dict[str, dict[str, Any] | None] = {
    "floating point": None,
    "pair alone": {"type": "pcm_pair", "response": PAIR},
    "no inversion": CELL | {"inversion": "none"},
    "inversion of the capacitor": CELL | {"inversion": "capacitor"},
    "inversion of the pair": CELL | {"inversion": "pcm"},
    "spread of 14 %, no inversion": CELL | {"inversion": "none", "capacitor": INDEPENDENT},
    "spread of 14 %, inversion of the capacitor": CELL | {"inversion": "capacitor", "capacitor": INDEPENDENT},
    "spread of 14 %, inversion of the pair": CELL | {"inversion": "pcm", "capacitor": INDEPENDENT},
    "spread of 42 %, no inversion": CELL | {"inversion": "none", "capacitor": STRONG},
    "spread of 42 %, inversion of the capacitor": CELL | {"inversion": "capacitor", "capacitor": STRONG},
    "spread of 42 %, inversion of the pair": CELL | {"inversion": "pcm", "capacitor": STRONG},
    "two devices for each polarity": CELL | {"devices_per_polarity": 2},
    "defaults, early transfers": {"type": "pcm_capacitor", "response": PAIR},
}


def read(features: Path | None, images: int | None) -> tuple[Samples, Samples, dict[str, Any]]:
    """Training and test data, and the network that goes with them."""
    with np.load(features or MNIST, allow_pickle=False) as file:
        data = {split: (file[f"x_{split}"], file[f"y_{split}"].astype(np.int64).ravel()) for split in ("train", "test")}
    if features is None:
        data = {split: (x[:, 3:25, 2:26].astype(np.float32) / 255, labels) for split, (x, labels) in data.items()}
    train, test = (
        Samples(np.ascontiguousarray(x.reshape(len(x), -1, 1, 1), np.float32), labels) for x, labels in (data["train"], data["test"])
    )
    train = train.taken(slice(images))
    sizes = [int(test.labels.max()) + 1] if features else [250, 125, 10]
    layers = [{"type": "linear", "name": f"fc{place + 1}", "out_features": size} for place, size in enumerate(sizes)]
    for layer in layers[:-1]:
        layer["activation"] = "relu"
    return train, test, {"name": "study", "input": {"shape": list(train.x.shape[1:])}, "layers": layers}


def learned(case: str, described: dict[str, Any], data: tuple[Samples, Samples], schedule: Schedule, seed: int) -> dict[str, Any]:
    """What one case comes to: test accuracy and loss of each epoch, and what the updates took for each image."""
    rule = None if CASES[case] is None else from_plain(Rule, CASES[case])  # type: ignore[type-abstract]
    streams = Stream(seed).child("network"), Stream(seed).child("chip")
    network = Network(from_plain(WorkloadSpec, described), rule, Reads(), *streams, omega=0.6 if case == "pair alone" else 0.0)
    training = Training(network, None, *data, schedule, Stream(seed))
    began, found = time.perf_counter(), {"case": case, "synapses": 0, "accuracy": [], "loss": [], "pulses per weight": []}
    found["synapses"] = sum((shape[0] + 1) * shape[1] for shape in (matrix.shape for matrix in network.matrices))
    for row in training.rest():
        found["accuracy"].append(row.test_accuracy)
        found["loss"].append(row.loss)
        found["pulses per weight"].append(row.pulses_per_device)
        print(f"{case}: epoch {row.epoch}, {100 * row.test_accuracy:.2f} %, loss {row.loss:.4f}, "
              f"{time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    found["seconds"] = time.perf_counter() - began
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--images", type=int, help="take only so many of the training images")
    parser.add_argument("--features", type=Path, help="an .npz file of features instead of MNIST: one linear layer")
    parser.add_argument("--cases", nargs="*", choices=list(CASES), default=list(CASES))
    parser.add_argument("--out", type=Path, help="write everything to this JSON file")
    options = parser.parse_args()
    *data, described = read(options.features, options.images)
    schedule = Schedule(epochs=options.epochs, batch=1, rate=options.rate, decay=Constant())
    results = []
    for case in options.cases:
        results.append(learned(case, described, (data[0], data[1]), schedule, options.seed))
        if options.out:
            options.out.write_text(json.dumps(vars(options) | {"results": results}, indent=1, default=str), encoding="utf-8")
    print(f"\n{len(data[0].x)} images, {results[0]['synapses']} synapses, seed {options.seed}, rate {options.rate:g}\n")
    print("| rule | test accuracy after each epoch, % | loss of the last epoch | pulses for each weight in it |\n|---|---|---|---|")
    for found in results:
        epochs = ", ".join(f"{100 * value:.2f}" for value in found["accuracy"])
        print(f"| {found['case']} | {epochs} | {found['loss'][-1]:.4f} | {found['pulses per weight'][-1]:.1f} |")


if __name__ == "__main__":
    main()
