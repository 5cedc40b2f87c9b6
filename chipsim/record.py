"""What a run or a training leaves behind: plain tables and numbers, as JSON without loss, checked when they are made and read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self

from chipsim.errors import CheckError, InputError
from chipsim.tabular import Row, Tabular

__all__ = ["Record", "Row", "as_text", "check_record", "file_of"]

PLAIN = (str, int, float, bool, type(None))


class Record(Tabular):
    """Root of the records, which are frozen dataclasses; `format` is that of their JSON, `kind` stands in it unless it is empty."""

    format: ClassVar[int]
    kind: ClassVar[str] = ""
    called: ClassVar[str]  # in messages
    anew: ClassVar[tuple[str, str]]  # what to do with one of another version, and with one that is damaged

    def __post_init__(self) -> None:
        check_record(self)

    def to_json(self, indent: int | None = 1) -> str:
        """The whole record as JSON; without `indent` in one line, which is written much faster."""
        head: dict[str, Any] = {"kind": self.kind} if self.kind else {}
        values = {item.name: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]
        return json.dumps(head | {"format": self.format} | values, indent=indent, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, origin: str = "result.json") -> Self:
        """The record of a JSON text; InputError when it is damaged, impossible, of another kind or of another format."""
        try:
            data = json.loads(text)
            if cls.kind and data.pop("kind", "") != cls.kind:
                raise InputError(f"{origin}: is no {cls.kind}")
            if data.pop("format") != cls.format:
                raise InputError(f"{origin}: written by another version of chipsim (format {cls.format} expected); {cls.anew[0]}")
            return cls(**data)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, CheckError) as error:
            raise InputError(f"{origin}: is damaged or not a {cls.called} ({error}); {cls.anew[1]}") from None

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The record of a run folder (or of a result.json)."""
        file = file_of(folder)
        try:
            return cls.from_json(file.read_text(encoding="utf-8"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error}); is it a run folder?") from None


def file_of(folder: str | Path) -> Path:
    """The result.json of a folder, or the file itself."""
    path = Path(folder)
    return path / "result.json" if path.is_dir() else path


def as_text(records: Sequence[Record]) -> str:
    """One record as JSON, or several as a list of them."""
    texts = [record.to_json() for record in records]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def check_record(record: Any) -> None:
    """CheckError where a field of a Result-like record is not what it is said to be, or holds anything but plain finite values."""
    name = type(record).__name__
    for item in fields(record):
        wanted = {"str": str, "list": list, "dict": dict}[str(item.type).partition("[")[0]]
        value = getattr(record, item.name)
        if not isinstance(value, wanted):
            raise CheckError(f"{name}.{item.name}: is of type {type(value).__name__}, expected {wanted.__name__}")
        if str(item.type) == "list[Row]" and not all(isinstance(row, dict) for row in value):
            raise CheckError(f"{name}.{item.name}: holds something that is no row")
        if _sound(value):
            continue
        for place, leaf in _leaves(value, f".{item.name}"):
            if isinstance(leaf, float) and not math.isfinite(leaf):
                raise CheckError(f"{name}{place}: {leaf} is not a finite number; the run is refused")
            if not isinstance(leaf, PLAIN):
                raise CheckError(f"{name}{place}: {leaf!r:.60} is of type {type(leaf).__name__}, expected a plain number or text")


def _sound(value: Any) -> bool:
    """Whether there is nothing but plain finite values; quicker than to look for the place of what is not."""
    if isinstance(value, dict):
        return all(map(_sound, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_sound, value))
    return math.isfinite(value) if isinstance(value, float) else isinstance(value, PLAIN)


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{place}[{index}]")
    else:
        yield place, value
