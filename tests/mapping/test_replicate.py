"""Copies of busy layers."""

from hypothesis import given
from hypothesis import strategies as st

from chipsim.mapping.replicate import Demand, balanced_copies

demands = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(lambda tiles, rows, width: Demand(tiles, rows * width, rows), st.integers(1, 6), st.integers(1, 40), st.integers(1, 40)),
    min_size=1,
)


def load(demand: Demand, copies: int) -> int:
    """Products of the busiest copy for one sample."""
    return -(-demand.most_copies // copies) * (demand.products // demand.most_copies)


def used(wanted: dict[str, Demand], copies: dict[str, int]) -> int:
    return sum(demand.tiles * copies[name] for name, demand in wanted.items())


@given(demands, st.integers(0, 200))
def test_copies_fit_and_never_slow_the_chip_down(wanted: dict[str, Demand], spare: int) -> None:
    tiles = used(wanted, dict.fromkeys(wanted, 1)) + spare
    copies = balanced_copies(wanted, tiles)
    assert used(wanted, copies) <= tiles
    assert all(1 <= copies[name] <= wanted[name].most_copies for name in wanted)
    assert max(load(wanted[n], copies[n]) for n in wanted) <= max(load(wanted[n], 1) for n in wanted)


@given(demands, st.integers(0, 100), st.integers(0, 100))
def test_more_tiles_are_never_worse(wanted: dict[str, Demand], spare: int, more: int) -> None:
    base = used(wanted, dict.fromkeys(wanted, 1)) + spare
    slowest = [max(load(wanted[n], c) for n, c in balanced_copies(wanted, tiles).items()) for tiles in (base, base + more)]
    assert slowest[1] <= slowest[0]


@given(demands, st.integers(0, 200))
def test_no_copy_is_for_nothing(wanted: dict[str, Demand], spare: int) -> None:
    copies = balanced_copies(wanted, used(wanted, dict.fromkeys(wanted, 1)) + spare)
    assert all(copies[n] == 1 or load(wanted[n], copies[n]) < load(wanted[n], copies[n] - 1) for n in wanted)


def test_the_busiest_layer_gets_the_spare_tiles() -> None:
    wanted = {"conv1": Demand(1, 28 * 28, 28), "conv2": Demand(2, 100, 10), "fc": Demand(3, 1, 1)}
    assert balanced_copies(wanted, 6) == {"conv1": 1, "conv2": 1, "fc": 1}
    assert balanced_copies(wanted, 9) == {"conv1": 4, "conv2": 1, "fc": 1}
    assert balanced_copies(wanted, 13) == {"conv1": 7, "conv2": 1, "fc": 1}  # 8 or 9 copies would still do 4 rows each
    assert balanced_copies(wanted, 10_000)["conv1"] == 28


def test_too_few_tiles_leave_one_copy_each_for_the_error_message() -> None:
    assert balanced_copies({"a": Demand(5, 100, 10)}, 3) == {"a": 1}
    assert balanced_copies({}, 3) == {}
