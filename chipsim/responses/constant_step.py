"""Devices whose steps do not depend on the weight:

    f = step of the cell,    granularity = step

up to hard bounds. Symbols, shapes and noise: response.py. Reference: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016,
DOI 10.3389/fnins.2016.00333, whose baseline device the defaults are. Not modelled: see response.py.
"""

from __future__ import annotations

from typing import final

from chipsim.kernels.pulsed_update import CONSTANT, Law
from chipsim.responses.response import STEADY, Response


@final
class ConstantStep(Response, type="constant_step"):
    """The same change at every weight, up to hard bounds."""

    cites = ("gokmen2016", "rasch2021")

    @property
    def law(self) -> Law:
        relative, fixed = self._noise()
        grouped = self.noise <= STEADY
        return Law(CONSTANT, relative=relative, fixed=fixed, write_noise=self.write_noise * self.step, grouped=grouped)
