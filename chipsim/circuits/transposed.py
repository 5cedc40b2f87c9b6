"""The conversion path of the transposed product: columns are driven where they were read, rows are read where they were driven.

    e = A'(d, W^T)      time of one product = time of the drivers + bit planes x conversion of all rows

A' is the chain of the array (array.py) with the converters and the noise given here; d (n, columns) errors, e (n, rows), W (rows,
columns) in full-scale weights. Errors are far smaller than inputs, so every vector is brought to the range of the converter by its
largest value, whatever the forward product does. Drivers and converters are circuits of their own next to those of the forward product,
of the same make where no other is given: a driver for each column, a converter for each `columns_per_adc` rows.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (both products on one array);
M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494 (settings of their own for the transposed product). Not modelled: the
polynomial of the IR drop, which runs along the columns; converters that serve both products in turn.
"""

from __future__ import annotations

from typing import Any, final

from chipsim.circuits.adc import ADC
from chipsim.circuits.array import Array
from chipsim.circuits.cadence import Cadence
from chipsim.circuits.dac import DAC
from chipsim.circuits.encoding import AbsoluteMaximum
from chipsim.errors import InputError
from chipsim.spec import Spec, key

_NOISES = ("input_noise", "output_noise", "short_term_noise")


@final
class TransposedRead(Spec):
    """What is different when columns are driven and rows are read; a key that is left out is as in the forward product."""

    dac: DAC | None = key("how errors are applied to the columns; one for each column", default=None)
    adc: ADC | None = key("how the currents of the rows are turned into numbers", default=None)
    input_noise: float | None = key("standard deviation of the noise added to each error", default=None, ge=0)
    output_noise: float | None = key("standard deviation of the noise added to each result, in full-scale cells", default=None, ge=0)
    short_term_noise: float | None = key("read noise of the cells from product to product", default=None, ge=0)
    bound_management: int = key("how often a product is repeated with halved inputs while a result is clipped", default=0, ge=0, le=16)

    def array(self, forward: Array) -> Array:
        """The array as the transposed product finds it, `rows` and `columns` still those of the weights.

        InputError where these converters do not go with the array.
        """
        if forward.sensing == "resistance":
            raise InputError("TransposedRead: cells in series on a column cannot be read along the rows; set sensing: current or voltage")
        changes: dict[str, Any] = {name: getattr(self, name) for name in _NOISES if getattr(self, name) is not None}
        adc, dac = self.adc or forward.adc, self.dac or forward.dac
        fixed = {"input_scaling": AbsoluteMaximum(), "ir_drop": 0.0, "bound_management": self.bound_management, "balance": False}
        return forward.having(adc=adc, dac=dac, cycle=None, rows_at_once=None, **fixed, **changes)

    def product_time(self, forward: Array) -> float:
        """Time of one transposed product on all rows (s): errors applied, then converted, bit plane by bit plane."""
        adc, dac = self.adc or forward.adc, self.dac or forward.dac
        return Cadence(dac, adc, forward.rows).latency
