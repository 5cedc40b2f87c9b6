"""One crossbar array as a description: its size, unit cell, converters and everything between weight and number.

A weight matrix of shape (rows, columns) is stored as conductances; a product applies one vector to the rows and reads all
columns at once. The terms and their order are those of the standard analog model (Rasch et al., Nature Communications 14,
5282, 2023, eq. 1 and methods; doi:10.1038/s41467-023-40770-4): input scaling, DAC, product with read noise, IR drop,
non-linearity, output noise, ADC.

Cells: linear, unless said otherwise. A product is linear in inputs and conductances when the current of a cell is g V. Where
the device or a selector bends it, the array stays linear in what it multiplies:

    inputs in time (pulse_width, bit_serial)    every cell is read at V_read: `conduction: device` puts the chord I(g, V_read) / V_read
                                                in the place of g, `selector` changes nothing
    inputs in voltage (voltage, ideal)          `selector` is a curve on the inputs; a device whose current is a curve in both V and
                                                g is no product and is refused

The chord is scaled so that a full-scale cell still counts 1 (and an empty one 0); it is taken at +V_read, the periphery handling
signs. `nonlinearity` is another thing: the curve of a column's output. `ir_drop_model` says how wires take part:

    polynomial    the load of each column is reckoned from `wire_conductance_reference` for a full-scale cell, whatever the device: the
                  default of 5 uS is that of the publication, for a PCM device that reaches 25 uS give its own
    exact         Kirchhoff's equations with the conductances that are there (`ladder.py`; `nodal.py` with row wires or drivers),
                  solved once for each programming and read time; ohmic cells, both sides of a pair on wires of their own

See docs/how-far-to-trust-the-ir-drop.md. Energy in the cells is V^2 t sum f(x) G, or V^2 sum f(x) C where the cell has a capacitance C,
whatever is written in it; with exact wires G are the row sums of the
matrix that is left, which is right for equal inputs. The transposed product drives the columns where they were read, and reads
the rows where they were driven; with exact wires that is the transposed matrix, by reciprocity; the polynomial is left out of it.
"""

from __future__ import annotations

import math
from typing import Literal, Self, final

import numpy as np

from chipsim.circuits.adc import ADC
from chipsim.circuits.cadence import Cadence
from chipsim.circuits.cell import Cell
from chipsim.circuits.consistency import (
    conduction_problem,
    counting_problem,
    duration_problem,
    groups_problem,
    sensing_problem,
    sign_problem,
    wires_problem,
)
from chipsim.circuits.dac import DAC
from chipsim.circuits.encoding import AbsoluteMaximum, Fixed, InputScaling
from chipsim.circuits.faults import Faults
from chipsim.circuits.part import Part, unusable_name
from chipsim.circuits.selector import NoSelector, Selector
from chipsim.errors import InputError
from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, RoundingOrder, Scaling
from chipsim.spec import Spec, check, key
from chipsim.units import Conductance, Resistance, Time


