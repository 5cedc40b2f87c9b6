"""The learning rate of every step, as PyTorch's schedulers have it, as a function of the number of the step alone.

    constant    1
    cosine      (1 + cos(pi s / S)) / 2                        s = 0, 1, ... S - 1 steps that are over
    step        0.1 ** (0 in the first half, 1 in the third quarter, 2 in the last)
    one_cycle   from 1/25 to 1 along half a cosine in the first 30 % of the steps, from there to 1/250,000

Being functions of the step, they have no state that a checkpoint could lose.

References: I. Loshchilov, F. Hutter, ICLR 2017, arXiv 1608.03983 (cosine); L. Smith, N. Topin, arXiv 1708.07120, 2017 (one cycle), with
the shares of torch.optim.lr_scheduler.OneCycleLR; its cycle of the momentum is left out.
"""

from __future__ import annotations

import math

RISE, FIRST, LAST = 0.3, 1 / 25, 1 / 25 / 1e4
FALL, FALLS = 0.1, (0.5, 0.75)


def share(schedule: str, step: int, steps: int) -> float:
    """What the rate is multiplied with in step number `step` of so many."""
    if schedule == "cosine":
        return (1 + math.cos(math.pi * step / steps)) / 2
    if schedule == "step":
        return float(FALL ** sum(step >= part * steps for part in FALLS))
    if schedule == "one_cycle":
        return _one_cycle(step, steps)
    return 1.0


def _one_cycle(step: int, steps: int) -> float:
    top = RISE * steps - 1
    if step <= top:
        return _between(FIRST, 1.0, step / top if top else 1.0)
    return _between(1.0, LAST, (step - top) / max(steps - 1 - top, 1e-12))


def _between(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(part, 1.0))) / 2
