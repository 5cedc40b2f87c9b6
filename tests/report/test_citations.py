"""Citations: complete entries, the works of a run and no others, unknown keys refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chipsim.errors import CheckError
from chipsim.report.citations import bibtex, entries, fields, reference, write_bib
from chipsim.result import Result

DOIS = {
    "nandakumar2019": "10.1109/ICECS46596.2019.8964852",
    "rasch2023": "10.1038/s41467-023-40770-4",
    "joshi2020": "10.1038/s41467-020-16108-9",
    "khaddam2022": "10.1109/JSSC.2022.3140414",
    "legallo2023": "10.1038/s41928-023-01010-1",
    "salmon2011": "10.1145/2063384.2063405",
    "shafiee2016": "10.1109/ISCA.2016.12",
    "ankit2019": "10.1145/3297858.3304049",
    "jiang2013": "10.1109/ISPASS.2013.6557149",
    "lecun1998": "10.1109/5.726791",
    "rasch2021": "10.1109/AICAS51828.2021.9458494",
    "ambrogio2018": "10.1038/s41586-018-0180-5",
    "mackin2022": "10.1038/s41467-022-31405-1",
}


def test_every_work_is_there_with_its_doi() -> None:
    assert entries().keys() == {"chipsim", *DOIS}
    for key, doi in DOIS.items():
        known = fields(key)
        assert known["doi"] == doi
        assert {"title", "author", "year"} <= known.keys()
        assert {"journal", "booktitle"} & known.keys()
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


def test_unknown_works_are_refused(changed: Callable[..., Result]) -> None:
    with pytest.raises(CheckError, match=r"no entry 'rash2023'.*did you mean 'rasch2023'"):
        bibtex(changed(citations=["rash2023"]))


def test_references_read_well() -> None:
    assert reference("joshi2020") == (
        "Vinay Joshi et al., Accurate deep neural network inference using computational phase-change memory, "
        "Nature Communications 11, 2473, 2020"
    )
    assert reference("salmon2011").startswith("John K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3,")
