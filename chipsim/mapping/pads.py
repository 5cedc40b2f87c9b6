"""Whether a host interface has the landing pads that the routes of a mapping need.

A route into the chip starts at an input pad: the source has one for each slice of the input that some array or digital circuit reads
(readers of the same slice share it: multicast). A route out of the chip ends at an output pad: one for each circuit that sends results.
"""

from __future__ import annotations

from chipsim.architecture import Host
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Dataflow

_HELP = {
    "input": "fewer copies of the first layers, larger arrays (fewer row blocks), or more pads",
    "output": "fewer columns of blocks or copies of the last layer, or more pads",
}


def refuse_missing_pads(host: Host, dataflow: Dataflow) -> None:
    """InputError when more routes lead through the interface than it has pads."""
    if host.pads is None:
        return
    entering = {flow.channels for stage in dataflow.stages if stage.kind == "source" for flow in stage.out}
    leaving = {flow.source for flow in dataflow.flows if dataflow.stages[flow.target].kind == "sink"}
    for side, needed, pads in (("input", len(entering), host.pads.input), ("output", len(leaving), host.pads.output)):
        if needed > pads:
            who = "slices of the input enter the chip" if side == "input" else "circuits send results out of the chip"
            text = f"{needed} {who}, each on a route of its own, but there are {pads} pads"
            raise InputError(f"host.pads.{side}: {text}; take {_HELP[side]}")
