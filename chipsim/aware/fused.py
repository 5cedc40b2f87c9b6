"""The chain of `products.py` for all blocks of a layer as one step of automatic differentiation: fewer passes, the same numbers.

    y = W q,   q = codes of x / alpha        r = scale alpha ADC(step y - IR drop + noise)

    dL/dx = W' h                             h = scale dL/dr, 0 where r is clipped;  0 where x is clipped
    dL/dW = step (alpha h) q'
    dL/dalpha = (sum r dL/dr - sum x dL/dx) / alpha        of a fixed range only

q in steps of the driver, W in full-scale cells. It holds for converters of two bits or more on both sides that multiply all rows at
once, by amplitudes, without further noise of inputs, selectors or curves: `fits` says whether. Elementwise work is done by
`kernels/straight.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from chipsim.aware.products import Chain, Drawn
from chipsim.kernels import straight
from chipsim.kernels.settings import MVMSettings, Scaling
from chipsim.mapping.partition import Span

_CHUNK = 4096  # columns of which squares are made at once: they stay in the cache
_NONE = np.empty(0, np.float32)
_NO_MARKS = np.empty(0, np.uint8)


class Sliding(NamedTuple):
    """A convolution over an image instead of products with vectors."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]

    def shaped(self, matrix: Tensor) -> Tensor:
        """[outputs, rows] as kernels."""
        return matrix.reshape(len(matrix), -1, *self.kernel)


class Job(NamedTuple):
    """What is multiplied: strips by their rows and columns, what stands in them; images whose vectors lie one after the other."""

    chain: Chain
    spans: Sequence[tuple[Span, Span]]  # rows, columns
    drawn: Sequence[Drawn]
    images: int = 1
    sliding: Sliding | None = None
    spent: bool = False  # whether nobody else needs the vectors


class Sent(NamedTuple):
    """Codes of some rows, what they are multiplied with in digital, and how many are clipped or negative."""

    codes: Tensor
    alpha: Tensor
    beyond: int
    negative: int


def fits(chain: Chain, drawn: Sequence[Drawn], x: Tensor) -> bool:
    """Whether the products can be made in one step."""
    plain = x.dtype == torch.float32 and chain.fusible
    return plain and all(_plain(one) for one in drawn)


def _plain(drawn: Drawn) -> bool:
    further = (drawn.nonlinearity, drawn.gain, drawn.offset, drawn.correction)
    return drawn.parts == 1 and all(one is None for one in further)


def multiply(x: Tensor, alpha: Tensor, job: Job) -> Tensor:
    """Products of vectors x [rows, L] or, where it slides, of images [B, C, H, W]: [images, columns, places], strips added."""
    if job.chain.array.dac.unsigned:
        x, job = x.relu(), job._replace(spent=False)
    if job.chain.settings.scaling != Scaling.FIXED_RANGE:
        alpha = torch.ones(())
    made: Tensor = _Fused.apply(x, alpha, job, *[one.weights for one in job.drawn])
    return made


