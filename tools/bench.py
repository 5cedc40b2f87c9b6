"""Measure chipsim on this machine: `python tools/bench.py VERB [options]`, one file per verb in tools/benches/.

Figures are ratios of things timed in turns in the same run, because the speed of a shared machine changes from minute to
minute. A verb is a module with DESCRIPTION, add_arguments(parser) and run(arguments) -> exit status; dropping a file into
tools/benches/ adds it. BLAS is set to one thread before NumPy is imported: spinning threads would measure the scheduler.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def verbs() -> list[str]:
    """Names of the files in tools/benches/."""
    return sorted(path.stem for path in (HERE / "benches").glob("*.py") if not path.stem.startswith("_"))


def main(words: list[str]) -> int:
    """Hand the words of the command line to the verb they name."""
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    for folder in (HERE, HERE.parent):
        sys.path.insert(0, str(folder))
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    modules = {verb: importlib.import_module(f"benches.{verb}") for verb in verbs()}
    for verb, module in modules.items():
        module.add_arguments(commands.add_parser(verb, help=module.DESCRIPTION, description=module.DESCRIPTION))
    arguments = parser.parse_args(words)
    return modules[arguments.verb].run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
