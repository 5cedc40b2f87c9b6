"""What a tile needs to learn: its area, its leakage, the memory of a rule."""

import pytest
from builders import chip
from lessons import learner

from chipsim.circuits.learning import Learning
from chipsim.errors import InputError
from chipsim.reading import from_plain

ARRAY = {
    "rows": 30,
    "columns": 20,
    "cell": {"device": {"type": "ideal"}, "area": "2 um2"},
    "dac": {"type": "pulse_width", "bits": 7, "area": "3 um2", "leakage": "1 nW"},
    "adc": {"type": "sar", "bits": 9, "bound": 12, "area": "50 um2", "leakage": "7 nW", "columns_per_adc": 4},
}


def tile(**learning):
    return learner(learning, array=ARRAY).tile


def test_converters_of_the_way_back_are_counted_the_other_way_round():
    one = tile()
    area, leakage = one.learning.area_parts(one.array), one.learning.leakage_parts(one.array)
    assert area["transposed dac"] == pytest.approx(20 * 3e-12)
    assert area["transposed adc"] == pytest.approx(8 * 50e-12)  # 30 rows, four to a converter
    assert area["activation store"] == pytest.approx(100e-12)
    assert leakage["transposed dac"] == pytest.approx(20e-9)
    assert leakage["transposed adc"] == pytest.approx(8 * 7e-9)
    assert one.area_parts["transposed adc"] == area["transposed adc"]
    assert one.leakage_parts["transposed adc"] == leakage["transposed adc"]


def test_own_converters_have_areas_of_their_own():
    one = tile(transposed={"adc": {"type": "sar", "area": "10 um2"}})
    assert one.learning.area_parts(one.array)["transposed adc"] == pytest.approx(30 * 10e-12)


def test_learning_comes_on_top_of_a_measured_core():
    core = {"energy": "1 nJ", "time": "100 ns", "area": "0.01 mm2"}
    plain, able = chip(tile={"measured": core}).tile, learner(tile={"measured": core}).tile
    assert sum(plain.area_parts.values()) == pytest.approx(0.01e-6)
    assert sum(able.area_parts.values()) == pytest.approx(0.01e-6 + sum(able.learning.area_parts(able.array).values()))
    assert set(able.area_parts) - set(plain.area_parts) == {"transposed dac", "transposed adc", "activation store"}


def test_a_rule_may_need_arrays_and_memory():
    memory = {"type": "sram", "capacity": "4 kb", "area": "20 um2", "leakage": "5 nW"}
    one = tile(rule_memory=memory)
    assert one.learning.banks(one.array, 32) == 5  # 30 x 20 x 32 bits = 19,200
    assert one.learning.rule_area(one.array, 2, 32) == pytest.approx(
        {"arrays of the rule": 600 * 2e-12, "memory of the rule": 5 * 20e-12}
    )
    assert one.learning.rule_leakage(one.array, 32) == pytest.approx({"memory of the rule": 25e-9})
    assert one.learning.rule_area(one.array, 1, 0) == {"arrays of the rule": 0.0, "memory of the rule": 0.0}
    assert tile().learning.banks(one.array, 0) == 0


@pytest.mark.parametrize(("devices", "arrays", "further"), [(1, 3, 2), (3, 3, 0), (3, 4, 1), (2, 1, 0)])
def test_a_cell_may_hold_several_devices(devices, arrays, further):
    one = tile(cell_devices=devices)
    assert one.learning.rule_area(one.array, arrays, 0)["arrays of the rule"] == pytest.approx(further * 600 * 2e-12)


def test_memory_that_is_missing_is_an_error():
    one = tile()
    for asked in (one.learning.rule_area, lambda array, *of: one.learning.rule_leakage(array, of[1])):
        with pytest.raises(InputError, match=r"Learning.rule_memory: is missing, .* 32 bits beside each weight, 2.344 KiB"):
            asked(one.array, 1, 32)


def test_a_way_back_that_does_not_go_with_the_array_is_refused_with_the_tile():
    with pytest.raises(InputError, match=r"tile: learning.transposed: .*columns_per_adc: 25 is more than the 20 columns"):
        tile(transposed={"adc": {"type": "sar", "columns_per_adc": 25}})
    with pytest.raises(InputError, match=r"tile: learning.transposed: .* room for 0 counts"):
        tile(transposed={"adc": {"type": "cco", "lsb_time": "1 us"}})


def test_the_store_is_compulsory():
    with pytest.raises(InputError, match="activations"):
        from_plain(Learning, {"slot": "1 ns"})
