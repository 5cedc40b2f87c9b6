"""The timeline: one lane for every stage, bars in proportion, large runs cut and said so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from chipsim.errors import CheckError
from chipsim.report.timeline import LANES, SPANS, chosen, timeline
from chipsim.report.trace import tracks_of
from chipsim.result import Result


def spans(drawing: str) -> list[dict[str, str]]:
    return [dict(part.attrib) for part in ElementTree.fromstring(drawing).iter("rect") if "data-tip" in part.attrib]


def test_every_span_is_drawn_in_proportion(result: Result) -> None:
    drawing, note = timeline(result)
    drawn = spans(drawing)
    assert note == ""
    assert len(drawn) == 300
    longest = max(result.spans, key=lambda span: span["end"] - span["start"])
    reach = max(span["end"] for span in result.spans)
    width = max(float(part["width"]) for part in drawn)
    assert width == pytest.approx((longest["end"] - longest["start"]) / reach * 1130, abs=0.02)


def test_tips_say_what_when_and_how_long(result: Result) -> None:
    tips = [part["data-tip"] for part in spans(timeline(result)[0])]
    assert "conv2 rows 0 on tile 1 conv2, sample 1: 20.9 us to 21.5933 us (693 ns)" in tips


def test_the_axis_has_a_unit(result: Result) -> None:
    words = {part.text for part in ElementTree.fromstring(timeline(result)[0]).iter("text")}
    assert {"simulated time (us)", "0", "100", "sample 0", "tile 4 fc3"} <= words


def test_long_runs_are_cut_and_say_so(changed: Callable[..., Result]) -> None:
    rows: list[dict[str, Any]] = [
        {"track": f"t{track}", "name": "a", "start": k * 1e-6, "end": k * 1e-6 + 1e-9 * track, "sample": 0}
        for track in range(LANES + 5)
        for k in range(70)
    ]
    lanes, note = chosen(tracks_of(changed(spans=rows)))
    assert len(lanes) == LANES
    assert "t0" not in lanes  # the least busy
    assert sum(len(found) for found in lanes.values()) == SPANS
    assert note == (
        "The 100 busiest of 105 stages are drawn. Of their 7,000 spans the first 6,000 are drawn. All are in trace.json.gz."
    )


def test_overlaps_are_refused(changed: Callable[..., Result]) -> None:
    rows = [{"track": "t", "name": "a", "start": 0.0, "end": 1e-9 * end, "sample": 0} for end in (1, 2)]
    with pytest.raises(CheckError, match="may not overlap"):
        timeline(changed(spans=rows))


def test_no_spans(changed: Callable[..., Result]) -> None:
    assert timeline(changed(spans=[])) == ("", "The run recorded no spans.")
