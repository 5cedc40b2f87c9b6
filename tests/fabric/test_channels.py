"""The numbering of channels and the plans of transfers."""

from chipsim.fabric.channels import Branch, Channels
from chipsim.noc.network import Network
from chipsim.noc.topology import Bus, Mesh


def channels(topology) -> Channels:
    network = Network(topology=topology, clock=1e9, flit_width=32, payload=256, link_energy=0.0)
    return Channels(network, network.routes())


def test_links_then_injection_then_ejection_ports() -> None:
    found = channels(Mesh(columns=2, rows=1))
    assert found.links == [(0, 1), (1, 0)]
    assert [found.injection(0), found.injection(1), found.ejection(0), found.ejection(1)] == [2, 3, 4, 5]
    assert found.count == 6


def test_a_plan_lists_the_ways_out_of_each_node() -> None:
    found = channels(Mesh(columns=3, rows=1))
    first, second = found.links.index((0, 1)), found.links.index((1, 2))
    assert found.plan(0, (1, 2)) == {
        0: (Branch(first, 1, 4000, 0),),
        1: (Branch(second, 2, 4000, 0), Branch(found.ejection(1), -1, 1000, 0)),
        2: (Branch(found.ejection(2), -1, 1000, 0),),
    }
    assert found.plan(1, (1,)) == {1: (Branch(found.ejection(1), -1, 1000, 0),)}


def test_nodes_without_router_and_links_without_delay_cost_no_time() -> None:
    found = channels(Bus(nodes=3))
    delays = {(0, 3): 3000, (3, 4): 1000, (4, 1): 0}
    assert {link: found.plan(0, (1,))[link[0]][0].delay for link in delays} == delays
