"""Memory devices as pure physics: programming error, drift, read noise. Importing this package registers every type."""

from chipsim.devices.device import Device, Programmed
from chipsim.devices.hermes import HERMES
from chipsim.devices.ideal import Ideal
from chipsim.devices.pcm import PCM

__all__ = ["HERMES", "PCM", "Device", "Ideal", "Programmed"]
