"""Transfers, packets and queues of the credit model."""

from chipsim.fabric.buffers import Packet, Queue, Transfer
from chipsim.fabric.channels import Branch
from chipsim.fabric.fabric import order

WAYS = (Branch(3, 1, 4000, 0), Branch(5, -1, 1000, 0))


def transfer(train: tuple[int, ...] = (8, 2), count: int = 4, spread: int = 10) -> Transfer:
    return Transfer(2, 9, 0, {0: WAYS}, train, count, spread, lambda *_: None)


def test_vectors_are_ready_evenly_from_the_first_to_the_last_stamp() -> None:
    assert [transfer().ready(vector) for vector in range(4)] == [0, 3, 6, 10]
    assert transfer(count=1, spread=0).ready(0) == 0
    assert transfer().key == order(2, 9)


def test_a_vector_is_complete_when_the_last_of_its_packets_is_there() -> None:
    moving = transfer()
    assert [moving.missing(0, 7), moving.missing(3, 7), moving.missing(0, 7)] == [1, 1, 0]
    assert moving.missing(0, 8) == 1


def test_a_packet_looks_the_same_some_time_later_under_its_own_names() -> None:
    early, late = Packet(transfer(), 1, 0, 500, WAYS), Packet(transfer(), 1, 0, 1500, WAYS)
    assert early.flits == 8
    assert early.state(100, lambda flow, packet: packet) == late.state(1100, lambda flow, packet: packet)
    assert early.state(100, lambda flow, packet: packet) != early.state(100, lambda flow, packet: packet - 1)
    early.ways.remove(WAYS[0])
    assert early.state(100, lambda flow, packet: packet) != late.state(1100, lambda flow, packet: packet)
    assert late.ways == list(WAYS)


def test_a_queue_starts_empty() -> None:
    assert not Queue(channel=1, vc=0, port=1, site=4, rank=2).packets
