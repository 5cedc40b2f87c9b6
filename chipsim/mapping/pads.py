"""Whether a host interface has the landing pads that the routes of a mapping need.

A route into the chip starts at an input pad: the source has one for each slice of the input that some array or digital circuit reads
(readers of the same slice share it: multicast). A route out of the chip ends at an output pad: one for each circuit that sends results.
With the flow control `durations`, routes share a pad as long as it has a wire for each of their values (vectors are concatenated).
"""

from __future__ import annotations

from collections.abc import Iterable

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow
from chipsim.noc.network import Durations

_HELP = {
    "input": "fewer copies of the first layers, larger arrays (fewer row blocks), or more pads",
    "output": "fewer columns of blocks or copies of the last layer, or more pads",
}


def refuse_missing_pads(architecture: Architecture, dataflow: Dataflow) -> None:
    """InputError when more routes lead through the interface than it has pads."""
    pads, control = architecture.host.pads, architecture.network.flow_control
    if pads is None:
        return
    wires = control.wires if isinstance(control, Durations) else 1
    entering = {flow.channels for stage in dataflow.stages if stage.kind == "source" for flow in stage.out}
    leaving = {(flow.source, flow.channels) for flow in dataflow.flows if dataflow.stages[flow.target].kind == "sink"}
    slices = {"input": [high - low for low, high in entering], "output": [high - low for _, (low, high) in leaving]}
    for side, given in (("input", pads.input), ("output", pads.output)):
        needed = _filled(slices[side], wires)
        if needed > given:
            who = "slices of the input enter the chip" if side == "input" else "circuits send results out of the chip"
            text = f"{len(slices[side])} {who} and need {needed} pads, but there are {given}"
            raise InputError(f"host.pads.{side}: {text}; take {_HELP[side]}")


def _filled(sizes: Iterable[int], wires: int) -> int:
    """Pads of so many wires that these vectors fill, the longest first; one that is longer than a pad has it to itself."""
    left: list[int] = []
    for size in sorted(sizes, reverse=True):
        place = next((pad for pad, free in enumerate(left) if free >= size), None)
        if place is None:
            left.append(max(0, wires - size))
        else:
            left[place] -= size
    return len(left)
