"""What a network has carried, counted; what that takes by hand, and with other prices."""

import pytest

from chipsim.clock import Clock
from chipsim.errors import InputError
from chipsim.fabric import Carriage, Fabric, Tariff, Traffic
from chipsim.noc.network import Network
from chipsim.noc.topology import Bus, Mesh
from chipsim.reading import from_plain

LINE = Network(topology=Mesh(columns=3, rows=1), clock=1e9, flit_width=32, payload=256, link_energy=2e-10, router_energy=1e-13)


def test_traffic_is_counted_for_each_sample() -> None:
    before, now = Traffic((2, 10), (1, 4), 3, (0, 2)), Traffic((8, 10), (7, 4), 9, (3, 2))
    assert now.since(before, 3) == Traffic((2, 0), (2, 0), 2, (1, 0))
    assert now.over(2) == Traffic((4, 5), (3.5, 2), 4.5, (1.5, 1))
    assert Traffic((), (), 4).over(2) == Traffic((), (), 2)


def test_links_have_lengths_only_where_prices_are_known() -> None:
    assert Tariff.of(LINE, pitch=2e-3).lengths == (2e-3,) * 4
    assert Tariff.of(LINE.having(pitch=1e-3), pitch=2e-3).lengths == (1e-3,) * 4
    with pytest.raises(InputError, match=r"Network.pitch: is missing"):
        Tariff.of(LINE)
    bus = LINE.having(topology=Bus(nodes=3))
    links = Fabric.of(Clock(), bus).channels.links
    assert Tariff.of(bus, 2e-3).lengths[links.index((3, 4))] == pytest.approx(4e-3)


def test_links_are_in_the_order_of_the_channels() -> None:
    chip = {"type": "mesh", "columns": 2, "rows": 1}
    package = {"type": "package", "chip": chip, "columns": 2, "link": {"bandwidth": "8 Gb/s", "energy": "3 pJ/b"}}
    network = from_plain(Network, LINE.plain() | {"topology": package})
    tariff, channels = Tariff.of(network, 1e-3), Fabric.of(Clock(), network).channels
    assert list(tariff.between_chips) == channels.between_chips
    assert [price for price, off in zip(tariff.links, tariff.between_chips, strict=True) if off] == pytest.approx([32 * 3e-12] * 2)


def test_what_is_carried_is_paid_by_flit_link_and_router() -> None:
    tariff = Tariff.of(LINE, 1e-3)
    carried = Traffic((4, 0, 4, 0), (4, 0, 4, 0), 12)
    assert tariff.carriage(carried) == pytest.approx(Carriage(12 * 32 * 1e-13, 8 * 32 * 2e-13, 0.0))
    dear = Tariff.of(LINE.having(router_energy=2e-13, link_energy=6e-10), 1e-3)
    assert dear.carriage(carried).total == pytest.approx(12 * 32 * 2e-13 + 8 * 32 * 6e-13)


def test_durations_are_paid_by_pulse_and_by_step() -> None:
    control = {"type": "durations", "step": "300 ns", "switch_energy": "1 pJ"}
    tariff = Tariff.of(from_plain(Network, LINE.plain() | {"flow_control": control}), 1e-3)
    carried = Traffic((100, 0, 0, 0), (50, 0, 0, 0), 100, (2, 0, 0, 0))
    assert tariff.carriage(carried) == pytest.approx(Carriage(100 * 1e-13, 50 * 2e-13 + 2 * 1e-12, 0.0))
