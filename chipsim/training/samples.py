"""The samples that a network learns from and is tested on, and their order in an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.kernels.philox import uniform
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.workload.data import load_data
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers import Shape
from chipsim.workload.load import check_samples


class Samples(NamedTuple):
    """Images [N, C, H, W] float32, scaled, and labels [N], or [N, steps] where every step is answered."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]

    def check(self, name: str, network: Network) -> None:
        """InputError where these samples, called `name`, are not what a network can learn from."""
        count, features = len(self.x), self.x[:1].size
        if count == 0 or features != network.inputs or self.x.dtype != np.float32 or not np.isfinite(self.x).all():
            raise InputError(
                f"Training.{name}: {count} samples of {features} numbers, {self.x.dtype}; expected at least one, "
                f"each of {network.inputs} finite float32 numbers"
            )
        wanted = (count,) if network.steps == 1 else (count, network.steps)
        if self.labels.shape != wanted or self.labels.min() < 0 or self.labels.max() >= network.classes:
            raise InputError(
                f"Training.{name}: labels {list(self.labels.shape)} from {self.labels.min()} to {self.labels.max()}; expected one for "
                f"each of {count} samples{'' if network.steps == 1 else f' and {network.steps} steps'}, from 0 to {network.classes - 1}"
            )

    def taken(self, chosen: NDArray[np.int64] | slice) -> Samples:
        """Some of them."""
        return Samples(self.x[chosen], self.labels[chosen])


def samples_of(spec: WorkloadSpec, output: Shape) -> tuple[Samples, Samples]:
    """The training and the test data that a workload with this output [C, H, W] names; InputError where they do not fit it."""
    if spec.data is None:
        what = "an .npz file with x_train, y_train, x_test and y_test, IDX files or a text"
        raise InputError(f"WorkloadSpec.data: is missing; expected {what}")
    path, found = Path(spec.data.file), []
    for split in ("train", "test"):
        data = Samples(*load_data(path, spec.data.having(split=split), spec.input))
        check_samples(data.x, data.labels, spec.input.shape, output, str(path), split=split)
        found.append(data)
    return found[0], found[1]


def order_of(count: int, epoch: int, stream: Stream) -> NDArray[np.int64]:
    """The samples in the order of an epoch, a function of (stream, epoch) alone."""
    return np.argsort(uniform(count, stream.child("order").key, epoch), kind="stable")