@final
class _Fused(torch.autograd.Function):
    """All strips of a layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: Tensor, job: Job, *weights: Tensor) -> Tensor:
        x = x.contiguous()
        sent = {rows: _sent(x, rows, alpha, job) for rows in {rows for rows, _ in job.spans}}
        images, places = (len(x), _places(x, job.sliding)) if job.sliding else (job.images, x.shape[1] // job.images)
        total = max(columns[1] for _, columns in job.spans)
        result = torch.zeros(images, total, places)
        ctx.marks = []
        for (rows, columns), drawn, matrix in zip(job.spans, job.drawn, weights, strict=True):
            ctx.marks.append(_received(result, columns, sent[rows], drawn, matrix, job))
        ctx.job, ctx.sent = job, sent
        ranged = alpha.requires_grad and job.chain.settings.scaling == Scaling.FIXED_RANGE
        ctx.save_for_backward(*weights, *((x, result, alpha) if ranged else ()))
        if any(one.beyond for one in sent.values()):
            ctx.clipped = _clipped(x, alpha, job.chain.settings)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        job, gradient = ctx.job, gradient.contiguous()
        weights = ctx.saved_tensors[: len(job.spans)]
        ranged = len(ctx.saved_tensors) > len(weights)
        wanted = ctx.needs_input_grad[0] or (ranged and job.sliding is None)
        onwards: Tensor | None = None
        found: list[Tensor | None] = []
        for index, (rows, columns) in enumerate(job.spans):
            back = _Back(job, job.drawn[index], gradient, columns[0], ctx.marks[index], ctx.sent[rows])
            mine, matrix = back.gradients(weights[index], wanted, ctx.needs_input_grad[3 + index])
            found.append(matrix)
            if mine is not None:
                onwards = _gathered(onwards, mine, rows, job)
        if onwards is not None and getattr(ctx, "clipped", None) is not None:
            onwards.masked_fill_(ctx.clipped, 0.0)
        slope = None
        if ranged:
            x, result, alpha = ctx.saved_tensors[len(weights) :]
            clipped = getattr(ctx, "clipped", None)
            moved = _moved(job, weights[0], gradient, ctx.marks[0], ctx.sent, x, clipped) if onwards is None else _dot(x, onwards)
            slope = ((_dot(result, gradient) - moved) / alpha).reshape(alpha.shape)
        return (onwards if ctx.needs_input_grad[0] else None), slope, None, *found


# --- forward -------------------------------------------------------------------------------------------------------------------------


def _sent(x: Tensor, rows: Span, alpha: Tensor, job: Job) -> Sent:
    """What the drivers make of some rows of x, or of images."""
    settings = job.chain.settings
    half, limit = settings.input_steps / (2 * settings.input_bound), settings.input_steps / 2
    mine = x.reshape(1, -1) if job.sliding else x[rows[0] : rows[1]]
    if settings.scaling == Scaling.ABSOLUTE_MAXIMUM:
        alpha = mine.new_empty(mine.shape[1])
        straight.largest(mine.detach().numpy(), alpha.numpy())
        factor = half / torch.where(alpha > 0, alpha, torch.ones_like(alpha))
        if settings.input_bound >= 1 and settings.input_steps % 2 == 0:
            limit = math.inf  # nothing is beyond the largest value of its own vector
    else:
        alpha = alpha.detach().reshape(1)
        factor = half / alpha
    codes = mine if job.spent else torch.empty_like(mine)
    beyond, negative = straight.send(mine.detach().numpy(), factor.numpy(), codes.detach().numpy(), limit)
    return Sent(codes.detach().reshape(x.shape) if job.sliding else codes.detach(), alpha, beyond, negative)


def _clipped(x: Tensor, alpha: Tensor, settings: MVMSettings) -> Tensor:
    """Where a driver with a fixed range clips."""
    half = settings.input_steps / (2 * settings.input_bound)
    return (x * (half / alpha)).round().abs() > settings.input_steps / 2


def _places(x: Tensor, sliding: Sliding) -> int:
    """Positions of a window in images."""
    sizes = zip(x.shape[2:], sliding.kernel, sliding.stride, sliding.dilation, strict=True)
    return math.prod((size - (kernel - 1) * apart - 1) // step + 1 for size, kernel, step, apart in sizes)


def _product(matrix: Tensor, codes: Tensor, sliding: Sliding | None) -> Tensor:
    """[outputs, L] of codes [rows, L], or [B, outputs, places] of images."""
    if sliding is None:
        return matrix @ codes
    return torch.nn.functional.conv2d(codes, sliding.shaped(matrix), None, sliding.stride, 0, sliding.dilation)


def _squared(matrix: Tensor, codes: Tensor, sliding: Sliding | None) -> Tensor:
    """The product with the squares of codes."""
    if sliding is not None or codes.shape[1] <= _CHUNK:
        return _product(matrix, codes * codes, sliding)
    result = codes.new_empty(len(matrix), codes.shape[1])
    for low in range(0, codes.shape[1], _CHUNK):
        piece = codes[:, low : low + _CHUNK]
        torch.mm(matrix, piece * piece, out=result[:, low : low + _CHUNK])
    return result


def _received(result: Tensor, columns: Span, sent: Sent, drawn: Drawn, matrix: Tensor, job: Job) -> Any:
    """Adds what the converters of a strip make of its products; returns the marks of what they clip, none if nothing is."""
    settings, strength = job.chain.settings, job.chain.strength
    step = 2 * settings.input_bound / settings.input_steps
    unit = 2 * settings.output_bound / settings.output_steps
    images, _, places = result.shape
    outputs, size = len(matrix), places if job.sliding is None else len(matrix) * places
    drops = settings.ir_drop * strength > 0
    y, load, placed = _products(matrix, sent, job.sliding, drops)
    spread = None if drawn.variance is None else _squared(drawn.variance, sent.codes, job.sliding)
    over = np.empty(images * outputs * places, np.uint8)
    high, low = torch.randint(2**32, (2,), generator=job.chain.generator).tolist()
    clipped = straight.receive(
        _flat(y), _flat(spread), _flat(load), _flat(placed), size, places if job.sliding else images * places,
        _flat(drawn.scale * unit), _flat(sent.alpha), step / unit, (step * strength / unit) ** 2,
        (settings.output_noise * strength / unit) ** 2,
        step * matrix.shape[1] / settings.conductance_ratio if drops else 0.0, settings.ir_drop * strength * step / unit,
        settings.output_steps / 2, high, low, images, outputs, places, columns[0], _flat(result), over,
    )  # fmt: skip
    return over if clipped else _NO_MARKS


def _products(matrix: Tensor, sent: Sent, sliding: Sliding | None, drops: bool) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """What the cells add up to and, where wires take some of it, their load and the products weighted with the place."""
    if not drops:
        return _product(matrix, sent.codes, sliding), None, None
    rows = matrix.shape[1]
    place = 1.0 - (1.0 - torch.arange(rows, dtype=matrix.dtype) / rows) ** 2
    magnitudes = sent.codes.abs() if sent.negative else sent.codes
    y, placed = _product(matrix, sent.codes, sliding), _product(matrix * place, sent.codes, sliding)
    return y, _product(matrix.abs(), magnitudes, sliding), placed


def _flat(tensor: Tensor | None) -> Any:
    return _NONE if tensor is None else tensor.detach().contiguous().reshape(-1).numpy()


# --- backward ------------------------------------------------------------------------------------------------------------------------


@final
class _Back(NamedTuple):
    """The way back through a strip."""

    job: Job
    drawn: Drawn
    gradient: Tensor  # [images, columns of all, places]
    first: int
    marks: Any
    sent: Sent

    def gradients(self, matrix: Tensor, onwards: bool, weights: bool) -> tuple[Tensor | None, Tensor | None]:
        """Of the codes' vectors [rows, L] (or images), and of the weights [outputs, rows]."""
        settings = self.job.chain.settings
        step = 2 * settings.input_bound / settings.input_steps
        each = settings.scaling == Scaling.ABSOLUTE_MAXIMUM
        if self.job.sliding:
            return self._slid(matrix, onwards, weights, step * float(self.sent.alpha))
        plain = self.scaled(len(matrix), _NONE) if onwards or not each else None
        mine = matrix.t() @ plain if onwards and plain is not None else None
        if not weights:
            return mine, None
        scaled = self.scaled(len(matrix), self.sent.alpha.numpy()) if each else plain
        assert scaled is not None
        factor = step if each else step * float(self.sent.alpha)
        zero = scaled.new_empty(matrix.shape)
        return mine, torch.addmm(zero, scaled, self.sent.codes.t(), beta=0, alpha=factor, out=zero)

    def _slid(self, matrix: Tensor, onwards: bool, weights: bool, factor: float) -> tuple[Tensor | None, Tensor | None]:
        sliding, codes = self.job.sliding, self.sent.codes
        assert sliding is not None
        kernel = sliding.shaped(matrix)
        height = (codes.shape[2] - (sliding.kernel[0] - 1) * sliding.dilation[0] - 1) // sliding.stride[0] + 1
        scaled = self.scaled(len(matrix), _NONE).reshape(len(codes), len(matrix), height, -1)
        mine, found, _ = torch.ops.aten.convolution_backward(
            scaled, codes, kernel, None, sliding.stride, (0, 0), sliding.dilation, False, (0, 0), 1, (onwards, weights, False)
        )
        return mine, None if found is None else found.reshape(matrix.shape) * factor

    def scaled(self, outputs: int, alpha: Any) -> Tensor:
        """Gradients of the products [outputs, L] or [B, outputs, places]."""
        images, every, places = self.gradient.shape
        shape = (images, outputs, places) if self.job.sliding else (outputs, images * places)
        image, output = (outputs * places, places) if self.job.sliding else (places, images * places)
        result = self.gradient.new_empty(shape)
        straight.pass_back(
            self.gradient.reshape(-1).numpy(), self.marks, _flat(self.drawn.scale), alpha, image, output,
            images, outputs, places, self.first, every, result.reshape(-1).numpy(),
        )  # fmt: skip
        return result


def _moved(job: Job, matrix: Tensor, gradient: Tensor, marks: Any, sent: Any, x: Tensor, clipped: Tensor | None) -> Tensor:
    """sum x dL/dx of a first layer that slides: a product forward, which is far cheaper than one back to images."""
    scaled = _Back(job, job.drawn[0], gradient, 0, marks, next(iter(sent.values()))).scaled(len(matrix), _NONE)
    return _dot(scaled, _product(matrix, x if clipped is None else x.masked_fill(clipped, 0.0), job.sliding))


def _gathered(total: Tensor | None, mine: Tensor, rows: Span, job: Job) -> Tensor:
    """Gradients of all rows with those of some of them."""
    high = max(span[1] for span, _ in job.spans)
    if job.sliding is not None or (total is None and rows == (0, high)):
        return mine if total is None else total.add_(mine)
    if total is None:
        total = mine.new_zeros(high, mine.shape[1])
    total[rows[0] : rows[1]] += mine
    return total


def _dot(first: Tensor, second: Tensor) -> Tensor:
    return torch.dot(first.reshape(-1), second.reshape(-1))

