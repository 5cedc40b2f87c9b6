"""What becomes of a circuit's energy, area, delay and leakage when it is made in another technology node.

A scaling is never applied unless a circuit names one (`scaling: {type: dennard, from_node: 32 nm, to_node: 14 nm}`), for then
its figures are no longer those of its source. Each type says where its factors come from. A node beyond the ends of a table is
refused. One between two nodes of the table is refused too, unless `interpolate` is set:

    log level(node) = (1 - t) log level(a) + t log level(b),   t = log(node / a) / log(b / a),   a and b its neighbours

Not modelled: redesign, analog headroom, wires and pads, which scale less than these factors say.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple, Self, final

from chipsim.errors import InputError
from chipsim.spec import Family, check, key
from chipsim.units import TechnologyNode, Voltage, show

NANOMETRE = 1e-9


class Factors(NamedTuple):
    """What the figures of a circuit are multiplied with."""

    energy: float = 1.0
    area: float = 1.0
    delay: float = 1.0
    leakage: float = 1.0


class Scaling(Family):
    """Root of the scalings between two technology nodes."""

    nodes: ClassVar[tuple[int, ...]] = ()
    """Nodes of the table (nm), ascending; none where any node is accepted."""

    from_node: TechnologyNode = key("node that the figures of the circuit belong to", gt=0)
    to_node: TechnologyNode = key("node that the circuit is to be made in", gt=0)

    @abstractmethod
    def level(self, node: int) -> Factors:
        """Figures of the same circuit at `node` (nm), in a unit common to all nodes; InputError for an unknown node."""

    @property
    def factors(self) -> Factors:
        """Figures at `to_node` divided by those at `from_node`."""
        return _ratio(self.level(whole(self.to_node)), self.level(whole(self.from_node)))

    @check
    def _nodes_are_known(self) -> Self:
        for name in ("from_node", "to_node"):
            try:
                self.level(whole(getattr(self, name)))
            except InputError as error:
                raise ValueError(f"{name}: {error}") from None
        return self


def whole(node: float) -> int:
    """A node (m) in whole nanometres, the way it is called."""
    return round(node / NANOMETRE)


def _ratio(after: Factors, before: Factors) -> Factors:
    return Factors(*(new / old for new, old in zip(after, before, strict=True)))


class TableScaling(Scaling):
    """Scaling by a table of figures at some nodes."""

    interpolate: bool = key("whether a node between two of the table is taken between them, on logarithmic axes", default=False)

    @abstractmethod
    def entry(self, node: int) -> Factors:
        """Figures at a node of the table (nm)."""

    def level(self, node: int) -> Factors:
        return self._along(node, self.entry)

    def _along(self, node: int, entry: Callable[[int], Factors]) -> Factors:
        """Figures at any node that is allowed, from those at nodes of the table."""
        below, above, share = self._neighbours(node)
        low = entry(below)
        return Factors(*(_between(a, b, share) for a, b in zip(low, entry(above), strict=True))) if share else low

    def _neighbours(self, node: int) -> tuple[int, int, float]:
        """The nodes of the table around a node, and where it lies between them (0 to 1, on a logarithmic axis)."""
        if node in self.nodes:
            return node, node, 0.0
        inside = self.nodes[0] < node < self.nodes[-1]
        if not (inside and self.interpolate):
            listed = ", ".join(map(str, self.nodes))
            way_out = "take figures of a listed node" + (", or set interpolate: true" if inside else "")
            raise InputError(f"{node} nm is not in the table of '{self.type_name}', which has {listed} nm; {way_out}")
        below, above = max(n for n in self.nodes if n < node), min(n for n in self.nodes if n > node)
        return below, above, math.log(node / below) / math.log(above / below)


def _between(low: float, high: float, share: float) -> float:
    return math.exp((1 - share) * math.log(low) + share * math.log(high))


@final
class Dennard(Scaling, type="dennard"):
    """Constant-field scaling: with k = from / to, energy 1/k**3, area 1/k**2, delay 1/k, power of a circuit 1/k**2.

    R. H. Dennard et al., IEEE J. Solid-State Circuits 9, 256, 1974, DOI 10.1109/JSSC.1974.1050511, table 1. An ideal that holds
    as long as voltages shrink with lengths; below about 90 nm they did not, so it flatters recent nodes. Any node is accepted.
    """

    cites = ("dennard1974",)

    def level(self, node: int) -> Factors:
        if node <= 0:
            raise InputError(f"{node} nm is no technology node; expected 1 nm or more")
        return Factors(energy=float(node) ** 3, area=float(node) ** 2, delay=float(node), leakage=float(node) ** 2)


@final
class SurveyADC(TableScaling, type="adc-survey"):
    """A converter of given rate and resolution: energy and area by a regression over published ADCs, the rate unchanged.

    T. Andrulis et al., "Modeling analog-digital-converter energy and area for compute-in-memory accelerator design", 2024,
    arXiv:2404.06553 (fitted to B. Murmann's survey of converters), as evaluated by hwcomponents-adc 1.0.21 for 8 bit (energy at
    1 GS/s, area at 40 MS/s): close to node**1.88 and node**1.56. Leakage is a fixed share of the energy there.
    """

    nodes = (7, 14, 22, 32)
    table: ClassVar[dict[int, Factors]] = {
        32: Factors(energy=1.371, area=3338.0, leakage=1.371),
        22: Factors(energy=0.6778, area=1863.0, leakage=0.6778),
        14: Factors(energy=0.2898, area=922.5, leakage=0.2898),
        7: Factors(energy=0.07872, area=313.8, leakage=0.07872),
    }

    def entry(self, node: int) -> Factors:
        return self.table[node]


@final
class LibraryParts(TableScaling, type="hwcomponents-library"):
    """Parts of published accelerators from 32 nm to 14 nm, as hwcomponents-library 1.0.58 converts them.

    Figures of its 8-bit ISAAC converter; every other part of that library has the same ratios (energy 0.211, area 0.38, delay
    0.4375, leakage as energy). They rest on Stillmaker and Baas 2017, with a low-power 32 nm and a high-performance 14 nm
    process at 0.8 V, and a delay in proportion to the node.
    """

    nodes = (14, 32)
    table: ClassVar[dict[int, Factors]] = {
        32: Factors(energy=1.667, area=1200.0, delay=0.8333, leakage=1.667),
        14: Factors(energy=0.351, area=456.0, delay=0.3646, leakage=0.351),
    }

    def entry(self, node: int) -> Factors:
        return self.table[node]


@final
class StillmakerBaas(TableScaling, type="stillmaker-baas"):
    """Digital CMOS from 130 to 7 nm: area by a table, energy = a V**2 + b V + c, delay = a V**3 + b V**2 + c V + d by node.

    A. Stillmaker and B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm to 7 nm",
    Integration 58, 74, 2017, DOI 10.1016/j.vlsi.2017.02.002; high-performance processes where the paper has two (from 45 nm on).
    From ring-oscillator simulations with predictive models; nominal supplies are those of the same models (PTM: Zhao and Cao, IEEE
    Trans. Electron Devices 53, 2816, 2006; Sinha et al., DAC 2012). The fitted delays are rough near the ends of a node's supplies
    and not used above the nominal one, where some rise again. Leakage is taken to go with energy, which is an assumption.
    """

    cites = ("stillmaker2017",)

    supply: Voltage = key("supply voltage at from_node, and at to_node unless to_supply says otherwise", default=0.8, ge=0.7, le=1.3)
    to_supply: Voltage | None = key("supply voltage at to_node; without it the same as at from_node", default=None, ge=0.7, le=1.3)
    delay: Literal["kept", "scaled"] = key("whether the circuit keeps its clock or becomes as fast as the node allows", default="kept")

    nodes = (7, 10, 14, 16, 20, 32, 45, 65, 90, 130)
    relative_area: ClassVar[dict[int, float]] = {
        130: 14.0, 90: 6.1, 65: 3.3, 45: 2.2, 32: 1.0, 20: 0.46, 16: 0.41, 14: 0.38, 10: 0.22, 7: 0.13,
    }  # fmt: skip
    nominal: ClassVar[dict[int, float]] = {
        130: 1.3, 90: 1.2, 65: 1.1, 45: 1.0, 32: 0.9, 20: 0.9, 16: 0.85, 14: 0.8, 10: 0.75, 7: 0.7,
    }  # fmt: skip
    energy_fit: ClassVar[dict[int, tuple[float, float, float]]] = {
        130: (7.171, -6.709, 2.904),
        90: (4.762, -4.781, 2.092),
        65: (3.755, -4.398, 1.975),
        45: (1.018, -0.3107, 0.1539),
        32: (0.8367, -0.4341, 0.1701),
        20: (0.373, -0.1582, 0.04104),
        16: (0.2958, -0.1241, 0.03024),
        14: (0.2363, -0.09675, 0.02239),
        10: (0.2068, -0.09311, 0.02375),
        7: (0.1776, -0.09097, 0.02447),
    }
    delay_fit: ClassVar[dict[int, tuple[float, float, float, float]]] = {
        130: (-76.65, 334.9, -493.4, 275.8),
        90: (-60.34, 262.5, -384.2, 210.9),
        65: (-53.3, 230.4, -333.9, 178.6),
        45: (-501.6, 1567.0, -1619.0, 566.1),
        32: (-1047.0, 2982.0, -2797.0, 873.5),
        20: (0.0, 34.63, -66.37, 41.15),
        16: (0.0, 24.8, -47.52, 28.87),
        14: (-40.66, 109.2, -100.6, 35.92),
        10: (-34.95, 93.65, -85.99, 30.4),
        7: (-28.58, 76.6, -70.26, 24.69),
    }

    def entry(self, node: int) -> Factors:
        return self._entry(node, self.supply)

    @property
    def factors(self) -> Factors:
        """Figures at `to_node` and its supply divided by those at `from_node` and its own."""
        supply = self.supply if self.to_supply is None else self.to_supply
        after = self._along(whole(self.to_node), lambda node: self._entry(node, supply))
        return _ratio(after, self.level(whole(self.from_node)))

    def nominal_supply(self, node: int) -> float:
        """The supply (V) that the predictive model of a node (nm) is meant for; InputError for an unknown node."""
        below, above, share = self._neighbours(node)
        return (1 - share) * self.nominal[below] + share * self.nominal[above]

    def _entry(self, node: int, supply: float) -> Factors:
        energy = _polynomial(self.energy_fit[node], supply)
        delay = _polynomial(self.delay_fit[node], supply) if self.delay == "scaled" else 1.0
        return Factors(energy=energy, area=self.relative_area[node], delay=delay, leakage=energy)

    @check
    def _supplies_are_within_the_fits(self) -> Self:
        asked = (("supply", self.from_node, self.supply), ("to_supply", self.to_node, self.to_supply))
        for name, node, supply in asked:
            highest = self.nominal_supply(whole(node))
            highest = highest if self.delay == "scaled" else max(1.1, highest)
            given = self.supply if supply is None else supply
            if given > highest + 1e-9:
                raise ValueError(
                    f"{name}: {show(given, 'V')} at {whole(node)} nm; expected {show(highest, 'V')} at most, up to where "
                    f"{'delays' if self.delay == 'scaled' else 'energies'} were fitted; give each node its own with supply and to_supply"
                )
        return self


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """A polynomial by falling powers."""
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value
