"""What differs from converter to converter of one array, and what digital calibration makes of it.

    y -> F y / (1 + n_c |y|)          n_c = |n (1 + nonlinearity_spread xi)|
    y -> (ADC(g_c y + b_c) - b'_c) / g'_c

c the converter that output k is read by, c = k // columns_per_adc: outputs that share a converter share its numbers. n, F keys of
the array, g, b, b', g' those of `adc.py` (full-scale cells; gains without dimension). All are fixed for the chip: drawn from its
stream, one number for each converter of the array, whatever is written in it and however much of it is used.
Reference for the spread of the curve: M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4.
Not modelled: converters of an array that are correlated; the small error that mismatch brings to the measurement of drift.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.adc import ADC
from chipsim.circuits.array import Array
from chipsim.kernels.philox import normal
from chipsim.streams import Stream

Row = NDArray[np.float32]
LEAST_GAIN = 0.1  # a converter is never dead and never turns the sign


class Readout(NamedTuple):
    """One number for each output, (outputs,) float32; None where all outputs are alike."""

    nonlinearity: Row | None = None  # n of the curve
    gain: Row | None = None
    offset: Row | None = None  # full-scale cells
    correction: Row | None = None  # subtracted from the converter's number, full-scale cells
    scale: Row | None = None  # then multiplied with it: 1 / measured gain

    def scaled(self, column_scale: Row) -> Row:
        """A digital scale of each output, with the correction of its gain."""
        return column_scale if self.scale is None else column_scale * self.scale

    def shifted(self, offset: Row | None) -> Readout:
        """The same with something of each output (full-scale cells) added before the converter."""
        if offset is None:
            return self
        gained = offset if self.gain is None else offset * self.gain
        return self._replace(offset=gained if self.offset is None else self.offset + gained)


def of_columns(array: Array, parts: int, columns: int, chip: Stream) -> Readout:
    """The converters of `columns` weights in `parts` parts each: outputs (parts * columns,), the parts' columns side by side."""
    places = np.arange(parts)[:, None] * array.outputs + np.arange(columns)
    return _readout(array, places.reshape(-1), chip.child("columns"))


def of_rows(array: Array, rows: int, chip: Stream) -> Readout:
    """The converters that read `rows` rows in the transposed product: others than those of the columns, of the same make."""
    return _readout(array, np.arange(rows), chip.child("rows"))


def _readout(array: Array, outputs: NDArray[np.int64], stream: Stream) -> Readout:
    adc = array.adc
    drawn = _Drawn(stream, outputs // adc.columns_per_adc)
    curved = array.nonlinearity_spread > 0
    gain = drawn.gains(adc.gain_spread, "gain")
    offset = drawn.normals(adc.offset_spread, "offset")
    return Readout(
        nonlinearity=np.abs(np.float32(array.nonlinearity) * (1 + drawn.given(array.nonlinearity_spread, "curve"))) if curved else None,
        gain=gain,
        offset=offset,
        correction=_correction(adc, offset, drawn),
        scale=_scale(adc, gain, drawn),
    )


def _correction(adc: ADC, offset: Row | None, drawn: _Drawn) -> Row | None:
    error = drawn.normals(adc.offset_residual, "measured offset")
    if adc.calibration != "gain_and_offset" or offset is None:
        return error
    return offset if error is None else offset + error


def _scale(adc: ADC, gain: Row | None, drawn: _Drawn) -> Row | None:
    error = drawn.gains(adc.gain_residual, "measured gain")
    if adc.calibration == "none" or (gain is None and error is None):
        return None
    measured = (1.0 if gain is None else gain) * (1.0 if error is None else error)
    return np.asarray(1 / measured, np.float32)


class _Drawn(NamedTuple):
    """Numbers of converters, handed to their outputs."""

    stream: Stream
    converter: NDArray[np.int64]

    def given(self, sigma: float, name: str) -> Row:
        each: Row = np.float32(sigma) * normal(int(self.converter.max()) + 1, self.stream.child(name).key)
        return each[self.converter]

    def normals(self, sigma: float, name: str) -> Row | None:
        return self.given(sigma, name) if sigma > 0 else None

    def gains(self, sigma: float, name: str) -> Row | None:
        return np.maximum(1 + self.given(sigma, name), np.float32(LEAST_GAIN)) if sigma > 0 else None
