"""The memory of a study: a journal of optuna that is kept in this process, so that no other process can disturb a search.

What is in it is what optuna's own file journal would hold, line by line. Importing this file needs optuna.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, final

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend
from optuna.study import StudyDirection

NAME = "chipsim"


@final
class Kept(BaseJournalBackend):
    """Logs in a list."""

    def __init__(self) -> None:
        self.logs: list[dict[str, Any]] = []

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The logs from a number on."""
        return self.logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add logs, as a file would give them back."""
        self.logs += json.loads(json.dumps(logs))


def fresh_study(sampler: Any, names: Sequence[str], small: Sequence[bool]) -> tuple[Any, list[dict[str, Any]]]:
    """A study without trials of objectives, by name, that are to be small (or large), and the list that its logs are written to."""
    kept = Kept()
    directions = [StudyDirection.MINIMIZE if each else StudyDirection.MAXIMIZE for each in small]
    study = optuna.create_study(storage=JournalStorage(kept), study_name=NAME, sampler=sampler, directions=directions)
    study.set_metric_names(list(names))
    return study, kept.logs
