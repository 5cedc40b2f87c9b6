"""Memory devices as pure physics: programming error, drift, read noise. Importing this package registers every type."""

from chipsim.devices.capacitor import Capacitor
from chipsim.devices.device import Device, Programmed, Times
from chipsim.devices.ecram import ECRAM
from chipsim.devices.flash_sonos import SONOS
from chipsim.devices.hermes import HERMES
from chipsim.devices.ideal import Ideal
from chipsim.devices.measured import Measured
from chipsim.devices.measured_traces import MeasuredTraces
from chipsim.devices.moments import Moments
from chipsim.devices.mram import MRAM
from chipsim.devices.pcm import PCM
from chipsim.devices.pcm_joshi import PCMJoshi
from chipsim.devices.pulse import Pulse
from chipsim.devices.rram_cmo_hfox import CMOHfOx
from chipsim.devices.rram_milo2021 import RRAMMilo2021
from chipsim.devices.rram_wan2022 import RRAMWan2022

__all__ = [
    "ECRAM",
    "HERMES",
    "MRAM",
    "PCM",
    "SONOS",
    "CMOHfOx",
    "Capacitor",
    "Device",
    "Ideal",
    "Measured",
    "MeasuredTraces",
    "Moments",
    "PCMJoshi",
    "Programmed",
    "Pulse",
    "RRAMMilo2021",
    "RRAMWan2022",
    "Times",
]
