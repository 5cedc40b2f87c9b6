"""What the readings of a fast array are compared with: the symmetry points of its devices, as far as they are known.

    r_k = w_k - R_k + noise xi                       R = z + e xi'

z = 0 without a calibration: the array is read as it is. A calibration ("zero-shifting") gives every device of the array at once `pulses`
pulses that go up and down in turn, which leads each to where both are equal, and reads all lines after each of the last `reads` pulses;
z is the mean of these readings, and what reference devices beside the array are set to. An even number of reads weighs both ends of the
last steps alike. What is left in z beside the symmetry point is what the way there has not covered, the wandering of the device about
it by the noise of single pulses, the noise of the readings, and a share of half a step; e adds the error with which reference devices
are set.

A device approaches the point by a share of its distance with each pulse, on average half of the slope of (up - down) against the weight:
a twentieth with 20 states and soft bounds, a thousandth with 1,000 states. Symbols: w weight, r reading, e (`reference_error`), noise in
units of the full-scale weight; xi of a reading and xi' of a device standard normal; R (rows, columns) float32.

Cost: a slot for each pulse, driven on all rows and columns; a read of each line after each of the last ones; one addition a cell then.

References: H. Kim et al., arXiv:1907.10228, 2019, DOI 10.48550/arXiv.1907.10228 (zero-shifting); T. Gokmen, W. Haensch, Frontiers in
Neuroscience 14, 103, 2020, DOI 10.3389/fnins.2020.00103.
Not modelled: reference devices that drift; their share of the noise of a reading.
"""

from __future__ import annotations

from typing import NamedTuple, final

import numpy as np

from chipsim.kernels.philox import normal
from chipsim.kernels.pulsed_update import Matrix
from chipsim.spec import Spec, key
from chipsim.streams import Stream
from chipsim.training.rules.pulsed_array import Axis, PulsedArray
from chipsim.training.rules.rule import Activity


@final
class Calibration(Spec):
    """How the symmetry points of an array are looked for before training."""

    cites = ("kim2019",)

    pulses: int = key("pulses on every device, up and down in turn", default=2000, ge=2, le=1_000_000, source="assumed")
    reads: int = key("last pulses after which all lines are read, for the mean", default=20, ge=1, le=1000, source="assumed")


class Reference(NamedTuple):
    """What is subtracted from readings, None: nothing; and what it took to find it."""

    values: Matrix | None = None
    prepared: Activity = Activity()

    def below(self, weights: Matrix) -> Matrix:
        """What weights (rows, columns) show."""
        return weights if self.values is None else weights - self.values

    def line(self, axis: Axis, number: int) -> Matrix | np.float32:
        """What is subtracted from a row or column."""
        if self.values is None:
            return np.float32(0)
        return self.values[number] if axis == "row" else self.values[:, number]


def referenced(array: PulsedArray, axis: Axis, calibration: Calibration | None, noise: float, error: float, chip: Stream) -> Reference:
    """The reference of an array; a calibration leaves its devices near their symmetry points. `error` is drawn from the chip's stream."""
    values, prepared = (None, Activity()) if calibration is None else _calibrated(array, axis, calibration, noise)
    if error > 0:
        off = np.float32(error) * normal(array.shape, chip.key)
        values = off if values is None else values + off
    return Reference(values, prepared)


def _calibrated(array: PulsedArray, axis: Axis, calibration: Calibration, noise: float) -> tuple[Matrix, Activity]:
    reads = min(calibration.reads, calibration.pulses)
    done = array.alternate(0, calibration.pulses - reads)
    total = np.zeros(array.shape, np.float64)
    for number in range(calibration.pulses - reads, calibration.pulses):
        done = done.merged(array.alternate(number, 1))
        total += array.shown(noise, number)
    lines = array.shape[0 if axis == "row" else 1]
    return (total / reads).astype(np.float32), done.merged(Activity(reads=reads * lines, operations=reads * total.size))
