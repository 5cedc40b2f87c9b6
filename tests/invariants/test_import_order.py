"""The order of the house: a file imports only from its own room and from rooms before it, and each library has one door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "chipsim"

FLOORS = [
    "version errors units ranges spec tree compose reading schema streams tabular",
    "kernels devices responses circuits noc",
    "architecture workload",
    "mapping programming training recurrence programmed lesson",
    "clock uses recorder fabric components deadlock chip writing learning",
    "accuracy recalibration comparators question record result described assumptions loaded facets layer_error provenance timing "
    "sheet summary metrics comparison demand upkeep population reuse answer experiment insitu aware validation",
    "studies runs sweep report kinds show terminal verbs cli_chips cli_sweeps cli_networks cli __main__",
]
ROOMS = [room for floor in FLOORS for room in floor.split()]

DOORS = {
    "numpy": "*",
    "pydantic": "units spec reading schema",
    "pydantic_core": "units spec",
    "annotated_types": "schema",
    "yaml": "tree spec",
    "pint": "units",
    "numba": "kernels",
    "simpy": "clock components writing",
    "networkx": "workload.graph mapping.place noc",
    "scipy": "mapping.place circuits.nodal devices responses workload.layers.nonlinearity workload.layers.function programming "
    "population",
    "typer": "cli cli_chips cli_sweeps cli_networks",
    "rich": "report show terminal verbs",
    "jinja2": "report",
    "markupsafe": "report",
    "matplotlib": "report",
    "plotly": "report.page",
    "pandas": "tabular result sweep",
    "pyarrow": "sweep.folder",
    "dask": "sweep.cluster",
    "distributed": "sweep.cluster",
    "dask_jobqueue": "sweep.batch",
    "optuna": "sweep.search",
    "moocore": "sweep.pareto",
    "torch": "aware workload.from_torch",
    "onnx": "workload.onnx.model aware.export",
}

RUNS_CODE = {"eval", "exec", "compile", "__import__"}  # a description is data: only a plugin, named by the user, is executed
FOREIGN_CODE = {"pickle", "marshal", "shelve", "subprocess", "ctypes"}
LOADERS = "compose __init__"  # the doors of importlib


def imports(source: str) -> Iterator[str]:
    """Every module that a file imports, also inside functions and for type checking."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            split = name in ("chipsim", "importlib")  # what is taken from these are modules
            yield from (f"{name}.{alias.name}" for alias in node.names) if split else (name,)


def calls(source: str) -> Iterator[str]:
    """The bare names that a file calls."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def inside(place: str, doors: str) -> bool:
    return doors == "*" or any(place == door or place.startswith(f"{door}.") for door in doors.split())


def complaints(place: str, source: str) -> list[str]:
    """In sentences: what a file at a place such as `noc.network` imports against the order."""
    room = place.split(".")[0]
    if room not in ROOMS:
        return [f"'{room}' has no place in the order of rooms; give it one in FLOORS and in ARCHITECTURE.md"]
    return [said for module in imports(source) for said in _complaint(place, room, module)]


def _complaint(place: str, room: str, module: str) -> Iterator[str]:
    top, _, rest = module.partition(".")
    if not top:
        yield f"{place} imports '{module}' relatively; write the whole name"
    elif top == "chipsim":
        other = rest.split(".")[0]
        if other and other not in ROOMS:
            yield f"{place} imports from '{other}', which has no place in the order of rooms"
        elif other and ROOMS.index(other) > ROOMS.index(room):
            yield f"{place} imports from '{other}', a room that comes after '{room}'"
    elif top in FOREIGN_CODE:
        yield f"{place} imports {top}, which runs or loads code that is not ours; nothing in the package does"
    elif top == "importlib" and rest not in ("metadata", "resources") and not inside(place, LOADERS):
        yield f"{place} imports importlib; only {' and '.join(LOADERS.split())} load modules by name"
    elif top not in sys.stdlib_module_names and top not in DOORS:
        yield f"{place} imports {top}, a library without a door; give it one in DOORS and in setup.cfg"
    elif top in DOORS and not inside(place, DOORS[top]):
        yield f"{place} imports {top}, whose doors are: {DOORS[top]}"


def files() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def place_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", files(), ids=place_of)
def test_a_file_keeps_the_order(path):
    assert complaints(place_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", files(), ids=place_of)
def test_no_text_is_executed(path):
    assert RUNS_CODE & set(calls(path.read_text(encoding="utf-8"))) == set(), f"{place_of(path)} executes a text"


def test_every_room_exists_and_stands_in_the_order_once():
    assert len(set(ROOMS)) == len(ROOMS)
    for room in ROOMS:
        assert (ROOT / f"{room}.py").exists() or (ROOT / room).is_dir(), f"the room '{room}' is in the order, but not in the house"


def test_every_door_leads_into_the_house_and_is_used():
    used = {(module.split(".")[0], place_of(path)) for path in files() for module in imports(path.read_text(encoding="utf-8"))}
    for library, doors in DOORS.items():
        for door in doors.replace("*", "").split():
            assert any(name == library and inside(place, door) for name, place in used), f"{door} no longer imports {library}"


@pytest.mark.parametrize(
    ("place", "source", "said"),
    [
        ("units", "from chipsim.spec import Spec", "units imports from 'spec', a room that comes after 'units'"),
        ("noc.network", "import chipsim.chip", "noc.network imports from 'chip', a room that comes after 'noc'"),
        ("noc", "from chipsim import report", "noc imports from 'report', a room that comes after 'noc'"),
        ("cellar", "import os", "'cellar' has no place in the order of rooms; give it one in FLOORS and in ARCHITECTURE.md"),
        ("chip", "import chipsim.cellar", "chip imports from 'cellar', which has no place in the order of rooms"),
        ("chip", "from .fabric import Fabric", "chip imports '.fabric' relatively; write the whole name"),
        ("chip", "from . import fabric", "chip imports '.' relatively; write the whole name"),
        ("chip", "def f():\n    import numba", "chip imports numba, whose doors are: kernels"),
        ("workload.load", "import networkx as nx", "workload.load imports networkx, whose doors are: workload.graph mapping.place noc"),
        ("devices", "import torch.nn", "devices imports torch, whose doors are: aware workload.from_torch"),
        ("chip", "import requests", "chip imports requests, a library without a door; give it one in DOORS and in setup.cfg"),
        ("chip", "import pickle", "chip imports pickle, which runs or loads code that is not ours; nothing in the package does"),
        ("chip", "import importlib", "chip imports importlib; only compose and __init__ load modules by name"),
    ],
)
def test_who_breaks_the_order_is_told_in_a_sentence(place, source, said):
    assert complaints(place, source) == [said]


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("chip", "from chipsim.fabric.fabric import Fabric\nfrom chipsim import fabric\nimport numpy as np\nimport os.path"),
        ("noc.routes", "import networkx as nx\nfrom chipsim.noc.routing import Routing\nfrom chipsim import errors"),
        ("experiment", "from importlib import metadata\nfrom __future__ import annotations"),
        ("compose", "import importlib.util"),
    ],
)
def test_what_keeps_the_order_is_left_alone(place, source):
    assert complaints(place, source) == []
