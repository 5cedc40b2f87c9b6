"""How weights are written into crossbars. Importing this package registers every algorithm."""

from chipsim.programming.gradient import Gradient
from chipsim.programming.maintenance import Maintenance
from chipsim.programming.one_shot import OneShot
from chipsim.programming.optimised import Optimised
from chipsim.programming.programmer import Programmer
from chipsim.programming.write_verify import WriteVerify

__all__ = ["Gradient", "Maintenance", "OneShot", "Optimised", "Programmer", "WriteVerify"]
