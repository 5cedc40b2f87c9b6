"""Latency against injection: closed forms at both ends of the curve, points that are true points, refusals, where a run stands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chipsim.errors import InputError
from chipsim.noc.network import Calendar, Credits, Network
from chipsim.noc.topology import Mesh
from chipsim.result import Result
from chipsim.studies.injection import TIMES, InjectionStudy, Wish, level, loads_of_run, saturation, study

TABLES = (
    "mapping", "layers", "tiles", "energy", "area", "leakage", "spans", "programming", "convergence", "upkeep", "accuracy", "checks",
    "assumed",
)  # fmt: skip
FEW = Wish(points=6, packets=300)


def network(columns: int = 3, rows: int = 3) -> Network:
    return Network(topology=Mesh(columns=columns, rows=rows), clock=1e9, flit_width=32, payload=256, link_energy=0.0, pitch=1e-3)


@pytest.fixture(scope="module")
def found() -> InjectionStudy:
    return study(network(), "small", ["uniform", "bit_complement", "transpose"], [Calendar(), Credits()], FEW)


def test_a_curve_begins_at_the_zero_load_latency_and_ends_beyond_saturation(found: InjectionStudy) -> None:
    assert {(row["pattern"], row["control"]) for row in found.limits} == {
        (pattern, control) for pattern in ("uniform", "bit_complement", "transpose") for control in ("calendar", "credits")
    }
    for limit in found.limits:
        rows = [row for row in found.curves if (row["pattern"], row["control"]) == (limit["pattern"], limit["control"])]
        assert len(rows) == 6
        assert rows[0]["latency"] == pytest.approx(limit["zero_load"], rel=0.05)
        assert rows[0]["load"] < 0.05
        assert rows[-1]["latency"] > 2 * limit["zero_load"]
        assert all(row["low"] <= row["latency"] <= row["high"] for row in rows)
        assert all(row["late"] >= rows[0]["latency"] for row in rows)


def test_nothing_saturates_beyond_its_bound(found: InjectionStudy) -> None:
    """The latency of a short run passes three times the idle one a little later than that of an endless run would."""
    assert all(limit["saturation"] is None or limit["share"] < 1.15 for limit in found.limits)
    uniform = next(limit for limit in found.limits if limit["pattern"] == "uniform")  # in others some tiles go on when a link is full
    assert all(row["accepted"] < 1.05 * uniform["bound"] for row in found.curves if row["pattern"] == "uniform")


def test_finite_buffers_saturate_earlier(found: InjectionStudy) -> None:
    uniform = {limit["control"]: limit["saturation"] for limit in found.limits if limit["pattern"] == "uniform"}
    assert uniform["credits"] < uniform["calendar"]


def test_equal_questions_have_equal_answers() -> None:
    texts = [study(network(2, 2), "a", wish=Wish(points=3, packets=200)).to_json() for _ in range(2)]
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["tiles"] == 4


def test_saturation_lies_between_the_points() -> None:
    rows = [{"load": 0.1, "latency": 1.0}, {"load": 0.3, "latency": 2.0}, {"load": 0.5, "latency": 4.5}]
    assert saturation(rows, 1.0) == pytest.approx(0.3 + 0.2 * 0.5)  # sqrt(2 x 4.5) = 3
    assert saturation(rows, 2.0) is None
    assert TIMES == 3


def test_levels_between_the_points() -> None:
    rows = [{"load": 0.1, "latency": 1.0}, {"load": 0.3, "latency": 4.0}]
    assert level(rows, 0.2) == pytest.approx(2.0)
    assert level(rows, 0.05) == 1.0
    assert level(rows, 0.4) is None


def test_a_case_that_fails_leaves_the_others() -> None:
    mixed = study(network(3, 2), patterns=["transpose", "uniform"], wish=Wish(points=3, packets=200))
    assert [row["pattern"] for row in mixed.limits] == ["uniform"]
    assert "needs a square grid" in mixed.refused[0]["reason"]
    with pytest.raises(InputError, match="no curve can be made; transpose, calendar: injection: 'transpose' needs"):
        study(network(3, 2), patterns=["transpose"])
    with pytest.raises(InputError, match="every tile of this network would send to itself"):
        study(network(2, 2), patterns=["tornado"])
    with pytest.raises(InputError, match="expected 3 points or more"):
        study(network(), wish=Wish(points=1))


def test_credits_refuse_packets_that_fill_more_than_a_buffer() -> None:
    with pytest.raises(InputError, match="does not fit in a buffer of 4 flits"):
        study(network(), controls=[Credits(buffer=4)], wish=FEW)


def test_where_a_run_stands(found: InjectionStudy, run_result: Result) -> None:
    rows = {(row["pattern"], row["what"]): row for row in loads_of_run(found, run_result)}
    limit = next(limit for limit in found.limits if limit["pattern"] == "uniform")
    assert rows["uniform", "busiest"]["load"] == pytest.approx(0.4 * limit["bound"])
    assert rows["uniform", "mean"]["load"] == pytest.approx((0.4 + 23 * 0.1) / (9 * limit["hops"]))
    with pytest.raises(InputError, match="the run has a network of 1 links, this chip one of 24"):
        loads_of_run(found, replace(run_result, links=run_result.links[:1]))


@pytest.fixture
def run_result() -> Result:
    """A run on 9 tiles whose links are busy for a tenth of the time, one for 40 %."""
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}
    blocks: dict[str, dict[str, object]] = {name: {} for name in ("experiment", "provenance", "timing", "bottleneck", "network")}
    ends = {"source": 0, "destination": 1}
    links = [ends | {"utilisation": 0.4}, *(ends | {"utilisation": 0.1} for _ in range(23))]
    return Result(name="run", digest="0", metrics={}, links=links, assumptions=[], **tables, **blocks)  # type: ignore[arg-type]
