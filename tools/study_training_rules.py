"""Rules of learning against published results: a regression with errors of the reference, and 784-256-128-10 on MNIST.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_training_rules.py reference --out reference.json
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_training_rules.py network float om om-sgd --epochs 5 --out reram.json

`reference` is the test of M. Rasch et al., Nature Communications 15, 7133, 2024, Fig. 4, as far as its caption tells it: devices with
soft bounds, steps spread by 30 % between devices and from pulse to pulse, up and down uneven by 10 %, bounds spread by 30 % in the fast
array and not in the slow one; the target is the same for all. Assumed are the size (20 x 20), the target (standard deviation 0.3), the
inputs (uniform in -1 to 1) and the noise of the outputs (0.05). Told is the standard deviation of weight minus target, in units of the
full-scale weight.

`network` trains at batch 1 with sigmoids, all products exact, so that the rule and its devices alone are looked at. Cases of one call
see the same samples in the same order and start from the same weights; `float` is the floating-point twin. After every epoch the file
is written, so that an interrupted call loses no more than one. The rate is multiplied by `--factor` after every epoch.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import Activity, Rule
from chipsim.workload.description import WorkloadSpec

HOME = Path(__file__).parents[1]
Floats = NDArray[np.float32]

UNEVEN = {"type": "soft_bounds_reference", "step": 0.001, "subtract_symmetry_point": True, "reference_spread": 0.0}  # 1,200 states
CASES: dict[str, dict[str, Any] | None] = {
    "float": None,
    "rpu": {"type": "sgd", "response": {"component": "rpu-baseline-2016"}},
    "uneven-sgd": {"type": "sgd", "response": UNEVEN},
    "uneven-mixed": {"type": "mixed_precision", "response": UNEVEN},
    "uneven-tt1": {"type": "tiki_taka", "response": UNEVEN},
    "uneven-tt2": {"type": "tiki_taka_v2", "response": UNEVEN},
    "om-sgd": {"type": "sgd", "response": {"component": "reram-om"}},
    "om-mixed": {"type": "mixed_precision", "response": {"component": "reram-om"}},
    "om": {"type": "tiki_taka_v2", "response": {"component": "reram-om"}},
    "om-agad": {"type": "agad", "response": {"component": "reram-om"}},
    "om-stuck": {"type": "tiki_taka_v2", "response": {"component": "reram-om", "stuck": 0.135}},
    "hfo2": {"type": "tiki_taka_v2", "response": {"component": "reram-hfo2"}},
    "hfo2-stuck": {"type": "tiki_taka_v2", "response": {"component": "reram-hfo2", "stuck": 0.098}},
    "sb": {"type": "tiki_taka_v2", "response": {"component": "reram-sb"}},
    "ecram": {"type": "tiki_taka_v2", "response": {"component": "ecram-li"}},
}
WITH_FAST = "tiki_taka", "tiki_taka_v2", "chopped", "agad"
ERRORS = 0.0, 0.05, 0.1, 0.2, 0.3, 0.5


# --- the regression -----------------------------------------------------------------------------------------------------


def soft_bounds(states: float, bounds: float) -> dict[str, Any]:
    """Devices of the regression, with a spread of their bounds."""
    steps = {"step": 2 / states, "step_spread": 0.3, "noise": 0.3, "asymmetry_spread": 0.1}
    ends = {"w_max": 1.0, "w_min": -1.0, "w_max_spread": bounds, "w_min_spread": bounds}
    return {"type": "soft_bounds_reference", "subtract_symmetry_point": True, "reference_spread": 0.0} | steps | ends


def weight_error(kind: str, states: float, error: float, vectors: int, seed: int, rate: float, size: int = 20) -> float:
    """Standard deviation of weight minus target after so many vectors."""
    rule: dict[str, Any] = {"type": kind, "response": soft_bounds(states, 0.0)}
    if kind in WITH_FAST:
        rule |= {"fast": soft_bounds(states, 0.3), "reference_error": error}
    learner = from_plain(Rule, rule).begin((size, size), None, Stream(seed).child("learner"), Stream(seed).child("chip"))
    draw = np.random.default_rng(0)  # the target and the inputs are the same for all
    goal = np.clip(0.3 * draw.standard_normal((size, size)), -0.9, 0.9).astype(np.float32)
    for number in range(vectors):
        x = draw.uniform(-1, 1, (1, size)).astype(np.float32)
        d = (x @ (goal - learner.weights) + 0.05 * draw.standard_normal((1, size))).astype(np.float32)
        learner.update(x, d, rate, number)
    return float(np.std(learner.weights - goal))


def reference(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for states in arguments.states:
        for kind in ("sgd", "mixed_precision", *WITH_FAST):
            for error in ERRORS if kind in WITH_FAST else (0.0,):
                found = [weight_error(kind, states, error, arguments.vectors, seed, arguments.rate) for seed in range(arguments.seeds)]
                mean, spread = float(np.mean(found)), float(np.std(found))
                yield {"states": states, "rule": kind, "reference_error": error, "weight_error": mean, "between_seeds": spread}


# --- the network --------------------------------------------------------------------------------------------------------


def layers() -> WorkloadSpec:
    """784-256-128-10 with sigmoids."""
    hidden = [
        {"type": "linear", "name": f"fc{number}", "out_features": size, "activation": "sigmoid"} for number, size in ((1, 256), (2, 128))
    ]
    last = {"type": "linear", "name": "fc3", "out_features": 10}
    return from_plain(WorkloadSpec, {"name": "784-256-128-10", "input": {"shape": [784, 1, 1]}, "layers": [*hidden, last]})


def digits(part: str) -> tuple[Floats, NDArray[np.int64]]:
    with np.load(HOME / "workloads" / "data" / "mnist.npz") as file:
        images, labels = file[f"x_{part}"], file[f"y_{part}"]
    return (images.reshape(len(images), -1) / np.float32(255)).astype(np.float32), labels.astype(np.int64)


def trained(case: str, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row for each epoch of a case."""
    (x, labels), test, rule = digits("train"), digits("test"), CASES[case]
    stream = Stream(arguments.seed)
    network = Network(layers(), None if rule is None else from_plain(Rule, rule), Reads(), stream, omega=arguments.omega)
    samples = arguments.samples or len(x)
    for epoch in range(arguments.epochs):
        rate = arguments.rate * arguments.factor**epoch
        order = np.random.default_rng((arguments.seed, epoch)).permutation(len(x))[:samples]
        began, took, loss, correct = time.process_time(), Activity(), 0.0, 0
        for place, index in enumerate(order):
            step = network.step(x[index : index + 1], labels[index : index + 1], rate, epoch * samples + place)
            took, loss, correct = took.merged(step.activity), loss + float(step.losses.sum()), correct + step.correct
        spent = time.process_time() - began
        each = {name: count / samples for name, count in took._asdict().items()}
        yield {
            "case": case, "epoch": epoch + 1, "rate": rate, "loss": loss / samples, "train": correct / samples,
            "test": network.accuracy(*test, epoch + 1), "pulses_of_a_weight": each["pulses"] / network.devices, "of_a_sample": each,
            "clipped": took.clipped_share, "processor_seconds": spent,
        }  # fmt: skip


