"""Who waits for whom."""

from hypothesis import given
from hypothesis import strategies as st

from chipsim.deadlock import circle

graphs = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9)


def reaches(waits: dict[int, list[int]], start: int) -> bool:
    """Whether a node waits, in the end, for itself."""
    seen: set[int] = set()
    front = list(waits.get(start, []))
    while front:
        number = front.pop()
        if number not in seen:
            seen.add(number)
            front += waits.get(number, [])
    return start in seen


@given(graphs)
def test_a_circle_is_found_exactly_when_there_is_one(waits: dict[int, list[int]]) -> None:
    found = circle(waits)
    assert bool(found) == any(reaches(waits, number) for number in waits)
    for one, other in zip(found, found[1:] + found[:1], strict=True):
        assert other in waits[one]
    assert len(found) == len(set(found))


def test_examples() -> None:
    assert circle({}) == []
    assert circle({1: [2], 2: [3]}) == []
    assert circle({1: [1]}) == [1]
    assert circle({1: [2, 3], 2: [], 3: [4], 4: [1]}) == [1, 3, 4]


def test_long_chains_do_not_exhaust_the_stack() -> None:
    chain = {number: [number + 1] for number in range(20_000)}
    assert circle(chain) == []
    assert len(circle(chain | {20_000: [0]})) == 20_001
