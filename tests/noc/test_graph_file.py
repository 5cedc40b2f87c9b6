"""GraphML files: attributes are read, mistakes are named."""

from pathlib import Path

import networkx as nx
import pytest

from chipsim.errors import InputError
from chipsim.noc.graph_file import GraphFile


def write(folder: Path, graph: nx.Graph) -> GraphFile:
    nx.write_graphml(graph, folder / "noc.graphml")
    return GraphFile(path=str(folder / "noc.graphml"))


def triangle() -> nx.Graph:
    graph = nx.Graph()
    graph.add_node("a", x=0.0, y=0.0)
    graph.add_node("b", x=2.0, y=0.0, tile=False)
    graph.add_node("c", x=0.0, y=1.5, router=False)
    graph.add_edge("a", "b", delay=2)
    graph.add_edge("b", "c", length=9.0)
    graph.add_edge("c", "a")
    return graph


def test_attributes_and_defaults(tmp_path: Path) -> None:
    graph = write(tmp_path, triangle()).graph()
    assert [graph.nodes[node]["name"] for node in (0, 1, 2)] == ["a", "b", "c"]
    assert [graph.nodes[node]["tile"] for node in (0, 1, 2)] == [True, False, True]
    assert [graph.nodes[node]["router"] for node in (0, 1, 2)] == [True, True, False]
    assert graph.number_of_edges() == 6
    assert graph.edges[0, 1] == {"length": 2.0, "delay": 2}
    assert graph.edges[2, 1] == {"length": 9.0, "delay": 1}
    assert graph.edges[2, 0] == {"length": 1.5, "delay": 1}


def test_links_may_have_a_width_an_energy_and_a_latency_and_nodes_may_be_closed_to_others(tmp_path: Path) -> None:
    drawing = triangle()
    drawing.edges["a", "b"].update(width=0.25, energy=2e-12, latency=3e-9, chips=True)
    drawing.nodes["b"].update(transit=False)
    file = write(tmp_path, drawing)
    graph = file.graph()
    assert graph.edges[1, 0] == {"length": 2.0, "delay": 2, "width": 0.25, "energy": 2e-12, "latency": 3e-9, "chips": True}
    assert graph.nodes[1]["transit"] is False
    assert graph.nodes[0].get("transit", True)


def test_a_directed_file_is_taken_as_it_is(tmp_path: Path) -> None:
    directed = nx.DiGraph(triangle())
    directed.remove_edge("a", "b")
    graph = write(tmp_path, directed).graph()
    assert graph.has_edge(1, 0)
    assert not graph.has_edge(0, 1)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda g: g.nodes["a"].pop("x"), "node 'a': x is missing"),
        (lambda g: g.nodes["a"].update(y="far"), "node 'a': y is 'far'"),
        (lambda g: g.nodes["b"].update(tile="no"), "node 'b': tile is 'no', expected attr.type boolean"),
        (lambda g: g.edges["a", "b"].update(delay=-1), "link 'a' - 'b': delay is -1"),
        (lambda g: g.edges["a", "b"].update(delay=1.5), "delay 1.5 is not a whole number"),
        (lambda g: g.edges["c", "a"].update(length=float("nan")), "length is nan"),
        (lambda g: g.edges["c", "a"].update(width=0.0), "width is 0, expected more"),
        (lambda g: g.add_edge("a", "a"), "node 'a' has a link to itself"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, mistake, message: str) -> None:
    graph = triangle()
    mistake(graph)
    with pytest.raises(InputError, match=message):
        write(tmp_path, graph).graph()


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        GraphFile(path=str(tmp_path / "none.graphml")).graph()
    (tmp_path / "bad.graphml").write_text("mesh 8x8")
    with pytest.raises(InputError, match="not a GraphML file"):
        GraphFile(path=str(tmp_path / "bad.graphml")).graph()
    with pytest.raises(InputError, match="has 0 nodes"):
        write(tmp_path, nx.Graph()).graph()
