"""Switching the non-idealities of an array off, one by one: what an array would be without some of its effects.

    programming        the device's programming error            drift              its drift
    read_noise         its accumulated read noise                short_term_noise   noise of the cells from product to product
    output_noise       noise before the converters               input_noise        noise after the drivers
    dac, adc           rounding and clipping                     mismatch           spread of the converters' gain and offset
    nonlinearity       curve of the outputs                      conduction         non-ohmic devices and selectors
    ir_drop            resistance of the wires                   faults             stuck devices

Without an effect the array takes the same time and area. An ideal DAC drives by voltage, so the energy in the cells is that of x**2.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, get_args

from chipsim.circuits.adc import ADC, IdealADC
from chipsim.circuits.array import Array
from chipsim.circuits.dac import IdealDAC
from chipsim.circuits.faults import Faults
from chipsim.circuits.selector import NoSelector
from chipsim.errors import InputError

Effect = Literal[
    "programming", "drift", "read_noise", "short_term_noise", "output_noise", "input_noise", "dac", "adc", "mismatch",
    "nonlinearity", "conduction", "ir_drop", "faults",
]  # fmt: skip
EFFECTS: tuple[str, ...] = get_args(Effect)


def without(array: Array, effects: Collection[str]) -> Array:
    """The array with these effects switched off; InputError for an effect that the array's device has no switch for."""
    for effect in sorted(effects):
        array = array.having(**_CHANGES[effect](array))
    return array


def _device(effect: str, scale: str) -> Callable[[Array], dict[str, Any]]:
    """The change that sets a scale of the device to zero; an ideal device has nothing to switch off."""

    def change(array: Array) -> dict[str, Any]:
        device = array.cell.device
        if scale not in type(device).model_fields:
            if device.type_name == "ideal":
                return {}
            raise InputError(f"effect '{effect}': device type '{device.type_name}' has no '{scale}' that could be 0; leave the effect on")
        return {"cell": array.cell.having(device=device.having(**{scale: 0.0}))}

    return change


def _exact_converter(array: Array) -> dict[str, Any]:
    """A converter without rounding and clipping, with the mismatch of the array's own."""
    return {"adc": IdealADC(**{name: getattr(array.adc, name) for name in ADC.model_fields})}


def _mismatch(array: Array) -> dict[str, Any]:
    return {"adc": array.adc.having(gain_spread=0.0, offset_spread=0.0, gain_residual=0.0, offset_residual=0.0)}


_CHANGES: dict[str, Callable[[Array], dict[str, Any]]] = {
    "programming": _device("programming", "program_scale"),
    "drift": _device("drift", "drift_scale"),
    "read_noise": lambda array: {"read_noise": "off"},
    "short_term_noise": lambda array: {"short_term_noise": 0.0},
    "output_noise": lambda array: {"output_noise": 0.0},
    "input_noise": lambda array: {"input_noise": 0.0},
    "dac": lambda array: {"dac": IdealDAC(read_voltage=array.dac.read_voltage), "cycle": None},
    "adc": _exact_converter,
    "mismatch": _mismatch,
    "nonlinearity": lambda array: {"nonlinearity": 0.0, "nonlinearity_spread": 0.0},
    "conduction": lambda array: {"conduction": "ohmic", "selector": NoSelector()},
    "ir_drop": lambda array: {"ir_drop": 0.0},
    "faults": lambda array: {"faults": Faults()},
}
