"""Rounding and clipping with gradients: forward what the converters of a chip do, backward a straight line where they do not clip.

    codes     q(z) = clip(round(z), -k, k) or round(clip(z, -k, k)),    dq/dz = 1 where the value is not clipped, 0 where it is
    sign      s(z) = b where z >= 0, else -b (a single comparator),     ds/dz = 1 where |z| <= b, 0 elsewhere

z values in steps of the converter, k half of its steps, b its bound; tensors of any shape. With `through` derivatives are 1 everywhere.

The range r of a driver needs no rule of its own: its product is r q(x n / r) / n with n codes for 1, so the straight-through derivative
by r
is sign(x) where x is clipped (J. Choi et al., arXiv 1805.06085, 2018, PACT) and q / n - x / r, the rounding error, elsewhere (S. Esser et
al., ICLR 2020, arXiv 1902.08153, learned step size). It is summed over so many values that a step would be far too long; it is
multiplied with
1 / sqrt(values of a vector * codes), as the latter do, by `shortened`. The logarithm of r is what is learned, so that steps are
relative and r
stays positive (S. Jain et al., MLSys 2020, arXiv 1903.08066).
"""

from __future__ import annotations

import math
from typing import Any, final

import torch
from torch import Tensor

from chipsim.kernels.philox import normal

LEAST = 1e-30  # a vector whose largest value is below counts as zero, as in the kernels


@final
class _Codes(torch.autograd.Function):
    """`codes` for values that may be clipped."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, limit: float, rounds: bool, clips_first: bool) -> Tensor:
        known = z.round() if rounds and not clips_first else z
        low, high = torch.aminmax(known) if known.numel() else (0.0, 0.0)
        ctx.beyond = None
        if low < -limit or high > limit:  # few values are clipped, if any: their places are kept, not a mask
            ctx.beyond = (known.abs() > limit).reshape(-1).nonzero()[:, 0]
            known = known.clamp(-limit, limit)
        return known.round() if rounds and clips_first else known.view_as(known)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        if ctx.beyond is None:
            return gradient, None, None, None
        kept = gradient.reshape(-1).index_fill(0, ctx.beyond, 0.0)
        return kept.reshape(gradient.shape), None, None, None


@final
class _Straight(torch.autograd.Function):
    """Any value forward, a derivative of 1 by the first tensor backward."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, value: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


@final
class _Rounded(torch.autograd.Function):
    """Values rounded in their place, with a derivative of 1."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        ctx.mark_dirty(z)
        return z.round_()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


def straight(z: Tensor, value: Tensor) -> Tensor:
    """`value`, with the derivative 1 by z."""
    return _Straight.apply(z, value.detach())


def codes(z: Tensor, limit: float, rounds: bool = True, clips_first: bool = False, through: bool = False) -> Tensor:
    """Values in steps as a converter with `limit` steps on either side knows them (infinite: it does not clip).

    z is given away: it may be rounded in its place.
    """
    if not rounds and math.isinf(limit):
        return z
    if math.isinf(limit):
        return _Rounded.apply(z) if z.requires_grad else z.round_()
    if through:
        with torch.no_grad():
            value = _Codes.apply(z, limit, rounds, clips_first)
        return straight(z, value)
    return _Codes.apply(z, limit, rounds, clips_first)


def sign(y: Tensor, bound: float, through: bool = False) -> Tensor:
    """+-bound, as a single comparator says."""
    value = torch.where(y.detach() >= 0, bound, -bound).to(y.dtype)
    if through:
        return straight(y, value)
    return straight(y.clamp(-bound, bound), value)


def shortened(parameter: Tensor, factor: float) -> Tensor:
    """The same value, with a gradient that is multiplied with `factor`."""
    return parameter * factor + (parameter * (1 - factor)).detach()


def largest(x: Tensor, dim: int) -> Tensor:
    """The largest |x| along a dimension, kept; without gradient, as it cancels in alpha q(x / alpha)."""
    plain = x.detach()
    top = torch.maximum(plain.amax(dim, keepdim=True), -plain.amin(dim, keepdim=True))
    return torch.where(top >= LEAST, top, torch.zeros_like(top))


def normals(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Standard normals from the generator of the kernels, which is several times faster than PyTorch's; its key is drawn from
    `generator`."""
    high, low = torch.randint(2**32, (2,), generator=generator).tolist()
    return torch.from_numpy(normal(shape, (high, low)))
