"""Tables from what a run left behind: the host belongs to no layer, and everything still adds up."""

import pytest
from builders import chip, linear, network, play

from chipsim.summary import energy_by, energy_rows


def test_the_host_has_a_row_of_its_own_and_no_share_in_a_layer() -> None:
    run = play(network([8, 1, 1], linear("a", 8), linear("b", 4)), chip(), stream=3)
    rows = energy_rows(run, [], 1.0)
    (host,) = (row for row in rows if row["part"] == "host")
    assert host["layer"] == ""
    assert host["energy"] == pytest.approx((8 + 4) * 8 * 1e-12)  # 1 pJ/b
    layers = energy_by(run, "layer")
    assert set(layers) == {"a", "b"}
    for layer, energy in layers.items():
        assert energy == pytest.approx(sum(row["energy"] for row in rows if row["layer"] == layer))
    everything = sum(row["energy"] for row in rows)
    assert everything == pytest.approx(run.spent / run.simulated + run.carriage.total)
