"""The interactive pages: one file that needs nothing else, with its script, plotly.js and all numbers in it.

The content policy admits the two scripts by their hashes and nothing else: no network, no evaluated text (plotly draws SVG here, never
WebGL, which would need both `unsafe-eval` and a graphics driver). Numbers lie in a block of JSON that cannot end its tag; names of users
reach the page as text of the document, or escaped where plotly draws them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from chipsim.errors import InputError
from chipsim.report.headline import title
from chipsim.report.page.chart import library
from chipsim.report.page.columns import columns_of
from chipsim.report.page.details import details
from chipsim.report.page.injection import SECONDS
from chipsim.report.page.points import front_data, sweep_data
from chipsim.report.page.search import hypervolume_chart, importance_chart
from chipsim.report.page.stacked import side_by_side
from chipsim.report.page.words import failures, goals, numbers_of, swept
from chipsim.report.side_by_side import LETTERS, differences
from chipsim.report.wording import cell, plain
from chipsim.result import Result
from chipsim.sweep.failures import replace_text
from chipsim.sweep.table import SweepTable
from chipsim.version import VERSION

_FOLDER = Path(__file__).parent
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data: blob:"
_SCRIPTS = ("charts.js", "points.js", "scatter.js", "parallel.js", "table.js", "details.js", "start.js")


def sweep_page(table: SweepTable, folder: str | Path) -> str:
    """The page of a sweep; `folder` is its folder, with the run folders of its points."""
    found, columns = front_data(table, Path(folder)), columns_of(table)
    charts = [chart.plain() for chart in (importance_chart(table), hypervolume_chart(table)) if chart is not None]
    data = {"sweep": sweep_data(table, columns), "front": found, "charts": charts}
    words = {"headline": numbers_of(table, columns), "swept": swept(columns), "goals": goals(table, columns)}
    reasons = [plain(table.facts[name]) for name in ("hypervolume", "importance") if table.facts.get(name)]
    words |= {"failures": failures(table), "reasons": reasons}
    return _render("sweep", plain(table.name), f"sweep {plain(table.digest)} · chipsim {VERSION}", data, words)


def runs_page(results: Sequence[Result]) -> str:
    """The page of a run, or of several side by side (at most 26)."""
    if not 1 <= len(results) <= len(LETTERS):
        raise InputError(f"page: {len(results)} runs given, expected 1 to {len(LETTERS)}")
    one = len(results) == 1
    names = [title(results[0])] if one else [f"{LETTERS[index]}: {title(result)}" for index, result in enumerate(results)]
    stacks = [] if one else [chart.plain() for chart in side_by_side(list(zip(names, results, strict=True)), "the runs")]
    data = {"runs": details(results, names, int(one), SECONDS), "charts": stacks}
    found = {} if one else differences([result.experiment for result in results])
    asked = [(plain(key), [cell(value) for value in values]) for key, values in found.items()]
    sub = "; ".join(f"{plain(result.name)} {plain(result.digest)}" for result in results)
    heading = names[0] if one else f"{len(results)} runs side by side"
    return _render("runs", heading, f"{sub} · chipsim {VERSION}", data, {"letters": LETTERS[: len(results)], "asked": asked})


def write_text(text: str, path: str | Path) -> Path:
    """Write a page, whole or not at all; InputError where that is not possible."""
    file = Path(path)
    try:
        if file.exists() and not file.is_file():  # a pipe, a device
            file.write_text(text, encoding="utf-8", newline="\n")  # the scripts' hashes count line ends
        else:
            file.parent.resolve(strict=True)
            replace_text(file.resolve(), text)
    except OSError as error:
        raise InputError(f"{file}: the page cannot be written here ({error.strerror})") from None
    return file


def _render(kind: str, heading: str, sub: str, data: dict[str, Any], words: dict[str, Any]) -> str:
    template, style, own = _pieces()
    plotly = library()
    policy = f"{_POLICY}; script-src {_hash(plotly)} {_hash(own)}"
    values = {"kind": kind, "heading": heading, "sub": sub, "policy": Markup(policy), "style": Markup(style)}
    scripts = {"plotly": Markup(plotly), "own": Markup(own), "data": Markup(embedded(data))}
    return template.render(values | scripts | words)


def embedded(data: dict[str, Any]) -> str:
    """JSON that can stand in a page: no `<` that could end or begin a tag, nothing that a script would not read as JSON."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate({ord(letter): f"\\u{ord(letter):04x}" for letter in "&<>\u2028\u2029"})


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def _pieces() -> tuple[Template, str, str]:
    """The template, the style sheets of reports and of these pages, the script."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = "\n".join(path.read_text(encoding="utf-8") for path in (_FOLDER.parent / "page.css", _FOLDER / "interactive.css"))
    own = '"use strict";\n' + "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return environment.get_template("interactive.html"), style, own
