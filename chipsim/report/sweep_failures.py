"""Failures of a sweep in few lines: messages that are alike but for a number or two are one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import final

from chipsim.record import Row

NUMBER = re.compile(r"(?<![\w.:-])\d+(?:\.\d+)?(?![\w:]|\.\d)")  # that stands alone: no part of a name, no line of a file
NUMBERS = 2  # that may differ between messages told as one


@final
class Kind:
    """Messages with the same words."""

    def __init__(self) -> None:
        self.messages: dict[str, list[int]] = {}

    def told(self) -> list[tuple[str, list[int]]]:
        """One message with the ranges of its numbers, or each message where too much differs."""
        columns = list(zip(*(NUMBER.findall(message) for message in self.messages), strict=True))
        if sum(len(set(column)) > 1 for column in columns) > NUMBERS:
            return list(self.messages.items())
        ranges = iter([_range(column) for column in columns])
        first = next(iter(self.messages))
        return [(NUMBER.sub(lambda _: next(ranges), first), sorted(number for numbers in self.messages.values() for number in numbers))]


def failures_of(rows: Iterable[Row]) -> list[tuple[str, list[int]]]:
    """Messages of failed points with the numbers of their points, the most frequent first."""
    kinds: dict[str, Kind] = {}
    for row in rows:
        if row["status"] == "failed":
            message = str(row["message"] or "no message")
            kind = kinds.setdefault(NUMBER.sub("#", message), Kind())
            kind.messages.setdefault(message, []).append(row["point"])
    found = [told for kind in kinds.values() for told in kind.told()]
    return sorted(found, key=lambda item: -len(item[1]))


def _range(texts: Sequence[str]) -> str:
    low, high = min(texts, key=float), max(texts, key=float)
    return low if low == high else f"{low} ... {high}"
