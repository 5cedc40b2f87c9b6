"""A study of what to improve first by hand, for tests of what is made from it."""

from __future__ import annotations

from typing import Any

from chipsim.studies.tornado import TornadoStudy
from chipsim.tabular import Row

MEASURES = [
    {"measure": "energy", "unit": "J", "better": "less", "value": 1.06e-7, "noise": 0.0},
    {"measure": "sustained_ops_per_watt", "unit": "OP/s/W", "better": "more", "value": 4.45e12, "noise": 0.0},
    {"measure": "accuracy", "unit": "", "better": "more", "value": 0.9712, "noise": 0.005},
]
NUMBERS = [
    {"key": key, "value": value, "unit": unit, "low": low, "high": high, "assumed": "adc.energy" in key, "affects": "time"}
    for key, value, unit, low, high in (
        ("tile.array.adc.energy", 2.9e-13, "J", 2.61e-13, 3.19e-13),
        ("tile.array.adc.bits", 9, "", 8, 10),
        ("tile.measured.time", 1.3e-7, "s", None, 1.43e-7),
        ("network.topology.columns", 8, "", 4, 16),
    )
]
SAME = {"down": 0.0, "up": 0.0, "elasticity": 0.0, "improve": "", "gain": 0.0, "tried": True, "within_noise": False}


def effect(measure: str, key: str, **values: Any) -> Row:
    """A row of effects; without values the number does not matter."""
    return SAME | {"measure": measure, "key": key} | values


def made(**changes: Any) -> TornadoStudy:
    """Three measures, four numbers; fields as changed."""
    effects = [
        effect("energy", "tile.array.adc.energy", down=-0.05, up=0.05, elasticity=0.5, improve="less", gain=0.05),
        effect("energy", "tile.measured.time", down=None, up=0.012, elasticity=0.12, improve="less", gain=0.0, tried=False),
        effect("energy", "network.topology.columns", down=0.3, up=0.2, elasticity=-0.01),
        effect("sustained_ops_per_watt", "network.topology.columns", down=-0.2, up=7.23, elasticity=3.0, improve="more", gain=7.23),
        effect("energy", "tile.array.adc.bits"),
        effect("sustained_ops_per_watt", "tile.array.adc.energy", down=0.053, up=-0.048, elasticity=-0.5, improve="less", gain=0.053),
        effect("accuracy", "tile.array.adc.bits", down=-0.004, up=0.001, elasticity=0.02, improve="more", gain=0.001, within_noise=True),
    ]
    rest = {"dimension": "", "source": "assumed", "reason": ""}
    numbers = [row | rest | {"reason": "shorter than a read" if row["low"] is None else ""} for row in NUMBERS]
    refused = [{"key": "tile.arrays", "value": 1, "unit": "", "reason": "cannot be"}]
    values = {"name": "net on chip", "chip": "chip", "step": 0.1, "seed": 0, "age": 1.0, "samples": 500, "runs": 3}
    return TornadoStudy(**values | {"measures": MEASURES, "effects": effects, "numbers": numbers, "refused": refused} | changes)
