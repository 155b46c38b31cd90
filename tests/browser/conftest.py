"""The pages as people use them: Chromium on the deployed stack, noting whatever a page must never do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect
from playwright.sync_api import sync_playwright as start_playwright

from local.handset.client import PATIENCE
from tests.stack.conftest import Tocsin, name, pytest_runtest_makereport, tocsin

__all__ = ["chromium", "name", "pytest_runtest_makereport", "tocsin", "visit"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Chromium alone: no sandbox (it runs as root in CI), none of its own errands, no name but loopback resolved.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE_MS = PATIENCE * 1000
WIDE, PHONE = (1440, 900), (390, 844)
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with start_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(tocsin: Tocsin, chromium: Browser) -> Iterator[Visit]:
    """Opens a path of the stack's address: ``visit("/", size=PHONE, scheme="light")``.

    At the end the test fails when a page wrote an error, opened a dialog, or asked anything of another address.
    """
    tocsin.handset.reset()
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def console(message: ConsoleMessage) -> None:
        # Chromium's own words on an answer of 410, which is the right one for a dead link.
        if message.type in ("error", "warning") and "status of 410" not in message.text:
            faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            faults.append(f"request: {request.url}")

    def dialog(box: Dialog) -> None:
        faults.append(f"dialog: {box.message}")
        box.dismiss()

    def page_opened(page: Page) -> None:
        page.on("console", console)
        page.on("dialog", dialog)
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))

    def visit(path: str, size: tuple[int, int] = WIDE, scheme: str = "dark") -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="light" if scheme == "light" else "dark",
            reduced_motion="reduce",
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
            base_url=tocsin.stack.address,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", page_opened)
        context.on("request", asked)
        page = context.new_page()
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []
