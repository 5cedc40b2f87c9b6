"""What is kept of points that failed: one small file for each, in `failed/` beside the run folders."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple


class Failure(NamedTuple):
    """Why a point has no answer; `lasting`: it will fail again, as nothing but its description is to blame."""

    message: str
    lasting: bool
    seconds: float = 0.0  # wall time until it failed


def found_failure(points: Path, mark: str) -> Failure | None:
    """The lasting failure that is kept of a point; None where there is none, or a damaged one."""
    try:
        data = json.loads(_file(points, mark).read_text(encoding="utf-8"))
        failure = Failure(str(data["message"]), bool(data["lasting"]), float(data["seconds"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return failure if failure.lasting else None


def keep_failure(points: Path, mark: str, failure: Failure) -> None:
    """Keep a failure; OSError where that cannot be written."""
    replace_text(_file(points, mark), json.dumps(failure._asdict(), indent=1))


def lift_failure(points: Path, mark: str) -> None:
    """Forget a failure: the point has been answered."""
    _file(points, mark).unlink(missing_ok=True)


def replace_text(file: Path, text: str | bytes) -> None:
    """Write a file so that a reader finds either the one before or this one; OSError where that cannot be done."""
    file.parent.mkdir(exist_ok=True)  # not its parents: a folder that was moved away is not made again
    number, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-")
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _file(points: Path, mark: str) -> Path:
    return points.parent / "failed" / f"{mark}.json"
