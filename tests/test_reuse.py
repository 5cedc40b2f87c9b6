"""With and without what is known from before, the same answer bit for bit; and what a change of every key runs again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import NOISY, chip, linear, network

from chipsim import population
from chipsim.architecture import Architecture
from chipsim.chip import Chip
from chipsim.errors import ChipsimError, InputError
from chipsim.experiment import Experiment
from chipsim.facets import facet_of
from chipsim.mapping.mapping import MappingOptions
from chipsim.programming import Maintenance, OneShot, WriteVerify
from chipsim.question import Question
from chipsim.reading import load
from chipsim.result import Result
from chipsim.reuse import MOST_BOOKS, Book, Known, key_of
from chipsim.spec import Spec, dimension_of

HOUSE = Path(__file__).parents[1]
WORK = network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12)
DAY = 86400.0
Steps = tuple[str, ...]


def ask(architecture: Architecture, **keys: Any) -> Experiment:
    asked = {"times": (1.0, DAY), "repeats": 2, "stream": 4, "mapping": MappingOptions(copies="none")} | keys
    return Experiment(Question(workload=WORK.spec, architecture=architecture, **asked), WORK, threads=1)


@cache
def shipped(name: str) -> Architecture:
    return load(HOUSE / "architectures" / f"{name}.yaml", Architecture)


def told(result: Result) -> dict[str, Any]:
    """All but where it comes from."""
    return {name: value for name, value in asdict(result).items() if name != "provenance"}


def numbers(spec: Spec, above: Steps = ()) -> Iterator[tuple[Steps, float]]:
    """Every key with a number, also those that are 0."""
    for name in type(spec).model_fields:
        value = getattr(spec, name)
        if isinstance(value, Spec):
            yield from numbers(value, (*above, name))
        elif isinstance(value, dict):
            for step, item in value.items():
                yield from numbers(item, (*above, name, step)) if isinstance(item, Spec) else ()
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield (*above, name), value


def with_number(spec: Any, steps: Steps, value: float) -> Any:
    name, rest = steps[0], steps[1:]
    inner = spec[name] if isinstance(spec, dict) else getattr(spec, name)
    changed = with_number(inner, rest, value) if rest else value
    return spec | {name: changed} if isinstance(spec, dict) else spec.having(**{name: changed})


def neighbours(base: Architecture) -> Iterator[tuple[str, Architecture]]:
    """The chip with one key a tenth larger (a whole number: by one; 0: small), for every key that allows it."""
    for steps, value in numbers(base):
        field = type(holder(base, steps[:-1])).model_fields[steps[-1]]
        small = 1e-13 if dimension_of(field) else 0.01
        larger = value + 1 if isinstance(value, int) else value * 1.1 or small
        try:
            yield ".".join(("architecture", *steps)), with_number(base, steps, larger)
        except ChipsimError:  # contradicts another key
            continue


def holder(spec: Any, steps: Steps) -> Any:
    for step in steps:
        spec = spec[step] if isinstance(spec, dict) else getattr(spec, step)
    return spec


class Watch:
    """How often something long was done."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.done: Counter[str] = Counter()
        run, read = Chip.run, population.accuracy

        def counted_run(chip: Chip) -> Any:
            self.done["timed run"] += 1
            return run(chip)

        def counted_read(*which: Any) -> float:
            self.done["accuracy"] += 1
            return read(*which)

        patch.setattr(Chip, "run", counted_run)
        patch.setattr(population, "accuracy", counted_read)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


# --- every key -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pcm-64", "first-chip", "jain-mesh"])
def test_every_key_gives_the_same_answer_and_runs_again_what_its_facet_says(name: str, watch: Watch) -> None:
    base, keys = shipped(name), {"repeats": 1, "stream": 2}
    known = Known(runs=1)  # that of the base: so a neighbour is no base for the next one
    ask(base, **keys).run(known=known)
    seen: Counter[str] = Counter()
    for path, changed in neighbours(base):
        known.runs = 2
        facet, question = facet_of(path, ask(base).question), ask(changed, **keys)
        watch.done.clear()
        try:
            alone = told(question.run())
        except InputError:  # such as a host on a node that holds a core
            continue
        watch.done.clear()
        again = question.run(known=known)
        assert told(again) == alone, path
        if facet in ("prices", "report"):
            assert not watch.done, path
            assert again.provenance["reused"] == ["accuracy", "timed run"], path
        if facet == "time":
            assert not watch.done["accuracy"], path
        seen[facet] += 1
        known.runs = 1
        ask(base, **keys).run(known=known)
    assert seen["prices"] >= 15
    assert seen["time"] >= 15
    assert seen["values"] >= 15
