"""Tables, bars and headings on consoles of different abilities."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from chipsim.report.console import BAR, bar, heading, item, say, table, verdict


def console(width: int = 40, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None, force_terminal=terminal)


def written(target: Console) -> str:
    stream = target.file
    assert isinstance(stream, io.StringIO)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def test_table_sets_numbers_to_the_right() -> None:
    target = console()
    table(target, ("part", "energy"), [("adc", "5 nJ"), ("network", "12 nJ")], " r")
    assert written(target) == "  part      energy\n ------------------\n  adc         5 nJ\n  network    12 nJ"


def test_an_empty_table_says_so() -> None:
    target = console()
    table(target, ("part",), [])
    assert written(target) == "  none"


def test_long_names_wrap_and_numbers_stay_whole() -> None:
    target = console(24)
    table(target, ("layer", "energy"), [("a_name_that_is_much_too_long", "123.4 nJ")], " r")
    assert "123.4 nJ" in written(target)
    assert "".join(line.split()[0] for line in written(target).splitlines()[2:]) == "a_name_that_is_much_too_long"


def test_bars_are_as_long_as_their_share() -> None:
    assert bar(0.5, console()).plain == "#" * (BAR // 2)
    assert bar(1.7, console()).plain == "#" * BAR
    assert bar(0.0, console()).plain == ""


def test_items_hang_and_sentences_are_indented() -> None:
    target = console(20)
    heading(target, "Checks")
    say(target, "one two three four five")
    item(target, "one two three four five")
    assert written(target) == "\nCHECKS\n  one two three four\n  five\n  - one two three\n    four five"


def test_verdicts_need_no_colour() -> None:
    assert (verdict(True).plain, verdict(False).plain) == ("passed", "FAILED")


def test_no_heading_is_cut_on_a_narrow_terminal() -> None:
    target = console(44)
    headings = ("comparator", "batch of one", "energy there", "times less")
    table(target, headings, [("stillmaker-baas.table", "x490", "123.4 nJ", "x1.18")], " rrr")
    text = written(target)
    assert all(len(line) <= 44 for line in text.splitlines())
    for word in " ".join(headings).split():
        assert word in text
    assert "123.4 nJ" in text
    assert "stillmaker-baas.table" in text or "stillmaker-\n" in text or "stillmaker-" in text.split()


def test_styles_survive_a_break() -> None:
    target = console(16)
    table(target, ("a", "b"), [(verdict(True), Text("some words here", style="bold"))])
    assert [line.split() for line in written(target).splitlines()[2:]] == [["passed", "some"], ["words"], ["here"]]
