"""How devices answer to pulses up and down, for training on the chip. Importing this package registers every type."""

from chipsim.responses.constant_step import ConstantStep
from chipsim.responses.exponential_step import ExponentialStep
from chipsim.responses.linear_step import LinearStep
from chipsim.responses.measured_steps import MeasuredSteps
from chipsim.responses.one_sided import OneSidedPair
from chipsim.responses.piecewise_step import PiecewiseStep
from chipsim.responses.power_step import PowerStep
from chipsim.responses.response import Cells, Response
from chipsim.responses.soft_bounds import SoftBounds
from chipsim.responses.soft_bounds_reference import SoftBoundsReference

__all__ = [
    "Cells",
    "ConstantStep",
    "ExponentialStep",
    "LinearStep",
    "MeasuredSteps",
    "OneSidedPair",
    "PiecewiseStep",
    "PowerStep",
    "Response",
    "SoftBounds",
    "SoftBoundsReference",
]
