"""Mean latency under uniform traffic against BookSim 2, flit by flit (tests/published/noc-mesh8x8-latency.csv).

BookSim's traffic: every node of an 8 x 8 mesh creates a packet in each cycle with probability load / packet size (Bernoulli)
for a destination drawn from all 64 nodes, itself included; the queue at the source is unbounded and counts into the latency.
A mean path therefore has 5.25 links and 6.25 routers. Both sides are corrected for the paths that happened to be drawn, which
takes most of the noise out: 4 cycles for each link above or below 5.25.

Saturation is the largest load in the table that BookSim still accepted (97 % or more of what was offered).
Rows whose packets are longer than a buffer are left out: wormhole blocking is outside both models. (For 4 x 8 flits and
packets of 16 the calendar is 7 % low at 29 % of saturation and 10 % low at 43 %.)
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from chipsim.noc.network import Calendar, Credits, FlowControl, Network
from chipsim.noc.topology import Mesh
from chipsim.studies.traffic import Traffic
from chipsim.studies.traffic_patterns import pattern_of

FILE = Path(__file__).parents[1] / "published" / "noc-mesh8x8-latency.csv"
LINKS = 5.25
CYCLE = 1000


@dataclass(frozen=True)
class Row:
    vcs: int
    buffer: int
    flits: int
    load: float
    latency: float
    accepted: float


def table() -> list[Row]:
    """The stable rows, corrected to the mean path."""
    rows = []
    with FILE.open() as file:
        for row in csv.DictReader(file):
            if row["stable"] == "1":
                latency = float(row["packet_latency"]) - 4 * (float(row["routers_mean"]) - 1 - LINKS)
                key = int(row["num_vcs"]), int(row["vc_buf_size"]), int(row["packet_size"])
                rows.append(Row(*key, float(row["offered"]), latency, float(row["accepted"])))
    return rows


def saturation(row: Row) -> float:
    """The largest load accepted with the buffers and packets of `row`."""
    same = [other for other in table() if (other.vcs, other.buffer, other.flits) == (row.vcs, row.buffer, row.flits)]
    return max(other.load for other in same if other.accepted >= 0.97 * other.load)


def fitting(low: float, high: float) -> list[Row]:
    """Rows whose packets fit into a buffer, with a load between two parts of saturation (above 0.04, where noise rules)."""
    return [r for r in table() if r.flits <= r.buffer and r.load > 0.04 and low < r.load / saturation(r) <= high]


def latency(control: FlowControl, flits: int, load: float, packets: int) -> float:
    """Mean latency (cycles) under uniform traffic, corrected to the mean path; the first eighth of the cycles is not counted."""
    network = Network(
        topology=Mesh(columns=8, rows=8), flow_control=control, clock=1e9, flit_width=1, payload=flits, link_energy=0.0, pitch=1e-3
    )
    cycles = int(packets / 64 / (load / flits))
    run = Traffic(network, pattern_of("uniform", network), flits, load, cycles, cycles // 8, seed=1)
    return 4 * LINKS + flits + 5 + run.excess / CYCLE


@cache
def calendar_latency(flits: int, load: float, packets: int) -> float:
    """The calendar model knows no buffers: one run serves all rows of the same packets and load."""
    return latency(Calendar(), flits, load, packets)


def calendar(row: Row, packets: int) -> float:
    return calendar_latency(row.flits, row.load, packets) / row.latency - 1


def credit(row: Row, packets: int) -> float:
    return latency(Credits(virtual_channels=row.vcs, buffer=row.buffer), row.flits, row.load, packets) / row.latency - 1


def name(row: Row) -> str:
    return f"{row.vcs}x{row.buffer}-{row.flits}-{row.load}"


@pytest.mark.parametrize("row", fitting(0, 0.4), ids=name)
def test_calendar_is_within_5_percent_up_to_40_percent_of_saturation(row: Row) -> None:
    assert abs(calendar(row, 6000)) < 0.05


@pytest.mark.parametrize("row", fitting(0.4, 0.5), ids=name)
def test_calendar_is_within_10_percent_up_to_half_of_saturation(row: Row) -> None:
    assert abs(calendar(row, 6000)) < 0.10


@pytest.mark.parametrize("row", [row for row in fitting(0.3, 0.75) if row.load in (0.15, 0.25, 0.3)], ids=name)
def test_credits_are_within_8_percent_up_to_75_percent_of_saturation(row: Row) -> None:
    assert abs(credit(row, 4000)) < 0.08


def test_waiting_grows_with_the_load() -> None:
    """The models are compared above by ratios near one; this makes sure that it is not the idle latency that agrees."""
    idle = 4 * LINKS + 4 + 5
    row = next(row for row in table() if (row.vcs, row.buffer, row.flits, row.load) == (1, 64, 4, 0.25))
    measured = latency(Credits(virtual_channels=1, buffer=64), 4, 0.25, 6000)
    assert measured - idle == pytest.approx(row.latency - idle, rel=0.25)


@pytest.mark.slow
def test_print_the_whole_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    """Every row, with long runs: python -m pytest tests/fabric/test_booksim.py -m slow."""
    worst = {"calendar": 0.0, "credits": 0.0}
    with capsys.disabled():
        print("\nVCs x buffer, packet, load, part of saturation: BookSim (cycles), calendar, credits (per cent)")
        for row in table():
            share = row.load / saturation(row)
            fits = row.flits <= row.buffer
            low, high = calendar(row, 40_000), credit(row, 40_000) if fits else 0.0
            shown = f"{low:+8.1%} {high:+8.1%}" if fits else f"{low:+8.1%} (longer than a buffer)"
            print(f"{row.vcs} x {row.buffer:2}, {row.flits:2}, {row.load:.2f}, {share:4.2f}: {row.latency:8.2f} {shown}")
            worst["calendar"] = max(worst["calendar"], abs(low) if share <= 0.4 and fits else 0)
            worst["credits"] = max(worst["credits"], abs(high) if share <= 0.75 and fits else 0)
    assert worst["calendar"] < 0.05
    assert worst["credits"] < 0.08
