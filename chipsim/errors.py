"""What can go wrong, in three kinds: the user's input (exit 2), a failed check (exit 1), a fault of ours (a traceback).

An error says where, what, what was expected and what to try, and shows the offending value. Several problems of one file
travel together in one `InputError`, so that a user mends a file in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class ChipsimError(Exception):
    """Root of everything that chipsim raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where: `file:line:column: key: message` (any part of the place may be unknown)."""

    message: str
    key: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.key, self.message) if part).replace("\n", " ")  # one line each


class InputError(ChipsimError):
    """The user's description cannot be used; `problems` lists everything that is wrong with it (exit code 2)."""

    exit_code = 2

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: list[Problem] = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Problem]]]:  # between processes, else the problems become one text
        return type(self), (self.problems,)


class CheckError(ChipsimError):
    """A result contradicts itself or the simulation cannot go on, such as a deadlock (exit code 1)."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion for a mistyped `word`, or the list of what is known when nothing comes close."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names)}" if names else "nothing is known here"
