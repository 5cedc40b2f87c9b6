"""What can be done about a network that does not fit: a larger network of tiles, several chips with a link, weights that are reloaded.

    more tiles      the smallest chip of the same kind that holds them; of a grid no side becomes shorter than today, and none more than
                    twice as long as the other (or as many times as today)
    several chips   as many of today's chips as are needed, as square as possible, joined by LINK (of a package: more of its chips)
    reload          rounds of consecutive layers that fit one after the other (`rounds.py`)

The chips that are offered are built and their tiles counted before anything is said: what is written here can be typed as it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.blocks import blocks_of, groups_of, matrix_layers
from chipsim.mapping.mapping import MappingOptions
from chipsim.mapping.rounds import divided, rounds_of, tiles_of
from chipsim.noc.network import Durations
from chipsim.noc.package import ChipLink, Package
from chipsim.noc.routing import UpDown
from chipsim.noc.topology import Topology
from chipsim.units import show
from chipsim.workload.graph import Workload

# a link between dies of one package, as in architectures/pcm-projected.yaml
LINK = ChipLink(bandwidth=16e9, lanes=16, latency=5e-9, energy=1e-12, area=2e-8, leakage=1e-3, source="assumed")
SLIM = 2  # how many times as long as the other a side of a larger grid may be
TRIES = 256  # sizes that are tried from the first guess on
_NETWORK = "architecture.network"
_PLAIN = re.compile(r"[A-Za-z_][\w ./-]*|-?\d+(\.\d+)?( [\w/%]+)?")  # a text that needs no quotes in YAML


@final
@dataclass(frozen=True)
class WayOut:
    """One way: its name, what it takes in a few words, what to type, and the chip that this makes (None: today's)."""

    name: str
    says: str
    words: str
    chip: Architecture | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.says}: {self.words}" if self.words else f"{self.name}: {self.says}"


@final
class FitError(InputError):
    """A network needs more tiles than the chip has: what is needed, then the ways out."""

    @property
    def said(self) -> str:
        """What is needed, without the ways out."""
        return str(self.problems[0])


def ways_out(workload: Workload, architecture: Architecture, options: MappingOptions, needed: int) -> list[WayOut]:
    """What can be done where a network needs so many tiles, more than the chip has."""
    return [more_tiles(architecture, needed), several_chips(architecture, needed), reloading(workload, architecture, options)]


def more_tiles(architecture: Architecture, needed: int) -> WayOut:
    """A chip of the same kind with at least so many tiles."""
    topology, name = architecture.network.topology, "more tiles"
    if isinstance(topology, Package):
        inner = topology.chip.type_name
        return WayOut(name, f"{needed} are needed; larger chips have more `columns`, `rows` or `nodes` under topology.chip ({inner})", "")
    for larger in _grown(topology, needed / max(tiles_of(architecture), 1), _keeps_columns(architecture)):
        if (found := _with(architecture, larger)) and tiles_of(found) >= needed:
            return WayOut(name, f"{needed} are needed, {_size(found)}", _words(architecture, found), found)
    if topology.type_name == "file":
        return WayOut(name, f"a graph file with {needed - tiles_of(architecture)} more nodes that hold tiles, under topology.path", "")
    return WayOut(name, f"{needed} are needed, more than one '{topology.type_name}' can have", "")


def larger_arrays(workload: Workload, architecture: Architecture, options: MappingOptions) -> Iterator[str]:
    """The smallest arrays, by factors of two, with which the network fits the tiles that there are; nothing where none do."""
    tile = architecture.tile
    rows, columns = tile.array.rows, tile.array.columns
    for factor in (2, 4, 8, 16):
        try:
            larger = tile.having(array=tile.array.having(rows=factor * rows, columns=factor * columns))
            found = architecture.having(tile=larger, measured_area=None)
            needed = needed_tiles(workload, found, options)
        except InputError:  # larger than its circuits allow
            return
        if needed <= tiles_of(found):
            sides = {"rows": factor * rows, "columns": factor * columns}
            words = " ".join(f"--set architecture.tile.array.{side}={size}" for side, size in sides.items())
            yield f"arrays of {factor * rows} x {factor * columns} ({words})"
            return


def several_chips(architecture: Architecture, needed: int) -> WayOut:
    """As many of the chips as hold so many tiles together, joined by links."""
    network, name = architecture.network, "several chips"
    if network.topology.type_name == "bus" or isinstance(network.flow_control, Durations):
        what = "a bus" if network.topology.type_name == "bus" else "flow_control 'durations'"
        return WayOut(name, f"{what} does not go from chip to chip; take another network first, such as a mesh with 'calendar'", "")
    for package in _packages(network.topology, needed / max(tiles_of(architecture), 1)):
        if (found := _with(architecture, package)) and tiles_of(found) >= needed:
            link = f"links of {show(package.link.bandwidth * package.link.lanes, 'b/s')} and {show(package.link.energy, 'J/b')}"
            source = "" if isinstance(network.topology, Package) else " (assumed)"
            says = f"{package.columns * package.rows} with {link}{source}, {_size(found)}"
            return WayOut(name, says, _words(architecture, found), found)
    return WayOut(name, "more of them are needed than can be simulated", "")


def reloading(workload: Workload, architecture: Architecture, options: MappingOptions) -> WayOut:
    """Rounds on the chip as it is."""
    try:
        rounds = rounds_of(divided(workload, architecture, options), architecture, options)
    except InputError as error:
        return WayOut("reload", error.problems[0].message, "")
    typed = "'chipsim reload' with this file and these options, in place of 'run',"
    words = f"{typed} says what writing takes, and whether buffers are too small"
    return WayOut("reload", f"{len(rounds)} rounds of weights on the chip as it is", words)


