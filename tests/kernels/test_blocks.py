"""Row rules: what they may ask for, and that rows keep their bits under them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels.blocks import BLOCK, RowRule, candidates, few_hold, product, row_rule, widened

FEW = RowRule(8, 40, BLOCK, few=8)


@given(
    rows=st.integers(1, BLOCK),
    rule=st.sampled_from([RowRule(8, 8, BLOCK), RowRule(8, 40, BLOCK), RowRule(64, 64, 64), RowRule(1, 1, 1), FEW]),
)
def test_padding_is_enough_and_allowed(rows, rule):
    padded = rule.padded(rows)
    assert rows <= padded <= BLOCK
    last = padded % rule.most or rule.most
    assert last >= rule.least or last == rule.few
    assert last % rule.granule == 0
    assert rule.padded(padded) == padded


def test_a_rule_depends_on_the_shape_only_and_wastes_little_on_large_matrices():
    assert row_rule(512, 512) == row_rule(512, 512)
    assert row_rule(512, 512).padded(1) <= 8
    assert row_rule(7, 9).padded(1) <= 64


def test_few_rows_are_not_filled_up_where_they_keep_their_bits():
    assert [FEW.padded(rows) for rows in (1, 8, 9, 40, BLOCK)] == [8, 8, 40, 40, BLOCK]
    for shape in ((256, 128), (25, 6), (400, 120)):
        rule = row_rule(*shape)
        assert (rule.few == 8) == few_hold(rule._replace(few=0), *shape)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.integers(1, 600),
    columns=st.integers(2, 600),
    count=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_few_rows_keep_their_bits(rows, columns, count, seed):
    generator = np.random.default_rng(seed)
    pool = generator.standard_normal((BLOCK, rows), dtype=np.float32)
    pool[generator.random(pool.shape) < 0.5] = 0  # as after a relu
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    rule = row_rule(rows, columns)
    whole, part = np.empty((2, BLOCK, columns), np.float32)
    product(pool.copy(), right, whole, BLOCK, rule)
    chosen = generator.integers(0, BLOCK, count)
    left = np.full((BLOCK, rows), np.float32(1e30))
    left[:count] = pool[chosen]
    product(left, right, part, count, rule)
    assert np.array_equal(part[:count], whole[chosen])


@settings(max_examples=80, deadline=None)
@given(
    rows=st.integers(1, 600),
    columns=st.integers(2, 600),
    count=st.integers(1, BLOCK),
    seed=st.integers(0, 99),
)
def test_rows_keep_their_bits_at_any_place_in_any_company(rows, columns, count, seed):
    generator = np.random.default_rng(seed)
    pool = generator.standard_normal((BLOCK, rows), dtype=np.float32)
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    rule = row_rule(rows, columns)
    whole, part = np.empty((2, BLOCK, columns), np.float32)
    product(pool.copy(), right, whole, BLOCK, rule)
    chosen = generator.integers(0, BLOCK, count)
    left = np.full((BLOCK, rows), np.float32(1e30))
    left[:count] = pool[chosen]
    product(left, right, part, count, rule)
    assert np.array_equal(part[:count], whole[chosen])


def test_a_single_column_gets_company():
    assert widened(np.ones((5, 1), np.float32)).tolist() == [[1, 0]] * 5
    matrix = np.ones((1, 5), np.float32)
    assert widened(matrix) is matrix


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 300), columns=st.integers(2, 300), count=st.integers(1, BLOCK), seed=st.integers(0, 99))
def test_every_rule_computes_the_product(rows, columns, count, seed):
    generator = np.random.default_rng(seed)
    left = generator.standard_normal((BLOCK, rows), dtype=np.float32)
    right = generator.standard_normal((rows, columns), dtype=np.float32)
    expected = left[:count].astype(float) @ right
    for rule in [*candidates(rows * columns), RowRule(1, 1, 1)]:
        out = np.full((BLOCK, columns), np.nan, np.float32)
        product(left.copy(), right, out, count, rule)
        assert np.allclose(out[:count], expected, atol=1e-4)
