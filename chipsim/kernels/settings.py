"""What an analog matrix-vector product does to its inputs and outputs, as one tuple of plain numbers.

Quantities have no dimension: inputs in units of the full-scale input, weights in units of the full-scale cell, outputs in
units of (full-scale input) x (full-scale cell). `steps` is the number of steps of a converter between -bound and +bound, so
a step is 2 * bound / steps; `steps_of(bits)` gives 2**bits - 2, which keeps zero exact (8 bit: 254); 0 means no rounding.
"""

import math
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

# What a random number is drawn for: the lowest byte of the last counter word.
OUTPUT_NOISE, READ_NOISE, INPUT_NOISE = 0, 1, 2
DIGITS, DIGIT_SQUARES, DIGIT_PRODUCTS = 4, 5, 6  # the energy of digits: abs(v), v**2 or v v' of each plane's voltages
LARGEST_SELECTIVITY = 40.0  # float32 then holds exp(u x) for twice the full-scale input


class Encoding(IntEnum):
    """How an input value reaches the array."""

    AMPLITUDE = 0  # one voltage or pulse width per value, one product
    BIT_SERIAL = 1  # digits of one or more bits, one product and conversion per digit, shift-add in digital


class Scaling(IntEnum):
    """What a vector is divided by before the DAC (alpha)."""

    NONE = 0  # 1
    ABSOLUTE_MAXIMUM = 1  # max |x| of the vector; a vector below 1e-30 counts as zero and returns zero
    FIXED_RANGE = 2  # settings.input_range


class RoundingOrder(IntEnum):
    """Order of rounding and clipping in the DAC; they differ when the bound is not a whole number of steps (odd steps)."""

    ROUND_THEN_CLIP = 0
    CLIP_THEN_ROUND = 1


class InputEnergy(IntEnum):
    """The function f of one DAC value in the array energy sum_j f(x_j) * row_conductance_j."""

    NONE = 0
    MAGNITUDE = 1  # |x|: pulse width
    SQUARE = 2  # x**2: voltage; |x x'| where a selector makes x' of it
    SET_BITS = 3  # number of ones in the magnitude of the code: bit serial


class MVMSettings(NamedTuple):
    """The chain from digital vector to digital result; the defaults are an exact product.

    encoding         Encoding
    scaling          Scaling: alpha
    input_range      alpha of Scaling.FIXED_RANGE
    input_steps      steps of the DAC, 0 for none
    input_bound      the DAC clips at +-input_bound (in bit serial the voltage of a set bit)
    input_order      RoundingOrder of the DAC
    input_noise      standard deviation added to each DAC value
    selectivity      u of the input curve sinh(u x) / sinh(u), 0 for none
    ir_drop          strength of the static IR drop, 1 for the full effect, 0 for none
    conductance_ratio  wire segment conductance / full-scale cell conductance, for the IR drop
    cell_noise       standard deviation of read noise that is the same for all cells
    nonlinearity     n of F y / (1 + n |y|), 0 for none
    slope            F of the same curve; without a curve it does nothing
    output_noise     standard deviation added to each output
    output_steps     steps of the ADC, 0 for none
    output_bound     the ADC clips at +-output_bound
    max_retries      how often a vector with a clipped output is repeated with the inputs halved once more
    energy           InputEnergy; of digits of several bits the sum over the planes, with SET_BITS that of (v / input_bound)**2
    plane_bits       bit serial: bits of one digit, d; a digit is driven as input_bound digit / (2**d - 1)
    twos_complement  bit serial: the sign is a digit of its own, the last, and counts negative; otherwise every digit has the sign
    """

    encoding: int = Encoding.AMPLITUDE
    scaling: int = Scaling.NONE
    input_range: float = 1.0
    input_steps: int = 0
    input_bound: float = math.inf
    input_order: int = RoundingOrder.ROUND_THEN_CLIP
    input_noise: float = 0.0
    selectivity: float = 0.0
    ir_drop: float = 0.0
    conductance_ratio: float = math.inf
    cell_noise: float = 0.0
    nonlinearity: float = 0.0
    slope: float = 1.0
    output_noise: float = 0.0
    output_steps: int = 0
    output_bound: float = math.inf
    max_retries: int = 0
    energy: int = InputEnergy.NONE
    plane_bits: int = 1
    twos_complement: bool = False


def steps_of(bits: int) -> int:
    """Steps between -bound and +bound of a signed converter with `bits` bits: 2**bits - 2 (one code is unused)."""
    if not 2 <= bits <= 22:
        raise ValueError(f"steps_of: {bits} bits; expected 2 to 22 (float32 codes), or steps = 0 for no rounding")
    return int(2**bits) - 2


