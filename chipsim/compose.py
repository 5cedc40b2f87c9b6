"""From files to one tree: `extends:`, `component:` from the technology library, `--set key=value` and `plugins:`."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.ranges import kept
from chipsim.tree import Node, parse, parse_value


def read(path: str | Path, _above: tuple[Path, ...] = ()) -> Node:
    """The tree of a YAML file with everything it extends merged in and its plugins loaded."""
    file = Path(path)
    node = parse(file)
    resolved = file.resolve()
    if resolved in _above:
        chain = " -> ".join(p.name for p in [*_above, resolved])
        raise InputError(Problem(f"files extend each other in a circle: {chain}", file=str(file)))
    problems: list[Problem] = []
    whole = _extended(node, (*_above, resolved), problems)
    if problems:
        raise InputError(problems)
    return whole


def _extended(node: Node, above: tuple[Path, ...], problems: list[Problem]) -> Node:
    if isinstance(node.value, list):
        return replace(node, value=[_extended(item, above, problems) for item in node.value])
    if not isinstance(node.value, dict):
        return node
    _load_plugins(node.value.get("plugins"), problems)
    entries = {name: _extended(item, above, problems) for name, item in node.value.items() if name != "extends"}
    own = replace(node, value=entries)
    base = node.value.get("extends")
    if base is None:
        return own
    if not isinstance(base.value, str):
        problems.append(base.problem(f"expected the path of a YAML file, got {base.plain()!r:.60}", "extends"))
        return own
    try:
        return _merged(read(base.folder / base.value, above), own)
    except InputError as error:
        problems += [base.problem(str(problem), "extends") for problem in error.problems]
        return own


def _merged(base: Node, over: Node) -> Node:
    """`over` laid upon `base`, key by key; a block of another `type:` replaces the whole block."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    kinds = [block["type"].value for block in (base.value, over.value) if "type" in block]
    if len(kinds) == 2 and kinds[0] != kinds[1]:
        return over
    entries = _without_ranges(dict(base.value), over.value)
    for name, item in over.value.items():
        entries[name] = _merged(entries[name], item) if name in entries else item
    return replace(over, value=entries)


def _without_ranges(entries: dict[str, Node], changed: Iterable[str]) -> dict[str, Node]:
    """The keys of a block before some of them are changed: a range belongs to the number that was there."""
    ranges = entries.get("ranges")
    if ranges is None or not isinstance(ranges.value, dict):
        return entries
    left = kept(ranges.value, changed)
    rest = {name: item for name, item in entries.items() if name != "ranges"}
    return rest | ({"ranges": replace(ranges, value=left)} if left else {})


def supplied(node: Node, problems: list[Problem]) -> Node:
    """The tree with each `component: NAME` replaced by that entry of the technology library, under the block's own keys."""
    if isinstance(node.value, list):
        return replace(node, value=[supplied(item, problems) for item in node.value])
    if not isinstance(node.value, dict):
        return node
    own = replace(node, value={name: supplied(i, problems) for name, i in node.value.items() if name != "component"})
    wanted = node.value.get("component")
    if wanted is None:
        return own
    library = technology()
    if not isinstance(wanted.value, str) or wanted.value not in library:
        problems.append(wanted.problem(f"no component {wanted.plain()!r:.60} ({did_you_mean(str(wanted.value), library)})", "component"))
        return own
    entry = library[wanted.value]
    given = entry["values"].value if isinstance(entry["values"].value, dict) else {}
    values = {name: replace(wanted, value=item.value) for name, item in given.items()}  # what does not fit is wrong here
    kinds = [values["type"], own.value["type"]] if isinstance(own.value, dict) and "type" in own.value and "type" in values else []
    if kinds and kinds[0].value != kinds[1].value:
        message = f"'{wanted.value}' is of type '{kinds[0].value}', this block is of type '{kinds[1].value}'; write its numbers here"
        problems.append(wanted.problem(message, "component"))
    texts = [f"{name} {entry[name].plain()}" for name in ("node", "confidence") if name in entry]
    values["source"] = replace(wanted, value=f"{entry['source'].plain()} [{', '.join(texts)}; library '{wanted.value}']")
    return _merged(replace(wanted, value=values), own)


@lru_cache(maxsize=1)
def technology() -> dict[str, dict[str, Node]]:
    """The technology library: name -> entry (values, node, source, confidence), from all YAML files in chipsim/technology."""
    entries: dict[str, dict[str, Node]] = {}
    for file in sorted((Path(__file__).parent / "technology").glob("*.yaml")):
        tree = parse(file)
        if isinstance(tree.value, dict):
            entries |= {name: item.value for name, item in tree.value.items() if isinstance(item.value, dict)}
    return entries


