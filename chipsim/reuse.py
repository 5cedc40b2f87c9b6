"""What was found before: a point of a sweep plays only what it changes, and its answer is that of a point asked alone, bit for bit.

    known = Known(folder)                      # in every process of a sweep; the folder is shared by all of them
    experiment.run(known=known)

In the process: the last few played runs (programmed chip, timed runs, errors of the layers), by the description without prices that they
were made from. In the folder: accuracies, and how long writing took, by the description of the values: small JSON files, written whole
or not at all; one that is damaged is as good as none. A run is lent to one experiment at a time: every thread needs a Known of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, final

from chipsim.chip import TimedRun
from chipsim.mapping.mapping import Mapping
from chipsim.programmed import ProgrammedNetwork
from chipsim.provenance import versions
from chipsim.result import Row
from chipsim.timing import Timing
from chipsim.version import VERSION
from chipsim.writing import Written

FORMAT = 1
Which = tuple[int, int, int]  # chip, repeat, number of the programming
MOST_BOOKS = 256  # kept in a process; a book is some kilobytes
STATE = 4  # numbers of 32 bits for a device: conductance, exponent, and its share of what is read from them
SPAN = 400  # bytes of a span in memory


class Played(NamedTuple):
    """A run as it was played: nothing in it depends on a price."""

    mapping: Mapping
    network: ProgrammedNetwork
    written: Written
    timing: Timing
    errors: list[Row]
    agree: int
    waits: dict[Which, tuple[float, ...]]  # of the blocks of every programming that was written or rehearsed

    @property
    def size(self) -> int:
        """What it takes in memory, roughly (bytes)."""
        cells = sum(rows * columns for rows, columns in (crossbar.shape for crossbar in self.network.crossbars.values()))
        devices = next((crossbar.array.cell.devices for crossbar in self.network.crossbars.values()), 0)
        return cells * devices * STATE * 4 + _size(self.timing.single) + _size(self.timing.stream)

    def release(self) -> None:
        """Give the memory of the devices back at once: parts of a chip know each other in circles, which are found much later."""
        self.network.crossbars.clear()


def _size(run: TimedRun) -> int:
    return sum(values.nbytes for values in run.outputs.values()) + len(run.recorder.spans) * SPAN


@final
@dataclass
class Book:
    """What is known of one description of the values: accuracies by what they were read from, times (s) that writing took by block."""

    accuracies: dict[str, float | list[float]] = field(default_factory=dict)  # lists where there are further metrics
    durations: dict[str, list[float]] = field(default_factory=dict)

    def joined(self, other: Book) -> Book:
        """Both together; they never contradict each other."""
        return Book(self.accuracies | other.accuracies, self.durations | other.durations)

    def to_json(self, key: str) -> str:
        """The book as JSON, with a sum that tells damage."""
        said = {"accuracies": self.accuracies, "durations": self.durations}
        return json.dumps({"format": FORMAT, "key": key, "sum": _sum(said)} | said)

    @classmethod
    def from_json(cls, text: str, key: str) -> Book:
        """The book of a JSON text; an empty one where it is damaged, of another format, or of something else."""
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            data = json.loads(text)
            said = {"accuracies": data["accuracies"], "durations": data["durations"]}
            if (data["format"], data["key"], data["sum"]) == (FORMAT, key, _sum(said)):
                return cls(**said)
        return cls()


def _sum(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@final
class Known:
    """What one process remembers: `runs` played runs of `limit` bytes together at the most, and books; `folder`: books for all."""

    def __init__(self, folder: Path | None = None, runs: int = 4, limit: int = 1 << 30) -> None:
        self.folder, self.runs, self.limit = folder, runs, limit
        self._played: OrderedDict[str, Played] = OrderedDict()
        self._books: OrderedDict[str, Book] = OrderedDict()

    def played(self, key: str) -> Played | None:
        """The run that is known by `key`, None where there is none."""
        if key in self._played:
            self._played.move_to_end(key)
        return self._played.get(key)

    def keep(self, key: str, played: Played) -> None:
        """Remember a run; those that were not asked for longest make room, and are of no use to anybody then."""
        self._played[key] = played
        self._played.move_to_end(key)
        while self._played and (len(self._played) > self.runs or self.size > self.limit):
            _, other = self._played.popitem(last=False)
            if other is not played:  # which somebody may be reading
                other.release()

    @property
    def size(self) -> int:
        """What the runs take in memory, roughly (bytes)."""
        return sum(played.size for played in self._played.values())

    def book(self, key: str) -> Book:
        """What is known under `key`, here and in the folder."""
        book = self._books.get(key, Book()).joined(self._read(key))
        self._remember(key, book)
        return book

    def note(self, key: str, book: Book) -> None:
        """Remember a book, here and in the folder; where that is full or cannot be written, only here."""
        self._remember(key, book)
        if self.folder is None:
            return
        with suppress(OSError):
            self.folder.mkdir(exist_ok=True)  # not its parents: the folder of a sweep may have been moved away
            self._write(key, book.joined(self._read(key)))  # what another process has written meanwhile stays

    def forget(self) -> None:
        """Drop everything that this process remembers; what the folder holds stays."""
        for played in self._played.values():
            played.release()
        self._played.clear()
        self._books.clear()

    def _remember(self, key: str, book: Book) -> None:
        self._books[key] = book
        self._books.move_to_end(key)
        while len(self._books) > MOST_BOOKS:
            self._books.popitem(last=False)

    def _read(self, key: str) -> Book:
        with suppress(OSError, UnicodeDecodeError):
            if self.folder is not None:
                return Book.from_json(self._file(key).read_text(encoding="utf-8"), key)
        return Book()

    def _write(self, key: str, book: Book) -> None:
        assert self.folder is not None
        number, draft = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".json")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as stream:
                stream.write(book.to_json(key))
            os.replace(draft, self._file(key))
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.json"


@final
class Notes:
    """The accuracies of one experiment, as `population.readings` asks for them: found in a book, or noted there.

    A programming is known by chip, repeat and number. Its values also depend on how long each block waited for the last one to be
    written; where the book knows how long every block takes, `rehearse` tells the waits without writing anything.
    """

    def __init__(self, known: Known, key: str, played: Played, rehearse: Callable[[Sequence[float]], tuple[float, ...]]) -> None:
        self.known, self.key, self.rehearse, self._waits = known, key, rehearse, played.waits
        self.book = known.book(key)
        self.found = self.read = 0

    def written(self, which: Which, written: Written) -> None:
        """Note what writing took."""
        self._waits[which] = written.waits
        self.book.durations[str(which)] = [writer.taken.duration for writer in written.writers]

    def recall(self, which: Which, time: float) -> list[float] | None:
        """The accuracy that is known and the further metrics after it, None where none is."""
        found = self.book.accuracies.get(self._name(which, time))
        self.found += found is not None
        return None if found is None else values_in(found)

    def note(self, which: Which, time: float, found: Sequence[float]) -> None:
        """Note what was found of a programming that has been written."""
        self.book.accuracies[self._name(which, time)] = found[0] if len(found) == 1 else list(found)
        self.read += 1

    def close(self) -> list[str]:
        """Keep what is new; what was not read again, in words."""
        if self.read:
            self.known.note(self.key, self.book)
        return ["accuracy" if not self.read else "part of the accuracy"] if self.found else []

    def _name(self, which: Which, time: float) -> str:
        if which not in self._waits and str(which) in self.book.durations:
            self._waits[which] = self.rehearse(self.book.durations[str(which)])
        return f"{which} {key_of(self._waits[which])} {time!r}" if which in self._waits else "not known"


def values_in(found: float | list[float]) -> list[float]:
    """The metrics that stand in one entry of a book."""
    return found if isinstance(found, list) else [found]


def key_of(*parts: object) -> str:
    """A name for what is made from these parts, by this version of chipsim and of the libraries that compute."""
    return hashlib.sha256("\x1f".join([VERSION, repr(versions()), *map(_whole, parts)]).encode()).hexdigest()[:32]


def _whole(part: object) -> str:
    """All that is in a part; the line that a mapping prints of itself leaves out where its blocks lie."""
    return repr((part.options, part.placements, part.tiles)) if isinstance(part, Mapping) else repr(part)


def blocks_of(mapping: Mapping) -> Iterable[tuple[object, ...]]:
    """What the values know of the places of the blocks: how layers are cut and copied, not where the pieces lie."""
    return [(p.layer, p.copy, p.row_block, p.column_block, p.rows, p.columns) for p in mapping.placements]
