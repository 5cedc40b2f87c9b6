"""Drivers that apply an input bit by bit, or few bits at a time; each plane of bits is converted by itself.

    x = sum_p 2**(d p) q_p                        sign: polarity: every pulse has the sign of x; m = b - 1
    x = sum_p 2**(d p) q_p - 2**(b-1) s           twos_complement: s the sign bit, a plane of its own, the last; m = b - 1
    x = sum_p 2**(d p) q_p, x >= 0                none: all bits are magnitude, m = b; a negative input counts as 0

x the integer code of an input, b `bits`, d `digit_bits`, m magnitude bits, q_p the digit (0 ... 2**d - 1) of plane p < ceil(m / d).
Times and energies stand in `dac.py`. References: A. Shafiee et al., ISCA 2016, DOI 10.1109/ISCA.2016.12; P. Chi et al., ISCA 2016, DOI
10.1109/ISCA.2016.13 (several bits at once). Valid for 1 to 16 bits. Not modelled: pulses of different length for different bits.
"""

from __future__ import annotations

from typing import Literal, Self, final

from chipsim.circuits.dac import HERMES, RoundingDAC
from chipsim.spec import check, key
from chipsim.units import Time


@final
class BitSerial(RoundingDAC, type="bit_serial"):
    """One pulse of fixed duration for each magnitude bit, or few bits; shifting and adding follow in digital."""

    energy_of = "bits"

    bit_time: Time = key("duration of one pulse", default=100e-9, gt=0, source="Shafiee et al., ISCA 2016: array read of 100 ns")
    digit_bits: int = key("bits of an input that one pulse applies, as one of 2^digit voltages", default=1, ge=1, le=8)
    bits: int = key("bits of an input, the sign included where there is one", default=8, ge=1, le=16, source=HERMES)
    sign: Literal["polarity", "twos_complement", "none"] = key(
        "how a sign is applied: by the polarity of every pulse, as a bit of its own that counts negative, or not: all bits are "
        "magnitude and negative inputs count as 0",
        default="polarity",
    )

    @check
    def _has_a_magnitude(self) -> Self:
        if self.magnitude < 1:
            raise ValueError("bits is 1, which is the sign alone; expected 2 or more, or sign: none for inputs that are 0 or 1")
        return self

    @property
    def magnitude(self) -> int:
        """Bits of a magnitude."""
        return self.bits if self.unsigned else self.bits - 1

    @property
    def levels(self) -> int | None:
        return (2 << self.magnitude) - 2

    @property
    def unsigned(self) -> bool:
        return self.sign == "none"

    @property
    def phase_time(self) -> float:
        return self.planes * self.bit_time

    @property
    def drive_time(self) -> float:
        return self.bit_time

    @property
    def planes(self) -> int:
        return -(-self.magnitude // self.digit_bits) + self.twos_complement

    @property
    def plane_bits(self) -> int:
        return min(self.digit_bits, self.magnitude)

    @property
    def twos_complement(self) -> bool:
        return self.sign == "twos_complement"

    @property
    def energy_function(self) -> Literal["absolute", "square", "bits"]:
        return "square" if self.plane_bits > 1 else "bits"
