"""Commands as a user gives them: in this process by the fixture `say`, or in one of their own with the environment ALONE."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).parents[1]
ALONE = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HOUSE), "COLUMNS": "100"}


class Said(NamedTuple):
    """Exit code and what was printed on both streams."""

    code: int
    out: str
    err: str
