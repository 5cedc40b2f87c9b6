"""Takes measures: builds the architectures that figures ask for, their data sheets and runs; equal questions are answered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import final

from chipsim.architecture import Architecture
from chipsim.comparators.comparator import comparator
from chipsim.compose import read, replaced
from chipsim.demand import Demand
from chipsim.errors import InputError, Problem
from chipsim.experiment import Experiment, as_experiment, experiment_of, with_files
from chipsim.reading import build
from chipsim.result import Result
from chipsim.sheet.datasheet import Datasheet, datasheet
from chipsim.tree import Node, plain_node
from chipsim.validation.figure import Figure, Figures
from chipsim.validation.measures import RATINGS, of_claim, of_run, of_sheet, unit_of
from chipsim.validation.reading import Asked, Configuration, examined, in_order

USUAL = {"times": ["1 s"], "repeats": 1, "stream": 50}  # of a run whose figure does not say otherwise
SAMPLES = 100
Progress = Callable[[str], None]


@final
class Bench:
    """Keeps what it has found: trees by path, data sheets by the content of the architecture, results by their question."""

    def __init__(self, progress: Progress = lambda text: None) -> None:
        self.progress = progress
        self._trees: dict[str, Node] = {}
        self._sheets: dict[tuple[str, float], Datasheet] = {}
        self._digests: dict[str, str] = {}  # of the question that a configuration asks
        self._results: dict[str, Result] = {}

    def value(self, asked: Asked) -> float:
        """The value of a figure (SI, a ratio where it is one); InputError or CheckError for what cannot be had."""
        figure = asked.figure
        if asked.recorded is not None:
            return asked.recorded
        if figure.claim:
            claim = Demand(figure.claim.efficiency, figure.claim.density)
            return of_claim(figure.measure, claim, comparator(figure.comparator) if figure.comparator else None)
        value = self.measure(asked.here)
        if asked.other is not None:
            return _quotient(value, self.measure(asked.other), asked.other.measure)
        if figure.comparator:
            rating = RATINGS[unit_of(figure.measure, asked.here.workload is not None)]
            return value / rating(comparator(figure.comparator))
        return value

    def problems(self, asked: Asked) -> list[Problem]:
        """What is wrong with the chip of a figure, with its changes, and with the parts that it names; nothing is simulated."""
        if asked.recorded is not None or asked.here.chip is None:
            return []
        for of in (asked.here, asked.other):
            name = "set"
            try:
                if of is not None:
                    build(Architecture, self._architecture(of))
                    name = "measure"
                    for measure in of.measure.split(" / ") if of.workload is None else ():
                        of_sheet(measure, self._sheet(of))
            except InputError as error:
                return [placed(problem, asked, name) for problem in error.problems]
        return []

    def measure(self, of: Configuration) -> float:
        """A measure, or the quotient of two, of one configuration (SI)."""
        above, over, below = of.measure.partition(" / ")
        if over:
            return _quotient(self._one(above, of), self._one(below, of), below)
        return self._one(of.measure, of)

    def _one(self, name: str, of: Configuration) -> float:
        if of.workload is not None:
            found = of_run(name, self._result(of))
            if found is not None:
                return found
        return of_sheet(name, self._sheet(of))

    def _sheet(self, of: Configuration) -> Datasheet:
        chip = build(Architecture, self._architecture(of))
        known = chip.digest(), of.activity
        if known not in self._sheets:
            self._sheets[known] = datasheet(chip, of.activity)
        return self._sheets[known]

    def _result(self, of: Configuration) -> Result:
        words = _words(of)
        if words not in self._digests:
            experiment = self._experiment(of)
            self.progress(experiment.name)
            if experiment.digest not in self._results:
                self._results[experiment.digest] = experiment.run()
            self._digests[words] = experiment.digest
        return self._results[self._digests[words]]

    def _experiment(self, of: Configuration) -> Experiment:
        assert of.workload is not None
        node = with_files(as_experiment(self._tree(of.workload)), of.chip)
        assert isinstance(node.value, dict)
        given = dict(of.run.value) if of.run is not None and isinstance(of.run.value, dict) else {}
        usual = {name: plain_node(value) for name, value in USUAL.items()}
        entries = usual | node.value | given | {"architecture": self._architecture(of)}
        experiment = experiment_of(replace(node, value=entries))
        if "samples" in entries:
            return experiment
        few = experiment.question.having(samples=min(SAMPLES, len(experiment.workload.inputs)))
        return replace(experiment, question=few)

    def _architecture(self, of: Configuration) -> Node:
        assert of.chip is not None
        node = self._tree(of.chip)
        for path, value in of.changes:
            node = replaced(node, path, value)
        return node

    def _tree(self, file: str) -> Node:
        if file not in self._trees:
            self._trees[file] = read(file)
        return self._trees[file]


def checked(file: Path, bench: Bench, wanted: Callable[[Figure], bool] = lambda figure: True) -> tuple[Figures, list[Asked]]:
    """The wanted figures of a file, their chips built; InputError lists everything that is wrong with the file and with the chips."""
    figures, asked, problems = examined(file)
    asked = [one for one in asked if wanted(one.figure)]
    problems += [problem for one in asked for problem in bench.problems(one)]
    if problems or figures is None:
        raise InputError(in_order(problems))
    return figures, asked


def placed(problem: Problem, asked: Asked, name: str) -> Problem:
    """A problem that has no place of its own, at the key `name` of its figure."""
    if problem.file:
        return problem
    entries = asked.place.value if isinstance(asked.place.value, dict) else {}
    return entries.get(name, asked.place).problem(": ".join(filter(None, (problem.key, problem.message))), name)


def _quotient(above: float, below: float, name: str) -> float:
    if not below:
        raise InputError(f"{name} is 0, so there is no ratio to it")
    return above / below


def _words(of: Configuration) -> str:
    """A configuration in words that are the same for equal ones; what is measured does not belong to it."""
    changes = [(path, value.plain()) for path, value in of.changes]
    return repr((of.chip, changes, of.workload, of.run.plain() if of.run else None))
