"""tools/compare_toolkit.py: what it does where the toolkit is not installed, and what it gives both sides."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    spec = importlib.util.spec_from_file_location("compare_toolkit", TOOLS / "compare_toolkit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_the_toolkit_it_says_what_to_install(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["compare_toolkit.py"])
    with pytest.raises(SystemExit, match="pip install aihwkit"):
        tool.main()


def test_our_side_has_the_terms_that_were_asked_for_and_no_others(tool: ModuleType) -> None:
    weights, vector = tool.example(1)
    x = np.repeat(vector[None], 2000, axis=0)
    exact = vector @ weights
    plain = tool.products(tool.ours(weights, (), (), 1), x)
    assert np.abs(plain - exact).max() < 1e-4
    noise = tool.products(tool.ours(weights, ("output noise",), (), 1), x) - exact
    assert noise.std() == pytest.approx(0.04, rel=0.02)
    for terms in (("programming",), ("drift",), ("1/f noise",)):
        xbar = tool.ours(weights, (), terms, 1)
        xbar.drift_to(3600.0)
        assert np.abs(xbar.matrix - weights).max() > 0.01
