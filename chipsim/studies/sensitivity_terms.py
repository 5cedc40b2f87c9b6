"""The non-idealities that can be scaled: what number stands for each, what values it may have, and the array with it at a value.

A term is a number of the array or its device. `off` is the array without it, `put` the array with another value, `now` the chip's own.
The values to try run from harmless to harmful, four to an octave where they are no whole numbers:

    programming        factor on the device's programming error       read_noise    factor on its accumulated read noise
    drift              factor on its drift exponents                  ir_drop       factor on the resistance of the wires
    short_term_noise   sqrt(sum |w| x^2), full-scale cells            output_noise  noise before the ADC, full-scale cells
    input_noise        noise after the DAC, full-scale inputs         nonlinearity  n of y / (1 + n |y|), y in full-scale cells
    dac_bits           bits of the DAC                                adc_bits      bits of the ADC, range as described
    adc_range          range of the ADC (full-scale cells), downwards input_range   factor on the range of the inputs, downwards
    gain, offset       spread of the converters (relative; full-scale cells), or what calibration leaves of it
    stuck_low, stuck_high   share of devices stuck at g_min, g_max

Alone: all other effects of the array are switched off as `circuits/effects.py` does. The ADC's range is then tried with 16 bits. What
counts during the read (CCO, integrate and fire) is tried as a converter with so many bits and the same range, so that a coarser DAC does
not take its time; a DAC of pulses keeps its longest pulse. Stuck devices are nested: those of a small share are among those of a larger.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, final

import numpy as np

from chipsim.circuits.adc import ADC, SAR, CountingADC, RoundingADC
from chipsim.circuits.array import Array
from chipsim.circuits.dac import PulseWidth, RoundingDAC
from chipsim.circuits.effects import EFFECTS, Effect, without
from chipsim.circuits.encoding import Fixed
from chipsim.devices.device import Device
from chipsim.errors import InputError

Scale = Literal["log", "bits"]
FINEST = 16  # bits of a converter that rounds without harm
OCTAVE = 4  # values to a factor of 2
SHARED: tuple[Effect, ...] = ("mismatch", "faults")  # effects of several terms, each of which can be put on an array without any


@final
class Setting(NamedTuple):
    """A chip to be judged: its array, the factor on the ranges of its inputs, and what no layer has."""

    array: Array
    inputs: float = 1.0
    exempt: tuple[Effect, ...] = ()


@final
class Term(NamedTuple):
    """A non-ideality with its number: key of the architecture, unit, the effect it belongs to."""

    name: str
    key: str
    unit: str
    effect: Effect | None
    missing: Callable[[Array], str]  # why a chip does not have the number; empty where it does
    now: Callable[[Array], float]  # 0: the chip has none of it
    put: Callable[[Setting, float], Setting]
    off: Callable[[Setting], Setting]
    values: tuple[float, ...]  # from harmless to harmful
    scale: Scale = "log"
    late: bool = False  # judged at the last of the times
    from_now: bool = False  # on top of the rest tried from the chip's own value on: a better one would harm by making other things worse

    @property
    def falling(self) -> bool:
        """Whether smaller numbers are worse."""
        return self.values[0] > self.values[-1]

    def margin(self, now: float, value: float) -> float:
        """By what factor the number may get worse until it is `value`; of bits the factor on the size of a step."""
        if self.scale == "bits":
            return float(2.0 ** (now - value))
        return now / value if self.falling else value / now


def alone(array: Array, term: Term, switches: tuple[Effect, ...]) -> Setting:
    """A chip without any of the effects that can be switched off but the term's own; of an effect of several terms nothing is left."""
    others: tuple[Effect, ...] = tuple(effect for effect in switches if effect != term.effect or effect in SHARED)
    if term.effect == "adc":
        bits = FINEST if term.from_now else round(_adc_bits(array))
        array = array.having(adc=_converter(array, bits, array.adc.bound))
    return Setting(without(array, others), exempt=tuple(effect for effect in others if effect == "programming"))


def switches_of(array: Array) -> tuple[tuple[Effect, ...], list[str]]:
    """The effects of an array that can be switched off, and why others cannot."""
    found: list[Effect] = []
    reasons = []
    for effect in EFFECTS:
        try:
            without(array, (effect,))
            found.append(effect)  # type: ignore[arg-type]  # EFFECTS are the arguments of Effect
        except InputError as error:
            reasons.append(str(error))
    return tuple(found), reasons


