"""`chipsim` and `python -m chipsim`: settings that must precede NumPy, then the command line, then one message for an error."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; exit 2 for the user's error, 1 for a failed check, 130 when interrupted."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")  # spinning BLAS threads on busy cores are many times slower
    from chipsim.cli import app
    from chipsim.errors import ChipsimError

    try:
        app()
    except ChipsimError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
