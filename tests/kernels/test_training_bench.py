"""The benchmark of pulsed updates runs and prints its figures; how fast it is depends on the machine and is not tested."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


def test_the_training_verb_prints_every_law():
    words = ["training", "--size", "24", "--batch", "3", "--slots", "8", "--repeats", "1"]
    run = subprocess.run([sys.executable, str(BENCH), *words], capture_output=True, text=True, check=True)
    laws = ("constant", "write noise", "soft bounds", "pulse by pulse", "exponential", "power", "piecewise")
    for name in ("trains alone", *laws, "slot by slot"):
        assert name in run.stdout
