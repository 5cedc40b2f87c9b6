"""What the same network takes on a von Neumann machine: moving numbers from DRAM over SRAM and registers to the arithmetic, and this.

    DRAM         weights / batch + what enters and leaves the network; all activations of a layer whose batch does not fit into the SRAM
    SRAM         what comes from the DRAM is written; weights / batch and inputs are read; outputs are written
    registers    accesses of a MAC x macs: two operands and the partial sum are read, the sum is written
    arithmetic   macs
    energy       bits x energy of a bit, macs x energy of a multiply-accumulate                       (all for one inference)

Every number crosses the borders of DRAM and SRAM once: inputs and weights of a layer are used as often as they are needed once they
are in the registers, partial sums never leave them. This is the least that a machine with these energies needs; real ones fetch numbers
several times, and instructions and control come on top (not modelled, nor are leakage and time).

    weights from the DRAM   with each batch, of 1 and of more samples
    weights in the SRAM     all weights fit there and stay from inference to inference: no weight comes from the DRAM

Energies of the library: M. Horowitz, ISSCC 2014, 10, doi:10.1109/ISSCC.2014.6757323, figure 1.1.9 (45 nm, 0.9 V). Registers: Y.-H. Chen,
J. Emer, V. Sze, ISCA 2016, 367, doi:10.1109/ISCA.2016.40: four accesses of a small register file for a MAC, each with the energy of one
(16-bit fixed point at 65 nm; assumed to hold for the other formats and at 45 nm).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, final

from chipsim.comparators.work import Work
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.spec import Spec, key
from chipsim.units import DataSize, Energy, EnergyPerBit

USUAL = "von-neumann-int8"


@final
@dataclass(frozen=True)
class Share:
    """One part of an inference: numbers of bits that cross the border, or of multiply-accumulates, and their energy (J)."""

    part: str
    count: float
    energy: float


@final
class VonNeumann(Spec):
    """A machine that keeps weights in a memory and fetches them."""

    cites: ClassVar[tuple[str, ...]] = ("horowitz2014", "chen2016")

    name: str = key("name, as reports print it", min_length=1)
    mac: Energy = key("energy of a multiplication and an addition", gt=0)
    sram: EnergyPerBit = key("energy of reading or writing a bit in the SRAM", gt=0)
    dram: EnergyPerBit = key("energy of a bit from or to the DRAM", gt=0)
    size: DataSize = key("size of the SRAM", gt=0)
    registers: EnergyPerBit = key("energy of reading or writing a bit in the registers; 0: they are not counted", default=0.0, ge=0)
    register_accesses: int = key("numbers read from and written to the registers for a multiply-accumulate", default=4, ge=1, le=16)
    bits: int = key("bits of a number", default=8, ge=1, le=64)

    def fits(self, network: Sequence[Work]) -> bool:
        """Whether all weights fit into the SRAM."""
        return sum(work.weights for work in network) * self.bits <= self.size

    def inference(self, network: Sequence[Work], batch: int = 1, kept: bool = False) -> list[Share]:
        """What one inference takes: DRAM, SRAM, registers (where counted), arithmetic.

        `kept`: weights stay in the SRAM; InputError where they do not fit.
        """
        if batch < 1:
            raise InputError(f"VonNeumann.inference: batch is {batch}, expected at least 1")
        if kept and not self.fits(network):
            raise InputError(f"VonNeumann.inference: the weights do not fit into the SRAM of {self.size / 8:g} B; expected kept=False")
        held = sum(work.weights for work in network) * self.bits
        weights, room = held / batch, (self.size - (held if kept else 0)) / batch
        fits = {work.layer for work in network if (work.read + work.written) * self.bits <= room}
        fetched = (0.0 if kept else weights) + sum(work.entering if work.layer in fits else work.read for work in network) * self.bits
        stored = sum(work.leaving if work.layer in fits else work.written for work in network) * self.bits
        inside = fetched + weights + sum(work.read + work.written for work in network) * self.bits
        moved, macs = fetched + stored, float(sum(work.macs for work in network))
        close = self.register_accesses * macs * self.bits
        registers = [Share("registers", close, close * self.registers)] if self.registers else []
        memories = [Share("DRAM", moved, moved * self.dram), Share("SRAM", inside, inside * self.sram)]
        return [*memories, *registers, Share("MAC", macs, macs * self.mac)]


@cache
def von_neumann(name: str = USUAL) -> VonNeumann:
    """A machine of the library."""
    return from_plain(VonNeumann, {"component": name})
