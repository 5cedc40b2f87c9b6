"""The calendar of one channel against closed forms and against vectors entered one by one."""

from hypothesis import given
from hypothesis import strategies as st

from chipsim.fabric.backlog import Backlog, Stream

entries = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 5), st.integers(1, 50), st.integers(0, 400)), min_size=1, max_size=12
).map(lambda found: [(now, count, length, spread * (count > 1)) for now, count, length, spread in sorted(found)])


def test_single_vectors_queue_up() -> None:
    channel = Backlog()
    assert [channel.enter(now, 1, 10, 0) for now in (5, 6, 20, 50)] == [(5, 5), (15, 15), (25, 25), (50, 50)]
    assert channel.left(50) == 10
    assert channel.left(53) == 7


def test_a_burst_all_there_at_once_is_one_long_entry() -> None:
    channel = Backlog()
    assert channel.enter(0, 4, 10, 0) == (0, 30)
    assert channel.enter(1, 1, 10, 0) == (40, 40)


def test_a_slow_burst_delays_others_by_what_is_there() -> None:
    channel = Backlog()
    assert channel.enter(0, 11, 10, 1000) == (0, 1000)  # a tenth of the channel for 1000 ps
    assert channel.enter(5, 1, 10, 0) == (10, 10)  # waits for the first vector only
    assert channel.enter(500, 1, 10, 0) == (500, 500)


def test_streams_beyond_capacity_pile_up() -> None:
    channel = Backlog()
    channel.enter(0, 101, 10, 1000)
    channel.enter(0, 101, 10, 1000)  # together twice what the channel can do
    # at 500: two first vectors and 2 * 500 of the streams have come, 500 are done
    assert channel.enter(500, 1, 10, 0) == (1020, 1020)
    assert channel.at(1000).free == 2020 + 10


def test_the_last_vector_waits_for_the_streams_that_are_known() -> None:
    channel = Backlog()
    channel.enter(0, 101, 10, 1000)
    first, last = channel.enter(0, 101, 10, 1000)
    assert (first, last) == (10, 2020 - 10)


def test_work_is_done_at_most_as_fast_as_time_passes() -> None:
    channel = Backlog()
    channel.enter(0, 11, 10, 1000)
    assert [channel.left(now) for now in (0, 10, 500, 1000, 1010)] == [110, 100, 50, 0, 0]


@given(entries)
def test_asking_changes_nothing(given_entries) -> None:
    asked, left_alone = Backlog(), Backlog()
    for now, count, length, spread in given_entries:
        asked.left(now)
        asked.state(now)
        assert asked.enter(now, count, length, spread) == left_alone.enter(now, count, length, spread)
        asked.left(now)


@given(entries, st.integers(1, 10**6))
def test_the_same_story_later_looks_the_same(given_entries, shift: int) -> None:
    early, late = Backlog(), Backlog()
    for now, count, length, spread in given_entries:
        first, last = early.enter(now, count, length, spread)
        assert late.enter(now + shift, count, length, spread) == (first + shift, last + shift)
        assert early.state(now + 7) == late.state(now + shift + 7)
    assert early.state(10**7) == Backlog().state(0), "a calendar long idle is as good as new"


@given(entries)
def test_nothing_is_lost_and_nothing_starts_early(given_entries) -> None:
    channel, total = Backlog(), 0
    for now, count, length, spread in given_entries:
        total += count * length
        first, last = channel.enter(now, count, length, spread)
        assert first >= now
        assert last >= max(now + spread, first + (count - 1) * length)
        assert 0 < channel.left(now) <= total
    assert channel.left(10**7) == 0
    assert channel.at(10**7).free <= max(now + spread for now, _, _, spread in given_entries) + total


def test_a_stream_has_arrived_at_its_end() -> None:
    assert [Stream(end=100, begin=0, work=50).until(time) for time in (0, 1, 50, 100, 200)] == [0, 0, 25, 50, 50]
