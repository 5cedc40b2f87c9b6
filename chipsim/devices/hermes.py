"""Phase-change memory as fitted to the 14 nm HERMES chip, for one side of a pair made of one or of two devices.

All moments are of the summed conductance of the side, with x = g / g_max (x of the target, in Q of the programmed one):

    sigma_p = (g_max / g_ref) (a0 + a1 x + a2 x**2 + a3 x**3)
    mu, s, Q = a clipped straight line in ln x below a border, a polynomial in x above it (coefficients below)

used in the laws of `phase_change.py`. g_ref = 10.35 uS, t0 = 200 s with one device; 20.7 uS, 300 s with two; t_r = 512 ns.

References: M. Le Gallo et al., Nature Electronics 6, 680, 2023, DOI 10.1038/s41928-023-01010-1; A. Vasilopoulos et al., IEEE
Trans. Electron Devices 70, 2023, DOI 10.1109/TED.2023.3321014 (two devices, programmed one after the other); coefficients as
published by the authors in IBM's open analog hardware toolkit.
Valid for g_max up to g_ref, the largest conductance characterised (enforced); a smaller g_max scales sigma_p in proportion.
Not modelled: which of the two devices holds what (both count as in the same state); see also `phase_change.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self, final

import numpy as np
from numpy.typing import ArrayLike

from chipsim.devices.device import Floats
from chipsim.devices.phase_change import PhaseChange, clipped_line, polynomial
from chipsim.devices.published import PublishedPoint
from chipsim.spec import check, key
from chipsim.units import Conductance, Time, show


class Branch(NamedTuple):
    """A moment of the fit: clip(slope ln x + offset, least, most) below the border, a polynomial from the border on."""

    border: float
    slope: float
    offset: float
    least: float
    most: float
    above: tuple[float, ...]

    def at(self, state: Floats) -> Floats:
        """The moment at `state` = x > 0, float32 of the same shape."""
        below = clipped_line(self.slope, self.offset, self.least, self.most, np.log(state))
        return np.where(state < np.float32(self.border), below, polynomial(self.above, state))


class Fit(NamedTuple):
    """The fit for one side of a pair: largest conductance (S), t0 (s), programming coefficients (S), moments."""

    g_reference: float
    first_reading: float
    programming: tuple[float, ...]
    mean: Branch
    spread: Branch
    noise: Branch


READING = 512e-9  # t_r (s)
MEAN = Branch(0.0945, -0.0387, -0.0182, 0.0720, 0.13, (0.0736, -0.0126, -0.0436))
FITS = {
    1: Fit(
        g_reference=10.35e-6,
        first_reading=200.0,
        programming=(0.15781817e-6, 2.32443916e-6, -2.16310839e-6, 0.68841818e-6),
        mean=MEAN,
        spread=Branch(0.3039, -0.0120, -0.0023, 0.0124, 0.04, (0.0104, 0.0116, -0.0165)),
        noise=Branch(0.1591, -0.0078, 0.0038, 0.0179, 0.04, (0.0088, 0.0768, -0.1352, 0.0664)),
    ),
    2: Fit(
        g_reference=20.7e-6,
        first_reading=300.0,
        programming=(0.16603222e-6, 4.71806468e-6, -8.48101252e-6, 4.68961419e-6),
        mean=MEAN,
        spread=Branch(0.3055, -0.0117, -0.0057, 0.0091, 0.04, (0.0073, 0.0093, -0.0118)),
        noise=Branch(0.16, -0.0117, -0.0069, 0.015, 0.04, (0.0123, 0.0211, -0.0280, 0.0069)),
    ),
}


@final
class HERMES(PhaseChange, type="pcm-hermes"):
    """One side of a pair of the 14 nm chip: one device, or two whose conductances add up."""

    cites = ("legallo2023", "rasch2021")

    devices_per_polarity: Literal[1, 2] = key("devices whose summed conductance is one side of a pair", default=1)
    g_max: Conductance = key(
        "largest summed conductance of a side; where not given, 10.35 uS with one device and 20.7 uS with two",
        default=10.35e-6,
        gt=0,
        source="Le Gallo et al. 2023, doi:10.1038/s41928-023-01010-1",
    )
    drift_start: Time | None = key("time of the first reading, t0; where not given, that of the fit", default=None, gt=0)

    @check
    def _g_max_is_characterised(self) -> Self:
        largest = self.fit.g_reference
        if "g_max" not in self.model_fields_set:
            object.__setattr__(self, "g_max", largest)  # a frozen Spec is still being made here
        if self.g_max > largest * (1 + 1e-9):
            raise ValueError(
                f"g_max {show(self.g_max, 'S')} is above {show(largest, 'S')}, the largest conductance characterised with "
                f"{self.devices_per_polarity} device(s) per polarity; lower g_max"
            )
        return self

    @property
    def fit(self) -> Fit:
        """The coefficients for this number of devices."""
        return FITS[self.devices_per_polarity]

    @property
    def first_reading(self) -> float:
        return self.fit.first_reading if self.drift_start is None else self.drift_start

    @property
    def reading(self) -> float:
        return READING

    @property
    def published(self) -> tuple[PublishedPoint, ...]:
        """The programming error of a whole core; the weights it was measured with are not known, here all states count alike."""
        if self.program_scale != 1 or self.devices_per_polarity != 2:
            return ()  # the core has two
        sigma = self.programming_sigma(np.linspace(0, self.g_max, 101, dtype=np.float32)).astype(float)
        found = float(np.sqrt(np.mean(sigma**2))) / self.g_max
        source = "core with MLP and ResNet-9 weights, Khaddam-Aljameh et al., JSSC 57, 1027, 2022, doi:10.1109/JSSC.2022.3140414"
        quantity = "programming error of a core, share of g_max"
        return (PublishedPoint(quantity, 0.048, 0.053, found, "", "predicted", source),)

    def programming_sigma(self, target: ArrayLike) -> Floats:
        state = np.asarray(target, np.float32) / np.float32(self.g_max)
        scale = np.float32(self.program_scale * self.g_max / self.fit.g_reference)
        return scale * polynomial(self.fit.programming, state)

    def exponent_mean(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * self.fit.mean.at(self._state(target))

    def exponent_sigma(self, target: ArrayLike) -> Floats:
        return np.float32(self.drift_scale) * self.fit.spread.at(self._state(target))

    def relative_noise(self, state: Floats) -> Floats:
        return self.fit.noise.at(state)
