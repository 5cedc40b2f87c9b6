"""How column currents become numbers.

    y_digital = step * round((g y + b) / step), held within +-bound,   step = 2 bound / (2**bits - 2)
    y_corrected = (y_digital - b') / g'

    g  = 1 + gain_spread xi1         b  = offset_spread xi2              fixed for the chip, one of each for every converter
    g' = g (1 + gain_residual xi3)   b' = b + offset_residual xi4        what calibration measured, once for the chip

y in full-scale cells: 1 is the current of one cell at full conductance with a full-scale input; xi standard normals. Without
calibration g' = 1 and b' = 0; `gain` corrects g alone. The correction is digital: it comes after clipping, so that a converter
with a large gain or offset clips early on one side or both. g and g' / g are held above 0.1: a converter is never dead.

    type   time on top of the read, for each of the columns that share one converter
    sar    (bits + 1) / clock, or 1 / rate where a rate is given
    ramp   2**bits / clock: every column's comparator waits for one common ramp
    cco    overhead only: an oscillator counts while the array is read, in steps of `lsb_time`
    ideal  none; no rounding, no clipping

References: M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (bits, bound);
R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (cco, 300 ps a count). The
same core for mismatch: static gain errors within +-21 %, and 7.09 % (one standard deviation) left by calibration. The latter is
`calibration: gain` with `gain_residual: 0.0709`; `gain_spread: 0.07` takes the +-21 % for three standard deviations (assumed).
Not modelled: temperature (gain, offset and clock of a converter stay as they are at any temperature of the devices: no source
at hand says how they move), ageing, steps that differ in size; the curve of a converter is the array's `nonlinearity`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, Self, final

from chipsim.circuits.circuit import Circuit, Cost
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
        """Time of one conversion on top of the read (s), scaling included."""

    def levels_in(self, read_time: float) -> int | None:
        """Steps that a read of this length (s) resolves; fewer than `levels` when a counter has too little time."""
        return self.levels

    def conversion_time(self, columns: int) -> float:
        """Time on top of the read until the last of `columns` is converted (s); converters work at the same time."""
        return min(columns, self.columns_per_adc) * self.time_per_column

    def count(self, columns: int) -> int:
        """Converters that `columns` columns need."""
        return -(-columns // self.columns_per_adc)

    def _cost(self, action: str, count: int) -> Cost:
        time = self.conversion_time(count)
        return Cost(count * self.energy * self.factors.energy, time, time)


class RoundingADC(ADC):
    """Base of converters with a finite range and number of steps."""

    bits: int = key("resolution", default=8, ge=2, le=16, source=RASCH)
    bound: float = key("outputs are held within +- this many full-scale cells", default=10.0, gt=0, source=RASCH)

    @property
    def levels(self) -> int | None:
        return (1 << self.bits) - 2


@final
class SAR(RoundingADC, type="sar"):
    """Successive approximation: one cycle to sample and one for each bit."""

    clock: Frequency = key("clock of the converter", default=1e9, gt=0, source="assumed")
    rate: Frequency | None = key("conversions per second, where a source gives them in place of a clock", default=None, gt=0)

    @property
    def time_per_column(self) -> float:
        time = (self.bits + 1) / self.clock if self.rate is None else 1 / self.rate
        return time * self.factors.delay


@final
class Ramp(RoundingADC, type="ramp"):
    """Single slope: a ramp passes all steps, every column notes when its comparator trips."""

    clock: Frequency = key("steps of the ramp per second", default=1e9, gt=0, source="assumed")

    @property
    def time_per_column(self) -> float:
        return (1 << self.bits) / self.clock * self.factors.delay


@final
class CCO(RoundingADC, type="cco"):
    """A current-controlled oscillator on every column: its edges are counted while the array is read."""

    lsb_time: Time = key(
        "shortest time that one count stands for", default=300e-12, gt=0, source="Khaddam-Aljameh et al., JSSC 57, 1027, 2022"
    )
    overhead: Time = key("time to read the counters out", default=0.0, ge=0, source="hidden behind the next product (assumed)")

    @check
    def _every_column_counts(self) -> Self:
        if self.columns_per_adc != 1:
            raise ValueError(
                f"columns_per_adc is {self.columns_per_adc}; an oscillator counts during the read, one a column; set 1"
            )
        return self

    @property
    def time_per_column(self) -> float:
        return self.overhead * self.factors.delay

    def levels_in(self, read_time: float) -> int | None:
        """Counts that fit into a read of this length (s), at most those of the counter; InputError for fewer than two."""
        count = self.lsb_time * self.factors.delay
        counts = math.floor(read_time / count + 1e-9)
        if counts < 2:
            raise InputError(
                f"CCO.lsb_time: a read of {show(read_time, 's')} has room for {counts} counts of {show(count, 's')}; "
                "expected at least 2; lengthen the read or shorten lsb_time"
            )
        return min((1 << self.bits) - 2, counts)


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
