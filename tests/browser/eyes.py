"""What the tests look at, and how they find it: as people do, by what is written there."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page

_LOOK = Path(__file__).with_name("eyes.js").read_text()
#: A switch shows it on the track beside it.
_RINGED = """node => [node, node.nextElementSibling].some(
    one => one && getComputedStyle(one).outlineStyle !== "none")"""


def faults(page: Page) -> list[str]:
    """Text that is hard to read, controls without a name or too small, a page wider than its screen."""
    found: list[str] = page.evaluate(_LOOK)
    return found


def phone(page: Page, name: str) -> Locator:
    """A person's phone on the handset."""
    return page.get_by_role("article", name=name)


def number_in(text: str) -> int:
    """The incident that a text (``#1042``) or a call (``Incident 1 0 4 2``) is about."""
    found = re.search(r"#(\d+)|Incident ((?:\d ?)+)", text)
    assert found is not None, text
    return int((found[1] or found[2]).replace(" ", ""))


def path_in(text: str) -> str:
    """The path of a text's signed link."""
    found = re.search(r"https?://[^/\s]+(/l/\S+)", text)
    assert found is not None, text
    return found[1]


def tab_to(page: Page, wanted: Locator, most: int = 120) -> None:
    """Presses Tab until ``wanted`` has the focus and shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            assert wanted.evaluate(_RINGED), "the focus cannot be seen"
            return
    raise AssertionError(f"{most} times Tab, and never on {wanted}")
