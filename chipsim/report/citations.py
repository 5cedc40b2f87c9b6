"""The works that a run relies on, as BibTeX and as lines for a reader; the entries are in `citations.bib`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from chipsim.result import Result

OURSELVES = "chipsim"
UNKNOWN = "a work that a description cites, without an entry in chipsim's citations.bib"


@lru_cache(maxsize=1)
def entries() -> dict[str, str]:
    """Every BibTeX entry by its key."""
    text = Path(__file__).with_name("citations.bib").read_text(encoding="utf-8")
    return {match.group(1): match.group(0) for match in re.finditer(r"^@\w+\{(\w+),\n.*?^\}", text, re.DOTALL | re.MULTILINE)}


def keys_of(result: Result) -> list[str]:
    """Keys of the works that `result` cites, chipsim first, each once."""
    return list(dict.fromkeys([OURSELVES, *result.citations]))


def entry_of(key: str) -> str:
    """The BibTeX entry of a key; one that says so where a plug-in cites a work that we do not know (a run is not lost for that)."""
    return entries().get(key) or f"@misc{{{key},\n  title = {{{UNKNOWN}}}\n}}"


def bibtex(result: Result) -> str:
    """The BibTeX of all works that `result` cites, chipsim with the version that ran."""
    found = [_versioned(entry_of(key), result) if key == OURSELVES else entry_of(key) for key in keys_of(result)]
    return "\n\n".join(found) + "\n"


def write_bib(result: Result, path: str | Path) -> Path:
    """Write the BibTeX of all works that `result` cites to `path`."""
    file = Path(path)
    file.write_text(bibtex(result), encoding="utf-8")
    return file


def fields(key: str) -> dict[str, str]:
    """The fields of one entry, without BibTeX's braces: title, author, year, doi ..."""
    found = re.findall(r"^  (\w+) = \{(.*)\},?$", entry_of(key), re.MULTILINE)
    return {name: re.sub(r"[{}]", "", value).replace("--", "-") for name, value in found}


def reference(key: str) -> str:
    """One entry as a line for a reader: authors, title, where, year."""
    known = fields(key)
    if "author" not in known:
        return f"{key}: {UNKNOWN}"
    authors = [_spoken(author) for author in known["author"].split(" and ")]
    names = f"{authors[0]} et al." if len(authors) > 3 else ", ".join(authors)
    where = known.get("journal") or known.get("booktitle") or known.get("howpublished", "")
    place = " ".join(part for part in (where, known.get("volume", "")) if part)
    parts = [names, known["title"], place, known.get("pages", ""), known.get("year", "")]
    return ", ".join(part for part in parts if part)


def _spoken(author: str) -> str:
    family, _, given = author.partition(", ")
    return f"{given} {family}".strip()


def _versioned(entry: str, result: Result) -> str:
    version = result.provenance.get("version")
    return f"{entry.removesuffix(chr(10) + '}')},\n  version = {{{version}}}\n}}" if version else entry
