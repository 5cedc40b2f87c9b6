"""Area and static power of a whole chip, its own parts, a published total."""

import pytest
from builders import chip

from chipsim.errors import InputError

LINKS = {"links": {"count": 4, "area": "1 mm2", "power": "0.5 W", "leakage": "0.1 W"}}


def test_parts_of_the_chip_are_always_on() -> None:
    plain, linked = chip(), chip(parts=LINKS)
    area, power = linked.area_parts(12, 12), linked.leakage_parts(12, 12)
    assert area["links"] == (4, pytest.approx(4e-6))
    assert power["links"] == pytest.approx(4 * 0.6)
    assert {name: row for name, row in area.items() if name != "links"} == plain.area_parts(12, 12)
    assert {name: row for name, row in power.items() if name != "links"} == plain.leakage_parts(12, 12)


def test_what_the_parts_leave_of_the_published_area_is_unaccounted() -> None:
    whole = chip(measured_area="20 mm2")
    parts = whole.area_parts(12, 12)
    assert sum(area for _, area in parts.values()) == pytest.approx(20e-6)
    assert parts["unaccounted"][1] == pytest.approx(20e-6 - sum(area for _, area in chip().area_parts(12, 12).values()))


def test_parts_larger_than_the_published_area_are_refused() -> None:
    with pytest.raises(InputError, match=r"measured_area: the parts of the chip fill 0\.\d+ mm2 \(12 tiles of"):
        chip(measured_area="0.1 mm2")
    measured = {"energy": "1 nJ", "time": "100 ns", "area": "2 mm2"}
    with pytest.raises(InputError, match="measured_area"):
        chip(tile={"measured": measured}, measured_area="20 mm2")  # 12 cores of 2 mm2
    assert chip(tile={"measured": measured}, measured_area="30 mm2").area_parts(12, 12)["unaccounted"][1] > 5e-6


def test_gating_leaves_its_share_to_the_tiles_alone() -> None:
    plain = chip(parts=LINKS).leakage_parts(12, 12)
    gated = chip(parts=LINKS).leakage_parts(12, 12, awake=0.25)
    assert gated["buffers"] == pytest.approx(0.25 * plain["buffers"])
    assert gated["links"] == plain["links"]


def test_a_part_of_the_chip_belongs_to_no_product() -> None:
    with pytest.raises(InputError, match="energy of a product"):
        chip(parts={"clock tree": {"energy": "1 pJ"}})
    with pytest.raises(InputError, match="name that the report uses"):
        chip(parts={"network links": {"power": "1 W"}})


def test_a_chip_without_tiles_is_refused() -> None:
    with pytest.raises(InputError, match=r"network.no_tile: leaves no node with a tile"):
        chip(network={"no_tile": {"every": 1}})
