"""The order of the house: a file imports only from its own room and from rooms before it, and each library has one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "chipsim"

FLOORS = [
    "version errors units spec tree compose reading schema streams",
    "kernels devices circuits noc",
    "architecture workload",
    "mapping programming programmed",
    "clock recorder fabric components deadlock chip",
    "accuracy result timing metrics summary assumptions experiment",
    "device_study report device_verb runs kinds show cli __main__",
]
ROOMS = [room for floor in FLOORS for room in floor.split()]

DOORS = {
    "pydantic": "units spec reading schema",
    "pydantic_core": "units spec",
    "annotated_types": "schema",
    "yaml": "tree compose spec runs device_verb",
    "pint": "units",
    "numba": "kernels",
    "simpy": "clock components",
    "networkx": "workload.graph mapping.place noc",
    "scipy": "mapping.place circuits.nodal devices workload.layers.nonlinearity",
    "typer": "cli",
    "rich": "report show cli device_verb",
    "jinja2": "report",
    "matplotlib": "report",
    "torch": "",
    "onnx": "",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions (but not those for type checking only)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "chipsim":
                yield from (f"chipsim.{alias.name}" for alias in node.names)


def files() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def place(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", files(), ids=place)
def test_a_file_imports_only_from_its_own_room_and_rooms_before_it(path):
    room = place(path).split(".")[0]
    assert room in ROOMS, f"'{room}' has no place in the order of rooms; give it one in FLOORS and in ARCHITECTURE.md"
    for module in imports(path):
        if module.startswith("chipsim."):
            other = module.split(".")[1]
            assert other in ROOMS, f"{place(path)} imports from '{other}', which has no place in the order of rooms"
            assert ROOMS.index(other) <= ROOMS.index(room), f"{place(path)} imports from '{other}', a room that comes after '{room}'"


@pytest.mark.parametrize("path", files(), ids=place)
def test_each_library_has_one_door(path):
    here = place(path)
    for module in imports(path):
        library = module.split(".")[0]
        allowed = DOORS.get(library)
        if allowed is not None:
            inside = any(here == door or here.startswith(f"{door}.") for door in allowed.split())
            assert inside, f"{here} imports {library}, whose doors are: {allowed or 'none in the package'}"


def test_every_room_exists():
    for room in ROOMS:
        assert (ROOT / f"{room}.py").exists() or (ROOT / room).is_dir(), f"the room '{room}' is in the order, but not in the house"