def planes_of(settings: MVMSettings) -> int:
    """Number of products (bit planes) per vector: 1 unless bit serial."""
    if settings.encoding != Encoding.BIT_SERIAL:
        return 1
    return -(-_magnitude_bits(settings) // settings.plane_bits) + bool(settings.twos_complement)


def plane_weights(settings: MVMSettings) -> tuple[float, float]:
    """Value of a full drive of plane 0, and what the sign plane counts in units of it (0 without one)."""
    largest = (1 << settings.plane_bits) - 1
    sign = -float(1 << _magnitude_bits(settings)) / largest if settings.twos_complement else 0.0
    return 2.0 / settings.input_steps * largest, sign


def has_digits(settings: MVMSettings) -> bool:
    """Whether planes are other than the bits of a magnitude, each with the sign."""
    return settings.encoding == Encoding.BIT_SERIAL and (settings.plane_bits > 1 or settings.twos_complement)


def _magnitude_bits(settings: MVMSettings) -> int:
    return (settings.input_steps // 2).bit_length()


def is_linear(settings: MVMSettings) -> bool:
    """Nothing but the DAC acts: no noise, input or output curve, IR drop, ADC or clipping of outputs."""
    effects = settings.input_noise, settings.output_noise, settings.cell_noise, settings.nonlinearity, settings.ir_drop
    return not any(effects) and settings.selectivity == 0 and settings.output_steps == 0 and math.isinf(settings.output_bound)


def pulse_energy(settings: MVMSettings) -> tuple[int, float]:
    """How f is computed: (InputEnergy of the DAC value, factor). A set bit in bit serial is one full-scale pulse."""
    if settings.encoding != Encoding.BIT_SERIAL or settings.energy == InputEnergy.NONE:
        return int(settings.energy), 1.0
    if has_digits(settings):
        if settings.energy == InputEnergy.SQUARE:
            return DIGIT_PRODUCTS if settings.selectivity else DIGIT_SQUARES, 1.0
        return (DIGITS, 1.0) if settings.energy == InputEnergy.MAGNITUDE else (DIGIT_SQUARES, float(settings.input_bound) ** -2)
    bound = float(settings.input_bound)
    current = math.sinh(settings.selectivity * bound) * bend_scale(settings) if settings.selectivity else bound
    units = {InputEnergy.MAGNITUDE: bound, InputEnergy.SQUARE: bound * current, InputEnergy.SET_BITS: 1.0}
    return int(InputEnergy.SET_BITS), units[InputEnergy(settings.energy)]


def bend_scale(settings: MVMSettings) -> float:
    """1 / sinh(u) of the input curve; 1 without one."""
    return 1 / math.sinh(settings.selectivity) if settings.selectivity else 1.0


@lru_cache(maxsize=4096)
def check(settings: MVMSettings) -> None:
    """Raise ValueError naming the first field with an impossible value."""
    for name, family in (
        ("encoding", Encoding),
        ("scaling", Scaling),
        ("input_order", RoundingOrder),
        ("energy", InputEnergy),
    ):
        value = getattr(settings, name)
        if value not in tuple(family):
            raise ValueError(f"MVMSettings.{name}: {value!r} is no member of {family.__name__}")
    for name in ("input_noise", "ir_drop", "cell_noise", "nonlinearity", "output_noise", "max_retries"):
        value = getattr(settings, name)
        if not (0 <= value < math.inf):
            raise ValueError(f"MVMSettings.{name}: {value!r} is not finite and >= 0")
    for name in ("input_range", "input_bound", "output_bound", "conductance_ratio", "slope"):
        value = getattr(settings, name)
        if not (1e-30 <= value <= 1e30 or (value == math.inf and name not in ("input_range", "slope"))):
            raise ValueError(f"MVMSettings.{name}: {value!r}; expected 1e-30 to 1e30 (float32 must hold its inverse)")
    if not (settings.selectivity == 0 or 1e-3 <= settings.selectivity <= LARGEST_SELECTIVITY):
        raise ValueError(f"MVMSettings.selectivity: {settings.selectivity!r}; expected 0 (none) or 1e-3 to {LARGEST_SELECTIVITY:g}")
    if not 1 <= settings.plane_bits <= 16:
        raise ValueError(f"MVMSettings.plane_bits: {settings.plane_bits!r}; expected 1 to 16")
    _check_converters(settings)


def _check_converters(settings: MVMSettings) -> None:
    for side in ("input", "output"):
        steps, bound = getattr(settings, side + "_steps"), getattr(settings, side + "_bound")
        least = 1 if side == "output" else 2  # one step: a comparator
        if steps != 0 and not least <= steps <= 2**22:
            raise ValueError(f"MVMSettings.{side}_steps: {steps!r}; expected 0 (no rounding) or {least} to 2**22")
        if steps != 0 and math.isinf(bound):
            raise ValueError(f"MVMSettings.{side}_bound: infinite with {steps} steps; give the converter a finite range")
    if settings.max_retries > 60:
        raise ValueError(f"MVMSettings.max_retries: {settings.max_retries}; at most 60, each halves the inputs")
    needs_codes = settings.encoding == Encoding.BIT_SERIAL or settings.energy == InputEnergy.SET_BITS
    if needs_codes and (settings.input_steps == 0 or settings.input_steps % 2):
        raise ValueError(
            f"MVMSettings.input_steps: {settings.input_steps}; bit-serial inputs and the energy per set bit need "
            "an even number of steps, see steps_of(bits)"
        )
