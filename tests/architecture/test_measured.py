"""A measured core."""

import pytest
from builders import chip

from chipsim.architecture import Measured
from chipsim.errors import InputError


def test_energy_and_area_belong_together() -> None:
    with pytest.raises(InputError, match=r"measured.area: .*missing"):
        chip(tile={"measured": {"energy": "1 nJ"}})


def test_without_a_time_drivers_and_converters_say_how_long_a_product_takes() -> None:
    plain = chip().tile
    core = plain.having(measured=Measured(energy=1e-9, area=1e-6))
    assert (core.product_time, core.product_interval) == (plain.product_time, plain.product_interval)
    assert core.having(measured=Measured(energy=1e-9, area=1e-6, time=3e-7)).product_time == 3e-7


@pytest.mark.parametrize("phases", [0, 5])
def test_phases_are_those_of_a_dac(phases: int) -> None:
    with pytest.raises(InputError, match="phases"):
        Measured(energy=1e-9, area=1e-6, phases=phases)
