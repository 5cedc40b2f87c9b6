"""What of an array goes together: sentences for what does not. An array asks them all when it is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chipsim.circuits.conduction import Chord, is_ohmic
from chipsim.circuits.selector import NoSelector
from chipsim.errors import InputError
from chipsim.kernels.settings import LARGEST_SELECTIVITY
from chipsim.units import show

if TYPE_CHECKING:
    from chipsim.circuits.array import Array


def conduction_problem(array: Array) -> str | None:
    """Why the current of a cell is no product of input and weight; None when it is one."""
    device, dac = array.cell.device, array.dac
    curve = array.selector.selectivity(dac.read_voltage)
    if curve > LARGEST_SELECTIVITY:
        return (
            f"selector: a read voltage of {show(dac.read_voltage, 'V')} is {curve:g} times its v0; expected at most "
            f"{LARGEST_SELECTIVITY:g} times; raise selector.voltage or lower dac.read_voltage"
        )
    if array.conduction == "ohmic" or is_ohmic(device):
        return None
    if dac.energy_function == "square":
        return (
            f"conduction: the current of type '{device.type_name}' is a curve in voltage and conductance, which is no product of an "
            f"input and a weight when inputs are voltages (dac of type '{dac.type_name}'); expected inputs in time: take a dac of "
            "type pulse_width or bit_serial, or set conduction: ohmic"
        )
    try:
        Chord(device, dac.read_voltage)
    except InputError as error:
        return f"conduction: {error}; change dac.read_voltage or set conduction: ohmic"
    return None


def duration_problem(array: Array) -> str | None:
    """Why durations cannot be the inputs or the outputs of an array; None when they can, or are not."""
    if array.dac.type_name == "duration" and array.input_scaling.type_name == "absolute_maximum":
        return (
            "dac: durations are taken as they come, so a vector cannot be brought to its own largest value; expected one range for all; "
            "set input_scaling: {type: fixed, range: 1} or none"
        )
    if array.adc.type_name != "duration":
        return None
    if array.conversions * array.row_groups(array.rows) > 1 or len(array.cell.part_weights) > 1:
        return (
            f"adc: durations are no numbers that could be shifted and added, but a column is converted "
            f"{array.conversions * array.row_groups(array.rows)} times for "
            f"each of {len(array.cell.part_weights)} part(s) of a weight; expected one conversion; take a dac of one plane (duration, "
            "pulse_width, voltage), cells that are not sliced, or another ADC"
        )
    return None


def counting_problem(array: Array) -> str | None:
    """Why a converter that counts during the read has too little time; None when it has enough, or does not count."""
    try:
        array.adc.levels_in(array.dac.total_time)
    except InputError as error:
        return f"adc: {error}"
    return None


def groups_problem(array: Array) -> str | None:
    """Why an array cannot be read in groups of rows; None when it can, or is not."""
    if array.rows_at_once is None or array.rows_at_once >= array.rows:
        return None
    others = {"sensing": array.sensing != "current", "bound_management": array.bound_management > 0, "ir_drop": array.ir_drop > 0}
    for name in (name for name, used in others.items() if used):
        return (
            f"rows_at_once is {array.rows_at_once}: groups of rows go with sensing: current, bound_management: 0 and ir_drop: 0; "
            f"change {name}"
        )
    return None


def sign_problem(array: Array) -> str | None:
    """Why inputs without a sign do not go with an array; None when they do, or have one."""
    if array.dac.unsigned and array.balance:
        return "balance: every product is done with x and with -x, but the dac applies no negative inputs; set dac.sign or balance: false"
    return None


def wires_problem(array: Array) -> str | None:
    """Why the wires of an array cannot be solved; None when they can."""
    load = array.wire_resistance * array.wire_conductance_reference
    if not 1e-30 <= load <= 1e30:
        return (
            f"wire_resistance {show(array.wire_resistance, 'Ohm')} times wire_conductance_reference "
            f"{show(array.wire_conductance_reference, 'S')} is {load:g}; expected 1e-30 to 1e30; set ir_drop: 0 for wires without drop"
        )
    if array.ir_drop_model == "polynomial":
        for name in ("row_wire_resistance", "driver_resistance"):
            if getattr(array, name) > 0:
                return (
                    f"{name} is {show(getattr(array, name), 'Ohm')}, but the polynomial has column wires only; "
                    f"set ir_drop_model: exact or {name}: 0"
                )
        return None
    straight = isinstance(array.selector, NoSelector) and (array.conduction == "ohmic" or is_ohmic(array.cell.device))
    if array.ir_drop > 0 and not straight:
        return "ir_drop_model: exact wires need ohmic cells; set selector: none and conduction: ohmic, or ir_drop_model: polynomial"
    return None


def sensing_problem(array: Array) -> str | None:
    """What does not go with the way an array is sensed, as a sentence; None when all does."""
    device, cell = array.cell.device, array.cell
    if array.sensing == "current":
        return None
    if array.ir_drop > 0:
        return f"ir_drop is {array.ir_drop:g}, but it is modelled for sensing: current only; set ir_drop: 0"
    if cell.reference_columns:
        return f"sensing: {array.sensing} does not go with the reference column of cell type '{cell.type_name}'; take type pair"
    if array.sensing == "voltage":
        return _range_problem(array)
    if cell.type_name != "pair" or len(cell.part_weights) > 1:
        return (
            f"sensing: resistance needs cells of type 'pair' with subtract: analog, whose devices an input chooses between; "
            f"got '{cell.type_name}' with {len(cell.part_weights)} part(s)"
        )
    if cell.capacitance is not None:
        return "sensing: resistance is of cells in series, through which a current flows; leave out cell.capacitance"
    if device.g_min <= 0:
        return f"sensing: resistance needs a g_min above 0, else a column is open; '{device.type_name}' has {device.g_min:g} S"
    if array.conduction == "device":
        return "sensing: resistance is of ohmic cells; set conduction: ohmic"
    return None


def _range_problem(array: Array) -> str | None:
    """A floating column stays between the voltages of its inputs."""
    if 1 < array.adc.bound < math.inf:
        return (
            f"adc.bound: {array.adc.bound:g} with sensing: voltage, where the bound is a share of the read voltage and no column gets "
            "beyond 1; expected 1 or less (0.1 is a good start); where every cell adds its share to a sum, take sensing: current"
        )
    return None
