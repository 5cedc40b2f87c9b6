"""Small sweeps as files, with points that do harm, and sweeps as processes of their own that can be killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from commands import ALONE
from small_files import write_small

from chipsim.sweep.table import SweepTable

# What a point of seed N does before it answers. The file is loaded in every worker; experiments of other names are left alone.
TRAP = """
import os, signal, sys, time
from chipsim.experiment import Experiment

run = Experiment.run

def trapped(self, *arguments, **named):
    name, seed = self.question.name, self.question.seed
    if name.startswith("trap "):
        for word in name.split()[1:]:
            what, _, which = word.partition("=")
            if what == "slow":
                time.sleep(float(which))
            elif which == str(seed):
                HARM[what](seed)
    return run(self, *arguments, **named)

def once(seed):
    try:
        os.close(os.open(os.path.join(os.environ["TRAPS"], f"once-{seed}"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)

def interrupt(seed):
    raise KeyboardInterrupt

def eat(seed):
    held = [bytearray(1 << 26) for _ in range(1000)]
    raise AssertionError(len(held))

HARM = {
    "exit": lambda seed: os._exit(3),
    "leave": lambda seed: sys.exit(4),
    "kill": lambda seed: os.kill(os.getpid(), signal.SIGKILL),
    "once": once,
    "eat": eat,
    "divide": lambda seed: 1 / 0,
    "interrupt": interrupt,
    "stray": lambda seed: os.chdir("/"),
    "speak": lambda seed: print("point", seed, "speaks"),
}
if not getattr(Experiment, "trapped", False):
    Experiment.trapped = True
    Experiment.run = trapped
"""

WALL = ("seconds",)  # columns that differ from call to call


def write_sweep(folder: Path, name: str = "", seeds: int = 4, experiment: dict[str, Any] | None = None, **more: Any) -> Path:
    """Writes net.yaml, chip.yaml, their data, trap.py and sweep.yaml: one axis, the seed; returns sweep.yaml."""
    write_small(folder)
    (folder / "trap.py").write_text(TRAP)
    asked = {"workload": "net.yaml", "architecture": "chip.yaml", "times": ["1 s", "1 h"], "repeats": 2, "stream": 20}
    asked |= {"plugins": ["trap.py"], "name": name} if name else {}
    axes = [{"key": "seed", "values": list(range(seeds))}]
    file = folder / "sweep.yaml"
    file.write_text(yaml.safe_dump({"experiment": asked | (experiment or {}), "axes": axes} | more, sort_keys=False))
    return file


def command(file: Path, *arguments: Any) -> list[str]:
    """The command that runs a sweep, its folder beside the file."""
    return [sys.executable, "-m", "chipsim", "sweep", str(file), "--into", str(file.parent / "out"), *map(str, arguments)]


def begun(file: Path, *arguments: Any) -> subprocess.Popen[str]:
    """The sweep as a process of its own, with a group of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = ALONE | {"TRAPS": str(file.parent)}
    return subprocess.Popen(command(file, *arguments), env=environment, text=True, start_new_session=True, **pipes)


def swept(file: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """The sweep as a process, to its end."""
    environment = ALONE | {"TRAPS": str(file.parent)}
    return subprocess.run(command(file, *arguments), env=environment, text=True, capture_output=True, timeout=120, check=False)


def folder_of(file: Path) -> Path:
    """The folder of the only sweep of a file."""
    (found,) = (file.parent / "out").iterdir()
    return found


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of a table without what differs from call to call."""
    return [{name: value for name, value in row.items() if name not in WALL} for row in SweepTable.of_folder(folder).rows]


def waited(truth: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `truth` says as soon as that is something; fails after some time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = truth()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def points_in(file: Path, count: int) -> Callable[[], list[Path]]:
    """Says the run folders when there are at least `count`."""

    def there() -> list[Path]:
        found = [path for path in (file.parent / "out").glob("*/points/*") if not path.name.startswith(".")]
        return found if len(found) >= count else []

    return there


def workers_of(process: int) -> list[int]:
    """Process numbers of the children of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []
