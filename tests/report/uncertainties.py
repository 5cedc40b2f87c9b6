"""A study of assumed numbers by hand, for tests of what is made from it."""

from __future__ import annotations

from typing import Any

from chipsim.studies.uncertainty import UncertaintyStudy


def made(**changes: Any) -> UncertaintyStudy:
    """Three measures, three numbers; fields as changed."""
    names = "measure", "unit", "better", "value", "low", "middle", "high", "width", "explained"
    measures = [
        dict(zip(names, values, strict=True))
        for values in (
            ("energy", "J", "less", 1.06e-7, 1.02e-7, 1.08e-7, 1.16e-7, 1.137, 0.9),
            ("area", "m2", "less", 4.3e-5, 4.3e-5, 4.3e-5, 4.3e-5, 1.0, None),
            ("accuracy", "", "more", 0.97, 0.93, 0.965, 0.98, 0.05, 0.55),
        )
    ]
    shares = [
        {"measure": "energy", "key": "host.energy", "share": 0.6, "error": 0.05, "sure": True, "slope": 0.07, "left": 1.09},
        {"measure": "energy", "key": "network.link_energy", "share": 0.29, "error": 0.2, "sure": False, "slope": 0.04, "left": None},
        {"measure": "energy", "key": "tile.array.adc.bound", "share": 0.01, "error": 0.01, "sure": False, "slope": 0.0, "left": None},
        {"measure": "accuracy", "key": "tile.array.adc.bound", "share": 0.55, "error": 0.1, "sure": True, "slope": 0.02, "left": None},
    ]
    numbers = [
        dict(zip(("key", "value", "unit", "low", "high", "origin", "source"), values, strict=True))
        for values in (
            ("host.energy", 1e-12, "J/b", 5.4e-13, 1.17e-12, "described", "assumed"),
            ("network.link_energy", 1e-10, "J/b/m", 5e-11, 2e-10, "assumed", ""),
            ("tile.array.adc.bound", 32.0, "", 16.0, 64.0, "assumed", "assumed"),
        )
    ]
    values = {"name": "net on chip", "chip": "chip", "draws": 200, "answers": 199, "seed": 3, "samples": 500, "runs": 3, "age": 1.0}
    tables = {"measures": measures, "shares": shares, "numbers": numbers, "refused": [{"draw": 7, "reason": "does not fit"}]}
    return UncertaintyStudy(**values | tables | changes)
