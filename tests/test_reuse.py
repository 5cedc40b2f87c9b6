"""With and without what is known from before, the same answer bit for bit; and what a change of every key runs again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
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


def neighbours(base: Architecture, met: set[tuple[type, str]]) -> Iterator[tuple[str, Architecture]]:
    """The chip with one key a tenth larger (a whole number: by one; 0: small), for every key not `met` before that allows it."""
    for steps, value in numbers(base):
        cls, name = type(holder(base, steps[:-1])), steps[-1]
        if steps[:2] != ("cores", "heavy") and (cls, name) in met:
            continue
        met.add((cls, name))
        field = cls.model_fields[name]
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
        run, read = Chip.run, population.judgement

        def counted_run(chip: Chip) -> Any:
            self.done["timed run"] += 1
            return run(chip)

        def counted_read(*which: Any) -> list[float]:
            self.done["accuracy"] += 1
            return read(*which)

        patch.setattr(Chip, "run", counted_run)
        patch.setattr(population, "judgement", counted_read)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


# --- every key -----------------------------------------------------------------------------------------------------------

SMALL = {"pcm-64": (3, 2), "first-chip": None, "jain-mesh": (12, 2)}  # columns and rows of the mesh, for the time of the test


def small(name: str) -> Architecture:
    sides = zip(("columns", "rows"), SMALL[name] or (), strict=False)
    return load(HOUSE / "architectures" / f"{name}.yaml", Architecture, [f"network.topology.{side}={count}" for side, count in sides])


def test_every_key_gives_the_same_answer_and_runs_again_what_its_facet_says(watch: Watch) -> None:
    seen: Counter[str] = Counter()
    met: set[tuple[type, str]] = set()
    for name in SMALL:
        base, keys = small(name), {"repeats": 1, "stream": 2}
        known = Known(runs=1)
        ask(base, **keys).run(known=known)
        for path, changed in neighbours(base, met):
            question = ask(changed, **keys)
            try:
                alone = told(question.run())
            except InputError:  # such as a host on a node that holds a core
                continue
            known.runs = 2  # the base and its neighbour, who is none of the next key
            watch.done.clear()
            again = question.run(known=known)
            assert told(again) == alone, path
            facet = facet_of(path, question.question)
            if facet in ("prices", "report"):
                assert not watch.done, path
                assert again.provenance["reused"] == ["accuracy", "timed run"], path
            if facet == "time":
                assert not watch.done["accuracy"], path
            seen[facet] += 1
            if watch.done:
                ask(base, **keys).run(known=known)
            known.runs = 1
    assert seen["prices"] >= 30
    assert seen["time"] >= 30
    assert seen["values"] >= 30


# --- many points ---------------------------------------------------------------------------------------------------------

TINY = chip(array=NOISY)


def points() -> list[Experiment]:
    """Points that differ in prices, network, values, and in what is asked for."""
    mesh = chip(array=NOISY, mesh=(3, 2))
    dear = chip(array={**NOISY, "adc": {"type": "sar", "bits": 7, "bound": 4, "energy": "1 pJ"}})
    fine = chip(array={**NOISY, "adc": {"type": "sar", "bits": 9, "bound": 4}})
    upkeep = Maintenance(calibrate_every=1000.0, reprogram_every=40_000.0, statistics=4)
    return [
        ask(TINY), ask(mesh), ask(dear), ask(fine), ask(TINY, repeats=3), ask(TINY, times=(1.0, 60.0, DAY)), ask(TINY, samples=5),
        ask(TINY, seed=3), ask(TINY, chips=2), ask(mesh, maintenance=upkeep), ask(TINY, maintenance=upkeep), ask(TINY, stream=6),
        ask(TINY, programming=WriteVerify(iterations=3)), ask(mesh, programming=WriteVerify(iterations=3)), ask(TINY, within=0.2),
        ask(TINY, exempt={"a": ("adc", "programming")}), ask(mesh, times=(0.0, 1.0)), ask(TINY, times=(0.0, 1.0)),
        ask(TINY, token="vector"), ask(TINY, comparators=()),
    ]  # fmt: skip


@pytest.mark.parametrize("runs", [1, 4])
def test_points_in_any_order_and_with_any_memory_are_answered_as_alone(runs: int, tmp_path: Path) -> None:
    alone = [told(asked.run()) for asked in points()]
    here, elsewhere = Known(tmp_path, runs), Known(tmp_path, runs)
    order = [*range(len(alone)), 2, 0, 1, 3, 0, *reversed(range(len(alone)))]
    for turn, number in enumerate(order):
        known = elsewhere if turn % 3 == 0 else here
        assert told(points()[number].run(known=known)) == alone[number]
        if turn == 10:
            here.forget()


def test_what_is_reused_is_told() -> None:
    known = Known()
    assert ask(TINY).run().provenance["reused"] == []
    assert ask(TINY).run(known=known).provenance["reused"] == []
    again = ask(TINY).run(known=known).provenance
    assert again["reused"] == ["accuracy", "timed run"]
    assert "program" not in again["wall"]
    assert ask(chip(array=NOISY, mesh=(3, 2))).run(known=known).provenance["reused"] == ["accuracy"]
    assert ask(TINY, samples=5).run(known=known).provenance["reused"] == ["timed run"]


def test_accuracies_serve_the_next_process_and_another_network(tmp_path: Path, watch: Watch) -> None:
    ask(TINY).run(known=Known(tmp_path))
    before = watch.done["accuracy"]
    ask(chip(array=NOISY, mesh=(3, 2))).run(known=Known(tmp_path))
    assert watch.done["accuracy"] == before == 4
    assert ask(TINY, repeats=3).run(known=Known(tmp_path)).provenance["reused"] == ["part of the accuracy"]
    assert watch.done["accuracy"] == before + 2  # those of the third programming


def test_other_weights_of_the_same_network_are_another_question() -> None:
    known, other = Known(), network([12, 1, 1], linear("a", 8, activation="relu"), linear("b", 3), samples=12, seed=2)
    ask(TINY).run(known=known)
    found = Experiment(ask(TINY).question, other).run(known=known)
    assert found.provenance["reused"] == []
    assert told(found) == told(Experiment(ask(TINY).question, other).run())


def test_copies_are_part_of_the_values() -> None:
    """With copies for spare tiles a larger mesh has more of them, and each has noise of its own."""
    known, keys = Known(), {"mapping": MappingOptions(copies={"a": 2})}
    ask(TINY).run(known=known)
    assert ask(TINY, **keys).run(known=known).provenance["reused"] == []


# --- memory --------------------------------------------------------------------------------------------------------------


def test_a_process_keeps_as_many_runs_as_it_may() -> None:
    known = Known(runs=2)
    for seed in (0, 1, 0, 2):
        ask(TINY, seed=seed, repeats=1).run(known=known)
    kept = [ask(TINY, seed=seed, repeats=1).run(known=known).provenance["reused"] for seed in (0, 2, 1)]
    assert [found[-1] for found in kept] == ["timed run", "timed run", "accuracy"]  # 1 was not asked for longest


def test_runs_beyond_the_limit_of_bytes_are_not_kept() -> None:
    known = Known(limit=1000)
    ask(TINY).run(known=known)
    assert known.size == 0
    roomy = Known()
    ask(TINY).run(known=roomy)
    assert 1000 < roomy.size < 1_000_000
    roomy.forget()
    assert roomy.size == 0


def test_books_in_memory_are_bounded() -> None:
    known = Known()
    for number in range(MOST_BOOKS + 5):
        known.note(str(number), Book({"a": 1.0}))
    assert not known.book("0").accuracies
    assert known.book(str(MOST_BOOKS)).accuracies == {"a": 1.0}


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", "\x00" * 200, '{"format": 1}', "swap", "key"])
def test_a_damaged_file_is_as_good_as_none(damage: str, tmp_path: Path) -> None:
    alone = told(ask(TINY).run())
    ask(TINY).run(known=Known(tmp_path))
    for file in tmp_path.iterdir():
        data = json.loads(file.read_text())
        if damage == "swap":
            data["accuracies"] = {name: 1 - value for name, value in data["accuracies"].items()}
        data["key"] = "another" if damage == "key" else data["key"]
        file.write_text(json.dumps(data) if damage in ("swap", "key") else damage)
    found = ask(TINY).run(known=Known(tmp_path))
    assert (found.provenance["reused"], told(found)) == ([], alone)
    assert ask(TINY).run(known=Known(tmp_path)).provenance["reused"] == ["accuracy"]  # written anew


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    known = Known(tmp_path / "taken")
    assert told(ask(TINY).run(known=known)) == told(ask(TINY).run())
    assert ask(TINY).run(known=known).provenance["reused"] == ["accuracy", "timed run"]


def test_books_of_two_processes_are_joined(tmp_path: Path) -> None:
    one, other = Known(tmp_path), Known(tmp_path)
    one.note("key", Book({"a": 0.5}))
    other.note("key", Book({"b": 0.25}, {"0": [1e-9]}))
    assert Known(tmp_path).book("key") == Book({"a": 0.5, "b": 0.25}, {"0": [1e-9]})
    assert [file.name for file in tmp_path.iterdir()] == ["key.json"]  # no drafts are left


def test_keys_tell_every_part() -> None:
    assert len({key_of("ab", "c"), key_of("a", "bc"), key_of("abc"), key_of("ab", "c", 0), key_of("ab", "c", 0.0)}) == 5
    assert key_of("ab", OneShot()) == key_of("ab", OneShot())


def test_a_class_that_stands_in_no_file_is_never_known() -> None:
    """Two of the same name in a notebook look alike and may do other things."""
    namespace: dict[str, Any] = {"__name__": "__main__notebook", "Programmer": OneShot.__mro__[1], "OneShot": OneShot}
    exec("class Mine(Programmer, type='mine-of-a-notebook'):\n    steps = OneShot.steps", namespace)
    known = Known()
    try:
        asked = [ask(TINY, programming=namespace["Mine"]()).run(known=known) for _ in range(2)]
    finally:
        del OneShot.members["mine-of-a-notebook"]
    assert [found.provenance["reused"] for found in asked] == [[], []]
    assert known.size == 0
