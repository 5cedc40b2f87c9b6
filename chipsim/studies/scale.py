"""A chip before and after its circuits are carried to another technology node: figures, factors part by part, the keys that change.

A measured core keeps what its parts do not explain:

    energy, area, time of the core = rest + known x (parts after) / (parts before)
    rest = measured - parts before        known = measured - rest

`rest` is never below 0. Parts before are those of the chip's own node: a component of another node that stands for one of them is carried
there first. The same holds for a published area of the whole chip. Tables are lists of rows of plain numbers in SI:

    figures    name, unit, before, after, factor (after / before; None where there is nothing before)
    scaled     part (its key), table, from_node, to_node (m), energy, area, delay, leakage (factors), supply, to_supply (V or None),
               between (whether a node lies between two of the table)
    kept       part, reason
    rests      what (energy, time, area: of a measured core; area of the chip), before, rest, after, unit
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from chipsim.architecture import Architecture, Tile
from chipsim.circuits.scaling import Scaling, StillmakerBaas, whole
from chipsim.compose import changed, read
from chipsim.errors import InputError
from chipsim.reading import build
from chipsim.result import Row
from chipsim.sheet.datasheet import FIGURES, datasheet
from chipsim.sheet.product import cell_energy, product_parts
from chipsim.studies.scale_plan import KEEP, Wish, fates
from chipsim.tabular import Tabular
from chipsim.tree import Node
from chipsim.units import DIMENSIONS, exact, show

SHOWN = (
    "product_time", "product_interval", "product_energy", "tile_area", "area", "static_power", "peak_ops", "peak_ops_per_watt",
    "peak_ops_per_area", "rated_power",
)  # fmt: skip


@final
@dataclass(frozen=True)
class ScaleStudy(Tabular):
    """A chip at two nodes; tables as in the docstring of this file."""

    name: str
    node: float  # m
    digital: str
    converters: str
    delay: str
    changes: tuple[str, ...]  # key=value, what the new chip differs in
    figures: list[Row]
    scaled: list[Row]
    kept: list[Row]
    rests: list[Row]


def study(file: Path, wish: Wish, changes: Sequence[str] = ()) -> ScaleStudy:
    """The chip of an architecture file, with `changes` (key=value), carried to another node; InputError for what cannot be."""
    tree = _with(read(file), changes)
    chip = build(Architecture, tree)
    found = fates(chip, tree, wish)
    own = [f"{fate.path}.scaling={_text(_short(fate.scaling))}" for fate in found if fate.scaling is not None]
    rests, totals = _totals(chip, tree, own, _at_home(chip, tree, wish))
    every = (*changes, *_words(chip, wish), *own, *totals)
    after = build(Architecture, _with(tree, every))
    return ScaleStudy(
        name=chip.name, node=wish.node, digital=wish.digital, converters=wish.converters, delay=wish.delay, changes=every,
        figures=_figures(chip, after), scaled=[_scaled_row(fate.path, fate.scaling) for fate in found if fate.scaling is not None],
        kept=[{"part": fate.path, "reason": fate.reason} for fate in found if fate.scaling is None], rests=rests,
    )  # fmt: skip


def overlay(found: ScaleStudy) -> dict[str, object]:
    """The keys in which the new chip differs from the old, as plain values for a file that extends the old one."""
    node = _with(Node({}, "", 0, 0, Path()), found.changes)
    plain: dict[str, object] = node.plain()
    return plain


def _with(node: Node, changes: Sequence[str]) -> Node:
    for change in changes:
        node = changed(node, change)
    return node


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON is YAML


def _short(scaling: Scaling) -> dict[str, object]:
    """A scaling as plain values, without keys that are as always."""
    fields = type(scaling).model_fields
    plain: dict[str, object] = scaling.plain()
    return {name: value for name, value in plain.items() if name not in fields or getattr(scaling, name) != fields[name].default}


def _words(chip: Architecture, wish: Wish) -> list[str]:
    """Name, node and description of the new chip."""
    node = f"{whole(wish.node)} nm"
    converters = f", converters by '{wish.converters}'" if wish.converters != KEEP else ""
    made = f"carried to {node}: digital circuits by '{wish.digital}'{converters}; all else as it was"
    texts = {"name": f"{chip.name}-{node.replace(' ', '')}", "node": node, "about": f"{chip.about}; {made}" if chip.about else made}
    return [f"{name}={_text(text)}" for name, text in texts.items()]


# --- totals that were measured -------------------------------------------------------------------------------------------


def _at_home(chip: Architecture, tree: Node, wish: Wish) -> list[str]:
    """Scalings to the node of the chip itself, of components from other nodes: as such they are part of what was measured there."""
    home = chip.node or wish.origin
    if home is None:
        return []
    try:
        found = fates(chip, tree, replace(wish, node=home, supply=chip.supply))
    except InputError:  # a component's node has no place in the table: it counts as it is
        return []
    return [f"{fate.path}.scaling={_text(_short(fate.scaling))}" for fate in found if fate.scaling is not None]


def _totals(chip: Architecture, tree: Node, own: Sequence[str], home: Sequence[str]) -> tuple[list[Row], list[str]]:
    """What becomes of a measured core and a measured chip, and the keys that change.

    `own` are the scalings of the circuits to the new node, `home` those to the node at which the totals were measured.
    """
    rows, changes = [], []
    whole_chip = ["measured_area=null"] if chip.measured_area is not None else []
    if chip.tile.measured:
        before, after = (build(Architecture, _with(tree, [*scalings, *whole_chip, "tile.measured=null"])) for scalings in (home, own))
        rows = _core(chip.tile, before.tile, after.tile)
        changes = [f"tile.measured.{row['what']}={_text(exact(row['after'], DIMENSIONS[row['what']]))}" for row in rows]
        sources = {row["what"]: _source(chip.tile, row) for row in rows}
        changes.append(f"tile.measured.source={_text({what: source for what, source in sources.items() if source})}")
    if chip.measured_area is not None:
        core = [change for change in changes if change.startswith("tile.measured")]
        chips = (build(Architecture, _with(tree, [*scalings, *whole_chip])) for scalings in (home, [*own, *core]))
        known = [_known_area(each) for each in chips]
        rows.append(_rest("area of the chip", "m2", chip.measured_area, *known))
        changes.append(f"measured_area={_text(exact(rows[-1]['after'], DIMENSIONS['area']))}")
    return rows, changes


def _core(tile: Tile, *bare: Tile) -> list[Row]:
    """Energy, time and area of a measured core; `bare` are the tiles without the core, before and after."""
    core, cells = tile.measured, cell_energy(tile.array)
    assert core is not None
    energies = [sum(product_parts(each, cells).values()) / tile.phase_ratio for each in bare]
    times = [each.array.product_time / tile.phase_ratio for each in bare]
    areas = [sum(each.area_parts.values()) - _learning(each) for each in bare]
    return [
        _rest("energy", "J", core.energy, *energies),
        *([] if core.time is None else [_rest("time", "s", core.time, *times)]),
        _rest("area", "m2", core.area, *areas),
    ]


def _learning(tile: Tile) -> float:
    """Area of what a tile learns with, which no core was measured with."""
    return sum(tile.learning.area_parts(tile.array).values()) if tile.learning else 0.0


def _rest(what: str, unit: str, measured: float, before: float, after: float) -> Row:
    """A measured total whose known parts go from `before` to `after`, all else kept."""
    rest = max(measured - before, 0.0)
    known = measured - rest
    made = rest + known * after / before if before else measured
    return {"what": what, "before": measured, "rest": rest, "after": measured if after == before else made, "unit": unit}


def _source(tile: Tile, row: Row) -> str:
    """Where a changed total comes from, in words; the source of an unchanged one."""
    assert tile.measured is not None
    old = tile.measured.source_of(row["what"]) or ""
    if row["after"] == row["before"]:
        return old
    before, rest = show(row["before"], row["unit"]), show(row["rest"], row["unit"])
    return f"assumed: {before}, of which {rest} kept and the known parts scaled ({old})"


def _known_area(chip: Architecture) -> float:
    graph = chip.network.graph()
    tiles, routers = (sum(bool(kept) for _, kept in graph.nodes(data=kind)) for kind in ("tile", "router"))
    return sum(area for _, area in chip.area_parts(tiles, routers).values())


# --- tables --------------------------------------------------------------------------------------------------------------


def _figures(before: Architecture, after: Architecture) -> list[Row]:
    old, new = datasheet(before).figures, datasheet(after).figures
    rows: list[Row] = [{"name": name, "unit": FIGURES[name][0], "before": old[name], "after": new[name]} for name in SHOWN]
    return [row | {"factor": row["after"] / row["before"] if row["before"] else None} for row in rows]


def _scaled_row(path: str, scaling: Scaling) -> Row:
    nodes = {whole(scaling.from_node), whole(scaling.to_node)}
    row: Row = {"part": path, "table": scaling.type_name, "from_node": scaling.from_node, "to_node": scaling.to_node}
    row |= scaling.factors._asdict()
    fitted = isinstance(scaling, StillmakerBaas)
    row |= {name: getattr(scaling, name) if fitted else None for name in ("supply", "to_supply")}
    return row | {"between": bool(scaling.nodes) and not nodes <= set(scaling.nodes)}
