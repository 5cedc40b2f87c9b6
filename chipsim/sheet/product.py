"""One product that uses a whole array: its energy by part, its operations, its area.

    energy of the cells = devices x activity x g_max x V^2 t x pulses      activity: mean of input x conductance, a share of the largest
                          cells x activity x C x V^2 x pulses            where cells have a capacitance C; activity: mean of the input
    energy of a product = cells + drivers + converters + parts             a measured core: its measured energy, the rest `unaccounted`
    operations          = 2 x rows x outputs                               1 multiply-add = 2 OP

The parts are those that a run charges to every product (`components/array.py`): columns for reference and those that are left over when a
weight takes several are not converted. Rows of planes of bits count as many pulses as an
input has magnitude bits. Not in it: leakage, neuron circuits, buffers, bus, the network.
"""

from __future__ import annotations

from chipsim.architecture import Tile
from chipsim.circuits.array import Array
from chipsim.circuits.sensing import series_conductance
from chipsim.errors import InputError

ACTIVITY = 0.03  # assumed: the networks in workloads/ have 0.019 to 0.028 on the chips pcm-64 and first-chip


def operations(array: Array) -> float:
    """Operations of one product with a full array (OP)."""
    return 2.0 * array.rows * array.outputs


def devices(array: Array) -> int:
    """Memory devices that take part in one product: one plane of weights, reference columns included."""
    return array.rows * (array.outputs * array.cell.devices + array.cell.reference_columns)


def cell_energy(array: Array, activity: float = ACTIVITY) -> float:
    """Energy in the cells of one full product (J); InputError for an activity outside 0 ... 1."""
    if not 0 <= activity <= 1:
        raise InputError(f"activity: {activity!r}; expected a share from 0 to 1")
    if array.sensing == "resistance":
        return series_conductance(array) * array.energy_per_conductance * array.dac.planes * array.reads
    if array.cell.capacitance is not None:
        columns = array.outputs * len(array.cell.part_weights) + array.cell.reference_columns
        charged = array.rows * columns * activity * array.cell.capacitance
        return charged * array.energy_per_conductance * array.dac.planes * array.reads
    return devices(array) * activity * array.cell.device.g_max * array.energy_per_conductance * array.dac.planes * array.reads


def product_parts(tile: Tile, cells: float) -> dict[str, float]:
    """Energy of one full product of one array by part (J), with `cells` (J) spent in the cells and its share of the tile's own parts."""
    array = tile.array
    parts = {"array": cells} | array.full_periphery(tile.product_interval)
    parts |= tile.parts_energy(1)
    if tile.core_energy is not None:
        parts["unaccounted"] = max(tile.core_energy - sum(parts.values()), 0.0)
    return parts


def array_parts(tile: Tile, cells: float) -> dict[str, float]:
    """The same without the tile's own parts, which are no parts of an array; a measured core has them within."""
    parts = product_parts(tile, cells)
    return parts if tile.measured else {name: energy for name, energy in parts.items() if name not in tile.parts}


def serving_parts(tile: Tile) -> dict[str, float]:
    """Energy of what serves one full product of one array beside the array, by part (J): neuron circuits, the tile's own parts."""
    return {"neuron": tile.neuron.cost("apply", tile.array.outputs).energy} | ({} if tile.measured else tile.parts_energy(1))


def array_area(tile: Tile) -> dict[str, float]:
    """Area of one array with its drivers, converters and parts (m2); of a measured core, which is not split here, its share of it."""
    array = tile.array
    if tile.measured:
        return {"measured core": tile.measured.area / tile.arrays}
    parts = {
        "array": array.cell_area,
        "dac": array.rows * array.dac.unit_area,
        "adc": array.adc.count(array.columns) * array.adc.unit_area,
    }
    return parts | {name: part.total_area for name, part in array.parts.items()}
