"""A network, its data and a chip that learns, as files of a folder: trained in a second."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from small_files import CHIP, NET, arrays

from chipsim.insitu.answer import answer
from chipsim.insitu.experiment import TrainingExperiment, load_training
from chipsim.insitu.result import TrainingResult

LEARNING = """
  learning:
    response: {type: constant_step}
    activations: {type: sram, capacity: 64 kb, read_energy: 1 fJ/b}
    pulse_energy: 1 fJ
    drive_energy: 2 fJ
"""

TRAINING = """
workload: net.yaml
architecture: chip.yaml
rule: {type: sgd}
schedule: {epochs: 3, batch: 2, rate: 0.1}
timing: {moments: 2, batches: 2}
"""


def blobs(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three clouds in six dimensions."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    return (np.eye(6)[labels] + 0.3 * random.normal(size=(count, 6))).astype(np.float32), labels


def write_training(folder: Path) -> Path:
    """Writes net.yaml, chip.yaml, training.yaml, weights.npz and data.npz; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    chip = CHIP.replace("network:", LEARNING.strip("\n") + "\nnetwork:", 1)
    for name, text in {"net": NET, "chip": chip, "training": TRAINING}.items():
        (folder / f"{name}.yaml").write_text(text)
    np.savez(folder / "weights.npz", **arrays())
    (x_train, y_train), (x_test, y_test) = blobs(61, 1), blobs(40, 2)
    np.savez(folder / "data.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return folder


def load_small(folder: Path, *changes: str) -> TrainingExperiment:
    """The training of a new folder."""
    return load_training(write_training(folder) / "training.yaml", changes=changes)


@cache
def small_result(*changes: str) -> TrainingResult:
    """The answer to it."""
    with TemporaryDirectory() as folder:
        experiment = load_small(Path(folder), *changes)
        trained = experiment.run()
        assert trained is not None
        return answer(experiment, trained)
