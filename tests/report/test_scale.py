"""A chip at another node as text and as a file."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.scale import NAMES, render, write_chip
from chipsim.studies.scale import SHOWN, study
from chipsim.studies.scale_plan import Wish

CHIP = Path(__file__).parents[2] / "architectures" / "pcm-64.yaml"


@pytest.fixture(scope="module")
def found():
    return study(CHIP, Wish(7e-9, origin=14e-9))


def test_every_figure_has_a_name():
    assert set(NAMES) == set(SHOWN)


def test_text(found):
    stream = io.StringIO()
    render(found, Console(file=stream, width=80))
    text = stream.getvalue()
    told = ("pcm-64 at 7 nm", "BEFORE AND AFTER", "~22 nm", "32 nm 0.9 V to 0.7", "area of the core: 0.634 mm2, of which")
    for words in (*told, "Wires:", "Noise of analog"):
        assert words in text
    assert "time of the core: 130 ns as measured" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_file_is_not_written_over_the_chip(found, tmp_path):
    with pytest.raises(InputError, match="is the file of the chip itself"):
        write_chip(found, CHIP, CHIP)
    with pytest.raises(InputError, match="cannot be written"):
        write_chip(found, CHIP, tmp_path / "missing" / "chip.yaml")
