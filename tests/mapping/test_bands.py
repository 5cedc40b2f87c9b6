"""Blocks of matrices whose weights lie along the diagonal."""

import numpy as np
import pytest
from builders import chip, conv, linear, network
from hypothesis import given
from hypothesis import strategies as st

from chipsim.mapping.bands import banded
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import MappingOptions
from chipsim.summary import cells_used, mapping_rows


@given(
    bands=st.integers(2, 9), rows=st.integers(1, 12), columns=st.integers(1, 7), array=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    split=st.sampled_from(["balanced", "full"]),
)  # fmt: skip
def test_every_weight_lies_in_one_block_and_every_block_fits(bands, rows, columns, array, split):
    covered = np.zeros((bands * rows, bands * columns), int)
    blocks = banded("a", bands, covered.shape, array, split)
    for block in blocks:
        covered[slice(*block.rows), slice(*block.columns)] += 1
        assert block.shape[0] <= array[0]
        assert block.shape[1] <= array[1]
    assert (covered <= 1).all()
    for band in range(bands):
        assert (covered[band * rows : (band + 1) * rows, band * columns : (band + 1) * columns] == 1).all()
    for number in {block.column_block for block in blocks}:
        column = [block for block in blocks if block.column_block == number]
        assert [block.row_block for block in column] == list(range(len(column)))
        assert len({block.columns for block in column}) == 1


def test_a_depthwise_convolution_uses_few_of_its_cells():
    workload = network([14, 4, 4], conv("d", 14, padding=1, groups=14), linear("fc", 2))
    machine = chip(mesh=(6, 6))  # arrays of 32 x 32: three bands of 9 x 1
    mapping = map_workload(workload, machine, MappingOptions(copies="none"))
    blocks = mapping.of("d")
    assert len(blocks) == 5  # 14 bands in threes; cut as a full matrix of 126 x 14 it would be 4 blocks with 14 columns each
    assert sum(cells_used(workload, block) for block in blocks) == 14 * 9
    rows = [row for row in mapping_rows(workload, mapping, machine) if row["layer"] == "d"]
    assert [row["utilisation"] for row in rows] == pytest.approx([27 / 1024] * 4 + [18 / 1024])


def test_a_bias_row_lies_below_all_bands():
    workload = network([4, 4, 4], conv("d", 4, 2, groups=2), linear("fc", 2))
    mapping = map_workload(workload, chip(mesh=(6, 6)), MappingOptions(copies="none", bias="array"))
    (block,) = mapping.of("d")
    assert block.shape == (17, 4)
    assert cells_used(workload, block) == 2 * 8 * 2 + 4
