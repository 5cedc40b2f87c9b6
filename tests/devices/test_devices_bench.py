"""The benchmark of devices runs and prints its figures; how fast it is depends on the machine and is not tested."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


def test_the_devices_verb_prints_every_figure():
    words = ["devices", "--size", "64", "--batch", "8", "--repeats", "1", "--weights", "2e4"]
    run = subprocess.run([sys.executable, str(BENCH), *words], capture_output=True, text=True, check=True)
    rows = ("program", "drift to 1 d", "read noise at 1 d", "one pulse", "moments of 50 targets")
    for name in (*rows, "bare float32 product", "standard model", "Crossbar.multiply", "bytes a weight", "1e8 weights"):
        assert name in run.stdout