def buildable(term: Term, setting: Setting, values: tuple[float, ...]) -> tuple[tuple[float, ...], str]:
    """The values that an array can have, and why it cannot have another; all of them where it can have both ends."""
    reason = ""
    found = []
    for value in (values[0], values[-1], *values):
        try:
            term.put(setting, value)
            found.append(value)
        except InputError as error:
            reason = str(error).partition("\n")[0]
        if len(found) == 2 and not reason:
            return values, ""
    return tuple(value for value in values if value in found), reason


def _octaves(first: float, last: float) -> tuple[float, ...]:
    """Powers of 2, four to an octave, from one power of 2 to another."""
    start, end = (round(OCTAVE * math.log2(value)) for value in (first, last))
    step = 1 if end >= start else -1
    return tuple(2.0 ** (k / OCTAVE) for k in range(start, end + step, step))


def _bits(least: int) -> tuple[float, ...]:
    return tuple(float(bits) for bits in range(FINEST, least - 1, -1))


def _device(name: str, scale: str, effect: Effect, last: float, late: bool = False) -> Term:
    """A factor on a moment of the device."""

    def missing(array: Array) -> str:
        device = array.cell.device
        if scale not in type(device).model_fields:
            return f"device type '{device.type_name}' has no '{scale}'"
        return "read_noise is off on this chip" if effect == "read_noise" and array.read_noise == "off" else ""

    def put(setting: Setting, value: float) -> Setting:
        cell = setting.array.cell
        return setting._replace(array=setting.array.having(cell=cell.having(device=cell.device.having(**{scale: value}))))

    def off(setting: Setting) -> Setting:
        exempt: tuple[Effect, ...] = (*setting.exempt, "programming") if effect == "programming" else setting.exempt
        return setting._replace(array=without(setting.array, (effect,)), exempt=exempt)

    return Term(
        name, f"tile.array.cell.device.{scale}", "x", effect, missing, lambda array: getattr(array.cell.device, scale), put, off,
        _octaves(2**-7, last), late=late,
    )  # fmt: skip


def _number(name: Effect, unit: str, first: float, last: float) -> Term:
    """A number of the array itself."""

    def put(setting: Setting, value: float) -> Setting:
        return setting._replace(array=setting.array.having(**{name: value}))

    def off(setting: Setting) -> Setting:
        return setting._replace(array=without(setting.array, (name,)))

    return Term(name, f"tile.array.{name}", unit, name, _never, lambda array: getattr(array, name), put, off, _octaves(first, last))


def _never(array: Array) -> str:
    return ""


def _effect_off(effect: Effect) -> Callable[[Setting], Setting]:
    return lambda setting: setting._replace(array=without(setting.array, (effect,)))


# --- converters ------------------------------------------------------------------------------------------------------


def _no_dac(array: Array) -> str:
    return "" if isinstance(array.dac, RoundingDAC) else f"dac type '{array.dac.type_name}' does not round"


def _no_adc(array: Array) -> str:
    return "" if isinstance(array.adc, RoundingADC) else f"adc type '{array.adc.type_name}' has no bits and no range"


def _no_range(array: Array) -> str:
    return "" if isinstance(array.input_scaling, Fixed) else "every vector is brought to the range of the DAC, or none is"


def _dac_at(setting: Setting, bits: float) -> Setting:
    dac = setting.array.dac
    assert isinstance(dac, RoundingDAC)
    given: dict[str, Any] = {"bits": int(bits)}
    if isinstance(dac, PulseWidth):
        given["step"] = dac.step * 2.0 ** (dac.bits - int(bits))
    return setting._replace(array=setting.array.having(dac=dac.having(**given)))


def _converter(array: Array, bits: int, bound: float) -> ADC:
    """The ADC with other numbers; one that counts as one that does not, which only values can tell from it."""
    adc = array.adc
    if isinstance(adc, CountingADC):
        mismatch = ("calibration", "gain_spread", "offset_spread", "gain_residual", "offset_residual")
        return SAR(bits=bits, bound=bound, **{name: getattr(adc, name) for name in mismatch})
    return adc.having(bits=bits, bound=bound)


def _adc_bits(array: Array) -> float:
    """Bits of the steps that the ADC really makes."""
    levels = array.adc.levels_in(array.dac.total_time)
    return float(np.log2(levels + 2)) if levels and levels > 1 else 1.0


