"""What a hardware-aware training is asked: an experiment, how long and how fast its network learns, what of the chip it feels meanwhile.

    experiment: lenet5-on-chip.yaml      # an experiment or a workload: a file, or a block of its keys
    epochs: 10
    rate: 0.001
    distil: {weight: 0.5}

The network learns in floating point, in PyTorch; in every step the chip's non-idealities are drawn anew and stand in its way. What is
found is a set of weights that bear them. This is not the training on the chip of `chipsim train`, in which devices learn.

Reference: V. Joshi et al., Nature Communications 11, 2473, 2020, DOI 10.1038/s41467-020-16108-9 (noise in the forward pass, clipped
weights); M. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (all terms of a chip, learned input
ranges, ramp of the noise, distillation); G. Hinton, O. Vinyals, J. Dean, arXiv 1503.02531, 2015 (distillation).
"""

from __future__ import annotations

from typing import Literal, Self, final

from chipsim.aware.injection import Injection
from chipsim.question import Question
from chipsim.spec import Spec, check, key

RASCH = "Rasch et al. 2023, doi:10.1038/s41467-023-40770-4"
JOSHI = "Joshi et al. 2020, doi:10.1038/s41467-020-16108-9"
HINTON = "Hinton et al. 2015, arXiv:1503.02531"
CHOSEN = "assumed: what did well on LeNet-5, by held-out training data alone (tests/published/hardware-aware.md)"


@final
class Distillation(Spec):
    """The float network as a teacher: its shares of the classes are learned beside the labels."""

    cites = ("hinton2015",)

    weight: float = key("share of the loss that is the distance from the teacher; the labels have the rest", default=0.5, ge=0, le=1)
    temperature: float = key("what outputs are divided by before their softmax is compared", default=2.0, gt=0, source=HINTON)


@final
class AwareQuestion(Spec):
    """A resolved hardware-aware training: everything that the found weights depend on."""

    cites = ("joshi2020", "rasch2023")

    name: str = key("name of the training; by default: workload on architecture, hardware-aware", default="")
    experiment: Question = key("the network, its data and the chip: an experiment or a workload, a file or a block of its keys")
    epochs: int = key("times that the training data are gone through", default=5, ge=1, source=CHOSEN)
    batch: int = key("samples in a mini-batch", default=64, ge=1, source=CHOSEN)
    optimiser: Literal["adamw", "sgd"] = key("how steps follow from gradients, as in torch.optim; sgd with momentum", default="adamw")
    rate: float = key("largest learning rate", default=0.001, gt=0, source=CHOSEN)
    momentum: float = key("momentum of sgd", default=0.9, ge=0, lt=1, source="assumed: the usual one")
    weight_decay: float = key("decay of the weights, as the optimiser means it", default=0.0, ge=0)
    schedule: Literal["constant", "cosine", "one_cycle", "step"] = key("how the rate changes from step to step", default="one_cycle")
    smoothing: float = key("share of a label that is spread over all classes", default=0.0, ge=0, lt=1)
    norm: float | None = key("largest norm of the gradient of a step; longer ones are shortened", default=None, gt=0)
    ramp: float = key("epochs over which the non-idealities grow from none to those of the chip", default=0.0, ge=0)
    clip: float | None = key(
        "weights are kept within so many of the standard deviations (from 0) that their layer had at first; null: not", default=2.5, gt=0,
        source=JOSHI,
    )  # fmt: skip
    distil: Distillation | None = key("learn from the float network too (default: from the labels alone)", default=None)
    shift: int = key("images are shifted by up to so many pixels in each direction, drawn anew each time", default=0, ge=0)
    injection: Injection = key("what of the chip stands in the way of the network while it learns", default=Injection())
    learn_ranges: bool = key("whether the input ranges of the layers are learned too, where the arrays have fixed ones", default=True)
    validation: float = key("share of the training data that is held out, by which the best epoch is chosen", default=0.1, gt=0, lt=1)
    draws: int = key("draws of the chip's noise with which the held-out data are judged after each epoch", default=3, ge=1)
    patience: int | None = key("epochs without a better validation after which training ends (default: never)", default=None, ge=1)
    samples: int | None = key("samples of the training data, from the first on (default: all)", default=None, ge=2)
    seed: int = key("seed of the order, of what is held out and of the noise; that of the chips is the experiment's", default=0, ge=0)

    @check
    def _makes_sense(self) -> Self:
        if self.ramp > self.epochs:
            raise ValueError(f"ramp: {self.ramp:g} epochs are more than all {self.epochs}; the chip's noise would never be reached")
        if self.experiment.workload.drawn:
            what = self.experiment.workload.drawn
            raise ValueError(f"experiment: the {what} of its workload are drawn; a network learns from weights and data that are named")
        return self

    @property
    def title(self) -> str:
        """Name of the training."""
        asked = self.experiment
        return self.name or f"{asked.name or f'{asked.workload.name} on {asked.architecture.name}'}, hardware-aware"
