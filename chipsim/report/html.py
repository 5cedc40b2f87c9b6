"""The report as one page that needs nothing else: drawings are SVG, the script is in the page, no network is asked.

Every text is escaped, and the page's content policy admits its own script (by hash) and no other, so that a layer called
`<script>` stays a name. The drawings can be read without the script; it adds the notes under the pointer and the timeline's zoom.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from chipsim.report.accuracy_chart import accuracy_over_time
from chipsim.report.breakdown import area_by_part, bottleneck, clipped_inputs, drift, energy_by_part, judged_by, shape_only, upkeep
from chipsim.report.charts import breakdown, energy_of_layers, load_of_layers
from chipsim.report.chip_floorplan import floorplan_of
from chipsim.report.citations import fields, keys_of, reference
from chipsim.report.comparators import compared, energy_beside, machines, parts_of, saved
from chipsim.report.floorplan import floorplan
from chipsim.report.headline import headline, title, work
from chipsim.report.judged import Judged
from chipsim.report.roofline import roofline
from chipsim.report.side_by_side import flatten
from chipsim.report.tables import Column, columns_of
from chipsim.report.timeline import timeline
from chipsim.report.wording import cell, plain
from chipsim.result import Result, Row

_LONGEST = 1000  # rows of one table in the page
_FOLDER = Path(__file__).parent


def page(result: Result) -> str:
    """The whole page as text."""
    template, style, script_hash = _template()
    lanes, note = timeline(result)
    return template.render(
        result=result,
        title=title(result),
        headline=headline(result),
        work=work(result),
        timing=_timing(result),
        failed=[row for row in result.checks if not row["passed"]],
        energy=breakdown(energy_by_part(result), "J", "energy per inference"),
        area=breakdown(area_by_part(result), "m2", "area"),
        layers=energy_of_layers(result),
        load=load_of_layers(result),
        floorplan=floorplan(result),
        plan=floorplan_of(result),
        accuracy=accuracy_over_time(result) if result.accuracy else Markup(""),
        drift=drift(result),
        judged=Judged.of(result),
        judged_by=" ".join(judged_by(result)),
        shape_only=shape_only(result),
        upkeep=upkeep(result),
        bottleneck=bottleneck(result),
        clipped=clipped_inputs(result),
        compared=compared(result),
        roofline=roofline(result),
        machines=machines(result),
        machine_parts=parts_of(result),
        saved=saved(result),
        beside=energy_beside(result) if result.saved else Markup(""),
        timeline=lanes,
        timeline_note=note,
        experiment=flatten(result.experiment),
        provenance=flatten(result.provenance),
        references=[(key, reference(key), fields(key).get("doi")) for key in keys_of(result)],
        style=style,
        script_hash=script_hash,
        longest=_LONGEST,
    )


def write_page(result: Result, path: str | Path) -> Path:
    """Write the page to `path`."""
    file = Path(path)
    file.write_text(page(result), encoding="utf-8", newline="\n")  # the script's hash counts line ends
    return file


@lru_cache(maxsize=1)
def _template() -> tuple[Template, Markup, str]:
    """The template, its style sheet, and the hash that its content policy admits the script by."""
    source = (_FOLDER / "page.html").read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", source, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script.group(1).encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"plain": plain, "cell": cell, "columns_of": columns_of, "to_right": _to_right}
    return environment.from_string(source), Markup((_FOLDER / "page.css").read_text(encoding="utf-8")), digest


def _to_right(column: Column, rows: list[Row]) -> Markup:
    """The class that sets a column of numbers to the right, nothing for other columns."""
    first: Any = rows[0].get(column.key) if rows else None
    numbers = isinstance(first, (int, float)) and not isinstance(first, bool)
    return Markup(' class="number"') if numbers else Markup("")


def _timing(result: Result) -> str:
    timing = result.timing
    if not timing:
        return ""
    stream = f" of a stream of {cell(timing['stream'])}" if "stream" in timing else ""
    one = timing.get("simulated") == 1
    samples, were = f"{cell(timing.get('simulated'))} sample{'' if one else 's'}", "was" if one else "were"
    return f"{samples}{stream} {were} simulated in time. {plain(timing.get('why') or '')}"
