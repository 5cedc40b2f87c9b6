"""Figures that somebody published about a device, besides the fit that its model is made of, next to what the model says."""

from __future__ import annotations

from typing import Literal, NamedTuple, final


@final
class PublishedPoint(NamedTuple):
    """One figure: what it is, published range `low` to `high`, the model's `found`, their unit, how they are related, source.

    `relation`: `predicted` where the model was fitted to other data, `calibrated` where it was fitted to the data of this figure.
    """

    quantity: str
    low: float
    high: float
    found: float
    unit: str
    relation: Literal["predicted", "calibrated"]
    source: str
