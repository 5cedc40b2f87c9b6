"""The table of a sweep says what its columns are."""

import pytest

from chipsim.errors import InputError
from chipsim.sweep.table import SweepTable

COLUMNS = [{"name": name, "unit": unit, "role": "measure"} for name, unit in (("energy", "J"), ("latency", "s"))]


def test_a_column_is_found_by_its_name_and_a_mistyped_one_is_told():
    table = SweepTable("t", "d", {}, COLUMNS, [])
    assert table.column("latency")["unit"] == "s"
    with pytest.raises(InputError, match=r"'enrgy' is no column of this table \(did you mean 'energy'"):
        table.column("enrgy")
