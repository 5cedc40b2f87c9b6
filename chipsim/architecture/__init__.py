"""What machine: tiles with their arrays, the network between them, the host interface."""

from chipsim.architecture.chip import Architecture
from chipsim.architecture.cores import DigitalCores
from chipsim.architecture.gating import Gating
from chipsim.architecture.host import Host, Pads
from chipsim.architecture.measured import Measured
from chipsim.architecture.tile import Tile

__all__ = ["Architecture", "DigitalCores", "Gating", "Host", "Measured", "Pads", "Tile"]
