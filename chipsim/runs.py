"""Run folders: one for each question, written whole or not at all.

`runs/<name>-<digest>/` holds experiment.yaml, result.json, and what the writer adds: reports and tables. Everything is written
into a hidden folder beside it, which is renamed in the end; a run that is killed leaves no half folder under the final name, and
the same question finds its answer again.
"""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

from chipsim.errors import CheckError, InputError
from chipsim.result import Result
from chipsim.spec import Spec, yaml_text

LARGEST_NAME = 60
UNFINISHED = ".unfinished"  # end of the name of the folder with the checkpoints of a training


class Answer(Protocol):
    """What a run folder holds: a Result, or that of a training."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def experiment(self) -> dict[str, Any]: ...

    def to_json(self, indent: int | None = 1) -> str: ...


Some = TypeVar("Some", bound=Answer)


def folder_of(name: str, digest: str, into: str | Path) -> Path:
    """Where the answer to a question lies (or will lie)."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LARGEST_NAME] or "run"
    return Path(into) / f"{slug}-{digest}"


def find(folder: Path, load: Callable[[Path], Some] = Result.load) -> Some | None:  # type: ignore[assignment]
    """The answer that lies in a run folder, None when there is none or it is damaged (it is then made anew)."""
    try:
        result = load(folder) if folder.is_dir() else None
    except InputError:
        return None
    return result if result and folder.name.endswith(result.digest) else None


def draft_of(folder: Path) -> Path:
    """Where a training is kept until it is over, whose answer will lie in `folder`."""
    return folder.with_name(folder.name + UNFINISHED)


def begin(question: Spec, draft: Path) -> Path:
    """The folder of a training that is not finished, with its question; CheckError where it cannot be written."""
    try:
        draft.mkdir(parents=True, exist_ok=True)
        (draft / "experiment.yaml").write_text(yaml_text(question.plain()), encoding="utf-8")
    except OSError as error:
        raise CheckError(f"{draft}: cannot be written ({error.strerror}); choose another place with --into") from None
    return draft


def check_writable(into: str | Path) -> None:
    """InputError when no folder can be made under `into`; asked before anything long begins."""
    try:
        Path(into).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".probe-"):
            pass
    except OSError as error:
        raise InputError(f"{into}: no run folder can be written here ({error.strerror}); choose another with --into") from None


def write(
    result: Some, into: str | Path, fill: Callable[[Some, Path], object] = lambda result, folder: None, indent: int | None = 1
) -> Path:
    """Write a run folder atomically and return it; an older folder of the same question is replaced.

    `fill` writes into it what readers want to have besides experiment.yaml and result.json; `indent` is that of the latter.
    """
    target = folder_of(result.name, result.digest, into)
    draft = _draft(target)
    try:
        (draft / "experiment.yaml").write_text(yaml_text(result.experiment), encoding="utf-8")
        fill(result, draft)
        (draft / "result.json").write_text(result.to_json(indent), encoding="utf-8")
        draft.chmod(0o755)
        _swap(draft, target)
    except OSError as error:
        raise CheckError(f"{target}: the run folder could not be written ({error.strerror}); nothing was left behind") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _draft(target: Path) -> Path:
    """A new hidden folder beside the target; InputError where none can be made."""
    try:
        return Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    except OSError:
        check_writable(target.parent)
        return Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))


def _swap(draft: Path, target: Path) -> None:
    """Rename `draft` to `target`; what is there already is moved aside first, and back if that fails.

    Several processes may write the same answer at once: the last one wins, and none finds half a folder.
    """
    if _renamed(draft, target):
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".old-{target.name}-") as aside:
        older = (Path(aside, str(number)) for number in count())
        moved: Path | None = None
        try:
            while not _renamed(draft, target):
                moved = next(older)
                with suppress(FileNotFoundError):  # another process has moved it
                    target.rename(moved)
        except OSError:
            if moved and moved.exists() and not target.exists():
                moved.rename(target)
            raise


def _renamed(draft: Path, target: Path) -> bool:
    """Rename; False when something is there already."""
    try:
        draft.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
