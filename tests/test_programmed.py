"""A programmed layer: however a batch is cut, and to whichever copy a row falls, the bits are the same."""

from __future__ import annotations

import numpy as np
import pytest
from builders import NOISY, chip, conv, functional, linear, network, programmed


@pytest.mark.parametrize("copies", ["none", {"a": 3}])
@pytest.mark.parametrize("reduction", ["destination", "tree"])
def test_parts_of_a_batch_give_the_bits_of_the_whole(monkeypatch: pytest.MonkeyPatch, copies: object, reduction: str) -> None:
    one = network([3, 6, 5], conv("a", 20, padding=1, activation="relu"), conv("b", 4), linear("fc", 3), samples=7)
    ready = programmed(one, chip(array=NOISY | {"rows": 16, "columns": 14}, mesh=(6, 6)), copies=copies, reduction=reduction)
    whole = functional(ready)
    monkeypatch.setattr("chipsim.workload.layers.layer.CACHED", 2 * 6 * 5 * 27)  # two images of the first layer at once
    assert np.array_equal(functional(ready), whole)
    assert np.array_equal(functional(ready, [5, 2]), whole[[5, 2]])
