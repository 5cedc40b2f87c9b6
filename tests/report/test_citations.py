"""Citations: complete entries, the works of a run and no others, unknown keys refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from chipsim.report.citations import bibtex, entries, fields, reference, write_bib
from chipsim.result import Result

DOIS = {
    "stillmaker2017": "10.1016/j.vlsi.2017.02.002",
    "dennard1974": "10.1109/JSSC.1974.1050511",
    "jain2023": "10.1109/TVLSI.2022.3221390",
    "nandakumar2019": "10.1109/ICECS46596.2019.8964852",
    "rasch2023": "10.1038/s41467-023-40770-4",
    "hinton2015": "10.48550/arXiv.1503.02531",
    "joshi2020": "10.1038/s41467-020-16108-9",
    "khaddam2022": "10.1109/JSSC.2022.3140414",
    "legallo2023": "10.1038/s41928-023-01010-1",
    "salmon2011": "10.1145/2063384.2063405",
    "shafiee2016": "10.1109/ISCA.2016.12",
    "song2017": "10.1109/HPCA.2017.55",
    "chi2016": "10.1109/ISCA.2016.13",
    "ankit2019": "10.1145/3297858.3304049",
    "jiang2013": "10.1109/ISPASS.2013.6557149",
    "lecun1998": "10.1109/5.726791",
    "rasch2021": "10.1109/AICAS51828.2021.9458494",
    "ambrogio2018": "10.1038/s41586-018-0180-5",
    "mackin2022": "10.1038/s41467-022-31405-1",
    "wan2022": "10.1038/s41586-022-04992-8",
    "milo2021": "10.1109/IRPS46558.2021.9405119",
    "falcone2025": "10.48550/arXiv.2502.04524",
    "li2018": "10.1109/VLSIT.2018.8510648",
    "jung2022": "10.1038/s41586-021-04196-6",
    "chen2013": "10.1109/TED.2013.2246791",
    "george1973": "10.1137/0710032",
    "buechel2022": "10.1109/IEDM45625.2022.10019486",
    "ambrogio2023": "10.1038/s41586-023-06337-5",
    "narayanan2021": "10.1109/TED.2021.3115993",
    "gokmen2016": "10.3389/fnins.2016.00333",
    "gong2018": "10.1038/s41467-018-04485-1",
    "gong2022": "10.1109/IEDM45625.2022.10019569",
    "burr2015": "10.1109/TED.2015.2439635",
    "gokmen2017": "10.3389/fnins.2017.00538",
    "gokmen2020": "10.3389/fnins.2020.00103",
    "nandakumar2020": "10.3389/fnins.2020.00406",
    "gokmen2021": "10.3389/frai.2021.699148",
    "rasch2024": "10.1038/s41467-024-51221-z",
    "loshchilov2017": "10.48550/arXiv.1608.03983",
    "kim2019": "10.48550/arXiv.1907.10228",
    "williams2009": "10.1145/1498765.1498785",
    "horowitz2014": "10.1109/ISSCC.2014.6757323",
    "chen2016": "10.1109/ISCA.2016.40",
}
WITHOUT = {"chipsim", "crosssim", "agrawal2022", "tang2018"}  # no DOI, or none that could be confirmed


def test_every_work_is_there_with_its_doi() -> None:
    assert entries().keys() == {*WITHOUT, *DOIS}
    for key, doi in DOIS.items():
        known = fields(key)
        assert known["doi"] == doi
        assert {"title", "author", "year"} <= known.keys()
        assert {"journal", "booktitle", "howpublished"} & known.keys()
        assert key.endswith(known["year"])


def test_no_entry_of_the_file_is_missed_and_braces_balance() -> None:
    text = (Path(__file__).parents[2] / "chipsim" / "report" / "citations.bib").read_text(encoding="utf-8")
    assert len(re.findall(r"^@", text, re.MULTILINE)) == len(entries())
    assert all(entry.count("{") == entry.count("}") for entry in entries().values())


def test_a_run_gets_the_works_it_used_and_chipsim_with_its_version(result: Result, tmp_path: Path) -> None:
    text = write_bib(result, tmp_path / "citations.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE)
    assert keys == ["chipsim", "nandakumar2019", "rasch2023", "legallo2023", "salmon2011"]
    assert "version = {0.1.0}" in text
    assert text.count("{") == text.count("}")


def test_works_are_named_once(changed: Callable[..., Result]) -> None:
    assert bibtex(changed(citations=["joshi2020", "chipsim", "joshi2020"])).count("@") == 2


def test_a_work_that_only_a_plug_in_knows_loses_no_run(changed: Callable[..., Result]) -> None:
    text = bibtex(changed(citations=["mine2026"]))
    assert "@misc{mine2026," in text
    assert "without an entry" in reference("mine2026")
    assert text.count("{") == text.count("}")


def test_references_read_well() -> None:
    assert reference("joshi2020") == (
        "Vinay Joshi et al., Accurate deep neural network inference using computational phase-change memory, "
        "Nature Communications 11, 2473, 2020"
    )
    assert reference("salmon2011").startswith("John K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3,")


def test_every_key_that_a_description_can_cite_has_an_entry() -> None:
    from chipsim.aware.description import AwareQuestion
    from chipsim.question import Question
    from chipsim.schema import blocks

    cited = {work for spec in (blocks(Question) | blocks(AwareQuestion)).values() for work in spec.cites}
    assert cited <= entries().keys(), cited - entries().keys()
