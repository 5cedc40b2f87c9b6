"""`chipsim` and `python -m chipsim`: settings that must precede NumPy, then the command line, then one message for an error."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper

INTERRUPTED = 130  # exit code after Ctrl-C


def program() -> None:
    """`main` as a process of its own."""
    atexit.register(_leave)  # the first that is registered is the last that is called
    main()


def main() -> None:
    """Run the command line; exit 2 for the user's error, 1 for a failed check, 130 after Ctrl-C, 143 after SIGTERM."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")  # spinning BLAS threads on busy cores are many times slower
    try:
        _run()
    except KeyboardInterrupt:
        _interrupted()


def _run() -> None:
    from chipsim.cli import app
    from chipsim.errors import ChipsimError
    from chipsim.terminal import end, interrupt, interrupted

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a letter shows a question mark
            stream.reconfigure(errors="replace")
    try:
        app()
    except Exception as error:
        if interrupted.is_set():  # a library that was being imported made another exception of it
            raise KeyboardInterrupt from None
        if isinstance(error, MemoryError):
            print(f"there is not enough memory{f': {error}' if str(error) else ''}", file=sys.stderr)
            sys.exit(1)
        if not isinstance(error, ChipsimError):
            raise
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer has caught the exception
            _interrupted()
        raise


def _interrupted() -> None:
    from chipsim.terminal import TERMINATED, ended

    print(f"{'terminated' if ended.is_set() else 'interrupted'}; nothing is left half-written", file=sys.stderr)
    code = TERMINATED if ended.is_set() else INTERRUPTED
    _ENDED.append(code)
    sys.exit(code)


_ENDED: list[int] = []


def _leave() -> None:
    """Python ends with SIGINT instead of an exit code where the exception has gone through an `exec`, as those of imports do."""
    if _ENDED:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(_ENDED[0])


if __name__ == "__main__":
    program()
