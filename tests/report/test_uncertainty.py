"""The study of assumed numbers as text and files."""

import io

from rich.console import Console

from chipsim.report.uncertainty import render, write

from .uncertainties import made


def printed(study):
    stream = io.StringIO()
    render(study, Console(file=stream, width=80))
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    return " ".join(stream.getvalue().split())


def test_text():
    text = printed(made())
    for words in (
        "3 numbers are uncertain, drawn 200 times (seed 3)",
        "energy nJ 106 102 108 116 x1.14",
        "accuracy % 97 93 96.5 98 5.00 points",
        "energy (x1.14): 60 % on host.energy; run again with it as described, x1.09 is left",
        "area: on none of them",
        "host.energy 540 fJ/b - 1.17 pJ/b 60.0 % x1.09",
        "network.link_energy 50 pJ/b/m - 200 pJ/b/m ~",
        "~ less than 2 standard errors",
        "accuracy (5.00 points): 55 % on tile.array.adc.bound (of a linear model that explains 55 % only)",
        "network.link_energy 100 pJ/b/m 50 pJ/b/m - 200 pJ/b/m assumed",
        "a linear model explains 55 % only",
        "accuracy: 500 samples, 3 programmings, 1 s after programming",
        "1 of 200 draws cannot be run and are left out; the first: does not fit",
    ):
        assert words in text


def test_shares_that_may_be_chance_are_not_listed():
    assert "tile.array.adc.bound 16 - 64 1.0 %" not in printed(made())


def test_chance_is_no_finding():
    unsure = [row | {"sure": False, "left": None} for row in made().shares]
    text = printed(made(shares=unsure))
    assert "energy (x1.14): on no number beyond chance" in text
    assert "host.energy 540 fJ/b - 1.17 pJ/b ~" in text
    assert " is left" not in text


def test_too_few_draws_have_no_shares():
    measures = [row | {"explained": None} for row in made().measures]
    text = printed(made(draws=12, answers=12, measures=measures, shares=[]))
    assert "energy (x1.14): shares need 15 draws, 5 for each number" in text
    assert "area: on none of them" in text


def test_files(tmp_path):
    names = {path.name for path in write(made(), tmp_path / "found")}
    tables = {"study.txt", "study.json", "measures.csv", "shares.csv", "numbers.csv", "refused.csv"}
    assert names == tables | {"uncertainty.png", "uncertainty.svg"}
    assert "share of the variance (fraction)" in (tmp_path / "found" / "shares.csv").read_text(encoding="utf-8")
