"""How digital inputs are applied to the rows of an array: by pulse width, by voltage, or bit by bit.

One DAC drives one row. A signed converter of b bits has 2**b - 2 steps over [-1, 1], so that zero is exact (8 bit: 254).

    type          time of one product                           energy in the cells of row j
    pulse_width   phases (2**(b-1) step + overhead)             V**2 G_j |x_j| (2**(b-1) - 1) step
    voltage       read_time                                     V**2 G_j x_j**2 read_time
    bit_serial    (b - 1) bit_time, sign by polarity            V**2 G_j (set bits of |x_j|) bit_time
    ideal         read_time, no rounding                        V**2 G_j x_j**2 read_time

V voltage across a cell at full scale (V); G_j sum of the conductances of row j (S).
References: R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (8-bit pulse
width or bit-serial, 128 ns, 1 ns a step); M. Le Gallo et al., Nature Electronics 6, 680, 2023, DOI
10.1038/s41928-023-01010-1 (one or four phases). Not modelled: mismatch between rows, rise times, charging of row wires.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, final

from chipsim.circuits.circuit import Circuit, Cost
from chipsim.circuits.encoding import AbsoluteMaximum, Fixed, InputScaling, Unscaled
from chipsim.spec import Family, key
from chipsim.units import Energy, Time, Voltage

__all__ = ["DAC", "AbsoluteMaximum", "BitSerial", "Fixed", "IdealDAC", "InputScaling", "PulseWidth", "Unscaled", "VoltageDAC"]

HERMES = "Khaddam-Aljameh et al., JSSC 57, 1027, 2022, doi:10.1109/JSSC.2022.3140414"


class DAC(Circuit, Family):
    """Root of the row drivers."""

    actions: ClassVar[dict[str, str]] = {"convert": "apply one vector to `count` rows, all phases and bits of it"}
    energy_of: ClassVar[Literal["absolute", "square", "bits"]]
    """Which function of an input the energy in the cells goes with: |x|, x**2, or the number of set bits of its code."""

    energy: Energy = key("energy of one row's driver for applying one value (in bit_serial: one bit)", default=0.0, ge=0)
    read_voltage: Voltage = key(
        "voltage across a cell at full scale",
        default=0.2,
        gt=0,
        source="IBM analog hardware toolkit, time-resolved model of the HERMES core: rows at 0.4 V +- 0.2 V",
    )
    round_first: bool = key("whether values are rounded to a step before they are clipped to [-1, 1], or after", default=True)

    if TYPE_CHECKING:  # a key in some members and a property in others, which Python cannot declare here

        @property
        def read_time(self) -> float:
            """Time in which the inputs of one product are applied, all phases and bits, overhead included (s)."""

    @property
    @abstractmethod
    def drive_time(self) -> float:
        """Time for which V drives a cell whose input has an energy function (`energy_of`) of 1 (s)."""

    @property
    @abstractmethod
    def levels(self) -> int | None:
        """Steps of the converter over [-1, 1]; None when inputs are not rounded."""

    @property
    def planes(self) -> int:
        """Products that one vector takes: 1, or one for each magnitude bit."""
        return 1

    def _cost(self, action: str, count: int) -> Cost:
        return Cost(count * self.planes * self.energy * self.factors.energy, self.read_time, self.read_time)


class RoundingDAC(DAC):
    """Base of drivers with a finite number of steps."""

    bits: int = key("bits of an input, sign included", default=8, ge=2, le=16, source=HERMES)

    @property
    def levels(self) -> int | None:
        return (1 << self.bits) - 2


@final
class PulseWidth(RoundingDAC, type="pulse_width"):
    """The duration of a pulse of fixed height stands for the value; rows of both signs together, or in several phases."""

    cites = ("khaddam2022",)

    energy_of = "absolute"

    step: Time = key("duration of one step", default=1e-9, gt=0, source=HERMES)
    overhead: Time = key(
        "time lost in each phase", default=2e-9, ge=0, source=f"{HERMES}: 130 ns for one product, less the longest pulse"
    )
    phases: int = key(
        "phases of one product: 1, or 4 when the signs of inputs and weights are applied one after the other",
        default=1,
        ge=1,
        le=4,
        source="Le Gallo et al. 2023, doi:10.1038/s41928-023-01010-1",
    )

    @property
    def read_time(self) -> float:
        """Time in which the inputs of one product are applied (s)."""
        return self.phases * ((1 << (self.bits - 1)) * self.step + self.overhead)

    @property
    def drive_time(self) -> float:
        return ((1 << (self.bits - 1)) - 1) * self.step


@final
class VoltageDAC(RoundingDAC, type="voltage"):
    """The height of a pulse of fixed duration stands for the value."""

    energy_of = "square"

    read_time: Time = key("duration of the pulse", default=100e-9, gt=0, source="Shafiee et al., ISCA 2016: array read of 100 ns")

    @property
    def drive_time(self) -> float:
        return self.read_time


@final
class BitSerial(RoundingDAC, type="bit_serial"):
    """One pulse of fixed height and duration for each magnitude bit; shifting and adding follow in digital."""

    energy_of = "bits"

    bit_time: Time = key("duration of one bit", default=100e-9, gt=0, source="Shafiee et al., ISCA 2016: array read of 100 ns")

    @property
    def read_time(self) -> float:
        """Time in which all bits of one product are applied (s)."""
        return self.planes * self.bit_time

    @property
    def drive_time(self) -> float:
        return self.bit_time

    @property
    def planes(self) -> int:
        return self.bits - 1


@final
class IdealDAC(DAC, type="ideal"):
    """Exact voltages."""

    energy_of = "square"

    read_time: Time = key("duration of the pulse", default=100e-9, gt=0, source="assumed")

    @property
    def drive_time(self) -> float:
        return self.read_time

    @property
    def levels(self) -> int | None:
        return None