def network(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for case in arguments.cases:
        yield from trained(case, arguments)


# --- both ---------------------------------------------------------------------------------------------------------------


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    studies = parser.add_subparsers(dest="study", required=True)
    first, second = studies.add_parser("reference"), studies.add_parser("network")
    first.add_argument("--states", type=float, nargs="+", default=[20.0])
    first.add_argument("--vectors", type=int, default=20000)
    first.add_argument("--seeds", type=int, default=3)
    first.add_argument("--rate", type=float, default=0.05)
    second.add_argument("cases", nargs="+", choices=sorted(CASES), metavar="case", help=", ".join(CASES))
    second.add_argument("--epochs", type=int, default=3)
    second.add_argument("--samples", type=int, default=0, help="of an epoch; 0: all")
    second.add_argument("--rate", type=float, default=0.05)
    second.add_argument("--factor", type=float, default=1.0, help="of the rate, after every epoch")
    second.add_argument("--omega", type=float, default=0.0, help="share of full scale that the largest first weight of a layer takes")
    second.add_argument("--seed", type=int, default=0)
    for study in (first, second):
        study.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    arguments = asked()
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in vars(arguments).items()}
    rows: list[dict[str, Any]] = []
    for row in (reference if arguments.study == "reference" else network)(arguments):
        rows.append(row)
        told = {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items() if name != "of_a_sample"}
        print(told, flush=True)
        arguments.out.write_text(json.dumps({"settings": settings, "date": time.strftime("%Y-%m-%d"), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
