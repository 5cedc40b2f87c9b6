"""The sections about time and energy: the numbers of the result in words, and nothing where nothing was played."""

import io
from dataclasses import replace

from rich.console import Console
from small_training import small_result

from chipsim.report.training_costs import headline, render_assumed, render_costs
from chipsim.report.wording import rate_per_area, rate_per_watt
from chipsim.units import show


def printed(result):
    stream = io.StringIO()
    render_costs(result, Console(file=stream, width=100, color_system=None))
    return stream.getvalue()


def test_nothing_is_printed_without_a_clock():
    result = small_result("twin=false", "timing.moments=0")
    assert headline(result) == []
    assert printed(result) == ""


def test_stages_and_parts_show_their_energies():
    result = small_result()
    text = printed(result)
    for row in result.stages:
        assert row["stage"] in text
        assert show(row["energy"], "J") in text
    titles = "TIME AND ENERGY OF AN EXAMPLE BY STAGE,ENERGY OF AN EXAMPLE BY PART,THROUGHPUT AND EFFICIENCY,AGAINST WHAT WAS PUBLISHED,"
    titles += "ENERGY OF AN OPERATION BY PART,PULSES AND ENDURANCE,HOW TIME AND ENERGY WERE SAMPLED"
    assert all(title in text for title in titles.split(","))


def test_others_are_named_unless_none_are_wanted():
    assert "V100 with tensor cores" in printed(small_result())
    text = printed(small_result("comparators=[]"))
    assert "AGAINST WHAT WAS PUBLISHED" in text
    assert "AGAINST OTHERS" not in text
    assert "ELSEWHERE" not in text


def test_rates_are_stated_with_their_counting():
    result = small_result()
    text = " ".join(printed(result).split())
    for kind in ("sustained", "peak"):
        assert rate_per_watt(result.metrics[f"{kind}_ops_per_watt"]) in text
        assert rate_per_area(result.metrics[f"{kind}_ops_per_area"]) in text
    assert "2 forward, 2 backward, 2 for the update" in text
    assert "28,065 GOP/s/W and 3.6 TOP/s/mm2, which is 35.6 fJ and 278 um2 ns" in text


def test_the_error_of_the_sampling_is_told():
    result = small_result()
    text = " ".join(printed(result).split())
    assert "6 moments were played in simulated time, 2 evenly spread over each epoch" in text
    share = 100 * result.timing["error"]["time"]
    assert f"Standard error of the sampling: {share:.2f} % of the time" in text
    name, value, _ = headline(result)[0]
    assert name == "time of the training"
    assert value == f"{show(result.metrics['training_time'], 's')} +- {share:.2f} %"
    one = small_result("timing.moments=1")
    assert "One moment an epoch has no standard error" in printed(one)
    assert "+-" not in headline(one)[0][1]


def test_wear_and_what_was_done_before():
    result = small_result()
    text = " ".join(printed(result).split())
    assert "A device survives 1e+09 pulses" in text
    assert "Before it began" not in text
    assert "Before it began the rule gave 1200 pulses" in " ".join(
        printed(replace(result, metrics=result.metrics | {"prepared_pulses": 1200.0})).split()
    )


def test_assumed_numbers_are_cut_unless_all_are_asked_for():
    rows = small_result().assumed
    for full in (False, True):
        stream = io.StringIO()
        render_assumed(rows, Console(file=stream, width=100, color_system=None), full)
        assert (f"... and {len(rows) - 12} more" in stream.getvalue()) != full
    stream = io.StringIO()
    render_assumed([], Console(file=stream), False)
    assert stream.getvalue() == ""
