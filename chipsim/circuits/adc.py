"""How column currents become numbers.

    y_digital = step * round(y / step), held within +-bound,   step = 2 bound / (2**bits - 2)

y in full-scale cells: 1 is the current of one cell at full conductance with a full-scale input.

    type   time on top of the read, for each of the columns that share one converter
    sar    (bits + 1) / clock, or 1 / rate where a rate is given
    ramp   2**bits / clock: every column's comparator waits for one common ramp
    cco    overhead only: an oscillator counts while the array is read, in steps of `lsb_time`
    ideal  none, no rounding, no clipping

References: M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (bits, bound);
R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (cco, 300 ps a count).
Not modelled: mismatch, offsets and non-linearity of the converter itself (an array has `nonlinearity` and `output_noise`).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self, final

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

    if TYPE_CHECKING:  # a key in most members and a property in the ideal one, which Python cannot declare here

        @property
        def bound(self) -> float:
            """Largest magnitude of an output, in full-scale cells."""

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
    """Exact results at once."""

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
