"""Circuits around the arrays, as descriptions with a cost. Importing this package registers every type."""

from chipsim.circuits.accumulator import Accumulator
from chipsim.circuits.adc import ADC
from chipsim.circuits.bit_serial import BitSerial
from chipsim.circuits.circuit import Circuit, Cost
from chipsim.circuits.dac import DAC
from chipsim.circuits.dram import DRAM
from chipsim.circuits.encoding import InputScaling
from chipsim.circuits.memory import Memory
from chipsim.circuits.neuron import Neuron
from chipsim.circuits.scaling import Scaling
from chipsim.circuits.sram import EDRAM, SRAM
from chipsim.circuits.tabulated import Tabulated
from chipsim.circuits.vector_unit import VectorUnit

__all__ = [
    "ADC",
    "DAC",
    "DRAM",
    "EDRAM",
    "SRAM",
    "Accumulator",
    "BitSerial",
    "Circuit",
    "Cost",
    "InputScaling",
    "Memory",
    "Neuron",
    "Scaling",
    "Tabulated",
    "VectorUnit",
]
