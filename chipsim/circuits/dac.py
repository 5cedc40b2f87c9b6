"""How inputs are applied to the rows of an array: by pulse width, by voltage, bit by bit, by trains of pulses.

One DAC drives one row. A signed converter of b bits has 2**b - 2 steps over [-1, 1], so that zero is exact (8 bit: 254); m = b - 1
bits of magnitude, at least 1.

    type          time of one phase                      planes            energy in the cells of row j
    pulse_width   2**(b-1) step + overhead               1                 V**2 G_j |x_j| (2**(b-1) - 1) step
    voltage       read_time                              1                 V**2 G_j x_j**2 read_time
    bit_serial    planes bit_time                        ceil(m / d)       V**2 G_j (set bits of |x_j|) bit_time
    pulse_train   sum (2**k - 1) unit_time + overhead    1, or 2           V**2 G_j (pulses) pulse_time
    duration      longest, no rounding                   1                 V**2 G_j |x_j| longest
    ideal         read_time, no rounding                 1                 V**2 G_j x_j**2 read_time

V voltage across a cell at full scale (V); G_j sum of the conductances of row j (S); d `digit_bits`. A plane is what is read and converted
by itself; planes are shifted and added in digital. With `phases` positive and negative inputs (and weights) are applied one after the
other: the time is that of all phases, a driver works in every phase, a cell conducts in one of them only.

    bit_serial, digit_bits d      d bits at once, as one of 2**d voltages: V**2 G_j (digit / (2**d - 1))**2 bit_time for each plane
    bit_serial, twos_complement   b - 1 bits and the sign bit, which counts -2**(b-1): one plane more, rows driven by one polarity only
    bit_serial, sign: none        m = b: inputs of b bits that are not negative; a negative one counts as 0
    pulse_train                   k bits are 2**k - 1 unit pulses at most, added up in analog; more than `split_above` bits of magnitude
                                  are two trains (high and low bits), each converted by itself

References: R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (8-bit pulse
width or bit-serial, 128 ns, 1 ns a step); M. Le Gallo et al., Nature Electronics 6, 680, 2023, DOI
10.1038/s41928-023-01010-1 (one or four phases); W. Wan et al., Nature 608, 504, 2022, DOI 10.1038/s41586-022-04992-8 (trains, two for
more than three bits); P. Chi et al., ISCA 2016, DOI 10.1109/ISCA.2016.13 (three bits at once); A. Shafiee et al., ISCA 2016, DOI
10.1109/ISCA.2016.12 (two's complement); P. Narayanan et al., IEEE Trans. Electron Devices 68, 6629, 2021, DOI 10.1109/TED.2021.3115993
(durations from tile to tile). Not modelled: mismatch between rows, rise times, charging of row wires, values of single phases.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, final

from chipsim.circuits.circuit import Circuit
from chipsim.circuits.encoding import AbsoluteMaximum, Fixed, InputScaling, Unscaled
from chipsim.spec import Family, key
from chipsim.units import Energy, Time, Voltage

__all__ = [
    "DAC", "AbsoluteMaximum", "Duration", "Fixed", "IdealDAC", "InputScaling", "PulseTrain", "PulseWidth", "Unscaled",
    "VoltageDAC",
]  # fmt: skip

AMBROGIO = "Ambrogio et al., Nature 620, 768, 2023, doi:10.1038/s41586-023-06337-5: steps of 300 ns"
NEURRAM = "Wan et al., Nature 608, 504, 2022, doi:10.1038/s41586-022-04992-8, as modelled by CiMLoop"
HERMES = "Khaddam-Aljameh et al., JSSC 57, 1027, 2022, doi:10.1109/JSSC.2022.3140414"


class DAC(Circuit, Family):
    """Root of the row drivers."""

    actions: ClassVar[dict[str, str]] = {"convert": "apply one vector to `count` rows, all phases and bits of it"}
    energy_of: ClassVar[Literal["absolute", "square", "bits"]]
    """Which function of an input the energy in the cells goes with: |x|, x**2, or the number of set bits of its code."""

    energy: Energy = key("energy of one row's driver for applying one value in one phase (in bit_serial: one bit)", default=0.0, ge=0)
    read_voltage: Voltage = key(
        "voltage across a cell at full scale",
        default=0.2,
        gt=0,
        source="IBM analog hardware toolkit, time-resolved model of the HERMES core: rows at 0.4 V +- 0.2 V",
    )
    round_first: bool = key("whether values are rounded to a step before they are clipped to [-1, 1], or after", default=True)

    phases: int = key(
        "phases of one product: 1, or up to 4 when the signs of inputs and weights are applied one after the other",
        default=1,
        ge=1,
        le=4,
        source="Le Gallo et al. 2023, doi:10.1038/s41928-023-01010-1",
    )

    @property
    @abstractmethod
    def phase_time(self) -> float:
        """Time in which the inputs of one product are applied once, all planes of them, overhead included (s)."""

    @property
    def total_time(self) -> float:
        """Time in which the inputs of one product are applied, all phases and planes (s)."""
        return self.phases * self.phase_time

    @property
    def plane_time(self) -> float:
        """Time in which one plane of the inputs is applied once (s); the mean, where planes differ."""
        return self.phase_time / self.planes

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

    @property
    def plane_bits(self) -> int:
        """Bits of an input that one plane applies, where there are several planes."""
        return 1

    @property
    def twos_complement(self) -> bool:
        """Whether the last plane is the sign bit."""
        return False

    @property
    def unsigned(self) -> bool:
        """Whether negative inputs cannot be applied; they count as 0."""
        return False

    @property
    def charges(self) -> float:
        """How often V charges a capacitor whose input has an energy function of 1."""
        return 1.0

    @property
    def energy_function(self) -> Literal["absolute", "square", "bits"]:
        """The same as `energy_of`, of what is applied in one plane."""
        return self.energy_of

    def _energy(self, action: str, count: int) -> float:
        return count * self.planes * self.phases * self.energy * self.factors.energy

    def _times(self, action: str, count: int) -> tuple[float, float]:
        return self.total_time, self.total_time


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
    @property
    def phase_time(self) -> float:
        return (1 << (self.bits - 1)) * self.step + self.overhead

    @property
    def drive_time(self) -> float:
        return ((1 << (self.bits - 1)) - 1) * self.step


@final
class VoltageDAC(RoundingDAC, type="voltage"):
    """The height of a pulse of fixed duration stands for the value."""

    energy_of = "square"

    read_time: Time = key("duration of the pulse", default=100e-9, gt=0, source="Shafiee et al., ISCA 2016: array read of 100 ns")

    @property
    def phase_time(self) -> float:
        return self.read_time

    @property
    def drive_time(self) -> float:
        return self.read_time


@final
class PulseTrain(RoundingDAC, type="pulse_train"):
    """A number of equal pulses stands for the value; what they bring is added up in analog and converted once for a train."""

    cites = ("wan2022",)

    energy_of = "absolute"

    bits: int = key("bits of an input, sign included; 1: a single bit", default=8, ge=1, le=16, source=HERMES)
    unit_time: Time = key("time of one unit pulse, sampling and integrating included", default=270e-9, gt=0, source=NEURRAM)
    pulse_time: Time | None = key("time for which one unit pulse drives the cells; without it all of unit_time", default=None, gt=0)
    overhead: Time = key("time lost with each train, in each phase", default=300e-9, ge=0, source=NEURRAM)
    split_above: int | None = key(
        "magnitude bits that one train applies at most; more are split into a high and a low train, each converted by itself",
        default=None,
        ge=1,
    )

    @property
    def levels(self) -> int | None:
        return (2 << self.magnitude) - 2

    @property
    def magnitude(self) -> int:
        """Bits of a magnitude."""
        return max(self.bits - 1, 1)

    @property
    def planes(self) -> int:
        return 1 if self.split_above is None or self.magnitude <= self.split_above else 2

    @property
    def plane_bits(self) -> int:
        return -(-self.magnitude // self.planes)

    @property
    def phase_time(self) -> float:
        low = self.plane_bits
        trains = (low, self.magnitude - low) if self.planes == 2 else (low,)
        return sum(((1 << bits) - 1) * self.unit_time + self.overhead for bits in trains)

    @property
    def drive_time(self) -> float:
        return self.charges * (self.pulse_time or self.unit_time)

    @property
    def charges(self) -> float:
        return (1 << self.plane_bits) - 1


@final
class Duration(DAC, type="duration"):
    """Pulse durations as they come from the network: neither rounded nor converted."""

    cites = ("narayanan2021",)

    energy_of = "absolute"

    longest: Time = key("duration of a full-scale input, and of the read", gt=0, default=300e-9, source=AMBROGIO)

    @property
    def phase_time(self) -> float:
        return self.longest

    @property
    def drive_time(self) -> float:
        return self.longest

    @property
    def levels(self) -> int | None:
        return None


@final
class IdealDAC(DAC, type="ideal"):
    """Exact voltages."""

    energy_of = "square"

    read_time: Time = key("duration of the pulse", default=100e-9, gt=0, source="assumed")

    @property
    def phase_time(self) -> float:
        return self.read_time

    @property
    def drive_time(self) -> float:
        return self.read_time

    @property
    def levels(self) -> int | None:
        return None
