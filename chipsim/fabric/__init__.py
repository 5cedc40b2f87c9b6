"""The on-chip network in simulated time: packets on links and in buffers, counted for the ledger."""

from chipsim.fabric.calendar import CalendarFabric
from chipsim.fabric.credits import CreditFabric
from chipsim.fabric.durations import DurationFabric
from chipsim.fabric.fabric import Arrived, Fabric, order
from chipsim.fabric.traffic import Carriage, Tariff, Traffic

__all__ = ["Arrived", "CalendarFabric", "Carriage", "CreditFabric", "DurationFabric", "Fabric", "Tariff", "Traffic", "order"]
