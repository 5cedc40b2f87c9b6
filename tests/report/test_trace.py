"""The trace: loads as Chrome events, exact to the picosecond, spans of one track side by side."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chipsim.errors import CheckError
from chipsim.report.trace import tracks_of, write_trace
from chipsim.result import Result


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return loaded


def test_every_span_is_an_event_of_its_own_track(result: Result, tmp_path: Path) -> None:
    trace = load(write_trace(result, tmp_path / "trace.json.gz"))
    events = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    names = {e["tid"]: e["args"]["name"] for e in trace["traceEvents"] if e["ph"] == "M" and e["name"] == "thread_name"}
    assert len(events) == len(result.spans) == 300
    assert set(names.values()) == {span["track"] for span in result.spans}
    found = {(names[e["tid"]], e["name"], round(e["ts"] * 1e6), round(e["dur"] * 1e6), e["args"]["sample"]) for e in events}
    expected = {
        (s["track"], s["name"], round(s["start"] * 1e12), round(s["end"] * 1e12) - round(s["start"] * 1e12), s["sample"])
        for s in result.spans
    }
    assert found == expected
    assert trace["traceEvents"][0] == {"name": "process_name", "ph": "M", "pid": 1, "tid": 0, "args": {"name": result.name}}


def test_events_of_a_track_are_in_order_and_do_not_overlap(result: Result, tmp_path: Path) -> None:
    tracks = defaultdict(list)
    for event in load(write_trace(result, tmp_path / "trace.json.gz"))["traceEvents"]:
        if event["ph"] == "X":
            tracks[event["tid"]].append((round(event["ts"] * 1e6), round((event["ts"] + event["dur"]) * 1e6)))
    for spans in tracks.values():
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_overlapping_spans_are_refused(changed: Callable[..., Result], tmp_path: Path) -> None:
    spans = [
        {"track": "adc", "name": "one", "start": 0.0, "end": 2e-9, "sample": 0},
        {"track": "adc", "name": "two", "start": 1.999e-9, "end": 3e-9, "sample": 0},
    ]
    with pytest.raises(CheckError, match=r"on track 'adc', 'two' starts at 1\.999 ns, before 'one' ends at 2 ns"):
        write_trace(changed(spans=spans), tmp_path / "trace.json.gz")
    assert not (tmp_path / "trace.json.gz").exists()


def test_spans_that_touch_are_kept(changed: Callable[..., Result]) -> None:
    spans = [{"track": "adc", "name": "x", "start": k * 0.1e-9, "end": (k + 1) * 0.1e-9, "sample": 0} for k in range(50)]
    assert len(tracks_of(changed(spans=spans))["adc"]) == 50


def test_equal_runs_give_equal_files(result: Result, tmp_path: Path) -> None:
    one, two = write_trace(result, tmp_path / "a.gz"), write_trace(Result.from_json(result.to_json()), tmp_path / "b.gz")
    assert one.read_bytes() == two.read_bytes()


def test_a_run_without_spans_has_an_empty_trace(changed: Callable[..., Result], tmp_path: Path) -> None:
    events = load(write_trace(changed(spans=[]), tmp_path / "trace.json.gz"))["traceEvents"]
    assert [event["name"] for event in events] == ["process_name"]
