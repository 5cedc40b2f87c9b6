"""One crossbar array as a description: its size, unit cell, converters and everything between weight and number.

A weight matrix of shape (rows, columns) is stored as conductances; a product applies one vector to the rows and reads all
columns at once. The terms and their order are those of the standard analog model (Rasch et al., Nature Communications 14,
5282, 2023, eq. 1 and methods; doi:10.1038/s41467-023-40770-4): input scaling, DAC, product with read noise, IR drop,
non-linearity, output noise, ADC.
"""

from __future__ import annotations

from typing import Literal, Self, final

from chipsim.circuits.adc import ADC
from chipsim.circuits.cell import Cell
from chipsim.circuits.dac import DAC
from chipsim.circuits.encoding import AbsoluteMaximum, Fixed, InputScaling
from chipsim.circuits.faults import Faults
from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, RoundingOrder, Scaling
from chipsim.spec import Spec, check, key
from chipsim.units import Conductance, Resistance


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
        source="Rasch et al. 2023 use 0.0175",
    )
    output_noise: float = key(
        "standard deviation of the noise added to each output before the ADC, in full-scale cells",
        default=0.0,
        ge=0,
        source="Rasch et al. 2023 use 0.04",
    )
    input_noise: float = key("standard deviation of the noise added to each input after the DAC", default=0.0, ge=0)
    nonlinearity: float = key("coefficient n of the output compression y / (1 + n |y|)", default=0.0, ge=0)
    ir_drop: float = key("strength of the static IR drop along the columns; 1 = as modelled, 0 = off", default=0.0, ge=0)
    wire_resistance: Resistance = key(
        "resistance of one cell's length of column wire", default=0.35, gt=0, source="Rasch et al. 2023, methods"
    )
    wire_conductance_reference: Conductance = key(
        "conductance of a full-scale cell that the IR drop is reckoned with",
        default=5e-6,
        gt=0,
        source="Rasch et al. 2023, methods",
    )
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

    @check
    def _columns_share_converters(self) -> Self:
        shared = self.adc.columns_per_adc
        if shared > self.columns:
            raise ValueError(f"adc.columns_per_adc: {shared} is more than the {self.columns} columns of the array")
        return self

    @check
    def _room_for_a_weight(self) -> Self:
        if self.outputs < 1:
            raise ValueError(f"columns: {self.columns} columns leave no room for a cell of type '{self.cell.type_name}'")
        return self

    @property
    def outputs(self) -> int:
        """Weights that fit along a row: columns without those for reference, shared by the parts of a weight."""
        return (self.columns - self.cell.reference_columns) // len(self.cell.part_weights)

    @property
    def product_time(self) -> float:
        """Time of one product on all columns (s): inputs applied, then converted, bit plane by bit plane."""
        return self.dac.read_time + self.dac.planes * self.adc.conversion_time(self.columns)

    @property
    def energy_per_conductance(self) -> float:
        """Energy in a cell for one siemens and an input whose energy function is 1 (J/S): V^2 t."""
        return self.dac.read_voltage**2 * self.dac.drive_time

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
            ir_drop=self.ir_drop,
            conductance_ratio=1 / (self.wire_resistance * self.wire_conductance_reference),
            nonlinearity=self.nonlinearity,
            output_noise=self.output_noise,
            output_steps=adc.levels_in(dac.read_time) or 0,
            output_bound=adc.bound,
            max_retries=self.bound_management,
            energy=_ENERGIES[dac.energy_of],
        )


_SCALINGS = {"absolute_maximum": Scaling.ABSOLUTE_MAXIMUM, "fixed": Scaling.FIXED_RANGE, "none": Scaling.NONE}
_ENERGIES = {"absolute": InputEnergy.MAGNITUDE, "square": InputEnergy.SQUARE, "bits": InputEnergy.SET_BITS}
