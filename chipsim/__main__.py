"""`chipsim` and `python -m chipsim`: settings that must precede NumPy, then the command line, then one message for an error."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper

INTERRUPTED = 130  # exit code after Ctrl-C


def main() -> None:
    """Run the command line; exit 2 for the user's error, 1 for a failed check, 130 when interrupted."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")  # spinning BLAS threads on busy cores are many times slower
    try:
        _run()
    except KeyboardInterrupt:
        _interrupted()


def _run() -> None:
    from chipsim.cli import app
    from chipsim.errors import ChipsimError
    from chipsim.terminal import interrupt

    signal.signal(signal.SIGINT, interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a letter shows a question mark
            stream.reconfigure(errors="replace")
    try:
        app()
    except ChipsimError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer has caught the exception
            _interrupted()
        raise


def _interrupted() -> None:
    print("interrupted; nothing is left half-written", file=sys.stderr)
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
