"""One browser for all tests of pages, without a network; every message of its console is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDE, HIGH = 1280, 900


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as player:
        begun = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        yield begun
        begun.close()


@pytest.fixture(scope="session")
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file and waits until its charts are drawn; `page.said`: its console; `page.asked`: what it wanted from elsewhere."""
    contexts = []

    def open_file(file: Path, width: int = WIDE) -> Any:
        context = browser.new_context(viewport={"width": width, "height": HIGH}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.said.append(f"error: {error}"))
        page.on("request", lambda request: None if request.url == file.as_uri() else page.asked.append(request.url))
        page.on("dialog", lambda dialog: (page.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(file.as_uri())
        page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
        page.wait_for_timeout(120)
        return page

    yield open_file
    for context in contexts:
        context.close()
