"""A metric that the user brings: a function in a Python file.

    metric: {type: function, file: my_metric.py, name: score, better: higher}

`score(outputs, labels)` gets all outputs float32 [N, C, H, W] and all labels at once, as they are stored, and returns a number. It is
called in this process, like a plug-in. The hash of the file is part of what a run is known by.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar, Literal, final

import numpy as np

from chipsim.compose import module_of
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.spec import FilePath, check, key
from chipsim.workload.layers import Shape
from chipsim.workload.metrics.metric import Floats, Labels, Metric, Sums

RESERVED = ("time", "mean", "spread", "low", "high", "yield", "values", "chips")  # columns of the table of a run


@final
class Function(Metric, type="function"):
    """A number that a function of the user's makes of all outputs and labels."""

    least: ClassVar[float | None] = None
    whole: ClassVar[bool] = True
    targets: ClassVar[Literal["classes", "sequences", "numbers", "any"]] = "any"
    file: FilePath = key("the Python file that holds the function", min_length=1)
    name: str = key("the function in it: outputs [N, C, H, W] and labels to a number", default="metric", min_length=1)
    better: Literal["higher", "lower"] = key("which side is better", default="higher")
    by_chance: float | None = key("its value for an answer that knows nothing of the input", default=None)

    @property
    def higher(self) -> bool:
        return self.better == "higher"

    @property
    def column(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        return self.name.replace("_", " ")

    def sums(self, outputs: Floats, labels: Labels) -> Sums:
        """The number itself, of all samples; InputError where the function gives none."""
        try:
            function = _function(self.file, self.name, _stamp(self.file))
        except InputError as error:
            raise InputError([replace(problem, key=f"metric.{problem.key}") for problem in error.problems]) from error.__cause__
        try:
            found = function(outputs, labels)
        except Exception as error:
            raise InputError(_raised(error, self.file, f"metric {self.name}")) from error
        return np.array([self._number(found)], np.float64)

    def value(self, sums: Sums) -> float:
        return float(sums[0])

    def problem(self, labels: Labels, count: int, output: Shape) -> str:
        if labels.shape[:1] != (count,):
            return f"labels are {labels.dtype} {list(labels.shape)}, expected one entry for each of {count} samples"
        return ""

    def misfit(self, labels: Labels, output: Shape) -> Problem | None:
        try:
            _function(self.file, self.name, _stamp(self.file))  # told before anything long begins
        except InputError as error:
            return error.problems[0]
        return None

    def chance(self, labels: Labels, output: Shape) -> float | None:
        return self.by_chance

    @property
    def _place(self) -> str:
        return f"metric {self.name} of {os.path.basename(self.file)}"

    def _number(self, found: Any) -> float:
        try:
            number = _one_number(found)
        except (TypeError, ValueError, RuntimeError):  # the last: a tensor that asks for its gradient
            raise InputError(f"{self._place}: gave {found!r:.60}, expected one number for all samples") from None
        if not np.isfinite(number):
            raise InputError(f"{self._place}: gave {number}, expected a finite number")
        return number

    @check
    def _is_no_other_column(self) -> Any:
        if self.name in RESERVED:
            raise ValueError(f"name: '{self.name}' is a column of the table of a run; call the function something else")
        return self


def _stamp(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError as error:
        raise InputError(Problem(f"{file}: {error.strerror}; expected a Python file with the function", "file")) from None


def _one_number(found: Any) -> float:
    """What a function gave as a number: also an array of one, but no truth value and no text; TypeError for anything else."""
    value = np.asarray(found)
    if value.size != 1 or value.dtype.kind not in "iufO":
        raise TypeError("not one number")
    return float(value.reshape(-1)[0])


def _raised(error: Exception, file: str, key: str = "") -> Problem:
    """What a user's file raised, at its own line: the last that was run there, or the one that is no Python."""
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines = [error.lineno or 0]
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return Problem(f"raised {type(error).__name__}: {text}"[:300], key, file, lines[-1] if lines else 0)


@lru_cache(maxsize=16)
def _function(file: str, name: str, stamp: int) -> Callable[[Floats, Labels], Any]:
    """The function of a file as it was at a time; InputError where it has none."""
    try:
        module = module_of(file)
    except Exception as error:
        raise InputError(Problem(f"cannot be run, {_raised(error, file)}", "file")) from error
    found = getattr(module, name, None)
    if not callable(found):
        known = [other for other, value in vars(module).items() if callable(value) and not other.startswith("_")]
        raise InputError(Problem(f"{os.path.basename(file)} defines no function '{name}' ({did_you_mean(name, known)})", "name"))
    return found  # type: ignore[no-any-return]
