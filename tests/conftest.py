"""What all tests share: this folder is importable (`builders`), hypothesis does not watch the clock of a busy machine, commands."""

import signal
import sys
from typing import Any

import pytest
from commands import Said
from hypothesis import HealthCheck, settings

from chipsim import terminal
from chipsim.__main__ import main

settings.register_profile("chipsim", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chipsim")


@pytest.fixture
def say(monkeypatch, capsys):
    """Plays one command and returns its exit code and what it printed; exceptions other than SystemExit come through."""
    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("COLUMNS", "100")

    def play(*arguments: Any) -> Said:
        terminal.interrupted.clear()
        monkeypatch.setattr(sys, "argv", ["chipsim", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        code = end.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    yield play
    signal.signal(signal.SIGINT, handler)
