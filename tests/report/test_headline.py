"""The headline: right numbers, right units, what was counted next to each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chipsim.report.headline import headline, precision, title, work
from chipsim.result import Result


def values(result: Result) -> dict[str, str]:
    return {figure.metric: figure.value for figure in headline(result)}


def test_numbers_appear_with_their_units(changed: Callable[..., Result]) -> None:
    metrics = {
        "latency": 2.5e-6,
        "energy": 1.2e-8,
        "power": 3e-3,
        "area": 634e-9,
        "peak_ops": 63.1e12,
        "peak_ops_per_watt": 9.76e12,
        "peak_ops_per_area": 1.59e18,
    }
    assert values(changed(metrics=metrics, accuracy=[])) == {
        "latency": "2.5 us",
        "energy": "12 nJ",
        "power": "3 mW",
        "area": "0.634 mm2",
        "peak_ops": "63.1 TOP/s",
        "peak_ops_per_watt": "9,760 GOP/s/W",
        "peak_ops_per_area": "1.59 TOP/s/mm2",
    }


def test_every_rate_says_its_bits_and_what_was_counted(result: Result) -> None:
    rates = [figure for figure in headline(result) if "peak" in figure.metric or "sustained" in figure.metric]
    assert len(rates) == 6
    for figure in rates:
        assert "input 8 b, weight analog (pcm), output 9 b" in figure.counted
        assert ("arrays full" in figure.counted) == figure.metric.startswith("peak")


def test_energy_is_told_apart(result: Result) -> None:
    counted = next(figure.counted for figure in headline(result) if figure.metric == "energy")
    assert "leakage over the interval" in counted
    assert "52 nJ" in counted


@pytest.mark.parametrize(
    ("array", "bits"),
    [
        ({"dac": {"bits": 7}, "adc": {"bits": 6}, "cell": {"device": {"type": "rram"}}}, ("7 b", "analog (rram)", "6 b")),
        ({"dac": {"type": "ideal"}, "adc": {"type": "ideal"}, "cell": {"device": "ideal"}},
         ("not quantised", "analog (ideal)", "not quantised")),
        ({}, ("not stated", "analog", "not stated")),
        ({"dac": {"bits": 8, "sign": "none"}, "cell": {"type": "sliced", "bits": 8, "bits_per_slice": 2, "device": {"type": "rram"}}},
         ("8 b without sign", "8 b and sign in slices of 2 b (rram)", "not stated")),
        ({"cell": {"type": "sliced", "bits": 1, "bits_per_slice": 1, "device": {"type": "rram"}}},
         ("not stated", "1 b and sign (rram)", "not stated")),
        ({"cell": {"type": "pair", "device": {"type": "mram", "between_states": "nearest"}}},
         ("not stated", "in binary devices (mram)", "not stated")),
    ],
)  # fmt: skip
def test_bits_come_from_the_architecture(changed: Callable[..., Result], array: dict[str, object], bits: tuple[str, ...]) -> None:
    found = precision(changed(experiment={"architecture": {"tile": {"array": array}}}))
    assert tuple(found.values()) == bits


def test_accuracy_is_that_of_the_last_time(result: Result) -> None:
    last = headline(result)[-1]
    assert last.name == "accuracy after 1 y"
    assert last.value == "97.20 +- 0.09 %"
    assert last.counted == "float network 98.93 %; 98.71 +- 0.09 % after 1 s; 97.09 - 97.31 % with 95 % confidence; 5 repeats"


def test_yield_is_told_of_several_chips(result: Result, changed: Callable[..., Result]) -> None:
    rows = [row | {"chips": row["values"][:2], "values": row["values"][:4], "yield": 0.5} for row in result.accuracy]
    assert headline(changed(accuracy=rows))[-1].counted.endswith("; 50 % of 2 chips good; 2 repeats")
    single = [row | {"values": row["values"][:1], "low": None, "high": None} for row in result.accuracy]
    assert headline(changed(accuracy=single))[-1].counted == "float network 98.93 %; 98.71 % after 1 s; 1 repeat"


def test_programming_is_told_with_what_it_took(result: Result, changed: Callable[..., Result]) -> None:
    found = {figure.metric: figure for figure in headline(result)}
    assert found["programming_time"].value == "1.6 ms"
    assert found["programming_energy"].value == "410 uJ"
    pulses, reads = (sum(row[name] for row in result.programming) for name in ("pulses", "reads"))
    assert found["programming_energy"].counted.startswith(f"{pulses:,.0f}"[:2])
    assert f"{reads:,}"[:1] in found["programming_energy"].counted
    assert "all pulses" in {f.metric: f for f in headline(changed(programming=[]))}["programming_energy"].counted


def test_work_is_two_operations_a_mac(changed: Callable[..., Result]) -> None:
    assert work(changed(metrics={"macs": 2_500_000})) == (
        "One inference is 2.5 MMAC = 5 MOP (1 MAC = 2 OP), counted from the network."
    )
    assert work(changed(metrics={})) == "Operations were not counted."


def test_title_falls_back_to_the_name(result: Result, changed: Callable[..., Result]) -> None:
    assert title(result) == "lenet on pcm-64"
    assert title(changed(experiment={})) == "lenet-on-pcm-64"


def test_a_network_that_is_written_once_is_told_to_take_longer_in_truth(result: Result, changed: Callable[..., Result]) -> None:
    blind = changed(programming=[row | {"reads": 0} for row in result.programming])
    said = [next(f.counted for f in headline(run) if f.metric == "programming_time") for run in (result, blind)]
    assert "lower bound" not in said[0]
    assert said[1].endswith("one pulse for each device, a lower bound")
