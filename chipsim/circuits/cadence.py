"""The beat of an array: how reading and converting follow each other, and when the next product may start.

A product is S steps: one for each bit plane, times the phases where the converter converts every phase by itself, times 2 with
asymmetry balance, times the groups of rows that are read by themselves. In each step the array is read (r) and all columns are
converted (c):

    one after the other           latency = S (r + c)              interval = latency
    overlapped, in steps of T     latency = (S + 1) T              interval = S T               r <= T, c <= T

Overlapped, sample-and-holds keep the currents of one step while the next is read. Times in s. Reference: A. Shafiee et al., ISCA 2016,
DOI 10.1109/ISCA.2016.12 (T = 100 ns: a read, and 128 columns on one converter). Not modelled: what settles between two steps.
"""

from __future__ import annotations

from typing import NamedTuple

from chipsim.circuits.adc import ADC
from chipsim.circuits.dac import DAC
from chipsim.units import show

SLACK = 1 + 1e-9  # times that are equal but for rounding


class Cadence(NamedTuple):
    """Times of one product on `columns` columns (s)."""

    dac: DAC
    adc: ADC
    columns: int
    cycle: float | None = None
    reads: int = 1

    @property
    def latency(self) -> float:
        """From the inputs to the last number."""
        if self.cycle is None:
            return self.reads * self.dac.total_time + self.steps * self.conversion
        return (self.steps + 1) * self.cycle

    @property
    def interval(self) -> float:
        """Until the next product may start."""
        return self.latency if self.cycle is None else self.steps * self.cycle

    @property
    def steps(self) -> int:
        """Conversions of every column."""
        return self.reads * self.dac.planes * (self.dac.phases if self.adc.each_phase else 1)

    @property
    def read(self) -> float:
        """Time in which the array is read in one step."""
        return self.reads * self.dac.total_time / self.steps

    @property
    def conversion(self) -> float:
        """Time in which all columns are converted once."""
        return self.adc.conversion_time(self.columns)

    @property
    def _turns(self) -> str:
        """What follows each other on a converter, in words."""
        shared, arrays = min(self.columns, self.adc.columns_per_adc), self.adc.arrays_per_adc
        turns = f"{shared} columns" + (f" of each of {arrays} arrays" if arrays > 1 else "") + ", one after the other on "
        return turns + ("one converter," if (count := self.adc.count(self.columns)) == 1 else f"each of {count} converters,")

    @property
    def contradiction(self) -> str | None:
        """What does not fit into the cycle, as a sentence; None when all does."""
        if self.cycle is None:
            return None
        if self.read > self.cycle * SLACK:
            return (
                f"cycle: a read of one bit plane takes {show(self.read, 's')}, longer than the cycle of {show(self.cycle, 's')}; "
                "expected a read within one cycle; lengthen the cycle or shorten the read"
            )
        if self.conversion > self.cycle * SLACK:
            return (
                f"cycle: the ADC is slower than the cycle: {self._turns} take {show(self.conversion, 's')}, the cycle is "
                f"{show(self.cycle, 's')}; expected all columns converted within one cycle; lower adc.columns_per_adc, take a faster ADC "
                "or lengthen the cycle"
            )
        return None
