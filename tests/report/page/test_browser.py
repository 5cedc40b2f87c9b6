"""The pages in a real browser without a network: nothing fails, every chart has marks, pointers, filters and clicks do what they say."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chipsim.report.page.page import runs_page, sweep_page, write_text
from chipsim.sweep.table import SweepTable

from . import pages

MARKS = {  # what of a chart is drawn by plotly, by its name in the page
    "energy": ".bars path", "area": ".bars path", "layers": ".bars path", "load": ".bars path", "energies": ".bars path",
    "areas": ".bars path", "importance": ".bars path", "gantt": ".bars path", "hypervolume": ".scatterlayer path.js-line",
    "floorplan": ".scatterlayer path.js-fill, .scatterlayer path.js-line", "accuracy": ".scatterlayer path.point",
    "roofline": ".scatterlayer path.js-line", "injection": ".scatterlayer path.point",
}  # fmt: skip
KNEE = """(() => {
  const plot = document.getElementById("scatter"), trace = plot.data[4], box = plot.getBoundingClientRect();
  const {xaxis, yaxis} = plot._fullLayout;
  return [box.left + xaxis._offset + xaxis.d2p(trace.x[0]), box.top + yaxis._offset + yaxis.d2p(trace.y[0])];
})()"""
EMPTY = """(() => {
  const box = document.createElement("div");
  Object.assign(box, {id: "empty", className: "chart"});
  box.style.height = "300px";
  document.body.append(box);
  draw(box, [], layoutOf({}));
})()"""
FITS = """[...document.querySelectorAll(".js-plotly-plot")].every(
  (chart) => Math.abs(chart.querySelector(".main-svg").getBoundingClientRect().width - chart.offsetWidth) < 2
)"""
OF_SWEEPS = {"energies", "areas", "importance", "hypervolume"}
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepTable, Path]:
    return pages.folder_of(pages.sweep(60), tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def swept(table: tuple[SweepTable, Path], visit: Visit) -> Any:
    return visit(write_text(sweep_page(*table), table[1] / "page.html"))


@pytest.fixture
def page(swept: Any) -> Any:
    """The page of a sweep as it is when it was opened."""
    swept.mouse.move(2, 2)
    swept.evaluate("points.bounds.clear(); points.filter()")
    settled(swept)
    swept.evaluate("scatterChoose('energy', 'accuracy_1d'); scatterDraw()")
    swept.evaluate("Object.assign(table, {words: '', sorted: '', down: false, front: false, first: 0}); tableDraw()")
    swept.evaluate("points.choose(DATA.front.rows[0])")
    swept.evaluate("document.getElementById('filter').value = ''; scroll(0, 0)")
    return swept


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, visit: Visit) -> Any:
    return visit(write_text(runs_page([pages.run()]), tmp_path_factory.mktemp("run") / "run.html"))


def rows_of(page: Any) -> list[list[str]]:
    return page.evaluate("[...document.querySelectorAll('#table tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")


def drawn(page: Any) -> int:
    """Points of the sweep that are drawn in the scatter chart."""
    return page.evaluate("document.getElementById('scatter').data.slice(1).reduce((sum, trace) => sum + trace.x.length, 0)")


def settled(page: Any) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))")


def hints(page: Any, x: float, y: float) -> str:
    """What plotly says under the pointer, as soon as it says it."""
    page.mouse.move(x + 3, y)
    page.wait_for_timeout(60)  # plotly looks at the pointer every 50 ms
    page.mouse.move(x, y)
    page.wait_for_selector(".hoverlayer .hovertext text", timeout=5000)
    return " ".join(page.eval_on_selector_all(".hoverlayer .hovertext text", "(found) => found.map((one) => one.textContent)"))


def knee(page: Any) -> list[float]:
    """Where the knee is drawn in the scatter chart."""
    page.locator("#scatter").scroll_into_view_if_needed()
    return page.evaluate(KNEE)


def on_axis(page: Any, name: str) -> tuple[float, float, float]:
    """Where an axis of the parallel coordinates is: x, top, bottom."""
    page.locator("#lines").scroll_into_view_if_needed()
    place = page.evaluate(f"parallel.names.indexOf('{name}')")
    box = page.locator(f".grip[data-axis='{place}']").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + 8, box["y"] + box["height"] - 8


def brush(page: Any, name: str, start: float, end: float) -> None:
    """Drag along an axis between two shares of its height, from the top."""
    x, top, bottom = on_axis(page, name)
    page.mouse.move(x, top + start * (bottom - top))
    page.mouse.down()
    page.mouse.move(x, top + (start + end) / 2 * (bottom - top))
    page.mouse.move(x, top + end * (bottom - top))
    page.mouse.up()
    settled(page)


def pictures(page: Any) -> dict[str, Any]:
    """Every chart of a page as a picture, by name."""
    where = "[...document.querySelectorAll('.chart, #lines')].map((box) => [box.dataset.chart || box.id, box.getBoundingClientRect()])"
    sides = ("left", "top", "right", "bottom")
    whole = pytest.importorskip("PIL.Image").open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    top = page.evaluate("scrollY")
    found = page.evaluate(where)
    return {name: whole.crop(tuple(int(box[side] + (top if side in ("top", "bottom") else 0)) for side in sides)) for name, box in found}


def painted(image: Any) -> float:
    """Share of the pixels of a chart that are neither white nor of its grid."""
    colours = image.getcolors(1 << 16)
    assert colours is not None
    background = sum(count for count, colour in colours if min(colour) >= 220)
    return 1 - background / (image.width * image.height)


def test_it_loads_without_a_network_and_without_complaint(page: Any, run: Any) -> None:
    for opened in (page, run):
        assert [said for said in opened.said if not re.search("GPU|WebGL", said)] == []
        assert opened.asked == []


def test_every_chart_of_a_sweep_and_of_a_run_has_marks(page: Any, run: Any) -> None:
    for opened, wanted in ((page, set(MARKS) - {"injection"}), (run, set(MARKS) - {"injection"} - OF_SWEEPS)):
        found = opened.evaluate("[...document.querySelectorAll('.chart[data-chart]')].map((chart) => chart.dataset.chart)")
        assert set(found) == wanted
        for name in wanted:
            assert opened.locator(f".chart[data-chart='{name}']").locator(MARKS[name]).count() > 0, name
    assert page.locator("#scatter path.point").count() == 54  # failed points have no measures


def test_no_chart_is_empty_to_the_eye(page: Any, run: Any) -> None:
    page.evaluate(EMPTY)
    shown = pictures(page)
    page.evaluate("clear(document.getElementById('empty')); document.getElementById('empty').remove()")
    least = painted(shown.pop("empty"))
    for name, image in (*shown.items(), *pictures(run).items()):
        assert painted(image) > least + 0.004, name
        assert len(image.getcolors(1 << 16)) > 30, name


def test_the_pointer_tells_axes_and_measures_of_a_point(page: Any) -> None:
    bits, energy = page.evaluate("['bits', 'energy'].map((name) => points.words(name, DATA.front.rows[0]))")
    told = hints(page, *knee(page))
    assert "knee" in told
    assert f"bits: {bits}" in told
    assert f"energy: {energy}" in told
    assert re.search(r"network\.clock: [\d.]+ GHz", told)
    assert re.search(r"accuracy after 1 d: [\d.]+ %", told)


@pytest.mark.parametrize(("name", "mark", "words"), [
    ("energy", ".bars path", r"adc.*J.*%"),
    ("gantt", ".bars path", r"tile \d+ .*sample \d+.* to .*s"),
    ("roofline", "path.point", r"OP/s at .* OP/B"),
    ("accuracy", "path.point", r"after 1 s.*loss .* points.*95 % of the mean"),
])  # fmt: skip
def test_the_pointer_tells_numbers_of_a_run(run: Any, name: str, mark: str, words: str) -> None:
    chart = run.locator(f".chart[data-chart='{name}']")
    chart.scroll_into_view_if_needed()
    box = chart.locator(mark).first.bounding_box()
    assert re.search(words, hints(run, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    run.mouse.move(2, 2)
    run.wait_for_selector(".hoverlayer .hovertext", state="detached")


def test_tiles_and_links_tell_their_load(run: Any) -> None:
    traces = run.evaluate("document.querySelector(\"[data-chart='floorplan']\").data")
    links, tiles = [trace["hovertext"] for trace in traces if "hovertext" in trace]
    assert len(tiles) == 64
    assert len(links) == 224
    assert re.match(r"tile 0<br>conv1<br>98\.9 % busy<br>.*J per inference", tiles[0])
    assert re.match(r"link \d+ to \d+<br>(&lt;)?[\d.]+ % busy", links[0])


def test_a_band_on_an_axis_filters_all_charts_and_the_table(page: Any) -> None:
    before, bars = drawn(page), page.locator("[data-chart='energies'] .yaxislayer-above .ytick").count()
    brush(page, "accuracy_1d", 0.0, 0.25)
    kept = page.evaluate("points.kept.reduce((sum, one) => sum + one, 0)")
    low = page.evaluate("points.bounds.get('accuracy_1d').low")
    assert 0 < drawn(page) == kept < before
    assert all(float(row[6]) >= low * 0.9999 for row in rows_of(page))
    assert page.text_content("#count") == f"{kept} of 60 points pass the limits set here"
    assert page.text_content("#table-count").endswith(f"of {kept}")
    assert page.locator("[data-chart='energies'] .yaxislayer-above .ytick").count() < bars
    x, top, bottom = on_axis(page, "accuracy_1d")
    page.mouse.click(x, (top + bottom) / 2)
    settled(page)
    assert drawn(page) == before


def test_a_band_can_be_moved_and_names_can_be_chosen(page: Any) -> None:
    brush(page, "bits", 0.0, 0.3)
    first = page.evaluate("points.bounds.get('bits')")
    brush(page, "bits", 0.15, 0.55)
    moved = page.evaluate("points.bounds.get('bits')")
    assert moved["high"] - moved["low"] == pytest.approx(first["high"] - first["low"], rel=0.05)
    assert moved["low"] < first["low"]
    page.click("#reset")
    brush(page, "device", 0.0, 0.5)
    assert {row[4] for row in rows_of(page)} == {"pcm"}


def test_bounds_can_be_typed(page: Any) -> None:
    page.evaluate("document.getElementById('bounds').open = true")
    field = page.locator("#bounds fieldset[data-column='bits'] input[data-end='low']")
    field.focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    settled(page)
    assert {int(row[2]) for row in rows_of(page)} == {7, 8, 9, 10}
    page.click("#reset")
    settled(page)
    assert field.input_value() in ("", "7")
    assert page.text_content("#count") == "all 60 points"


def test_the_table_is_filtered_by_words_and_conditions(page: Any) -> None:
    page.fill("#filter", "failed")
    assert len(rows_of(page)) == 6
    assert all("tiles are missing on reram" in row[-1] for row in rows_of(page))
    page.fill("#filter", "device=pcm energy<4")
    found = rows_of(page)
    assert 0 < len(found) < 30
    assert all(row[4] == "pcm" and float(row[5]) < 4 for row in found)
    page.fill("#filter", "state=failed")
    assert len(rows_of(page)) == 6
    page.fill("#filter", "accuracy after 1 d>60 bits = 8")
    assert {row[2] for row in rows_of(page)} == {"8"}
    first = page.evaluate("number(COLUMNS.get('energy').values[0])")
    page.fill("#filter", f"energy={first}")
    assert first in [row[5] for row in rows_of(page)]
    page.fill("#filter", "clock>0 nonsense=3")
    assert page.text_content("#table-count") == "no rows: no column nonsense"
    page.fill("#filter", "no such thing")
    assert rows_of(page) == []
    assert page.text_content("#table-count") == "no rows"


def test_the_table_is_sorted_both_ways_with_gaps_last(page: Any) -> None:
    header = page.locator("#table th button[data-sort='energy']")
    header.focus()
    page.keyboard.press("Enter")
    up = page.evaluate("table.rows.map((row) => points.value('energy', row))")
    assert up[:54] == sorted(up[:54])
    assert up[54:] == [None] * 6
    assert page.evaluate("document.activeElement.dataset.sort") == "energy"
    page.keyboard.press("Enter")
    down = page.evaluate("table.rows.map((row) => points.value('energy', row))")
    assert down[:54] == up[:54][::-1]
    assert page.locator("#table th[aria-sort='descending']").count() == 1
    page.click("#on")
    assert page.text_content("#table-count") == "rows 51 to 60 of 60"


def test_the_details_follow_a_click(page: Any) -> None:
    first = page.text_content("#details-name")
    longest = "document.querySelector(\"#details [data-chart='energy']\").data[0].x[0]"
    energy = page.evaluate(longest)
    page.locator("#table tbody tr button").nth(3).click()
    assert page.text_content("#details-name") == "point 3, beyond a limit"
    assert page.locator("#details .chart").count() == 0
    assert "energy" in page.text_content("#details-body")
    page.select_option("#details-choice", index=1)
    assert page.text_content("#details-name") not in (first, "point 3, beyond a limit")
    assert page.evaluate(longest) == pytest.approx(1.25 * energy, rel=1e-3)
    place = knee(page)
    hints(page, *place)
    page.mouse.click(*place)
    settled(page)
    assert page.text_content("#details-name") == first


def test_any_two_measures_can_be_chosen(page: Any) -> None:
    page.select_option("#scatter-x", "area")
    page.select_option("#scatter-y", "device")
    layout = page.evaluate("document.getElementById('scatter').layout")
    assert layout["xaxis"]["title"]["text"] == "area (mm2)"
    assert layout["yaxis"]["ticktext"] == ["pcm", "reram"]
    page.select_option("#scatter-colour", "bits")
    assert page.locator("#scatter .colorbar").count() >= 1
    page.select_option("#scatter-colour", "")
    page.click("#scatter-controls button >> nth=0")
    assert page.evaluate("[scatter.x, scatter.y]") == ["energy", "accuracy_1d"]


def test_it_fits_a_narrow_window(page: Any) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_function(FITS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(FITS)


def test_texts_of_users_stay_texts(tmp_path: Path, visit: Visit) -> None:
    evil = pages.evil_sweep()
    file = write_text(sweep_page(*pages.folder_of(evil, tmp_path, 1)), tmp_path / "page.html")
    opened = visit(file)
    opened.locator("#table tbody tr button").nth(0).click()
    opened.select_option("#details-choice", index=0)
    assert opened.said == []
    assert opened.title() == f"{pages.EVIL} - chipsim"
    assert opened.locator("img, main a, iframe").count() == 0
    assert opened.evaluate("document.querySelectorAll('main script').length") == 0
    assert pages.EVIL in opened.text_content("main")
    assert opened.locator("svg a").count() == 0
    words = opened.evaluate("points.note(0)")
    assert "<script" not in words
    assert "&lt;script" in words


def test_several_runs_stand_beside_each_other(tmp_path: Path, visit: Visit) -> None:
    found = [pages.slower(1.0, "one"), pages.slower(2.0, "other")]
    opened = visit(write_text(runs_page(found), tmp_path / "runs.html"))
    assert opened.said == []
    assert opened.locator("[data-chart='energy']").count() == 2
    ends = opened.evaluate("[...document.querySelectorAll(\"[data-chart='energy']\")].map((chart) => chart.layout.xaxis.range[1])")
    assert ends[0] == ends[1]
    bars = opened.evaluate("[...document.querySelectorAll(\"[data-chart='energy']\")].map((chart) => chart.data[0].x[0])")
    assert bars[1] == pytest.approx(2 * bars[0])
    assert opened.locator("#headline thead th").count() == 3


def test_a_sweep_without_an_answer_and_one_without_objectives(tmp_path: Path, visit: Visit) -> None:
    lost = pages.without_answers()
    opened = visit(write_text(sweep_page(lost, tmp_path), tmp_path / "lost.html"))
    assert opened.said == []
    assert "No point has been answered." in opened.text_content("#details")
    plain = pages.without_objectives()
    opened = visit(write_text(sweep_page(plain, tmp_path), tmp_path / "plain.html"))
    assert opened.said == []
    assert opened.locator("#scatter path.point").count() > 10
    assert json.loads(opened.evaluate("JSON.stringify(SWEEP.objectives)")) == []


def test_a_chart_can_be_kept_and_nothing_is_sent_away(run: Any) -> None:
    titles = run.evaluate("[...document.querySelectorAll('.modebar-btn')].map((button) => button.dataset.title)")
    assert set(titles) <= {"Download plot", "Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"}
    chart = run.locator(".chart[data-chart='energy']")
    chart.hover()
    with run.expect_download() as download:
        chart.locator(".modebar-btn").first.click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "adc" in text


def test_the_table_fits_on_paper(page: Any) -> None:
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('#table .scroll')).overflowX") == "visible"
    assert page.locator("#table thead th.other").count() > 0
    assert not page.locator("#table thead th.other").first.is_visible()
    assert page.evaluate("document.querySelector('#table table').scrollWidth <= document.querySelector('#table .scroll').clientWidth")
    page.emulate_media(media="screen")