@final
class Array(Spec):
    """A crossbar of `rows` inputs by `columns` outputs with its cell, converters and non-idealities."""

    cites = ("rasch2023", "joshi2020")

    rows: int = key("inputs of the array (cells along a column)", ge=1, le=16384)
    columns: int = key("outputs of the array (cells along a row)", ge=1, le=16384)
    cell: Cell = key("the unit cell")
    dac: DAC = key("how inputs are turned into voltages or pulses; one for each row")
    adc: ADC = key("how column currents are turned into numbers")
    input_scaling: InputScaling = key("how a vector is brought to the range of the DAC", default=AbsoluteMaximum())
    weight_scaling: Literal["column", "array"] = key(
        "what is stretched to the full conductance range: every column by itself or the whole array", default="column"
    )
    read_noise: Literal["held", "fresh", "off"] = key(
        "the device's accumulated 1/f noise: drawn once for each read time, drawn anew for each vector, or left out",
        default="held",
    )
    short_term_noise: float = key(
        "read noise from product to product: standard deviation of an output is this times sqrt(sum |w| x^2)",
        default=0.0,
        ge=0,
        le=1e6,
        source="Rasch et al. 2023 use 0.0175",
    )
    output_noise: float = key(
        "standard deviation of the noise added to each output before the ADC, in full-scale cells",
        default=0.0,
        ge=0,
        le=1e6,
        source="Rasch et al. 2023 use 0.04",
    )
    input_noise: float = key("standard deviation of the noise added to each input after the DAC", default=0.0, ge=0, le=1e6)
    sensing: Literal["current", "voltage", "resistance"] = key(
        "what a column tells: the current of its cells in parallel, the voltage it floats to, or the resistance of its cells in series",
        default="current",
    )
    balance: bool = key(
        "asymmetry balance: every product is done with x and with -x, subtracted and halved (twice the time and energy)", default=False
    )
    nonlinearity: float = key(
        "coefficient n of the output compression F y / (1 + n |y|), y in full-scale cells", default=0.0, ge=0, le=1e6
    )
    nonlinearity_spread: float = key(
        "relative standard deviation of n from converter to converter, fixed for the chip", default=0.0, ge=0
    )
    slope_calibration: float = key(
        "share c of the range of the ADC at which a slope of 1 was calibrated, F = (1 + n c bound)**2; 0: at zero, F = 1",
        default=0.0,
        ge=0,
        le=1,
    )
    conduction: Literal["ohmic", "device"] = key(
        "current of a cell: conductance times voltage, or the device's own I(g, V) at the read voltage", default="ohmic"
    )
    selector: Selector = key("what stands in series with every device", default=NoSelector())
    ir_drop: float = key("strength of the static IR drop along the wires; 1 = as modelled, 0 = off", default=0.0, ge=0, le=1e6)
    ir_drop_model: Literal["polynomial", "exact"] = key(
        "how the drop is found: a polynomial in each column's load, with every product, or Kirchhoff's equations, at each read time",
        default="polynomial",
    )
    wire_resistance: Resistance = key(
        "resistance of one cell's length of column wire", default=0.35, gt=0, source="Rasch et al. 2023, methods"
    )
    wire_conductance_reference: Conductance = key(
        "conductance of a full-scale cell that the polynomial is reckoned with, whatever the device",
        default=5e-6,
        gt=0,
        source="Rasch et al. 2023, methods",
    )
    row_wire_resistance: Resistance = key("resistance of one cell's length of row wire (exact model)", default=0.0, ge=0)
    driver_resistance: Resistance = key("resistance of the driver of a row (exact model)", default=0.0, ge=0)
    bound_management: int = key(
        "how often a product is repeated with halved inputs while an output saturates (each costs time and energy)",
        default=0,
        ge=0,
        le=16,
    )
    faults: Faults = key("devices that cannot be written", default=Faults())
    drift_compensation: Literal["none", "global", "column"] = key(
        "digital correction of drift from summed column currents: none, one factor for the whole array, or one for each column",
        default="global",
        source="Joshi et al., Nature Communications 11, 2473, 2020",
    )

    rows_at_once: int | None = key(
        "rows that are read at once; the groups are converted one after the other and added in digital; without it all rows",
        default=None,
        ge=1,
    )
    cycle: Time | None = key(
        "step in which the read of one bit plane overlaps with the conversion of the one before; without it one after the other",
        default=None,
        gt=0,
    )
    planes: int = key("weight planes: sets of cells behind one set of drivers and converters, read one at a time", default=1, ge=1, le=64)
    parts: dict[str, Part] = key("further circuits of one array, by name", default={})

    @check
    def _columns_share_converters(self) -> Self:
        shared = self.adc.columns_per_adc
        if shared > self.columns:
            raise ValueError(f"adc.columns_per_adc: {shared} is more than the {self.columns} columns of the array")
        return self

    @check
    def _a_curve_to_calibrate(self) -> Self:
        for name in ("nonlinearity_spread", "slope_calibration"):
            if getattr(self, name) > 0 and self.nonlinearity == 0:
                raise ValueError(f"{name} is {getattr(self, name):g} without a curve; give nonlinearity, or set {name}: 0")
        if self.slope_calibration > 0 and math.isinf(self.adc.bound):
            raise ValueError(
                f"slope_calibration is a share ({self.slope_calibration:g}) of the range of the ADC, but type '{self.adc.type_name}' "
                "has no bound; take another ADC, or set slope_calibration: 0"
            )
        return self

    @check
    def _goes_together(self) -> Self:
        questions = conduction_problem, wires_problem, duration_problem, counting_problem, sensing_problem, groups_problem, sign_problem
        answers = [question(self) for question in questions] + [self.cadence.contradiction, unusable_name(self.parts)]
        if problem := next(filter(None, answers), None):
            raise ValueError(problem)
        return self

    @check
    def _room_for_a_weight(self) -> Self:
        if self.outputs < 1:
            raise ValueError(f"columns: {self.columns} columns leave no room for a cell of type '{self.cell.type_name}'")
        return self

    @check
    def _map_of_faults_fits(self) -> Self:
        measured = self.faults.measured
        if measured is not None:
            try:
                measured.check(self.rows, self.outputs, [plane.name for plane in self.cell.planes(np.zeros((1, 1), np.float32))])
            except InputError as error:
                raise ValueError(f"faults.map: {error}") from None
        return self

    @property
    def outputs(self) -> int:
        """Weights that fit along a row: columns without those for reference, shared by the parts of a weight."""
        return (self.columns - self.cell.reference_columns) // len(self.cell.part_weights)

    @property
    def cadence(self) -> Cadence:
        """How reading and converting follow each other in a product with all rows."""
        return self.cadence_of(self.rows)

    def cadence_of(self, rows: int) -> Cadence:
        """The same for a block of `rows` rows, which needs no more groups than it has."""
        return Cadence(self.dac, self.adc, self.columns, self.cycle, self.reads * self.row_groups(rows))

    def row_groups(self, rows: int) -> int:
        """Groups in which `rows` rows are read."""
        return 1 if self.rows_at_once is None else -(-rows // self.rows_at_once)

    @property
    def reads(self) -> int:
        """Reads of the array for one product: 2 with asymmetry balance."""
        return 2 if self.balance else 1

    @property
    def conversions(self) -> int:
        """Conversions of a column in one read: one for each bit plane, and each phase that is converted by itself."""
        return self.dac.planes * (self.dac.phases if self.adc.each_phase else 1)

    @property
    def product_time(self) -> float:
        """Time of one product on all columns (s), from the inputs to the last number."""
        return self.cadence.latency

    @property
    def product_interval(self) -> float:
        """Time from one product to the next (s), shorter than `product_time` where reads and conversions overlap."""
        return self.cadence.interval

    @property
    def cell_area(self) -> float:
        """Area of the cells of all weight planes (m2)."""
        return self.planes * self.rows * self.columns * self.cell.area

    def periphery(self, rows: int, columns: int, reads: int, time: float) -> dict[str, float]:
        """Energy (J) of drivers, converters and parts in `reads` reads of `rows` rows and `columns` physical columns that keep the array
        busy for `time` (s), by part; one product is `self.reads` reads."""
        spent = {
            "dac": self.dac.cost("convert", rows * reads).energy,
            "adc": self.adc.cost("convert", columns * reads * self.row_groups(rows) * self.conversions).energy,
        }
        return spent | {name: part.spent(reads / self.reads, time) for name, part in self.parts.items()}

    def full_periphery(self, time: float) -> dict[str, float]:
        """The same for one product of a full array: all rows, all columns that hold parts of weights."""
        return self.periphery(self.rows, self.outputs * len(self.cell.part_weights), self.reads, time)

    @property
    def energy_per_conductance(self) -> float:
        """Energy in a cell for one siemens and an input whose energy function is 1 (J/S): V^2 t.

        Where cells are paid for by their capacitance, for one farad (J/F): V^2, once for each charge.
        """
        return self.dac.read_voltage**2 * (self.dac.drive_time if self.cell.capacitance is None else self.dac.charges)

    @property
    def settings(self) -> MVMSettings:
        """The chain from vector to result as plain numbers for the kernel."""
        dac, adc, scaling = self.dac, self.adc, self.input_scaling
        return MVMSettings(
            encoding=Encoding.BIT_SERIAL if dac.planes > 1 else Encoding.AMPLITUDE,
            scaling=_SCALINGS[scaling.type_name],
            input_range=scaling.range if isinstance(scaling, Fixed) else 1.0,
            input_steps=dac.levels or 0,
            input_bound=1.0,
            input_order=RoundingOrder.ROUND_THEN_CLIP if dac.round_first else RoundingOrder.CLIP_THEN_ROUND,
            input_noise=self.input_noise,
            selectivity=self.selector.selectivity(dac.read_voltage) if dac.energy_function == "square" else 0.0,
            ir_drop=0.0 if self.ir_drop_model == "exact" else self.ir_drop,
            conductance_ratio=1 / (self.wire_resistance * self.wire_conductance_reference),
            nonlinearity=self.nonlinearity,
            slope=(1 + self.nonlinearity * self.slope_calibration * adc.bound) ** 2 if self.slope_calibration else 1.0,
            output_noise=self.output_noise,
            output_steps=adc.levels_in(dac.total_time) or 0,
            output_bound=adc.bound,
            max_retries=self.bound_management,
            energy=_ENERGIES[dac.energy_function],
            plane_bits=dac.plane_bits if dac.planes > 1 else 1,
            twos_complement=dac.twos_complement,
        )


_SCALINGS = {"absolute_maximum": Scaling.ABSOLUTE_MAXIMUM, "fixed": Scaling.FIXED_RANGE, "none": Scaling.NONE}
_ENERGIES = {"absolute": InputEnergy.MAGNITUDE, "square": InputEnergy.SQUARE, "bits": InputEnergy.SET_BITS}
