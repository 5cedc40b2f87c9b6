"""The page: self-contained, small, the facts in it, and no text of a user ever becomes markup or script."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chipsim.report.html import page, write_page
from chipsim.result import Result

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIL = "<script>document.title='broken'</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


class Reader(HTMLParser):
    """Tags with their attributes, and the text outside of style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside not in {"style", "script"}:
            self.words.append(data.strip())


def poisoned(value: Any) -> Any:
    """The same rows with every text turned into an attack."""
    if isinstance(value, str):
        return EVIL + value
    if isinstance(value, dict):
        return {name: poisoned(item) for name, item in value.items()}
    return [poisoned(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def evil(result: Result) -> Result:
    values = {field.name: poisoned(getattr(result, field.name)) for field in fields(result)}
    values["experiment"][EVIL] = {EVIL: EVIL}
    return Result(**(values | {"citations": result.citations}))


def test_golden_facts(result: Result) -> None:
    words = " ".join(Reader(page(result)).words)
    for fact in ("lenet on pcm-64", "29.4 us", "9,760 GOP/s/W", "1.59 TOP/s/mm2", "0.75 points", "energy per inference (nJ)",
                 "area (mm2)", "simulated time (us)", "accuracy (%)", "37 tiles are free", "energy is the sum of its parts",
                 "architecture.tile.array.adc.bits", "Nature Communications 14, 5282, 2023", "libraries.numpy"):  # fmt: skip
        assert fact in words, fact


def test_nothing_is_fetched(result: Result) -> None:
    text = page(result)
    for tag, attributes in Reader(text).tags:
        assert tag not in {"link", "iframe", "object", "embed", "img", "base"}
        assert "src" not in attributes
        href = attributes.get("href") or ""
        assert not href or (tag == "a" and href.startswith("https://doi.org/"))
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert len(text.encode()) < 1_000_000


def test_only_the_pages_own_script_is_admitted(result: Result) -> None:
    text = page(result)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_every_text_is_escaped(result: Result, evil: Result) -> None:
    good, bad = Reader(page(result)), Reader(page(evil))
    assert {tag for tag, _ in bad.tags} == {tag for tag, _ in good.tags}
    assert sum(tag == "script" for tag, _ in bad.tags) == 1
    assert not any(name.startswith("on") for _, attributes in bad.tags for name in attributes)
    assert "<script>document.title" not in page(evil)
    assert "{{ 7*7 }}" in page(evil)  # not evaluated


def test_failed_checks_and_warnings_come_first(result: Result, changed: Callable[..., Result]) -> None:
    checks = [{"name": "sums agree", "passed": False, "detail": "1 J missing"}]
    text = page(changed(checks=checks, network=result.network | {"warning": "links above 60 %"}))
    assert "1 failed check<" in text
    assert text.index("sums agree") < text.index("Energy per inference by part")
    assert "links above 60 %" in text
    assert "failed check" not in page(result)


def test_a_bare_result_has_a_page(changed: Callable[..., Result]) -> None:
    empty: dict[str, Any] = {field.name: [] for field in fields(Result)} | {"name": "bare", "digest": "0"}
    empty |= {name: {} for name in ("experiment", "provenance", "metrics", "timing", "bottleneck", "network", "plan", "metric")}
    words = Reader(page(changed(**empty))).words
    assert {"bare", "Not measured: the run had no data.", "This run has no tiles.", "The run recorded no spans."} <= set(words)


def test_long_tables_are_cut_and_say_so(changed: Callable[..., Result]) -> None:
    rows = [{"part": f"part {index}", "power": 1e-3} for index in range(1500)]
    text = page(changed(leakage=rows))
    assert "The first 1000 of 1500 rows; all are in tables/leakage.csv." in text
    assert "part 1000<" not in text


def test_the_reloaded_run_has_the_same_page(result: Result) -> None:
    assert page(Result.from_json(result.to_json())) == page(result)


def opened(file: Path, folder: Path) -> str:
    """What a real browser makes of the page."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--disable-quic", "--virtual-time-budget=2000", "--dump-dom", file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_runs_our_script_and_no_other(evil: Result, tmp_path: Path) -> None:
    seen = opened(write_page(evil, tmp_path / "report.html"), tmp_path)
    assert 'data-script="running"' in seen
    assert "<title>broken</title>" not in seen


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_refuses_an_inserted_script(result: Result, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(result).replace("</main>", "</main><script>document.title = 'broken'</script>"), encoding="utf-8")
    seen = opened(file, tmp_path)
    assert 'data-script="running"' in seen
    assert "<title>broken</title>" not in seen


DRAG = """<script>
const lane = document.querySelector("svg.lanes"), whole = lane.parentNode, frame = lane.getBoundingClientRect();
const there = (share) => ({bubbles: true, clientX: frame.left + share * frame.width, clientY: frame.top + 4});
const at = (kind, share) => whole.dispatchEvent(new MouseEvent(kind, there(share)));
const marks = () => [...whole.querySelectorAll(".marks text")].map((mark) => mark.textContent).join(" ");
at("mousedown", 0.25); at("mousemove", 0.4); at("mouseup", 0.5);
const near = lane.getAttribute("viewBox") + "|" + marks();
at("dblclick", 0.5);
const far = lane.getAttribute("viewBox") + "|" + marks();
lane.querySelector("rect").dispatchEvent(new MouseEvent("mousemove", {bubbles: true, clientX: 5, clientY: 5}));
document.title = [near, far, document.getElementById("tip").textContent].join("#");
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_timeline_can_be_enlarged(result: Result, tmp_path: Path) -> None:
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page(result))
    file = tmp_path / "report.html"
    file.write_text(free.replace("</body>", f"{DRAG}</body>"), encoding="utf-8")
    title = re.search(r"<title>(.*?)</title>", opened(file, tmp_path))
    assert title is not None
    near, far, tip = title.group(1).split("#")
    view, marks = near.split("|")
    x, _, width, _ = (float(part) for part in view.split())
    assert (x, width) == pytest.approx((1130 / 4, 1130 / 4), rel=0.02)
    assert marks.split() == ["50", "55", "60", "65", "70", "75", "80", "85", "90"]
    assert far.split("|")[0].split()[2] == "1130"
    assert far.split("|")[1].split()[:3] == ["0", "20", "40"]
    assert tip == "conv1 rows 0 on tile 0 conv1, sample 0: 0 s to 3.11667 us (3.12 us)"


def test_upkeep_limits_and_yield_stand_where_there_are_any(result: Result, changed: Callable[..., Result]) -> None:
    words = Reader(page(result)).words
    assert {"Upkeep", "1 month", "470 pW", "97.09 - 97.31"} <= set(words)
    assert "yield" not in words
    rows = [row | {"low": None, "high": None} for row in result.accuracy]
    bare = Reader(page(changed(upkeep=[], accuracy=rows))).words
    assert not {"Upkeep", "95 % of mean (%)"} & set(bare)
    chips = [row | {"chips": row["values"][:2], "values": row["values"][:4], "yield": 0.5} for row in result.accuracy]
    assert {"yield", "50 %"} <= set(Reader(page(changed(accuracy=chips))).words)
