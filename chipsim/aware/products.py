"""One block's product in PyTorch, from the digital vector to the digital result: the chain of `kernels/reference.py` with gradients.

    v = DAC(x / alpha) + input noise, bent by a selector                       y = W v
    y -= IR drop, + sqrt(v^2 var) xi, curve F y / (1 + n |y|), + output noise  result = alpha scale (ADC(g y + b) - b')

Vectors are columns: x [G, rows, L], W [outputs, rows] in full-scale cells, results [G, outputs, L]. Symbols, order and units are those of
`kernels/settings.py`. Noise has keys of its own, so single numbers differ from those of a run; their moments do not.

Gradients: noise, the IR drop and the largest value of a vector count as constants; rounding is straight-through, clipping has the
derivative 0
(`quantise.py`); the curve has its own. Of bit-serial inputs every digit moves alike with the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from torch import Tensor

from chipsim.aware.quantise import codes, largest, normals, sign
from chipsim.circuits.array import Array
from chipsim.kernels.settings import Encoding, MVMSettings, RoundingOrder, Scaling, planes_of

Operator = Callable[[Tensor, Tensor], Tensor]  # (matrix [outputs, rows], drives) -> [G, outputs, L]


class Drawn(NamedTuple):
    """What stands in the arrays of some columns in one mini-batch; outputs are the parts of all weights, part after part."""

    weights: Tensor  # [outputs, rows], full-scale cells; gradients reach the stored weights
    scale: Tensor  # [outputs, 1] factor in digital
    slope: Tensor  # [outputs, 1], of a cell by the weight that is stored
    variance: Tensor | None = None  # [outputs, rows], of each cell from product to product
    nonlinearity: Tensor | None = None  # [outputs, 1] and so on, of each converter
    gain: Tensor | None = None
    offset: Tensor | None = None
    correction: Tensor | None = None
    parts: int = 1

    def rows(self, low: int, high: int) -> Drawn:
        """Some of the rows."""
        variance = None if self.variance is None else self.variance[:, low:high]
        return self._replace(weights=self.weights[:, low:high], variance=variance)


def matmul(matrix: Tensor, drives: Tensor) -> Tensor:
    """matrix [outputs, rows] @ drives [G, rows, L]."""
    return (matrix @ drives[0])[None] if len(drives) == 1 else torch.matmul(matrix, drives)


@final
@dataclass
class Chain:
    """The way through an array; `strength` 0 to 1 is a factor on its noise and IR drop (to begin a training gently)."""

    array: Array
    generator: torch.Generator
    through: bool = False
    strength: float = 1.0

    def __post_init__(self) -> None:
        self.settings: MVMSettings = self.array.settings

    @property
    def fusible(self) -> bool:
        """Whether `fused.py` can make the products, if what is drawn allows it too."""
        settings, array = self.settings, self.array
        plain = settings.encoding == Encoding.AMPLITUDE and settings.input_order == RoundingOrder.ROUND_THEN_CLIP
        quiet = settings.input_noise == 0 and settings.selectivity == 0 and settings.nonlinearity == 0 and settings.max_retries == 0
        rounded = settings.input_steps > 1 and settings.output_steps > 1
        return plain and quiet and rounded and not (array.balance or array.rows_at_once is not None or self.through)

    @property
    def alike(self) -> bool:
        """Whether all vectors are treated alike, so that a convolution may slide over the image."""
        plain = self.settings.scaling != Scaling.ABSOLUTE_MAXIMUM and self.settings.max_retries == 0 and self.settings.input_noise == 0
        return plain and self.array.rows_at_once is None

    def multiply(self, x: Tensor, drawn: Drawn, input_range: Tensor, operator: Operator = matmul) -> Tensor:
        """Products of vectors x [G, rows, L] (or what `operator` takes) -> [G, columns, L], parts of weights added."""
        if self.array.dac.unsigned:
            x = x.relu()
        result = self._read(x, drawn, input_range, operator)
        if self.array.balance:
            result = (result - self._read(-x, drawn, input_range, operator)) * 0.5
        return result

    def _read(self, x: Tensor, drawn: Drawn, input_range: Tensor, operator: Operator) -> Tensor:
        """All rows at once, or group by group with one scale for all."""
        alpha: Tensor | float = input_range if self.settings.scaling == Scaling.FIXED_RANGE else 1.0
        if self.settings.scaling == Scaling.ABSOLUTE_MAXIMUM:
            alpha = largest(x, 1)
        size = self.array.rows_at_once
        if size is None or size >= drawn.weights.shape[1]:
            return self._managed(x, alpha, drawn, operator)
        count = drawn.weights.shape[1]
        groups = [(low, min(low + size, count)) for low in range(0, count, size)]
        parts = [self._managed(x[:, low:high], alpha, drawn.rows(low, high), operator) for low, high in groups]
        return sum(parts[1:], start=parts[0])

    def _managed(self, x: Tensor, alpha: Tensor | float, drawn: Drawn, operator: Operator) -> Tensor:
        """The product, repeated with halved inputs for vectors of which an output is clipped."""
        result, over = self._once(x, alpha, drawn, operator)
        for _ in range(self.settings.max_retries):
            if over is None or not bool(over.any()):
                break
            alpha = alpha * (1 + over.to(x.dtype))  # those that are not repeated keep their result
            again, still = self._once(x, alpha, drawn, operator)
            result = torch.where(over, again, result)
            over = None if still is None else over & still
        return result

    def _once(self, x: Tensor, alpha: Tensor | float, drawn: Drawn, operator: Operator) -> tuple[Tensor, Tensor | None]:
        """One product, and which vectors [G, 1, L] have a clipped output where that matters."""
        total, over = None, None
        unit = 2 * self.settings.output_bound / self.settings.output_steps if self.settings.output_steps > 1 else 1.0
        for value, drives, step in self._planes(self._dac(x, alpha)):
            y, beyond = self._adc(self._analog(drives, step, drawn, operator), drawn, unit)
            if drawn.correction is not None:
                y = y - drawn.correction / unit
            y = y if value == 1 else value * y
            total = y if total is None else total + y
            over = beyond if over is None or beyond is None else over | beyond
        assert total is not None
        total = total * (drawn.scale * unit * alpha)
        if drawn.parts > 1:
            total = total.unflatten(1, (drawn.parts, -1)).sum(1)
        return total, over

    def _dac(self, x: Tensor, alpha: Tensor | float) -> Tensor:
        """DAC values in units of one step (of 1 when it does not round)."""
        settings = self.settings
        half = settings.input_steps / (2 * settings.input_bound) if settings.input_steps else 1.0
        limit = settings.input_steps / 2 if settings.input_steps else settings.input_bound
        if isinstance(alpha, float):
            scaled = x * half
        elif settings.scaling == Scaling.ABSOLUTE_MAXIMUM:
            scaled = x * (half / torch.where(alpha > 0, alpha, torch.ones_like(alpha)))
        else:
            scaled = x * (half / alpha)
        clips_first = settings.input_order == RoundingOrder.CLIP_THEN_ROUND
        if settings.scaling == Scaling.ABSOLUTE_MAXIMUM and settings.input_bound >= 1 and settings.input_steps % 2 == 0:
            limit = math.inf  # nothing is beyond the largest value of its own vector
        return codes(scaled, limit, settings.input_steps > 0, clips_first, self.through)

    def _planes(self, digits: Tensor) -> Iterator[tuple[float, Tensor, float]]:
        """(digital value, drives, what a drive of 1 is) of each product."""
        settings = self.settings
        if settings.encoding == Encoding.AMPLITUDE:
            yield 1.0, digits, 2 * settings.input_bound / settings.input_steps if settings.input_steps else 1.0
            return
        lowest, width = 2.0 / settings.input_steps, settings.plane_bits
        top, magnitude = 2**width - 1, (settings.input_steps // 2).bit_length()
        plain = digits.detach()
        signs = torch.ones_like(plain) if settings.twos_complement else plain.sign()
        whole = plain.long() % 2**magnitude if settings.twos_complement else plain.abs().long()
        count = planes_of(settings) - bool(settings.twos_complement)
        values = [lowest * top * 2.0 ** (width * plane) for plane in range(count)]
        slope = lowest / sum(values)  # of every drive by the code, so that the sum moves as the input does
        moved = (digits - plain) * slope
        for plane, value in enumerate(values):
            yield value, settings.input_bound * signs * (whole >> width * plane & top) / top + moved, 1.0
        if settings.twos_complement:
            yield -lowest * 2.0**magnitude, settings.input_bound * (plain < 0).to(plain.dtype), 1.0

    def _analog(self, drives: Tensor, step: float, drawn: Drawn, operator: Operator) -> Tensor:
        """What the converters see [G, outputs, L]; drives in units of `step`."""
        settings, strength = self.settings, self.strength
        if step != 1 and (settings.input_noise > 0 or settings.selectivity > 0):
            drives, step = drives * step, 1.0
        if settings.input_noise > 0:
            drives = drives + settings.input_noise * strength * self._normal(drives)
        if settings.selectivity > 0:
            drives = torch.sinh(settings.selectivity * drives) / math.sinh(settings.selectivity)
        y = operator(drawn.weights if step == 1 else drawn.weights * step, drives)
        with torch.no_grad():
            plain, cells = drives.detach(), drawn._replace(weights=drawn.weights.detach() * step)
            noise = self._noise(y, plain, step, cells, operator)
            drop = self._drop(plain, cells, operator) if settings.ir_drop * strength > 0 else None
        y = y if drop is None else y.sub_(drop)
        y = y if noise is None else y.add_(noise)
        curve = settings.nonlinearity if drawn.nonlinearity is None else drawn.nonlinearity
        if drawn.nonlinearity is None and settings.nonlinearity == 0:
            return y
        y = settings.slope * y / (1 + curve * y.abs())
        return y + settings.output_noise * strength * self._normal(y) if settings.output_noise > 0 else y

    def _noise(self, y: Tensor, drives: Tensor, step: float, drawn: Drawn, operator: Operator) -> Tensor | None:
        """Read noise, and output noise where no curve comes between them."""
        curved = drawn.nonlinearity is not None or self.settings.nonlinearity > 0
        added = 0.0 if curved else self.settings.output_noise
        if drawn.variance is None:
            return self._normal(y).mul_(added * self.strength) if added > 0 else None
        spread = operator(drawn.variance * (step * self.strength) ** 2, drives * drives).add_((added * self.strength) ** 2).sqrt_()
        return spread.mul_(self._normal(y))

    def _drop(self, drives: Tensor, drawn: Drawn, operator: Operator) -> Tensor:
        """What the wires take of each output: the polynomial of `kernels/reference.py`; weights for drives as they are."""
        rows = drawn.weights.shape[1]
        place = 1.0 - (1.0 - torch.arange(rows, dtype=drives.dtype) / rows) ** 2
        load = operator(drawn.weights.abs(), drives.abs()).mul_(rows / self.settings.conductance_ratio)
        share = load * 0.05
        share.sub_(0.2).mul_(load).add_(0.5).mul_(load)
        return share.mul_(self.settings.ir_drop * self.strength).mul_(operator(drawn.weights * place, drives))

    def _adc(self, y: Tensor, drawn: Drawn, unit: float) -> tuple[Tensor, Tensor | None]:
        """ADC values in units of `unit`, a step, and per vector whether one was clipped, where products are repeated then."""
        settings, over = self.settings, None
        y = y if drawn.gain is None else y * drawn.gain
        y = y if drawn.offset is None else y + drawn.offset
        if settings.output_steps == 1:
            return sign(y, settings.output_bound, self.through), None
        limit = settings.output_bound / unit
        z = y * (1 / unit) if unit != 1 else y
        if settings.max_retries > 0:
            known = z.detach().round() if settings.output_steps else z.detach()
            over = (known.abs() > limit).any(dim=1, keepdim=True)
        return codes(z, limit, settings.output_steps > 0, False, self.through), over

    def _normal(self, like: Tensor) -> Tensor:
        return normals(tuple(like.shape), self.generator)
