"""How column currents become numbers.

    y_digital = step * round((g y + b) / step), held within +-bound,   step = 2 bound / (2**bits - 2)
    y_corrected = (y_digital - b') / g'

    g  = 1 + gain_spread xi1         b  = offset_spread xi2              fixed for the chip, one of each for every converter
    g' = g (1 + gain_residual xi3)   b' = b + offset_residual xi4        what calibration measured, once for the chip

y in full-scale cells: 1 is the current of one cell at full conductance with a full-scale input; xi standard normals. Without
calibration g' = 1 and b' = 0; `gain` corrects g alone. The correction is digital: it comes after clipping, so that a converter
with a large gain or offset clips early on one side or both. g and g' / g are held above 0.1: a converter is never dead.

    type            time on top of the read, for each of the columns that share one converter; `time` replaces it
    sar             (bits + sample_cycles) / clock, or 1 / rate where a rate is given
    flash           1 / clock: a comparator for every step
    ramp            2**bits / clock: every column's comparator waits for one common ramp
    cco             overhead only: an oscillator counts while the array is read, in steps of `lsb_time`
    integrate_fire  overhead only: a neuron fires while the array is read, a spike for every step, at least `spike_time` apart
    duration        ramp_time, once for all columns: charge becomes a pulse duration, neither rounded nor a number
    ideal           none; no rounding, no clipping

One bit is a comparator: +bound or -bound. A converter that also serves other arrays (`arrays_per_adc` in all) takes that many times as
long, and a share of its area and leakage is counted. With `each_phase` every phase of the drivers is converted by itself, as counters
do; otherwise charges or currents of all phases are converted once. Energies belong to a resolution: with other `bits` give another.

References: M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (bits, bound);
R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (cco, 300 ps a count). The
same core for mismatch: static gain errors within +-21 %, and 7.09 % (one standard deviation) left by calibration. The latter is
`calibration: gain` with `gain_residual: 0.0709`; `gain_spread: 0.07` takes the +-21 % for three standard deviations (assumed).
L. Song et al., HPCA 2017, DOI 10.1109/HPCA.2017.55 (integrate and fire); P. Narayanan et al., IEEE Trans. Electron Devices 68, 6629,
2021, DOI 10.1109/TED.2021.3115993 (duration). Not modelled: temperature (gain, offset and clock of a converter stay as they are at any
temperature of the devices: no source at hand says how they move), ageing, steps that differ in size, the spikes of each single output,
the values of single phases; the curve of a converter is the array's `nonlinearity`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, Self, final

from chipsim.circuits.circuit import Circuit
from chipsim.errors import InputError
from chipsim.spec import Family, check, key
from chipsim.units import Energy, Frequency, Time, show

RASCH = "Rasch et al., Nature Communications 14, 5282, 2023, doi:10.1038/s41467-023-40770-4"


class ADC(Circuit, Family):
    """Root of the column converters; area and leakage are those of one converter."""

    actions: ClassVar[dict[str, str]] = {
        "convert": "turn the currents of `count` columns into numbers, on all converters they need"
    }

    energy: Energy = key("energy of one conversion", default=0.0, ge=0)
    columns_per_adc: int = key("columns that share one converter, one after the other", default=1, ge=1)
    arrays_per_adc: int = key("arrays whose columns share these converters, one array after the other", default=1, ge=1)
    time: Time | None = key("time of one conversion, in place of what the type says", default=None, ge=0)
    each_phase: bool = key("whether every phase of the drivers is converted by itself, or all together once", default=False)
    gain_spread: float = key("relative standard deviation of the gain from converter to converter", default=0.0, ge=0, le=0.5)
    offset_spread: float = key(
        "standard deviation of the offset from converter to converter, in full-scale cells", default=0.0, ge=0
    )
    calibration: Literal["none", "gain", "gain_and_offset"] = key(
        "what was measured of every converter once and is corrected in digital", default="none"
    )
    gain_residual: float = key("relative error of the measured gain, one standard deviation", default=0.0, ge=0, le=0.5)
    offset_residual: float = key(
        "error of the measured offset, one standard deviation, in full-scale cells", default=0.0, ge=0
    )

    if TYPE_CHECKING:  # a key in most members and a property in the ideal one, which Python cannot declare here

        @property
        def bound(self) -> float:
            """Largest magnitude of an output, in full-scale cells."""

    @check
    def _only_calibration_leaves_a_residual(self) -> Self:
        for name, known in (("gain_residual", ("gain", "gain_and_offset")), ("offset_residual", ("gain_and_offset",))):
            if getattr(self, name) > 0 and self.calibration not in known:
                raise ValueError(
                    f"{name} is {getattr(self, name):g} with calibration: {self.calibration}; a residual is what calibration leaves; "
                    f"set calibration: {known[-1]} or describe the error as {name.removesuffix('_residual')}_spread"
                )
        return self

    @property
    @abstractmethod
    def levels(self) -> int | None:
        """Steps of the converter over [-bound, bound]; None when outputs are not rounded."""

    @property
    @abstractmethod
    def time_per_column(self) -> float:
        """Time of one conversion on top of the read (s) as the type has it, scaling included."""

    @property
    def column_time(self) -> float:
        """Time that one column takes on top of the read (s), that of the same column in the other arrays of the converter included."""
        one = self.time_per_column if self.time is None else self.time * self.factors.delay
        return self.arrays_per_adc * one

    @property
    def unit_area(self) -> float:
        """Area of one converter (m2), as far as it belongs to this array."""
        return super().unit_area / self.arrays_per_adc

    @property
    def unit_leakage(self) -> float:
        """Static power of one converter (W), as far as it belongs to this array."""
        return super().unit_leakage / self.arrays_per_adc

    def levels_in(self, read_time: float) -> int | None:
        """Steps that a read of this length (s) resolves; fewer than `levels` when a counter has too little time."""
        return self.levels

    def conversion_time(self, columns: int) -> float:
        """Time on top of the read until the last of `columns` is converted (s); converters work at the same time."""
        return min(columns, self.columns_per_adc) * self.column_time

    def count(self, columns: int) -> int:
        """Converters that `columns` columns need."""
        return -(-columns // self.columns_per_adc)

    def _energy(self, action: str, count: int) -> float:
        return count * self.energy * self.factors.energy

    def _times(self, action: str, count: int) -> tuple[float, float]:
        time = self.conversion_time(count)
        return time, time


class RoundingADC(ADC):
    """Base of converters with a finite range and number of steps."""

    bits: int = key("resolution; 1: a comparator", default=8, ge=1, le=16, source=RASCH)
    bound: float = key("outputs are held within +- this many full-scale cells", default=10.0, gt=0, source=RASCH)

    @property
    def levels(self) -> int | None:
        return max((1 << self.bits) - 2, 1)


@final
class SAR(RoundingADC, type="sar"):
    """Successive approximation: one cycle to sample and one for each bit."""

    clock: Frequency = key("clock of the converter", default=1e9, gt=0, source="assumed")
    sample_cycles: int = key("clock cycles besides one for each bit", default=1, ge=0)
    rate: Frequency | None = key("conversions per second, where a source gives them in place of a clock", default=None, gt=0)

    @property
    def time_per_column(self) -> float:
        time = (self.bits + self.sample_cycles) / self.clock if self.rate is None else 1 / self.rate
        return time * self.factors.delay


@final
class Ramp(RoundingADC, type="ramp"):
    """Single slope: a ramp passes all steps, every column notes when its comparator trips."""

    clock: Frequency = key("steps of the ramp per second", default=1e9, gt=0, source="assumed")

    @property
    def time_per_column(self) -> float:
        return (1 << self.bits) / self.clock * self.factors.delay


@final
class Flash(RoundingADC, type="flash"):
    """A comparator for every step: all bits at once; with one bit a sense amplifier."""

    clock: Frequency = key("conversions per second", default=1e9, gt=0, source="assumed")

    @property
    def time_per_column(self) -> float:
        return self.factors.delay / self.clock


class CountingADC(RoundingADC):
    """Base of converters that count while the array is read; one for every column."""

    each_phase: bool = key("whether every phase of the drivers is counted by itself, or all together", default=True)
    overhead: Time = key("time to read the counters out", default=0.0, ge=0, source="hidden behind the next product (assumed)")

    @check
    def _every_column_counts(self) -> Self:
        for name in ("columns_per_adc", "arrays_per_adc"):
            if getattr(self, name) != 1:
                raise ValueError(f"{name} is {getattr(self, name)}; an oscillator counts during the read, one a column; set 1")
        return self

    @property
    @abstractmethod
    def count_time(self) -> float:
        """Shortest time of one count (s), scaling included."""

    @property
    def time_per_column(self) -> float:
        return self.overhead * self.factors.delay

    @property
    def full_power(self) -> float:
        """Power of counting all the time (W): the energy of a conversion in the time of all its counts."""
        time = max((1 << self.bits) - 2, 1) * self.count_time + self.column_time
        return self.cost("convert", 1).energy / time

    def levels_in(self, read_time: float) -> int | None:
        """Counts that fit into a read of this length (s), at most those of the counter; InputError for fewer than two."""
        counts = math.floor(read_time / self.count_time + 1e-9)
        if counts < 2:
            raise InputError(
                f"{type(self).__name__}.{self.name_of_count}: a read of {show(read_time, 's')} has room for {counts} counts of "
                f"{show(self.count_time, 's')}; expected at least 2; lengthen the read or shorten {self.name_of_count}"
            )
        return min(max((1 << self.bits) - 2, 1), counts)

    name_of_count: ClassVar[str]


@final
class CCO(CountingADC, type="cco"):
    """A current-controlled oscillator on every column: its edges are counted while the array is read."""

    name_of_count = "lsb_time"

    lsb_time: Time = key(
        "shortest time that one count stands for", default=300e-12, gt=0, source="Khaddam-Aljameh et al., JSSC 57, 1027, 2022"
    )

    @property
    def count_time(self) -> float:
        return self.lsb_time * self.factors.delay


@final
class IntegrateFire(CountingADC, type="integrate_fire"):
    """A capacitor on every column that fires whenever it is full; the spikes of a read are counted, there is no other converter."""

    cites = ("song2017",)

    name_of_count = "spike_time"

    spike_time: Time = key("shortest time from spike to spike", default=1e-9, gt=0, source="assumed")
    spike_energy: Energy = key("energy of one spike and its count, besides that of the conversion", default=0.0, ge=0)
    spikes: float = key("spikes of one conversion on average, as a share of the most that `bits` can count", default=0.5, ge=0, le=1)

    @property
    def count_time(self) -> float:
        return self.spike_time * self.factors.delay

    def _energy(self, action: str, count: int) -> float:
        most = max((1 << self.bits) // 2 - 1, 1)  # of one polarity
        return super()._energy(action, count) + count * self.spikes * most * self.spike_energy * self.factors.energy


@final
class DurationADC(ADC, type="duration"):
    """A comparator on every column against one common ramp: charge becomes the duration of a pulse, for the next array to take."""

    cites = ("narayanan2021",)

    bound: float = key("outputs are held within +- this many full-scale cells", default=10.0, gt=0, source=RASCH)
    ramp_time: Time = key("duration of the ramp", default=300e-9, gt=0, source="Ambrogio et al., Nature 620, 768, 2023: 300 ns steps")

    @property
    def levels(self) -> int | None:
        return None

    @check
    def _every_column_compares(self) -> Self:
        if self.columns_per_adc != 1:
            raise ValueError(f"columns_per_adc is {self.columns_per_adc}; one ramp serves a comparator for each column; set 1")
        return self

    @property
    def time_per_column(self) -> float:
        return self.ramp_time * self.factors.delay


@final
class IdealADC(ADC, type="ideal"):
    """No rounding, no clipping, no time; its gain and offset are exact unless a spread is given."""

    @property
    def bound(self) -> float:
        """No output is clipped."""
        return math.inf

    @property
    def levels(self) -> int | None:
        return None

    @property
    def time_per_column(self) -> float:
        return 0.0
