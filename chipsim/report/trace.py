"""The timed run as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing: one track for every pipeline stage.

Format: Chrome trace events in JSON, gzipped; complete events (`"ph": "X"`) with `ts` and `dur` in microseconds. Simulated
time is counted in picoseconds, so six decimals are exact. Spans of one track never overlap; a run that breaks this is
refused, and the file says that it was checked.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from chipsim.errors import CheckError
from chipsim.result import Result, Row
from chipsim.units import picoseconds, show

_PROCESS = 1


def write_trace(result: Result, path: str | Path) -> Path:
    """Write the gzipped trace of `result` to `path`; CheckError when two spans of a track overlap."""
    tracks = tracks_of(result)
    events: list[dict[str, Any]] = [_metadata("process_name", 0, {"name": result.name})]
    for thread, (track, spans) in enumerate(tracks.items(), start=1):
        events.append(_metadata("thread_name", thread, {"name": track}))
        events.append(_metadata("thread_sort_index", thread, {"sort_index": thread}))
        events += [_event(span, thread) for span in spans]
    notes = {"run": result.digest, "overlapping spans": "none in any of the tracks (checked when this file was written)"}
    text = json.dumps({"traceEvents": events, "displayTimeUnit": "ns", "otherData": notes}, ensure_ascii=False)
    file = Path(path)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))  # no time stamp: equal runs give equal files
    return file


def tracks_of(result: Result) -> dict[str, list[Row]]:
    """Spans by track, tracks in the order of their first span, spans in order of time; CheckError when any overlap."""
    tracks: dict[str, list[Row]] = defaultdict(list)
    for span in sorted(result.spans, key=lambda row: (row["start"], row["end"])):
        tracks[str(span["track"])].append(span)
    for track, spans in tracks.items():
        for before, after in pairwise(spans):
            if picoseconds(after["start"]) < picoseconds(before["end"]):
                raise CheckError(
                    f"Result.spans: on track '{track}', '{after['name']}' starts at {show(after['start'], 's', 6)}, before "
                    f"'{before['name']}' ends at {show(before['end'], 's', 6)}; spans of one stage may not overlap"
                )
    return dict(tracks)


def _event(span: Row, thread: int) -> dict[str, Any]:
    start, end = picoseconds(span["start"]), picoseconds(span["end"])
    return {
        "name": str(span["name"]),
        "ph": "X",
        "ts": start / 1e6,
        "dur": (end - start) / 1e6,
        "pid": _PROCESS,
        "tid": thread,
        "args": {"sample": span["sample"]},
    }


def _metadata(kind: str, thread: int, values: dict[str, Any]) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": _PROCESS, "tid": thread, "args": values}
