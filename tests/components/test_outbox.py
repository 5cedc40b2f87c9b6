"""Sending: one transfer for all readers of the same channels, room promised in the order in which units are wanted."""

import numpy as np
from builders import built, chip, conv, linear, network, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.chip import Chip
from chipsim.components.inbox import Inbox
from chipsim.components.outbox import Route
from chipsim.components.token import Token
from chipsim.mapping.dataflow import Feed, Flow, Stage, Tensor

from .line import Line


def test_a_unit_leaves_when_its_first_vector_is_ready_and_there_is_room() -> None:
    line = Line([(30, 10), (100, 100)], room=1)
    inbox = line.routes[0].inbox
    seen: list[tuple[int, int]] = []
    put = inbox.put
    inbox.put = lambda token, *rest: (seen.append((int(line.clock.now), token.sample)), put(token, *rest))[0]  # type: ignore[method-assign, assignment]
    line.run(260)
    assert seen == [(30, 0), (40, 1), (130, 2), (230, 3)]  # then only when b starts and gives room back


def test_at_most_two_finished_units_wait() -> None:
    line = Line([(1, 1), (1000, 1000)], room=2)
    line.run(500)
    outbox = line.stations[0].outbox
    assert outbox.full
    assert outbox.leaving is not None
    assert (outbox.leaving.sample, [token.sample for token in outbox.queue]) == (3, [4])


@settings(max_examples=20)
@given(copies=st.integers(1, 4), height=st.integers(1, 7), room=st.integers(1, 5), released=st.integers(0, 20))
def test_room_is_promised_in_the_order_in_which_units_are_wanted(copies: int, height: int, room: int, released: int) -> None:
    """However many senders share a buffer, exactly the first `room` units that are still wanted may come."""
    tensor = Tensor("t", (1, height, 1), "row")
    reader = Stage(9, "vector", "r", 0, tensor, (0, 1), feeds=[Feed(tensor, (0, 1), 1, identity=True)])
    routes = [Route(Flow(c, c, 9, 0, 0, (0, 1), 8), reader, Inbox(reader, 0, lambda *_: None), lambda: None, room) for c in range(copies)]
    for route in routes:
        route.promised += released
    allowed = []
    for number in range(released + room + 3):
        sample, unit = divmod(number, height)
        token = Token(sample, unit, np.zeros((1, 1), np.float32), 0, 0)
        allowed.append(routes[number % copies].has_room(token))
    assert allowed == [number < released + room for number in range(released + room + 3)]


def fullest(ready: Chip) -> list[tuple[str, int, int]]:
    """After a run: for each input buffer its name, the most units it ever held, and the units it has room for."""
    seen: dict[int, int] = {}
    for flow, route in ready.routes.items():
        inbox, put = route.inbox, route.inbox.put

        def watched(*arguments, inbox=inbox, put=put):
            put(*arguments)
            seen[id(inbox)] = max(seen.get(id(inbox), 0), len(inbox.stamps))

        if id(inbox) not in seen:
            inbox.put = watched  # type: ignore[method-assign]
            seen[id(inbox)] = 0
        assert route.flow.number == flow
    ready.run()
    return [(r.target.name, seen[id(r.inbox)], r.room) for r in ready.routes.values() if r.target.kind != "sink"]


@settings(max_examples=25)
@given(
    copies=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    side=st.integers(3, 7),
    capacity=st.sampled_from(["0.5 kb", "1 kb", "2 kb", "4 kb"]),
    token=st.sampled_from(["row", "vector"]),
)
def test_buffers_never_hold_more_than_they_have_room_for(copies, side, capacity, token) -> None:
    workload = network([2, side, side], conv("c", 2, padding=1), conv("d", 3, padding=1), linear("fc", 3), samples=1)
    buffers = {"input_buffer": {"capacity": "8 kb"}, "output_buffer": {"capacity": capacity}}
    machine = chip(mesh=(6, 6), tile=buffers)
    ready = built(workload, machine, token=token, stream=4, copies={"c": copies[0], "d": copies[1]}, fast_forward=False)
    assert all(most <= room for _, most, room in fullest(ready))


@settings(max_examples=15)
@given(copies=st.tuples(st.integers(1, 4), st.integers(1, 4)), side=st.integers(3, 7), stream=st.integers(1, 5))
def test_in_the_end_all_room_has_been_given_back(copies, side, stream) -> None:
    workload = network([2, side, side], conv("c", 2, padding=1), conv("d", 3, padding=1), linear("fc", 3), samples=1)
    options = {"copies": {"c": copies[0], "d": copies[1]}}
    ready = built(workload, chip(mesh=(6, 6)), stream=stream, fast_forward=False, **options)
    ready.run()
    for route in ready.routes.values():
        assert route.promised == route.room + route.target.wanted_before(stream, route.flow.feed)
        assert not route.inbox.stamps
        assert not route.inbox.images
        assert not route.inbox.partials


def test_one_transfer_reaches_all_readers_and_carries_only_the_channels_they_need() -> None:
    """Layer b has two row blocks: each is sent its half of a's 40 channels, to all its column blocks at once."""
    workload = network([8, 1, 1], linear("a", 40), linear("b", 40))
    ready = built(workload, chip(mesh=(8, 1)), copies="none")
    sent: list[tuple[int, tuple[int, ...], int]] = []
    send = ready.fabric.send

    def watched(flow, packet, source, nodes, bits, *rest, **keys):
        sent.append((source, nodes, bits))
        send(flow, packet, source, nodes, bits, *rest, **keys)

    ready.fabric.send = watched  # type: ignore[method-assign]
    ready.run()
    tiles = {(p.layer, p.row_block, p.column_block): p.tile for p in ready.network.layers["b"].blocks}
    for row_block, home in ((0, 0), (1, 1)):  # a's column blocks lie on tiles 0 and 1
        readers = tuple(sorted({tiles["b", row_block, column] for column in (0, 1)} - {home}))
        assert (home, readers, 20 * 8) in sent


def test_both_readers_of_a_skip_connection_get_the_same_rows() -> None:
    ready = built(residual(), chip(mesh=(6, 6)), copies="none", stream=1)
    stem = next(s for s in ready.stations if s.stage.layer == "stem" and s.stage.kind == "neuron")
    assert [r.target.layer for r in stem.outbox.routes] == ["branch1", "sum"]
    ready.run()
    assert all(route.promised == route.room + 6 for route in stem.outbox.routes)
