"""A topology read from a GraphML file (Brandes et al., GraphML Primer, http://graphml.graphdrawing.org).

Node attributes: `x`, `y` (tile pitches, compulsory), `tile` and `router` (boolean, default true), `transit` (boolean, default true:
packets may go through the node on their way elsewhere). Link attributes: `length` (tile pitches, default the Manhattan distance),
`delay` (multiples of the network's `link_delay`, default 1), `width` (flits in a cycle, default 1), `energy` (J/b, default 0) and
`latency` (s, default 0) on top of the wire, `chips` (boolean, default false: the link joins two chips). Nodes are numbered in the
order of the file; their own names stay in the node attribute `name`. An undirected file gives links in both directions, a directed
one is taken as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import networkx as nx

from chipsim.errors import InputError
from chipsim.noc.topology import LARGEST, Position, Topology, distance
from chipsim.spec import FilePath, key


@final
class GraphFile(Topology, type="file"):
    """Nodes and links from a GraphML file."""

    path: FilePath = key("GraphML file, relative to the file this is written in", min_length=1)
    default_routing = "up_down"

    def graph(self) -> nx.DiGraph[int]:
        """InputError when the file cannot be read or an attribute is missing, of the wrong kind or negative."""
        drawing = self._read()
        names = list(drawing.nodes)
        if not 1 <= len(names) <= LARGEST:
            raise InputError(f"GraphFile.path: {self.path} has {len(names)} nodes, expected 1 to {LARGEST}")
        graph: nx.DiGraph[int] = nx.DiGraph()
        for number, name in enumerate(names):
            graph.add_node(number, name=str(name), **self._node(name, drawing.nodes[name]))
        places: list[Position] = [graph.nodes[number]["position"] for number in range(len(names))]
        number_of = {name: number for number, name in enumerate(names)}
        for one, other, given in drawing.edges(data=True):
            if one == other:
                raise InputError(f"GraphFile.path: {self.path}: node '{one}' has a link to itself; remove it")
            ends = number_of[one], number_of[other]
            link = self._link(given, f"link '{one}' - '{other}'", distance(places[ends[0]], places[ends[1]]))
            graph.add_edge(*ends, **link)
            if not drawing.is_directed():
                graph.add_edge(*ends[::-1], **link)
        return graph

    def _link(self, given: dict[str, Any], place: str, apart: float) -> dict[str, Any]:
        delay = self._number(given, "delay", 1, place)
        if delay != int(delay):
            raise InputError(f"GraphFile.path: {self.path}: {place}: delay {delay} is not a whole number")
        width = self._number(given, "width", 1, place)
        if width == 0:
            raise InputError(f"GraphFile.path: {self.path}: {place}: width is 0, expected more; it is the number of flits in a cycle")
        more: dict[str, Any] = {name: self._number(given, name, 0, place) for name in ("energy", "latency") if name in given}
        more |= {"chips": self._flag(given, "chips", place)} if "chips" in given else {}
        more |= {"width": width} if width != 1 else {}
        return {"length": self._number(given, "length", apart, place), "delay": int(delay)} | more

    def _read(self) -> nx.Graph[Any]:
        try:
            drawing: nx.Graph[Any] = nx.read_graphml(Path(self.path))
        except OSError as error:
            raise InputError(f"GraphFile.path: {self.path}: {error.strerror}; expected a GraphML file") from None
        except Exception as error:  # the XML and GraphML readers raise many kinds
            raise InputError(f"GraphFile.path: {self.path} is not a GraphML file that can be read: {error}") from None
        if drawing.is_multigraph():
            raise InputError(f"GraphFile.path: {self.path} joins two nodes by more than one link; keep one of them")
        return drawing

    def _node(self, name: object, given: dict[str, Any]) -> dict[str, Any]:
        place = f"node '{name}'"
        position = self._number(given, "x", None, place, least=None), self._number(given, "y", None, place, least=None)
        flags = ("tile", "router", "transit") if "transit" in given else ("tile", "router")
        return {"position": position} | {flag: self._flag(given, flag, place) for flag in flags}

    def _flag(self, given: dict[str, Any], name: str, place: str) -> bool:
        value = given.get(name, True)
        if not isinstance(value, bool):
            raise InputError(f"GraphFile.path: {self.path}: {place}: {name} is {value!r}, expected attr.type boolean")
        return value

    def _number(self, given: dict[str, Any], name: str, default: float | None, place: str, least: float | None = 0) -> float:
        value = given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:
            shown = "is missing" if value is None else f"is {value!r}"
            raise InputError(f"GraphFile.path: {self.path}: {place}: {name} {shown}, expected a number (attr.type double)")
        if least is not None and value < least:
            raise InputError(f"GraphFile.path: {self.path}: {place}: {name} is {value}, expected {least} or more")
        return value
