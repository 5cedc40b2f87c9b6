"""What becomes of a circuit's energy, area, delay and leakage when it is made in another technology node.

A scaling is never applied unless a circuit names one (`scaling: {type: dennard, from_node: 32 nm, to_node: 14 nm}`), for then
its figures are no longer those of its source. Each type says where its factors come from. Only nodes of the underlying table
are accepted; there is no interpolation between nodes and no extrapolation beyond them.
Not modelled: redesign, analog headroom, wires and pads, which scale less than these factors say.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import ClassVar, NamedTuple, Self, final

from chipsim.errors import InputError
from chipsim.spec import Family, check, key
from chipsim.units import Length, Voltage

NANOMETRE = 1e-9


class Factors(NamedTuple):
    """What the figures of a circuit are multiplied with."""

    energy: float = 1.0
    area: float = 1.0
    delay: float = 1.0
    leakage: float = 1.0


class Scaling(Family):
    """Root of the scalings between two technology nodes."""

    from_node: Length = key("node that the figures of the circuit belong to", gt=0)
    to_node: Length = key("node that the circuit is to be made in", gt=0)

    @abstractmethod
    def level(self, node: int) -> Factors:
        """Figures of the same circuit at `node` (nm), in a unit common to all nodes; InputError for an unknown node."""

    @property
    def factors(self) -> Factors:
        """Figures at `to_node` divided by those at `from_node`."""
        before, after = (self.level(_whole(node)) for node in (self.from_node, self.to_node))
        return Factors(*(new / old for new, old in zip(after, before, strict=True)))

    @check
    def _nodes_are_known(self) -> Self:
        for name in ("from_node", "to_node"):
            try:
                self.level(_whole(getattr(self, name)))
            except InputError as error:
                raise ValueError(f"{name}: {error}") from None
        return self


def _whole(node: float) -> int:
    return round(node / NANOMETRE)


class TableScaling(Scaling):
    """Scaling by a table of figures at some nodes."""

    table: ClassVar[dict[int, Factors]]

    def level(self, node: int) -> Factors:
        _check_known(node, self.table, self.type_name)
        return self.table[node]


def _check_known(node: int, nodes: Collection[int], name: str) -> None:
    if node not in nodes:
        listed = ", ".join(map(str, sorted(nodes)))
        raise InputError(f"{node} nm is not in the table of '{name}', which has {listed} nm; take figures of a listed node")


@final
class Dennard(Scaling, type="dennard"):
    """Constant-field scaling: with k = from / to, energy 1/k**3, area 1/k**2, delay 1/k, power of a circuit 1/k**2.

    R. H. Dennard et al., IEEE J. Solid-State Circuits 9, 256, 1974, DOI 10.1109/JSSC.1974.1050511, table 1. An ideal that holds
    as long as voltages shrink with lengths; below about 90 nm they did not, so it flatters recent nodes. Any node is accepted.
    """

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

    table: ClassVar[dict[int, Factors]] = {
        32: Factors(energy=1.371, area=3338.0, leakage=1.371),
        22: Factors(energy=0.6778, area=1863.0, leakage=0.6778),
        14: Factors(energy=0.2898, area=922.5, leakage=0.2898),
        7: Factors(energy=0.07872, area=313.8, leakage=0.07872),
    }


@final
class LibraryParts(TableScaling, type="hwcomponents-library"):
    """Parts of published accelerators from 32 nm to 14 nm, as hwcomponents-library 1.0.58 converts them.

    Figures of its 8-bit ISAAC converter; every other part of that library has the same ratios (energy 0.211, area 0.38, delay
    0.4375, leakage as energy). They rest on Stillmaker and Baas 2017, with a low-power 32 nm and a high-performance 14 nm
    process at 0.8 V, and a delay in proportion to the node.
    """

    table: ClassVar[dict[int, Factors]] = {
        32: Factors(energy=1.667, area=1200.0, delay=0.8333, leakage=1.667),
        14: Factors(energy=0.351, area=456.0, delay=0.3646, leakage=0.351),
    }


@final
class StillmakerBaas(Scaling, type="stillmaker-baas"):
    """Digital CMOS from 130 to 7 nm at one supply V for both nodes: area by a table, energy = a V**2 + b V + c by node.

    A. Stillmaker and B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm to 7 nm",
    Integration 58, 74, 2017, DOI 10.1016/j.vlsi.2017.02.002; high-performance processes where the paper has two (from 45 nm on).
    From ring-oscillator simulations with predictive models. Delay is left as it is: the circuit keeps its clock. Leakage is taken
    to go with energy, which is an assumption.
    """

    supply: Voltage = key("supply voltage at both nodes", default=0.8, ge=0.7, le=1.1)

    relative_area: ClassVar[dict[int, float]] = {
        130: 14.0, 90: 6.1, 65: 3.3, 45: 2.2, 32: 1.0, 20: 0.46, 16: 0.41, 14: 0.38, 10: 0.22, 7: 0.13,
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

    def level(self, node: int) -> Factors:
        _check_known(node, self.relative_area, self.type_name)
        a, b, c = self.energy_fit[node]
        energy = a * self.supply**2 + b * self.supply + c
        return Factors(energy=energy, area=self.relative_area[node], leakage=energy)
