"""The error of products with the standard crossbar model stays what tests/published/standard-model.md records."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

HOUSE = Path(__file__).parents[2]
RECORD = (HOUSE / "tests" / "published" / "standard-model.md").read_text(encoding="utf-8")
PUBLISHED = 15.0  # %, Rasch et al., Nature Communications 14, 5282, 2023, of weights and inputs that are not told


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("publish_standard_model", HOUSE / "tools" / "publish_standard_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recorded(name: str) -> list[float]:
    """The errors of the first table at all times, %."""
    row = re.search(rf"^\| {name} \|(.*)$", RECORD, re.MULTILINE)
    assert row is not None
    return [float(entry.split("+-")[0]) for entry in row.group(1).split("|")[:4]]


@pytest.mark.parametrize("number", [0, 1], ids=["uniform inputs", "normal inputs"])
def test_the_headline_numbers(tool: ModuleType, number: int) -> None:
    """Other programmings than those of the record; the spread between programmings is below 0.1 points."""
    case = list(tool.drawn(1))[number]
    found = 100 * tool.errors(case, list(tool.AGES.values()), (), (101, 102)).mean(axis=1)
    assert found == pytest.approx(recorded(case.name), abs=0.3)
    assert found.mean() == pytest.approx(PUBLISHED, abs=2.0)  # over the four times


def test_an_array_without_its_terms_makes_no_error(tool: ModuleType) -> None:
    case = next(tool.drawn(1))
    assert tool.errors(case, [1.0, 86400.0], list(tool.SWITCHES), (1,)).max() < 1e-5
