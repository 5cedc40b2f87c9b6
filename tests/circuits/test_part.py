"""Parts beside the circuits that are described by what they do."""

import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.part import Part
from chipsim.circuits.scaling import Dennard
from chipsim.errors import InputError
from chipsim.reading import from_plain


def test_a_part_pays_for_time_and_for_products() -> None:
    part = Part(count=8, area=2e-12, leakage=1e-6, power=3e-3, energy=5e-12)
    assert (part.total_area, part.total_leakage) == pytest.approx((16e-12, 8e-6))
    assert part.full_power == 3e-3
    assert part.spent(10, 2e-6) == pytest.approx(8 * (10 * 5e-12 + 3e-3 * 2e-6))
    assert part.cost("product", 10) == pytest.approx((8 * 50e-12, 0.0, 0.0))


def test_power_in_a_newer_node_is_energy_over_delay() -> None:
    part = Part(power=3e-3, energy=5e-12, scaling=Dennard(from_node=32e-9, to_node=16e-9))
    assert part.full_power == pytest.approx(3e-3 / 8 * 2)
    assert part.spent(1, 0.0) == pytest.approx(5e-12 / 8)


def test_names_of_other_parts_are_refused() -> None:
    plain = {"rows": 8, "columns": 8, "cell": {"device": "ideal"}, "dac": "ideal", "adc": "ideal"}
    with pytest.raises(InputError, match=r"parts: 'adc' is a name that the report uses for another part; .*such as 'registers'"):
        from_plain(Array, plain | {"parts": {"adc": {"power": "1 mW"}}})
    array = from_plain(Array, plain | {"parts": {"registers": {"power": "1 mW"}}})
    assert array.periphery(8, 8, 1, 1e-6)["registers"] == pytest.approx(1e-9)
