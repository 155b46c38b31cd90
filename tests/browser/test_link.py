"""The signed link's page, in the hand of somebody who was asleep a minute ago."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FloatRect, expect

from tests.browser.conftest import PHONE, WIDE, Visit
from tests.browser.eyes import faults, path_in, tab_to
from tests.stack.conftest import Tocsin
from tocsin.incidents.incident import Actor

LOOKS = [(PHONE, "dark"), (PHONE, "light"), (WIDE, "dark"), (WIDE, "light")]


def paged(tocsin: Tocsin, title: str, name: str) -> tuple[int, str]:
    """Raises an incident; gives its number and the path of the link in Ana's text."""
    sent = tocsin.send(tocsin.key("search"), {"title": title, "dedup_key": name, "severity": "critical"})
    assert sent.status == 202
    number = tocsin.incident_of(name, "search").number
    return number, path_in(tocsin.handset.wait_for_message("ana", "sms", text=f"#{number}")["text"])


def test_looking_changes_nothing_a_tap_acknowledges_another_resolves_and_then_the_link_is_over(
    tocsin: Tocsin, visit: Visit, name: str
) -> None:
    number, path = paged(tocsin, "Payment success dropped to 0 %", name)

    def stored() -> tuple[Any, Any]:
        return tocsin.store.incident(number), tocsin.timeline(number)

    tocsin.wait(lambda: "page_sent" in tocsin.kinds(number), what="the page's line")
    before = stored()
    page = visit(path, PHONE)
    expect(page.get_by_role("heading")).to_have_text("Payment success dropped to 0 %")
    expect(page.get_by_text("Nobody has it yet")).to_be_visible()
    page.reload()
    assert stored() == before

    take = page.get_by_role("button", name="Acknowledge")
    tapped = take.bounding_box()
    assert tapped is not None
    take.tap()
    expect(page.get_by_role("status")).to_contain_text("It is yours")
    expect(page.get_by_text("Acknowledged by Ana Souza")).to_be_visible()
    assert tocsin.store.incident(number).acked_by == Actor("user", "ana", "link")
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert not meet(tapped, box), "a second, hasty tap in the same place presses nothing"

    page.get_by_role("button", name="Resolve").tap()
    expect(page.get_by_role("status")).to_contain_text("Resolved")
    expect(page.get_by_role("button")).to_have_count(0)
    assert tocsin.store.incident(number).resolved_by == Actor("user", "ana", "link")

    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading")).to_have_text("This link is over.")
    expect(page.get_by_role("button")).to_have_count(0)
    assert faults(page) == []


def test_a_keyboard_alone_acknowledges(tocsin: Tocsin, visit: Visit, name: str) -> None:
    number, path = paged(tocsin, "Keys alone", name)
    page = visit(path)
    tab_to(page, page.get_by_role("button", name="Acknowledge"), most=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is yours")
    assert tocsin.store.incident(number).state.value == "acknowledged"


@pytest.mark.parametrize("title", ["Disk full", "Latency of the checkout is above its objective " * 12])
def test_its_buttons_are_large_and_within_reach_and_its_words_easy_to_read(
    tocsin: Tocsin, visit: Visit, name: str, title: str
) -> None:
    number, path = paged(tocsin, title, name)
    for size, scheme in LOOKS:
        page = visit(path, size, scheme)
        expect(page.get_by_role("button")).to_have_count(3)
        assert faults(page) == []
        for button in page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 48
            assert box["y"] + box["height"] <= size[1], "within reach without scrolling"
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert faults(page) == []
    assert tocsin.store.incident(number).state.value == "acknowledged"


def meet(one: FloatRect, other: FloatRect) -> bool:
    """Do two boxes share a point?"""
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    return across and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