def _adc_at(setting: Setting, bits: float) -> Setting:
    return setting._replace(array=setting.array.having(adc=_converter(setting.array, round(bits), setting.array.adc.bound)))


def _range_at(setting: Setting, bound: float) -> Setting:
    """Another range with as many bits."""
    return setting._replace(array=setting.array.having(adc=_converter(setting.array, round(_adc_bits(setting.array)), bound)))


def _inputs_at(setting: Setting, factor: float) -> Setting:
    return setting._replace(inputs=factor)


def _mismatch(name: str, unit: str, calibrations: tuple[str, ...], last: float) -> Term:
    """Spread of the gain or the offset, or what a calibration leaves of it."""

    def key(array: Array) -> str:
        return f"{name}_residual" if array.adc.calibration in calibrations else f"{name}_spread"

    def put(setting: Setting, value: float) -> Setting:
        adc = setting.array.adc
        return setting._replace(array=setting.array.having(adc=adc.having(**{key(setting.array): value})))

    return Term(
        name, f"tile.array.adc.{name}_spread", unit, "mismatch", _never, lambda array: getattr(array.adc, key(array)), put,
        lambda setting: put(setting, 0.0), _octaves(2**-10, last),
    )  # fmt: skip


# --- arrays ----------------------------------------------------------------------------------------------------------


def _wires_at(setting: Setting, factor: float) -> Setting:
    array = setting.array
    names = ("wire_resistance", "row_wire_resistance", "driver_resistance")
    scaled = {name: factor * getattr(array, name) for name in names}
    return setting._replace(array=array.having(ir_drop=array.ir_drop or 1.0, **scaled))


def _stuck(name: Literal["low", "high"]) -> Term:
    def put(setting: Setting, value: float) -> Setting:
        return setting._replace(array=setting.array.having(faults=setting.array.faults.having(**{name: value})))

    return Term(
        f"stuck_{name}", f"tile.array.faults.{name}", "share", "faults", _never, lambda array: getattr(array.faults, name), put,
        lambda setting: put(setting, 0.0), _octaves(2**-16, 0.5),
    )  # fmt: skip


def weight_error(device: Device, factor: float) -> float:
    """Programming error at a factor, rms over targets spread evenly over the range, as a share of the range."""
    if "program_scale" not in type(device).model_fields:
        return 0.0
    targets = np.linspace(device.g_min, device.g_max, 65, dtype=np.float32)
    sigma = device.having(program_scale=1.0).programming_sigma(targets).astype(np.float64)
    return factor * float(np.sqrt(np.mean(sigma**2))) / (device.g_max - device.g_min)


TERMS: tuple[Term, ...] = (
    _device("programming", "program_scale", "programming", 2**8),
    _device("read_noise", "read_scale", "read_noise", 2**8),
    _device("drift", "drift_scale", "drift", 2**6, late=True),
    _number("short_term_noise", "cells", 2**-10, 2**5),
    _number("output_noise", "cells", 2**-10, 2**8),
    _number("input_noise", "inputs", 2**-10, 2**4),
    Term("dac_bits", "tile.array.dac.bits", "b", "dac", _no_dac, lambda array: float(array.dac.bits), _dac_at,  # type: ignore[attr-defined]
         _effect_off("dac"), _bits(2), "bits"),
    Term("input_range", "tile.array.input_scaling.range", "x", None, _no_range, lambda array: 1.0, _inputs_at,
         lambda setting: setting, _octaves(2**8, 2**-8), from_now=True),
    Term("adc_bits", "tile.array.adc.bits", "b", "adc", _no_adc, _adc_bits, _adc_at,
         lambda setting: _adc_at(setting, FINEST), _bits(1), "bits"),
    Term("adc_range", "tile.array.adc.bound", "cells", "adc", _no_adc, lambda array: array.adc.bound, _range_at,
         _effect_off("adc"), _octaves(2**12, 2**-10), from_now=True),
    _mismatch("gain", "relative", ("gain", "gain_and_offset"), 0.5),
    _mismatch("offset", "cells", ("gain_and_offset",), 2**8),
    _number("nonlinearity", "1/cells", 2**-12, 2**6),
    Term("ir_drop", "tile.array.wire_resistance", "x", "ir_drop", _never, lambda array: 1.0 if array.ir_drop else 0.0, _wires_at,
         _effect_off("ir_drop"), _octaves(2**-7, 2**9)),
    _stuck("low"),
    _stuck("high"),
)  # fmt: skip
