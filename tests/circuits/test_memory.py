"""What all memories share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.circuits import Memory
from chipsim.circuits.sram import SRAM
from chipsim.errors import InputError
from chipsim.reading import from_plain


@given(st.integers(1, 100_000), st.integers(1, 512))
def test_a_part_of_a_word_costs_a_whole_word(bits, width):
    memory = SRAM(capacity=1e6, width=width, read_energy=1e-13, write_energy=3e-13)
    words = (bits + width - 1) // width
    assert memory.cost("read", bits).energy == pytest.approx(words * width * 1e-13)
    assert memory.cost("write", bits).energy == pytest.approx(words * width * 3e-13)


def test_capacity_is_compulsory_and_has_a_unit():
    with pytest.raises(InputError, match="capacity: is missing"):
        from_plain(Memory, {"type": "sram"})
    with pytest.raises(InputError, match="has no unit, expected a data size"):
        from_plain(Memory, {"type": "sram", "capacity": 4096})
    assert from_plain(Memory, {"type": "sram", "capacity": "64 KiB"}).capacity == 64 * 1024 * 8
