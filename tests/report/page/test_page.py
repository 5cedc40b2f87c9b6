"""The pages as text: nothing is fetched, only our scripts are admitted, texts stay texts, sizes, what is missing is said."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import resource
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chipsim.errors import InputError
from chipsim.report.page.page import embedded, runs_page, sweep_page, write_text

from .. import sweeps
from . import pages

pytest.importorskip("plotly")


class Tags(HTMLParser):
    """Tags with their attributes, outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweep_page(*pages.folder_of(pages.sweep(30), tmp_path_factory.mktemp("sweep")))


def data_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_nothing_is_fetched(text: str) -> None:
    for tag, attributes in Tags(text).found:
        assert tag not in {"link", "iframe", "object", "embed", "img", "base", "form", "a"}
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)


def test_only_our_scripts_are_admitted(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy.group(1)
    assert "default-src 'none'" in policy.group(1)
    assert "eval" not in policy.group(1)


def test_facts_of_a_sweep_can_be_read_without_the_script(text: str) -> None:
    sought = "Sought: minimise energy; maximise accuracy after 1 d; area at most 13 mm2."
    for fact in ("27 done, 3 failed", "no other point is better", "0.1 GHz", sought,
                 "0 ... 2 tiles are missing on reram", "29"):  # fmt: skip
        assert fact in text.split('<script type="application/json"')[0], fact


def test_the_numbers_are_in_the_page_in_the_units_of_its_axes(text: str) -> None:
    table, found = pages.sweep(30), data_of(text)["sweep"]
    columns = {column["name"]: column for column in found["columns"]}
    assert columns["energy"]["unit"] == "nJ"
    assert columns["energy"]["values"][:9] == pytest.approx([1e9 * row["energy"] for row in table.rows[:9]], rel=1e-5)
    assert columns["energy"]["values"][9] is None
    assert columns["accuracy_1d"]["unit"] == "%"
    assert columns["device"]["text"]
    assert found["state"].count(found["states"].index("failed")) == 3
    assert [point for point, front in zip(found["point"], found["front"], strict=True) if front] == sorted(table.front)


def test_charts_of_the_front_come_from_the_run_folders(text: str, tmp_path: Path) -> None:
    table = pages.sweep(30)
    front = data_of(text)["front"]
    assert front["details"][0]["name"] == f"point {table.knee[0]} (knee)"
    assert len(front["rows"]) == min(len(table.front), 3)
    assert data_of(sweep_page(table, tmp_path))["front"] == {"details": [], "stacks": [], "rows": []}


def test_a_page_of_ten_thousand_points_is_below_fifteen_megabytes(tmp_path: Path) -> None:
    table = pages.sweep(10_000)
    rows = [row | {"folder": f"a-network-on-a-chip-{row['point']:012x}"} for row in table.rows]
    assert len(sweep_page(sweeps.table(rows), tmp_path).encode()) < 15_000_000


def test_no_text_ends_the_block_of_numbers(tmp_path: Path) -> None:
    text = sweep_page(*pages.folder_of(pages.evil_sweep(), tmp_path))
    head = text.split('<script type="application/json"')[0]
    assert "<script>document.title" not in text
    assert "<img" not in head
    assert pages.EVIL in {column["name"] for column in data_of(text)["sweep"]["columns"]}
    assert json.loads(embedded({"a": "</script>\u2028&"})) == {"a": "</script>\u2028&"}
    assert not set("<>&\u2028") & set(embedded({"a": "</script>\u2028&"}))


def test_texts_of_an_evil_run_stay_texts() -> None:
    text = runs_page([pages.evil_run(), pages.run()])
    assert "<script>document.title" not in text
    assert not {"img", "a"} & {tag for tag, _ in Tags(text).found}
    assert sum(tag == "script" for tag, _ in Tags(text).found) == 3
    for chart in (chart for run in data_of(text)["runs"] for chart in run["charts"]):
        drawn = json.dumps([chart["data"], chart["layout"]])
        assert not re.search(r"<(?!br>)", drawn), chart["name"]  # plotly takes tags as markup; only our line breaks are tags


def test_a_run_and_several(tmp_path: Path) -> None:
    one = data_of(runs_page([pages.run()]))
    names = [chart["name"] for chart in one["runs"][0]["charts"]]
    assert names == ["energy", "area", "layers", "load", "floorplan", "accuracy", "roofline", "gantt"]
    assert any("latency against injection" in sentence for sentence in one["runs"][0]["sentences"])
    text = runs_page([pages.run(), pages.slower(2.0, "other")])
    assert [run["name"] for run in data_of(text)["runs"]] == ["A: lenet on pcm-64", "B: lenet on pcm-64"]
    bare = data_of(runs_page([pages.run(spans=[], accuracy=[], roofline=[], tiles=[], links=[], layers=[])]))["runs"][0]
    assert [chart["name"] for chart in bare["charts"]] == ["energy", "area", "layers"]
    assert any("recorded no spans" in sentence for sentence in bare["sentences"])
    with pytest.raises(InputError, match="page: 27 runs given, expected 1 to 26"):
        runs_page([pages.run()] * 27)


def test_half_a_page_is_never_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))  # as a disk that is full
    try:
        with pytest.raises(InputError, match="the page cannot be written here"):
            write_text("x" * 20_000, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
    assert write_text("x" * 20_000, file).stat().st_size == 20_000
    (tmp_path / "link.html").symlink_to(file)
    write_text("y", tmp_path / "link.html")
    assert file.read_text() == "y"
    assert write_text("y", "/dev/null").is_char_device()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the page cannot be written here"):
        write_text("", tmp_path / "no" / "page.html")
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(InputError, match=r'an interactive page needs plotly: pip install "chipsim\[report\]"'):
        runs_page([pages.run()])