def _keeps_columns(architecture: Architecture) -> bool:
    """Whether what stands on certain nodes would come to stand elsewhere if rows became longer."""
    return bool(architecture.cores or architecture.network.no_tile)


def _grown(topology: Topology, factor: float, keep_columns: bool) -> Iterator[Topology]:
    """Larger networks of the same kind, the smallest first; `factor`: how many times the tiles are needed."""
    fields, given = type(topology).model_fields, {name: getattr(topology, name) for name in type(topology).model_fields}
    sizes: Iterator[dict[str, int]] = iter(())
    if {"columns", "rows"} <= set(fields):
        sizes = _grids(given["columns"], given["rows"], factor, keep_columns)
    elif "nodes" in fields:
        sizes = ({"nodes": given["nodes"] + more} for more in _from(given["nodes"] * (factor - 1)))
    elif "levels" in fields:
        sizes = ({"levels": given["levels"] + more} for more in range(1, 14))
    for size in sizes:
        try:
            yield topology.having(**size)
        except InputError:  # larger than can be simulated
            return


def _from(count: float) -> range:
    first = max(math.ceil(count - 1e-9), 1)
    return range(first, first + TRIES)


def _grids(columns: int, rows: int, factor: float, keep_columns: bool) -> Iterator[dict[str, int]]:
    """Grids with more and more nodes, of equally many the squarest first."""
    slim = max(SLIM, columns / rows, rows / columns)
    for more in _from(columns * rows * (factor - 1)):
        places = columns * rows + more
        if keep_columns:
            yield {"columns": columns, "rows": max(rows, math.ceil(places / columns))}
            continue
        widths = range(columns, max(columns, math.ceil(math.sqrt(slim * places))) + 1)
        sides = [(wide, max(rows, math.ceil(places / wide))) for wide in widths]
        fair = [(wide, high) for wide, high in sides if max(wide, high) <= slim * min(wide, high)] or sides
        wide, high = min(fair, key=lambda side: (side[0] * side[1], max(side), -side[0]))
        yield {"columns": wide, "rows": high}


def _packages(topology: Topology, factor: float) -> Iterator[Package]:
    """Packages with more and more chips; `factor`: how many times the tiles are needed."""
    today = topology.columns * topology.rows if isinstance(topology, Package) else 1
    for count in range(max(math.ceil(today * factor - 1e-9), today + 1), math.ceil(today * factor) + 8):
        columns = math.ceil(math.sqrt(count))
        rows = math.ceil(count / columns)
        try:
            if isinstance(topology, Package):
                yield topology.having(columns=columns, rows=rows)
            else:
                yield Package(chip=topology, link=LINK, columns=columns, rows=rows)
        except InputError:
            return


def _with(architecture: Architecture, topology: Topology) -> Architecture | None:
    """The chip with another network of tiles, and with what must change for it; None where it cannot be."""
    network, host = architecture.network, architecture.host
    routing = network.routing
    if routing is not None and type(topology) is not type(network.topology):
        routing = UpDown()
    try:
        changed = network.having(topology=topology, routing=routing)
        own, new = network.graph(), changed.graph()
        if not own.nodes[host.node]["tile"] and new.nodes[host.node]["tile"]:  # a node of its own, which has another number now
            number = [node for node, tile in own.nodes(data="tile") if not tile].index(host.node)
            host = host.having(node=[node for node, tile in new.nodes(data="tile") if not tile][number])
        return architecture.having(network=changed, host=host, measured_area=None)
    except (InputError, IndexError, KeyError):
        return None


def _size(architecture: Architecture) -> str:
    """Tiles and area of a chip."""
    graph = architecture.network.graph()
    tiles, routers = (sum(1 for _, kept in graph.nodes(data=kind) if kept) for kind in ("tile", "router"))
    area = sum(area for _, area in architecture.area_parts(tiles, routers).values())
    return f"{tiles} in all" + (f", {show(area, 'm2')}" if area else "")


def _words(old: Architecture, new: Architecture) -> str:
    """What to type for a chip in place of another."""
    before, after, place = old.network.topology.plain(), new.network.topology.plain(), f"{_NETWORK}.topology"
    found: dict[str, Any] = {place: after}
    if before["type"] == after["type"]:
        found = {f"{place}.{name}": value for name, value in after.items() if before[name] != value}
    if old.network.routing != new.network.routing:
        found[f"{_NETWORK}.routing"] = "up_down"
    if old.host.node != new.host.node:
        found["architecture.host.node"] = new.host.node
    if old.measured_area is not None:
        found["architecture.measured_area"] = None
    words = (f"{key}={_flow(value)}" for key, value in found.items())
    return " ".join(f'--set "{word}"' if " " in word else f"--set {word}" for word in words)


def _flow(value: Any) -> str:
    """A plain value as YAML in one line, without double quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = str(value)
    return text if not isinstance(value, str) or _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"


def needed_tiles(workload: Workload, architecture: Architecture, options: MappingOptions) -> int:
    """Tiles that a network takes with no more copies than are asked for."""
    counts = options.copies if isinstance(options.copies, dict) else {}
    layers = matrix_layers(workload)
    wanted = [
        block
        for name, layer in layers.items()
        for block in blocks_of(name, layer, workload, architecture, options) * counts.get(name, 1)
    ]
    places = architecture.tile.arrays * architecture.tile.array.planes
    return -(-len(groups_of(wanted, architecture, options)) // places)
