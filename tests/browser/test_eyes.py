"""The handset in every size and light, and that the tests' eyes see what is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, WIDE, Visit
from tests.browser.eyes import faults, phone
from tests.stack.conftest import Tocsin


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_handset_is_easy_to_read_quiet_and_full_of_messages(
    tocsin: Tocsin, visit: Visit, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = visit("/", size, scheme)
    expect(phone(page, "Ana Souza")).to_be_visible()
    assert faults(page) == []
    tocsin.handset.raise_incident({"title": "Disk full", "dedup_key": name}, tocsin.key("search"))
    expect(phone(page, "Ana Souza").get_by_role("listitem").filter(has_text="Disk full")).to_be_visible()
    tocsin.handset.refuse("ben", "opted_out")
    tocsin.handset.reply("ana", "STOP")
    expect(phone(page, "Ana Souza").get_by_text("You have opted out")).to_be_visible()
    assert faults(page) == []


def test_the_eyes_see_faint_words_nameless_buttons_and_a_page_too_wide(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(
        "<!doctype html><title>x</title><h1>x</h1><p id=a style='color: #999'>faint</p>"
        "<p id=a style='color: #555; background: linear-gradient(#fff, #666)'>half</p>"
        "<button style='width: 9px; height: 9px'></button><div style='width: 9999px; height: 1px'></div>"
    )
    found = " | ".join(faults(page))
    page.close()
    for part in (
        "faint",
        "half",
        "no name: button",
        "too small to touch",
        "id twice: a",
        "no language",
        "wider",
    ):
        assert part in found, found
