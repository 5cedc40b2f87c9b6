"""Leakage of tiles that have nothing to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.architecture import Gating

SHARES = st.lists(st.floats(0, 2), min_size=1, max_size=9)


@given(shares=SHARES, empty=st.integers(0, 9))
def test_without_gating_everything_leaks(shares: list[float], empty: int) -> None:
    assert Gating().awake(shares, len(shares) + empty) == pytest.approx(1.0)


@given(shares=SHARES, empty=st.integers(0, 9), unused=st.floats(0, 1), idle=st.floats(0, 1))
def test_less_is_left_the_more_is_gated(shares, empty, unused, idle) -> None:
    left = Gating(unused=unused, idle=idle).awake(shares, len(shares) + empty)
    assert min(unused, idle) - 1e-9 <= left <= 1 + 1e-9


def test_the_formula() -> None:
    assert Gating(unused=0.1, idle=0.5).awake([1.0, 0.2], 5) == pytest.approx((1 + 0.2 + 0.8 * 0.5 + 3 * 0.1) / 5)
    assert Gating(unused=0.0, idle=0.0).awake([1.7], 1) == 1.0  # several arrays at work at once
