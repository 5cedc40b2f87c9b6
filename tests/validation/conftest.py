"""A small chip, a small network and a file of figures of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_files import write_small


@pytest.fixture
def figures(tmp_path):
    """Writes a file of figures in figures/ beside the small chip: `figures("- {...}\\n", top="workload: ../net.yaml")`."""
    write_small(tmp_path)
    (tmp_path / "figures").mkdir()

    def write(entries: str, top: str = "chip: ../chip.yaml", name: str = "small.yaml") -> Path:
        file = tmp_path / "figures" / name
        lines = "\n".join(f"  {line}" for line in entries.strip("\n").splitlines())
        file.write_text(f"{top}\nsource: nobody 2026\nfigures:\n{lines}\n")
        return file

    return write
