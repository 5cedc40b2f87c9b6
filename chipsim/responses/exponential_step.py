"""Devices whose steps change exponentially with the weight:

    f_up = up max(0, 1 - A_up exp(gamma_up z)),    f_down = down max(0, 1 - A_down exp(-gamma_down z)),    z = 2 a v / (high - low) + b

    noise of a pulse    s = noise (|f| + noise_floor + noise_share |v|)

Symbols, shapes: response.py. References: N. Gong et al., Nature Communications 9, 2102, 2018, DOI 10.1038/s41467-018-04485-1 (resistive
memory, library entry `reram-es`); S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406, 2020, DOI 10.3389/fnins.2020.00406 (phase
change, entry `pcm-one-sided`); M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494 (defaults).
`granularity` is the mean of both directions at weight 0; the authors' toolkit takes the down step alone (give it as `assumed_step`).
"""

from __future__ import annotations

from typing import final

from chipsim.kernels.pulsed_update import EXPONENTIAL, Law
from chipsim.responses.response import TOOLKIT, Response
from chipsim.spec import key


@final
class ExponentialStep(Response, type="exponential_step"):
    """Steps that change exponentially with the weight, up to hard bounds."""

    cites = ("gong2018", "rasch2021")

    a_up: float = key("A_up: how much of an up step the weight takes away (negative: adds)", default=0.00081, source=TOOLKIT)
    a_down: float = key("A_down: how much of a down step the weight takes away (negative: adds)", default=0.36833, source=TOOLKIT)
    gamma_up: float = key("gamma_up: how fast up steps change", default=12.44625, source=TOOLKIT)
    gamma_down: float = key("gamma_down: how fast down steps change", default=12.78785, source=TOOLKIT)
    slope: float = key("a: scale of the weight in the exponent", default=0.244, source=TOOLKIT)
    offset: float = key("b: offset of the weight in the exponent", default=0.2425, source=TOOLKIT)
    noise_floor: float = key(
        "part of the noise that no step changes, in weights, multiplied with `noise`", default=0.0, ge=0, source=TOOLKIT
    )
    noise_share: float = key("part of the noise in units of the weight, multiplied with `noise`", default=0.0, ge=0, source=TOOLKIT)

    @property
    def law(self) -> Law:
        relative, fixed = self._noise()
        return Law(
            EXPONENTIAL,
            (self.a_up, 2 * self.slope * self.gamma_up, self.gamma_up * self.offset),
            (self.a_down, 2 * self.slope * self.gamma_down, -self.gamma_down * self.offset),  # in the mirror, v -> -v
            relative,
            fixed,
            self.noise * self.noise_floor,
            self.noise * self.noise_share,
            self.write_noise * self.step,
        )
