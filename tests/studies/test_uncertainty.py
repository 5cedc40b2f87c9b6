"""Assumed numbers drawn within their ranges: ranges, draws, and shares of a linear law that are known."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from builders import chip, linear, network

from chipsim.architecture import Architecture
from chipsim.described import numbers_of
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.reading import from_plain
from chipsim.studies.uncertainty import SURE, Uncertain, _Fit, hypercube, study, uncertain

WORK = network([4, 1, 1], linear("fc", 3), samples=20)


def sourced(keep: str, **changes) -> Architecture:
    """A chip that has a source for all numbers but those whose paths begin with `keep`."""
    whole = chip(**changes)
    plain = whole.plain()
    for number in numbers_of(whole):
        if number.assumed and not number.path.startswith(keep):
            block = reduce(lambda above, step: above[step], number.steps[:-1], plain)
            block["source"] = (block.get("source") or {}) | {number.steps[-1]: "a paper"}
    return from_plain(Architecture, plain)


def experiment(keep="host", **changes) -> Experiment:
    return Experiment(Question(workload=WORK.spec, architecture=sourced(keep, **changes), times=(1.0,), repeats=1, stream=4), WORK)


def own(chip_, path: str) -> Uncertain:
    return next(number for number in uncertain(chip_) if number.number.path == path)


HOST = {"energy": "1 pJ/b", "leakage": "1 mW", "source": {"energy": "assumed", "leakage": "assumed", "bandwidth": "a paper"}}


@pytest.fixture(scope="module")
def found():
    ranges = {"energy": ["0.1 pJ/b", "10 pJ/b"], "leakage": ["0.5 mW", "4 mW"]}
    return study(experiment(host=HOST | {"ranges": ranges}), draws=40)


def test_only_uncertain_numbers_are_drawn(found):
    assert {row["key"]: (row["low"], row["high"], row["origin"]) for row in found.numbers} == {
        "host.energy": (1e-13, 1e-11, "described"), "host.leakage": (0.5e-3, 4e-3, "described"),
    }  # fmt: skip
    assert (found.draws, found.answers, found.refused) == (40, 40, [])


def test_a_published_number_with_a_range_is_uncertain_too():
    host = {"bandwidth": "8 Gb/s", "source": "a paper", "ranges": {"bandwidth": ["4 Gb/s", "16 Gb/s"]}}
    assert [number.number.path for number in uncertain(sourced("nothing", host=host))] == ["host.bandwidth"]


def test_ranges_without_a_description():
    told = {"activation_bits": "assumed", "network": "assumed"}
    chip_ = chip(source=told, array={"adc": {"type": "sar", "bits": 8, "clock": "1 GHz", "source": {"bits": "assumed"}}})
    bits = own(chip_, "tile.array.adc.bits")
    assert (bits.low, bits.high, bits.origin, bits.whole) == (7, 9, "assumed", True)
    width = own(chip_, "network.flit_width")
    assert (width.low, width.high, width.whole) == (32.0, 128.0, True)
    assert own(chip_, "network.clock")[1:] == (0.5e9, 2e9, "assumed")


def test_ranges_stay_within_what_a_key_takes():
    chip_ = chip(array={"cell": {"device": {"type": "mram", "spread": 0.6, "source": {"spread": "assumed"}}}})
    spread = own(chip_, "tile.array.cell.device.spread")
    assert (spread.low, spread.high, spread.origin) == (0.3, pytest.approx(1), "assumed")
    assert spread.high < 1
    assert all(number.low <= number.number.value <= number.high for number in uncertain(chip_))


def test_assumed_ranges_are_cut_where_the_description_refuses_them():
    """The parts of a chip cannot fill more than the whole; a low state that is given contradicts any other ratio."""
    parts = experiment("nothing").run().metrics["area"]
    whole = own(sourced("measured_area", measured_area=f"{1.1 * parts * 1e6!r} mm2"), "measured_area")
    assert (whole.low, whole.high, whole.origin) == (pytest.approx(1.1 * parts), pytest.approx(2.2 * parts), "cut")
    device = {"type": "mram", "g_max": "100 uS", "g_min": "40 uS", "tmr": 1.5}
    assert not any(number.number.path.endswith(("g_min", "tmr")) for number in uncertain(chip(array={"cell": {"device": device}})))


def test_numbers_are_drawn_evenly_in_their_logarithm():
    number = next(number for number in numbers_of(chip()) if number.path == "network.clock")
    spread = Uncertain(number, 1e8, 1e10, "described")
    assert [spread.at(share) for share in (0, 0.5, 1)] == pytest.approx([1e8, 1e9, 1e10])
    assert Uncertain(number, 0.0, 4.0, "described").at(0.25) == 1.0
    assert Uncertain(number, -4.0, -1.0, "described").at(0.5) == pytest.approx(-2)


def test_whole_numbers_stay_whole():
    number = next(number for number in numbers_of(chip()) if number.path == "activation_bits")
    drawn = [Uncertain(number, 7, 9, "described").at(share) for share in np.linspace(0, 1, 301)]
    assert set(drawn) == {7, 8, 9}
    assert all(isinstance(value, int) for value in drawn)
    assert all(80 <= drawn.count(value) <= 120 for value in (7, 8, 9))


def test_a_latin_hypercube_has_one_draw_in_every_row():
    cube = hypercube(3, 50, seed=1)
    assert cube.shape == (50, 3)
    for column in np.floor(cube * 50).T:
        assert sorted(column) == list(range(50))
    assert np.array_equal(cube, hypercube(3, 50, seed=1))
    assert not np.array_equal(cube, hypercube(3, 50, seed=2))


def test_quantiles_are_those_of_the_draws(found):
    """Energy rises with both numbers, so it stays between that of the lowest and of the highest of both."""
    energy = next(row for row in found.measures if row["measure"] == "energy")
    corners = ({"energy": "0.1 pJ/b", "leakage": "0.5 mW"}, {"energy": "10 pJ/b", "leakage": "4 mW"})
    ends = [experiment(host=HOST | corner).run().metrics["energy"] for corner in corners]
    assert ends[0] < energy["low"] < energy["middle"] < energy["high"] < ends[1]
    assert energy["width"] == energy["high"] / energy["low"]
    assert energy["value"] == experiment(host=HOST).run().metrics["energy"]


def test_what_nothing_hangs_on(found):
    latency = next(row for row in found.measures if row["measure"] == "latency")
    assert (latency["low"], latency["width"], latency["explained"]) == (latency["high"], 1.0, None)
    assert [row for row in found.shares if row["measure"] == "latency"] == []


def test_shares_of_a_power_law_are_known():
    """A slow host alone sets the interval: y = x^-1, and the model explains all."""
    host = {"bandwidth": "1 Mb/s", "source": "a paper", "ranges": {"bandwidth": ["0.5 Mb/s", "2 Mb/s"]}}
    found = study(experiment(host=host), measures=("interval",), draws=20)
    (row,) = found.shares
    assert row["share"] == pytest.approx(1, abs=1e-3)
    assert row["slope"] == pytest.approx(-1, abs=0.02)
    assert (row["left"], row["sure"]) == (1.0, True)
    (measure,) = found.measures
    assert measure["explained"] == pytest.approx(1, abs=1e-3)
    assert measure["width"] == pytest.approx(math.exp(0.9 * math.log(4)), rel=0.1)


def test_shares_add_up_to_what_is_explained(found):
    energy = next(row for row in found.measures if row["measure"] == "energy")
    shares = [row["share"] for row in found.shares if row["measure"] == "energy"]
    assert shares == sorted(shares, reverse=True)
    adjusted = 1 - (1 - sum(shares)) * (40 - 1) / (40 - 2 - 1)
    assert energy["explained"] == pytest.approx(adjusted, abs=1e-9)


def test_what_is_left_was_run(found):
    """The other number alone is drawn: its draws again, by hand, with the first one as described."""
    first = next(row for row in found.shares if row["measure"] == "energy")
    places = [row["key"] for row in found.numbers]
    other = 1 - places.index(first["key"])
    assert first["key"] == "host.energy"
    number = own(experiment(host=HOST | {"ranges": {"leakage": ["0.5 mW", "4 mW"]}}).question.architecture, "host.leakage")
    drawn = [number.at(share) for share in hypercube(2, 40, 0)[:, other]]
    energies = [experiment(host=HOST | {"leakage": f"{value!r} W"}).run().metrics["energy"] for value in drawn]
    low, high = np.quantile(energies, (0.05, 0.95))
    assert first["left"] == pytest.approx(high / low, rel=1e-9)
    rest = [row["left"] for row in found.shares if row["key"] == "host.leakage" and row["measure"] == "energy"]
    assert rest == [None]


def test_chance_is_not_sure():
    """A measure that hangs on the first of eight numbers only, with noise: all other shares are within their errors."""
    random = np.random.default_rng(3)
    for draws in (40, 400):
        inputs = hypercube(8, draws, seed=1)
        fit = _Fit.of(inputs, np.exp(2 * inputs[:, 0] + 0.3 * random.standard_normal(draws)), False)
        assert (fit.shares > SURE * fit.errors).tolist() == [True] + 7 * [False]
        truth = (4 / 12) / (4 / 12 + 0.09)
        assert abs(fit.shares[0] - truth) < 3 * fit.errors[0]
        assert fit.explained == pytest.approx(truth, abs=0.1)


def test_few_draws_have_quantiles_but_no_shares():
    few = study(experiment(host=HOST), measures=("energy",), draws=8)
    assert (few.shares, few.measures[0]["explained"]) == ([], None)
    assert few.measures[0]["width"] > 1


def test_draws_that_cannot_be_run_are_told():
    """The parts of a chip cannot fill more than the whole."""
    parts = experiment("nothing").run().metrics["area"] * 1e6
    whole = {"measured_area": f"{1.1 * parts!r} mm2", "ranges": {"measured_area": [f"{0.9 * parts!r} mm2", f"{1.2 * parts!r} mm2"]}}
    found = study(experiment("measured_area", **whole), measures=("area",), draws=20)
    assert len(found.refused) == pytest.approx(20 * math.log(1 / 0.9) / math.log(1.2 / 0.9), abs=1)
    assert found.answers + len(found.refused) == 20
    assert "measured_area: the parts of the chip fill" in found.refused[0]["reason"]
    assert found.measures[0]["low"] >= parts * 1e-6
    full = {"measured_area": f"{1.0001 * parts!r} mm2", "ranges": {"measured_area": ["0.001 mm2", f"{1.0001 * parts!r} mm2"]}}
    with pytest.raises(InputError, match=r"only 0 of 2 draws can be run; .*the first that cannot: .*measured_area"):
        study(experiment("measured_area", **full), measures=("area",), draws=2)


def test_accuracies_are_wide_in_points():
    array = {"cell": {"device": "pcm"}, "output_noise": 0.5, "ranges": {"output_noise": [0.1, 2.0]}}
    found = study(experiment("nothing", array=array), measures=("accuracy",), draws=24)
    (measure,) = found.measures
    assert measure["width"] == measure["high"] - measure["low"] > 0


def test_bad_questions():
    with pytest.raises(InputError, match="no number of the chip is assumed or has a range"):
        study(experiment("nothing", host={"bandwidth": "8 Gb/s", "source": "a paper"}), draws=10)
    with pytest.raises(InputError, match="--samples 3: 2 numbers are drawn; expected at least 4"):
        study(experiment(host=HOST), draws=3)


def test_json(found):
    assert replace(found, **json.loads(found.to_json())) == found
