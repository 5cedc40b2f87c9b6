"""The benchmark runs and prints its table; how fast it is depends on the machine and is not tested."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


def test_the_kernels_verb_prints_every_chain():
    words = ["kernels", "--size", "48", "--batch", "16", "--repeats", "1"]
    run = subprocess.run([sys.executable, str(BENCH), *words], capture_output=True, text=True, check=True)
    for name in ("bare float32 product", "quantised", "+ output noise", "+ read noise", "+ IR drop", "bit serial", "normals", "patches"):
        assert name in run.stdout


def test_an_unknown_verb_is_refused():
    run = subprocess.run([sys.executable, str(BENCH), "nothing"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "kernels" in run.stderr
