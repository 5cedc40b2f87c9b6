"""What `map`, `show` and `explain` print: mappings with a floorplan, resolved descriptions, types and keys."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chipsim.architecture import Tile
from chipsim.aware.description import AwareQuestion
from chipsim.compose import technology
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.insitu.question import TrainingQuestion
from chipsim.kinds import KINDS, asked, kind_of
from chipsim.loaded import opened
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.question import Question
from chipsim.reading import build
from chipsim.schema import blocks, families, holders, key_rows, root, summary
from chipsim.spec import Family, Spec
from chipsim.summary import cells_used
from chipsim.sweep.description import Sweep
from chipsim.tree import Node
from chipsim.units import show
from chipsim.validation.figure import Figures
from chipsim.validation.measures import explained

LIBRARY, MEASURES = "technology", "measures"


def print_mapping(experiment: Experiment, console: Console) -> None:
    """The table of placements and the chip as a grid of tiles."""
    mapping = experiment.map()
    tile = experiment.question.architecture.tile
    array = tile.array
    console.print(f"{experiment.name}: {_used(mapping, tile)}, {len(mapping.placements)} blocks\n", markup=False)
    used = {p: cells_used(experiment.workload, p) / array.rows / array.columns for p in mapping.placements}
    rows = [
        (p.layer, str(p.copy), f"{p.row_block}-{p.column_block}", _place(p, tile), f"{p.shape[0]} x {p.shape[1]}",
         f"{p.rows[0]}:{p.rows[1]}", f"{p.columns[0]}:{p.columns[1]}", f"{used[p]:.1%}")
        for p in mapping.placements
    ]  # fmt: skip
    print_table(("layer", "copy", "block", "tile", "size", "rows", "columns", "cells used"), rows, console)
    console.print(Text(floorplan(experiment, mapping)))


def _used(mapping: Mapping, tile: Tile) -> str:
    """How much of the chip a mapping takes, in words."""
    parts = [f"{len(mapping.used)} of {mapping.tiles} tiles"]
    if tile.arrays > 1:
        parts.append(f"{len(mapping.used_arrays)} of {mapping.tiles * tile.arrays} arrays")
    if tile.array.planes > 1:
        parts.append(f"{mapping.planes_used} of {tile.array.planes} weight planes")
    return ", ".join(parts)


def _place(block: Placement, tile: Tile) -> str:
    """Where a block lies, as in `tile 4, array 2, plane 1`, without what every tile has only one of."""
    array = f" array {block.array}" if tile.arrays > 1 else ""
    return f"{block.tile}{array}" + (f" plane {block.plane}" if tile.array.planes > 1 else "")


def floorplan(experiment: Experiment, mapping: Mapping) -> str:
    """The chip as text: every tile with the layer and copy it holds, by position."""
    graph = experiment.question.architecture.network.graph()
    held: dict[int, list[Placement]] = {}
    for placement in mapping.placements:
        held.setdefault(placement.tile, []).append(placement)
    tiles = [node for node, tile in graph.nodes(data="tile") if tile]
    spots = {node: graph.nodes[node]["position"] for node in tiles}
    xs, ys = sorted({x for x, _ in spots.values()}), sorted({y for _, y in spots.values()})
    names = {node: _label(held.get(node, [])) for node in tiles}
    width = max(5, *(len(name) for name in names.values()))
    grid = [["".ljust(width)] * len(xs) for _ in ys]
    for node, (x, y) in spots.items():
        grid[ys.index(y)][xs.index(x)] = names[node].ljust(width)
    host = experiment.question.architecture.host.node
    lines = ["+" + "+".join("-" * width for _ in xs) + "+"]
    for row in grid:
        lines += ["|" + "|".join(row) + "|", lines[0]]
    return "\n".join([f"host interface at node {host}; layer.copy of each tile:", *lines])


def _label(blocks_here: Sequence[Placement]) -> str:
    names = list(dict.fromkeys(f"{p.layer}.{p.copy}" for p in blocks_here))
    return names[0] + ("+" if len(names) > 1 else "") if names else "."


def print_file(file: Path, changes: Sequence[str], console: Console) -> None:
    """The description in a file with everything filled in, as YAML."""
    node = opened(file)
    kind = kind_of(node)
    if kind == "experiment":
        from chipsim.experiment import load_experiment

        spec: Spec = load_experiment(file, changes=changes).question
    elif kind == "training":
        from chipsim.insitu.experiment import load_training

        spec = load_training(file, changes=changes).question
    elif kind == "hwa":
        from chipsim.aware.experiment import load_aware

        spec = load_aware(file, changes=changes).question
    else:
        spec = build(KINDS[kind](), asked(node, changes))
    console.print(Text(f"# {kind} {file}, complete\n{spec.to_yaml()}"), soft_wrap=True)
    if kind == "architecture":
        _print_chip(spec, console)


def _print_chip(spec: Spec, console: Console) -> None:
    from chipsim.architecture import Architecture

    assert isinstance(spec, Architecture)
    tile, array = spec.tile, spec.tile.array
    rate = 2 * array.rows * array.outputs / tile.product_interval
    rows = [(name, show(area, "m2")) for name, area in tile.area_parts.items()]
    print_table(("part of a tile", "area"), rows, console)
    given = [show(value, unit) for value, unit in ((spec.node, "m"), (spec.supply, "V")) if value]
    if given:
        console.print(f"technology: {', '.join(given)}", markup=False)
    if tile.arrays > 1 or tile.array.planes > 1:
        planes = f"{tile.array.planes} weight planes" if tile.array.planes > 1 else ""
        several = f"{tile.arrays} arrays" if tile.arrays > 1 else ""
        console.print(f"one tile: {' of '.join(filter(None, (several, planes)))}", markup=False)
    every = f", another every {show(tile.product_interval, 's')}" if tile.product_interval != tile.product_time else ""
    console.print(f"one product: {show(tile.product_time, 's')}{every}, {show(rate, 'OP/s')} with a full array", markup=False)


def print_explanation(topic: str, console: Console) -> None:
    """All families and blocks, or the keys of one type, block or family."""
    known = blocks(Question) | blocks(TrainingQuestion) | blocks(AwareQuestion) | blocks(Figures) | blocks(Sweep)
    groups = families(Question) | families(TrainingQuestion) | families(Sweep)
    if not topic:
        rows = [(name, ", ".join(sorted(family.members)), summary(family)) for name, family in sorted(groups.items())]
        print_table(("family", "types", "what it is"), rows, console)
        plain = sorted(spec.__name__ for spec in known.values() if not issubclass(spec, Family))
        console.print(f"blocks: {', '.join(plain)}", markup=False)
        console.print("say 'chipsim explain NAME' for the keys of a type, a block or a family,", markup=False)
        console.print("'chipsim explain KEY' for the blocks that have a key,", markup=False)
        console.print(f"'chipsim explain {LIBRARY}' for published components, 'chipsim explain {MEASURES}' for measures", markup=False)
        return
    if topic == MEASURES:
        _print_measures(console)
        return
    library = technology()
    if topic == LIBRARY or topic in library:
        _print_library(library if topic == LIBRARY else {topic: library[topic]}, console)
        return
    chosen = _chosen(topic, known, groups)
    if not chosen:
        found = [(title, row.meaning, row.kind, row.default) for title, row in holders(topic, known)]
        print_table(("block", f"what '{topic}' is there", "kind", "default"), found, console)
    for spec in chosen:
        name = f"type: {spec.type_name} ({root(spec).__name__})" if issubclass(spec, Family) and spec.type_name else spec.__name__
        console.print(Text(f"{name}\n{(spec.__doc__ or '').strip()}\n"))
        if issubclass(spec, Family) and not spec.type_name:
            print_table(("type", "what it is"), [(n, summary(m)) for n, m in sorted(spec.members.items())], console)
        table = [
            (row.key, row.kind, row.meaning, " ".join(filter(None, (row.default, row.range))), row.source) for row in key_rows(spec)
        ]
        print_table(("key", "kind", "meaning", "default, range", "source"), table, console)


def _print_library(entries: dict[str, dict[str, Node]], console: Console) -> None:
    """Figures of published components, as `component: NAME` takes them; of a single one, with its source."""
    rows = []
    for name, entry in sorted(entries.items()):
        text = {key: node.plain() for key, node in entry.items()}
        values = ", ".join(f"{key} {value}" for key, value in text["values"].items())
        rows.append((name, values, str(text.get("node", "")), str(text.get("source", ""))))
    shown = 4 if len(rows) == 1 else 3
    print_table(("component", "values", "node", "source")[:shown], [row[:shown] for row in rows], console)


def _print_measures(console: Console) -> None:
    """What published figures can be compared with: name, unit, meaning."""
    print_table(("measure", "unit", "what it is"), explained(), console)
    from chipsim.sweep.measures import SPREADS, TRAINING

    rows = [(name, unit, meaning) for name, (unit, meaning) in TRAINING.items()]
    rows += [(f"{name}_spread", "", f"standard deviation of {name} between seeds") for name in SPREADS]
    console.print("\nof a training, as sweeps know it:", markup=False)
    print_table(("measure", "unit", "what it is"), rows, console)
    console.print("'a / b' is the quotient of two, in the unit that comes out; see docs/how-to-validate-my-chip.md", markup=False)


def _chosen(topic: str, known: dict[str, type[Spec]], groups: dict[str, type[Family]]) -> list[type[Spec]]:
    named = [spec for spec in [*known.values(), *groups.values()] if spec.__name__.lower() == topic.lower()]
    members = [family.members[topic] for family in groups.values() if topic in family.members]
    if not named and not members and not holders(topic, known):
        keys = {row.key for spec in known.values() for row in key_rows(spec)}
        types = {name for family in groups.values() for name in family.members}
        names = {LIBRARY, MEASURES, *technology(), *(spec.__name__ for spec in known.values()), *types, *keys}
        near = did_you_mean(topic, names) if get_close_matches(topic, names) else "say 'chipsim explain' for what there is"
        raise InputError(f"explain: nothing is called '{topic}' ({near})")
    return list(dict.fromkeys([*named, *members]))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """A plain table; cells are texts, never markup."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
