"""How an array is read while it is trained: vectors through its rows, errors back through its columns.

    forward     y = scale A(x, W)            A: the analog product with all terms of the array (kernels/mvm.py)
    backward    e = scale A'(d, W^T)         A': the same chain with its own converters, noise and scaling

x (n, rows), d (n, columns), W (rows, columns) in full-scale weights, `scale` what a full-scale weight stands for. Errors are far
smaller than inputs, so each vector is brought to the range of the converter by its largest value, whatever the forward pass does. The
polynomial of the IR drop, which runs along the columns, is left out of A' as in `circuits/crossbar.py`.

Reference: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (both products on one array);
M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494 (settings of their own). Not modelled: devices beyond their weight
(drift, 1/f noise, faults other than those of the response, currents that are no product, exact wires).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.faults import Faults
from chipsim.circuits.readout import Readout, of_columns, of_rows
from chipsim.circuits.transposed import TransposedRead
from chipsim.errors import InputError
from chipsim.kernels.mvm import MVMResult, analog_mvm, position_weighted
from chipsim.kernels.settings import InputEnergy, MVMSettings
from chipsim.streams import Stream

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@final
@dataclass(frozen=True)
class Port:
    """One direction of one array: what happens between a vector and its product."""

    settings: MVMSettings
    short_term_noise: float
    converters: Readout
    key: tuple[int, int]
    energy: int = InputEnergy.NONE  # of a value of the converter that drives, where products are watched
    _scales: dict[tuple[int, float], Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    def product(self, x: Floats, weights: Floats, scale: float, sample: Words, vector: Words, watched: bool = False) -> MVMResult:
        """x (n, inputs), weights (inputs, outputs) C-contiguous -> y (n, outputs) times `scale`; noise is known by (sample, vector).

        `watched`: also sum the energy, over the cells |w| times the energy function of their input, repetitions included; 0 without.
        Raises ValueError where a value is not finite.
        """
        settings = self.settings._replace(energy=self.energy) if watched else self.settings
        conducting = np.abs(weights).sum(axis=1, dtype=np.float64).astype(np.float32) if watched else None
        drops, converters = self.settings.ir_drop > 0, self.converters
        magnitude = np.abs(weights) if drops or self.short_term_noise > 0 else None
        noisy = magnitude is not None and self.short_term_noise > 0
        return analog_mvm(
            x, weights, settings, key=self.key, sample=sample, vector=vector,
            variance=magnitude * np.float32(self.short_term_noise**2) if noisy and magnitude is not None else None,
            magnitude=magnitude if drops else None, droop=position_weighted(weights) if drops else None,
            nonlinearity=converters.nonlinearity, gain=converters.gain, offset=converters.offset, correction=converters.correction,
            row_conductance=conducting, column_scale=self._scale(weights.shape[1], scale),
        )  # fmt: skip

    def _scale(self, outputs: int, scale: float) -> Floats:
        """What every result is multiplied with, kept from call to call: a port serves one array."""
        if (outputs, scale) not in self._scales:
            self._scales[outputs, scale] = self.converters.scaled(np.full(outputs, scale, np.float32))
        return self._scales[outputs, scale]


@final
@dataclass(frozen=True)
class Reads:
    """How the arrays of a network are read: through converters as in `array`, or exactly where it is None."""

    array: Array | None = None
    transposed: TransposedRead = field(default_factory=TransposedRead)

    def __post_init__(self) -> None:
        array = self.array
        if array is not None and array.ir_drop > 0 and array.ir_drop_model == "exact":
            raise InputError("Array.ir_drop_model: exact wires are solved for weights that stay, not in training; take polynomial")
        if array is not None and (array.sensing != "current" or array.balance or array.rows_at_once):
            raise InputError(
                "Array.sensing, balance, rows_at_once: training reads the currents of all rows, once; set sensing: current, balance: "
                "false and leave rows_at_once out"
            )
        if array is not None and array.faults != Faults():
            raise InputError("Array.faults: is given, but training takes stuck devices from the response; set its key stuck instead")

    def check_room(self, name: str, shape: tuple[int, int]) -> None:
        """InputError where the layer `name` with weights (rows, columns) does not fit the array."""
        array = self.array
        if array is not None and (shape[0] > array.rows or shape[1] > array.columns):
            raise InputError(
                f"Array.rows: layer '{name}' has weights {shape} on one array, which has room for {(array.rows, array.columns)}; "
                "give cuts (Network.cuts, what a mapping makes of a large layer), or make the array larger"
            )

    def forward(self, columns: int, stream: Stream, chip: Stream, input_range: float | None = None) -> Port:
        """Rows driven, columns read; noise from `stream`, what is fixed for the chip from `chip`."""
        if self.array is None:
            return Port(MVMSettings(), 0.0, Readout(), stream.key)
        chain = self.array.settings._replace(energy=InputEnergy.NONE)
        chain = chain if input_range is None else chain._replace(input_range=input_range)
        return Port(chain, self.array.short_term_noise, of_columns(self.array, 1, columns, chip), stream.key, self.array.settings.energy)

    def backward(self, rows: int, stream: Stream, chip: Stream) -> Port:
        """Columns driven, rows read."""
        if self.array is None:
            return Port(MVMSettings(), 0.0, Readout(), stream.key)
        turned = self.transposed.array(self.array)
        chain = turned.settings._replace(energy=InputEnergy.NONE)
        return Port(chain, turned.short_term_noise, of_rows(turned, rows, chip), stream.key, turned.settings.energy)

    @property
    def digest(self) -> str:
        """Hash of the description: equal for equal reads."""
        return "exact" if self.array is None else f"{self.array.digest()} {self.transposed.digest()}"
