"""A run beside others in words and bars."""

from __future__ import annotations

import io
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from rich.console import Console

from chipsim.report.comparators import compared, energy_beside, machines, parts_of, print_compared, saved
from chipsim.report.wording import number
from chipsim.result import Result
from chipsim.units import show


def printed(result: Result, width: int = 100, full: bool = False) -> str:
    stream = io.StringIO()
    print_compared(result, Console(file=stream, width=width, color_system=None), full)
    return stream.getvalue()


def test_every_comparator_is_named_with_its_precision_and_both_ratios(result: Result) -> None:
    text = printed(result)
    for row in result.comparators:
        line = next(line for line in text.splitlines() if line.strip().startswith(row["comparator"]))
        assert f"{row['comparator']}, {row['precision']}" in line
        if row["way"] != "rated":
            assert f"x{number(row['less_energy'])} / x{number(row['more_on_area'])}" in line
    assert text.splitlines()[2].split() == ["comparator", "peaks", "batch", "1", "batch", "64"]
    assert len(text.splitlines()) <= 12


@pytest.mark.parametrize("width", [50, 60, 80, 100, 120])
def test_it_fits_and_no_number_is_cut(result: Result, width: int) -> None:
    text = printed(result, width, full=True)
    assert max(len(line) for line in text.splitlines()) <= width
    for row in result.comparators:
        assert f"x{number(row['less_energy'])}" in text
        assert show(row["energy"], "J") in text


def test_full_lists_every_way_with_energy_and_time(result: Result) -> None:
    text = printed(result, 120, full=True)
    first = compared(result)[2]
    assert first.way == "network, batch 1"
    line = next(line for line in text.splitlines() if first.way in line)
    assert line.split()[-6:] == [first.less_energy, first.more_on_area, *first.energy.split(), *first.time.split()]
    assert "network / rating" not in printed(result)


def test_nothing_is_said_where_nothing_was_compared(changed: Callable[..., Result]) -> None:
    run = changed(comparators=[], roofline=[], saved=[])
    assert (printed(run), saved(run), compared(run), machines(run)) == ("", "", [], [])


def test_names_are_not_markup(result: Result, changed: Callable[..., Result]) -> None:
    text = printed(changed(comparators=[row | {"comparator": "[red]x[/]\x1b[2J"} for row in result.comparators[:4]]))
    assert "[red]x[/]?[2J, fp16" in text


def test_the_precision_is_not_said_twice(result: Result, changed: Callable[..., Result]) -> None:
    rows = [row | {"comparator": "A100 in int8", "precision": "int8"} for row in result.comparators[:4]]
    assert {one.comparator for one in compared(changed(comparators=rows))} == {"A100 in int8"}


def test_what_a_von_neumann_machine_takes(result: Result) -> None:
    energy = {way: sum(row["energy"] for row in result.saved if row["way"] == way) for way in ("DRAM, batch 1", "DRAM, batch 64", "SRAM")}
    assert [one.energy for one in machines(result)] == [show(value, "J") for value in energy.values()]
    ratio = number(energy["DRAM, batch 1"] / result.metrics["energy"])
    begin = f"von Neumann machine, int8, weights fetched: at least {show(energy['DRAM, batch 1'], 'J')} (x{ratio}) at batch 1,"
    assert saved(result).startswith(begin)
    assert " from SRAM. This chip takes " in saved(result)
    dram = result.saved[0]
    times = number(dram["energy"] / result.metrics["energy"])
    moved = f"{times} times less energy than moving {show(dram['count'] / 8, 'B')} to and from"
    assert moved in saved(result)
    assert parts_of(result) == ["DRAM", "SRAM", "registers", "MAC"]


def test_a_chip_that_takes_more_than_the_dram_says_so(changed: Callable[..., Result], result: Result) -> None:
    cheap = [row | {"energy": result.metrics["energy"] / 4} if row["part"] == "DRAM" else row for row in result.saved]
    assert "This chip takes 4 times more energy than moving" in saved(changed(saved=cheap))


def test_what_share_of_a_peak_is_taken_stands_in_the_name(changed: Callable[..., Result], result: Result) -> None:
    rows = [row | {"utilisation": 0.25} for row in result.comparators[:4]]
    assert "V100 without tensor cores, fp16, 25 % of its peak" in printed(changed(comparators=rows))


def test_bars_add_up(result: Result) -> None:
    root = ElementTree.fromstring(str(energy_beside(result)))
    boxes = [item for item in root if "data-tip" in item.attrib]
    rows = {item.attrib["y"] for item in boxes}
    assert len(rows) == 4  # this chip, two batches, SRAM
    widths = [sum(float(item.attrib["width"]) for item in boxes if item.attrib["y"] == y) for y in sorted(rows, key=float)]
    ways = dict.fromkeys(row["way"] for row in result.saved)
    sums = [result.metrics["energy"], *(sum(row["energy"] for row in result.saved if row["way"] == way) for way in ways)]
    assert [width / widths[0] for width in widths] == pytest.approx([value / sums[0] for value in sums], rel=0.05)
