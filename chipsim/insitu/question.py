"""A question about training in full: everything that the learned weights, their time and their energy depend on, as a description."""

from __future__ import annotations

from typing import Literal, final

from chipsim.architecture import Architecture
from chipsim.comparators.comparator import USUAL, Comparator
from chipsim.mapping.mapping import MappingOptions
from chipsim.spec import Spec, key
from chipsim.training.rules import Rule
from chipsim.training.schedule import Schedule
from chipsim.units import Time
from chipsim.workload.description import WorkloadSpec

MINUTE = 60.0


@final
class Sampling(Spec):
    """Which mini-batches are played on the clock; all others are only learned from."""

    moments: int = key("moments of each epoch, evenly spread, at which mini-batches are played; 0: no time, no energy", default=4, ge=0)
    batches: int = key("consecutive mini-batches that are played at each moment", default=3, ge=1)


@final
class TrainingQuestion(Spec):
    """A resolved training experiment: everything that the answer depends on."""

    name: str = key("name of the training; by default: workload on architecture with rule", default="")
    workload: WorkloadSpec = key("the network and its data, or the path of its file")
    architecture: Architecture = key("the chip, or the path of its file")
    rule: Rule = key("how the weights learn")
    schedule: Schedule = key("how long and how fast", default=Schedule())
    mapping: MappingOptions = key("how layers are cut and placed; a layer that learns has no copies", default=MappingOptions())
    omega: float = key(
        "share of full scale that the largest weight of a layer takes; 0: devices hold the weights as they are", default=0.0, ge=0, le=1
    )
    start: Literal["random", "weights"] = key("what is learned from: random weights, or those of the workload", default="random")
    twin: bool = key("whether the same network learns in floating point beside it, from the same samples", default=True)
    timing: Sampling = key("which mini-batches are played on the clock", default=Sampling())
    samples: int | None = key("samples of the training data, from the first on (default: all)", default=None, ge=1)
    test_samples: int | None = key("samples of the test data, from the first on (default: all)", default=None, ge=1)
    seeds: int = key("trainings with seeds of their own (`seed`, `seed` + 1, ...), for mean and spread", default=1, ge=1, le=1000)
    seed: int = key("seed of all random numbers", default=0, ge=0)
    chip_seed: int | None = key("seed of what is fixed for a chip; not given: that of each training", default=None, ge=0)
    checkpoint: Time = key("time on this computer from checkpoint to checkpoint", default=5 * MINUTE, ge=0)
    comparators: tuple[Comparator, ...] | None = key(
        f"processors to compare the training with: names, files, blocks; all; [] for none (default: {', '.join(USUAL)})", default=None
    )
    plugins: tuple[str, ...] = key("Python files or modules that add devices, circuits, layers, responses or rules", default=())

    @property
    def asked(self) -> TrainingQuestion:
        """The question without what no answer depends on."""
        return self.having(checkpoint=5 * MINUTE)
