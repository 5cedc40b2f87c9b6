"""The drawing of a chip and a tile: to scale, with every part, well formed, also for odd chips."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from builders import chip

from chipsim.errors import InputError
from chipsim.report.chip_floorplan import chip_floorplan, floorplan_of, write_floorplan
from chipsim.report.svg import standalone
from chipsim.sheet.plan import ChipPlan, plan_of

CORE = {"measured": {"energy": "300 pJ", "time": "200 ns", "area": "0.02 mm2"}}


def rectangles(drawn):
    """Size of the rectangles with a note, by the note's first word(s)."""
    tree = ElementTree.fromstring(standalone(drawn))
    found = [(node.get("data-tip"), float(node.get("width")) * float(node.get("height"))) for node in tree.iter("{http://www.w3.org/2000/svg}rect")]
    return [(tip.split(":")[0], size) for tip, size in found if tip]


def test_areas_are_to_scale():
    architecture = chip(tile=CORE, host={"area": "0.1 mm2"}, network={"pitch": None})
    plan = plan_of(architecture)
    drawn = rectangles(chip_floorplan(plan_of(architecture)))
    tiles = [size for name, size in drawn if name == "tile"]
    host = [size for name, size in drawn if name == "host interface"]
    assert len(tiles) == 12
    assert host[0] / tiles[0] == pytest.approx(0.1 / 0.02, rel=0.01)
    parts = {name: size for name, size in drawn if name in plan.tile}
    for name, area in plan.tile.items():
        assert parts[name] / sum(parts.values()) == pytest.approx(area / 0.02e-6, abs=0.001)


def test_words():
    text = str(chip_floorplan(plan_of(chip(tile=CORE))))
    for words in ("chip: 0.36 mm2, 12 tiles", "one tile: 0.02 mm2", "measured: parts 1020 um2, unaccounted 0.019 mm2"):
        assert words in text
    assert "pitch as given" in text
    assert "the sum of its parts" in str(chip_floorplan(plan_of(chip())))
    assert "published whole; " in str(chip_floorplan(plan_of(chip(measured_area="1 mm2"))))


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"topology": {"type": "mesh", "columns": 1, "rows": 1}}},
        {"network": {"topology": {"type": "bus", "nodes": 6}}},
        {"network": {"topology": {"type": "mesh", "columns": 80, "rows": 50}}},
        {"array": {"cell": {"area": "0 um2"}}, "network": {"router_area": "0 mm2"}, "host": {"area": "1 mm2"}},
        {"array": {"cell": {"area": "0 um2"}}, "network": {"router_area": "0 mm2"}},
    ],
    ids=["one tile", "bus", "4000 tiles", "host only", "no area"],
)
def test_odd_chips(changes):
    text = standalone(chip_floorplan(plan_of(chip(**changes))))
    ElementTree.fromstring(text)
    assert len(text) < 400_000
    assert not re.search(r"nan|inf\b", text)


def test_names_are_escaped():
    text = str(chip_floorplan(plan_of(chip(parts={"<script>": {"area": "1 mm2"}}))))
    assert "<script>" not in text


def test_files(tmp_path):
    file = write_floorplan(plan_of(chip()), tmp_path)
    assert file.name == "floorplan.svg"
    ElementTree.parse(file)
    with pytest.raises(InputError, match="cannot be written"):
        write_floorplan(plan_of(chip()), tmp_path / "missing")


def test_a_run_shows_the_plan_that_it_kept():
    kept = json.loads(json.dumps(plan_of(chip()).plain()))
    assert ChipPlan.from_plain(kept).plain() == plan_of(chip()).plain()
    assert floorplan_of(SimpleNamespace(plan=kept)) == chip_floorplan(plan_of(chip()))
    assert str(floorplan_of(SimpleNamespace(plan={}))) == ""


def test_the_house_has_no_chip_that_cannot_be_drawn():
    from chipsim.architecture import Architecture
    from chipsim.reading import load

    for path in sorted((Path(__file__).parents[2] / "architectures").glob("*.yaml")):
        ElementTree.fromstring(standalone(chip_floorplan(plan_of(load(path, Architecture)))))
