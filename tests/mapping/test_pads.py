"""Landing pads: routes into and out of the chip are counted, too few pads are refused before anything runs."""

import pytest
from builders import chip, linear, network

from chipsim.errors import InputError
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapper import map_workload

ARRAY = {"rows": 8, "columns": 8}


def plan(pads: dict[str, int] | None, wires: int = 0):
    """24 inputs in three blocks of rows, 20 outputs in three blocks of columns."""
    control = {"flow_control": {"type": "durations", "step": "300 ns", "wires": wires}} if wires else {}
    machine = chip(array=ARRAY, mesh=(4, 4), host={} if pads is None else {"pads": pads}, network=control)
    workload = network([24, 1, 1], linear("fc", 20))
    return lay_out(workload, machine, map_workload(workload, machine))


def test_three_slices_in_and_three_circuits_out_need_three_pads_each() -> None:
    flows = plan(None).flows
    assert plan({"input": 3, "output": 3}).flows == flows


@pytest.mark.parametrize(
    ("pads", "message"),
    [
        ({"input": 2, "output": 6}, r"pads.input: 3 slices of the input enter the chip and need 3 pads, but there are 2; take fewer"),
        ({"input": 6, "output": 1}, r"pads.output: 3 circuits send results out of the chip and need 3 pads, but there are 1"),
    ],
)
def test_fewer_pads_than_routes_are_refused(pads: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(pads)


def test_pulses_of_several_vectors_share_a_pad_as_far_as_its_wires_go() -> None:
    assert plan({"input": 1, "output": 1}, wires=24)
    assert plan({"input": 2, "output": 2}, wires=16)
    assert plan({"input": 3, "output": 3}, wires=4)
    with pytest.raises(InputError, match="3 slices of the input enter the chip and need 2 pads, but there are 1"):
        plan({"input": 1, "output": 3}, wires=16)