def texts(changes: object) -> list[str]:
    """Changes that a program gives, a list of `key.sub=value`; InputError where they are something else."""
    if isinstance(changes, (list, tuple)) and all(isinstance(change, str) for change in changes):
        return list(changes)
    wanted = ["architecture.tile.adc.bits=6"]
    if isinstance(changes, str):
        wanted = [changes]
    elif isinstance(changes, dict):
        wanted = [f"{name}={value}" for name, value in changes.items() if not isinstance(value, (dict, list))] or wanted
    raise InputError(f"changes: {type(changes).__name__} {str(changes)[:40]}; expected a list of texts such as {wanted[:3]}")


def changed(node: Node, change: str) -> Node:
    """The tree with one `key.sub=value` applied (the value is read as YAML; list items by number)."""
    path, equals, text = change.partition("=")
    steps = [step for step in re.split(r"[.\[\]]+", path.strip()) if step]
    if not equals or not steps:
        raise InputError(f"--set {change}: expected key.sub=value, such as tile.adc.bits=6")
    if steps[-1] in ("extends", "plugins"):
        raise InputError(f"--set {change}: '{steps[-1]}' is followed in files only; write it there")
    return _put(node, steps, parse_value(text, f"--set {change}"), f"--set {change}")


def replaced(node: Node, path: str, value: Node) -> Node:
    """The tree with the value at a dotted path (`tile.adc.bits`) replaced; InputError where there is no block for it."""
    steps = [step for step in re.split(r"[.\[\]]+", path.strip()) if step]
    if not steps or steps[-1] in ("extends", "plugins"):
        raise InputError(f"{path or 'a change'}: expected the path of a key, such as tile.adc.bits, not 'extends' or 'plugins'")
    return _put(node, steps, value, path)


def _put(node: Node, path: list[str], value: Node, change: str) -> Node:
    if not path:
        return value
    name, rest = path[0], path[1:]
    if isinstance(node.value, list):
        if not re.fullmatch("[0-9]{1,9}", name) or int(name) >= len(node.value):
            raise InputError(f"{change}: '{name}' is not the number of an item, of which there are {len(node.value)} (from 0)")
        items = list(node.value)
        items[int(name)] = _put(items[int(name)], rest, value, change)
        return replace(node, value=items)
    if isinstance(node.value, str):  # `adc: ideal` is short for `adc: {type: ideal}`
        node = replace(node, value={"type": node})
    if not isinstance(node.value, dict):
        if node.value is not None:
            raise InputError(f"{change}: there is no block above '{name}'")
        node = replace(node, value={})
    entries = _without_ranges(dict(node.value), () if rest else (name,)) if isinstance(node.value, dict) else {}
    entries[name] = _put(entries.get(name, replace(value, value=None)), rest, value, change)
    return replace(node, value=entries)


def _load_plugins(entry: Node | None, problems: list[Problem]) -> None:
    if entry is None:
        return
    for name in entry.value if isinstance(entry.value, list) else [entry]:
        if not isinstance(name.value, str):
            problems.append(name.problem(f"expected a Python file or module, got {name.plain()!r:.60}", "plugins"))
            continue
        try:
            load_plugin(name.value, name.folder)
        except InputError as error:
            problems += [name.problem(str(problem), "plugins") for problem in error.problems]


def load_plugin(name: str, folder: Path) -> None:
    """Import a Python file (relative to `folder`) or an installed module, so that its family members register."""
    try:
        if not name.endswith(".py"):
            importlib.import_module(name)
            return
        path = (folder / name).resolve()
        module_name = "chipsim_plugin_" + re.sub(r"\W", "_", str(path))
        if module_name in sys.modules:
            return
        found = importlib.util.spec_from_file_location(module_name, path)
        if found is None or found.loader is None:
            raise ImportError(f"{path} is not a Python file")
        module = importlib.util.module_from_spec(found)
        sys.modules[module_name] = module
        try:
            found.loader.exec_module(module)
        except BaseException:
            del sys.modules[module_name]
            raise
    except InputError as error:
        raise InputError(f"plug-in '{name}': {error}") from None
    except (Exception, SystemExit) as error:  # whatever the plug-in's own code raises
        raise InputError(f"plug-in '{name}' cannot be loaded: {type(error).__name__}: {error}") from None


def module_of(file: str) -> ModuleType:
    """A Python file that the user names, run anew and kept nowhere; it raises what the file raises."""
    found = importlib.util.spec_from_file_location("chipsim_file_of_the_user", file)
    if found is None or found.loader is None:
        raise ImportError("is not a Python file")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
