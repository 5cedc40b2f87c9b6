"""Where the area of a chip lies: every part once, routers at their tiles or by themselves, the sum that of the report."""

from pathlib import Path

import pytest
from builders import chip

from chipsim.architecture import Architecture
from chipsim.reading import load
from chipsim.sheet.datasheet import datasheet
from chipsim.sheet.plan import ROUTER, TILE, UNACCOUNTED, plan_of

CHIPS = sorted((Path(__file__).parents[2] / "architectures").glob("*.yaml"))
CORE = {"measured": {"energy": "300 pJ", "time": "200 ns", "area": "0.02 mm2"}}
LINK = {"bandwidth": "1 Gb/s", "area": "0.1 mm2"}
BESIDE = {"host": {"area": "1 mm2"}, "other_area": "0.5 mm2", "parts": {"pads": {"area": "0.25 mm2", "count": 2}}}


@pytest.mark.parametrize("path", CHIPS, ids=lambda path: path.stem)
def test_the_sum_is_the_area_of_the_chip(path):
    architecture = load(path, Architecture)
    plan = plan_of(architecture)
    assert plan.area == pytest.approx(datasheet(architecture).figures["area"])


@pytest.mark.parametrize(
    "topology",
    [
        {"type": "mesh", "columns": 4, "rows": 3},
        {"type": "torus", "columns": 3, "rows": 3},
        {"type": "concentrated_mesh", "columns": 3, "rows": 2, "concentration": 4},
        {"type": "tree", "arity": 4, "levels": 2},
        {"type": "bus", "nodes": 5},
        {"type": "package", "chip": {"type": "mesh", "columns": 2, "rows": 2}, "columns": 2, "link": LINK},
    ],
    ids=lambda topology: topology["type"],
)
def test_every_topology(topology):
    architecture = chip(network={"topology": topology}, **BESIDE)
    plan = plan_of(architecture)
    assert plan.area == pytest.approx(datasheet(architecture).figures["area"])
    assert sum(TILE in held for _, _, held in plan.places) == plan.tiles
    assert {name: plan.beside[name] for name in ("host interface", "other", "pads")} == pytest.approx(
        {"host interface": 1e-6, "other": 0.5e-6, "pads": 0.5e-6}
    )
    assert len({(x, y) for x, y, _ in plan.places}) == len(plan.places)


def test_routers_at_their_tiles():
    plan = plan_of(chip())
    assert all(held[ROUTER] == pytest.approx(0.01e-6) for _, _, held in plan.places)
    assert ROUTER not in plan.beside
    shared = plan_of(chip(network={"topology": {"type": "concentrated_mesh", "columns": 2, "rows": 2, "concentration": 4}}))
    assert all(held[ROUTER] == pytest.approx(0.01e-6 / 4) for _, _, held in shared.places)
    tree = plan_of(chip(network={"topology": {"type": "tree", "arity": 4, "levels": 2}}))
    assert tree.beside[ROUTER] + sum(held.get(ROUTER, 0.0) for _, _, held in tree.places) == pytest.approx(5 * 0.01e-6)


def test_a_pitch_that_is_given_leaves_room_and_one_that_is_too_small_does_not_squeeze():
    assert plan_of(chip()).wider  # 1 mm
    narrow = plan_of(chip(network={"pitch": "1 um"}))
    assert not narrow.wider
    assert narrow.pitch**2 == pytest.approx(sum(narrow.places[0][2].values()))


def test_what_is_unaccounted_in_a_core_and_in_a_chip():
    plan = plan_of(chip(tile=CORE, measured_area="1 mm2"))
    assert plan.measured
    assert plan.tile[UNACCOUNTED] == pytest.approx(0.02e-6 - sum(area for name, area in plan.tile.items() if name != UNACCOUNTED))
    assert plan.area == pytest.approx(1e-6)
    assert plan.beside[UNACCOUNTED] == pytest.approx(1e-6 - 12 * (0.02e-6 + 0.01e-6))
