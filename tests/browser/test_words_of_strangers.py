"""What an alert says is written by strangers: on every page it is words, never markup, script or a way out."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.eyes import path_in, phone
from tests.stack.conftest import Tocsin

TITLES = (
    "<script>document.title = 'mine'; alert(1)</script> is slow",
    "<img src=x onerror=\"document.title = 'mine'\"> is slow",
    '"><img src="http://tracker.example/seen.png"><iframe src="http://tracker.example/"></iframe>',
    "\u202edesrever si siht\u202c and \u200f\u2067isolated\u2069 is not",
    "\U0001f525 the fire brigade \U0001f692 is on its way",
    "sign in at https://evil.example/login?a=b now, or www.evil.example",
    "javascript:alert(1) {{ 7 * 7 }} ${7 * 7} &lt;b&gt;",
)
#: Marks that turn the direction of all that follows, and with it the sense of a line.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ELEMENTS = "script, img, iframe, object, b, form"


def test_texts_and_the_log_show_it_as_words_and_link_to_nothing_but_our_own_page(
    tocsin: Tocsin, visit: Visit, name: str
) -> None:
    page = visit("/")
    ana = phone(page, "Ana Souza")
    expect(ana).to_be_visible()
    key = tocsin.key("search")
    for at, title in enumerate(TITLES):
        tocsin.handset.raise_incident({"title": title, "dedup_key": f"{name}-{at}"}, key)
    texts = ana.get_by_role("listitem").filter(has_text="Reply")
    expect(texts).to_have_count(len(TITLES))
    expect(texts.filter(has_text="<script>")).to_have_count(1)
    expect(texts.filter(has_text="evil")).to_have_count(1)
    for link in ana.get_by_role("list").get_by_role("link").all():
        assert (link.get_attribute("href") or "").startswith(f"{tocsin.stack.address}/l/")
    log = page.get_by_role("region", name="What went out, to whom")
    expect(log.get_by_text("<img src=x onerror")).not_to_have_count(0)
    for place in (ana.get_by_role("list"), log):
        expect(place.locator(ELEMENTS)).to_have_count(0)
    assert page.title() == "Tocsin handset"


def test_the_links_page_shows_it_whole_and_as_words(tocsin: Tocsin, visit: Visit, name: str) -> None:
    key = tocsin.key("search")
    for at, title in enumerate(TITLES):
        tocsin.send(key, {"title": title, "dedup_key": f"{name}-{at}"})
    page = visit("/l/unknown", PHONE)
    for at, title in enumerate(TITLES):
        number = tocsin.incident_of(f"{name}-{at}", "search").number
        page.goto(path_in(tocsin.handset.wait_for_message("ana", "sms", text=f"#{number}")["text"]))
        heading = page.get_by_role("heading")
        assert heading.text_content() == TURNING.sub("", title)
        expect(page.locator("main").locator(f"{ELEMENTS}, a").and_(page.locator(":not(form)"))).to_have_count(
            0
        )
        assert page.title() == f"#{number} search"


def test_a_mail_shows_it_as_words_and_its_only_link_is_ours(tocsin: Tocsin, visit: Visit, name: str) -> None:
    page = visit("/")
    ops = phone(page, "Ops")
    expect(ops).to_be_visible()
    key = tocsin.key("inputs")
    for at, title in enumerate(TITLES[:3]):
        tocsin.send(key, {"title": title, "dedup_key": f"{name}-{at}"})
    mails = ops.get_by_role("listitem").filter(has_text="inputs")
    expect(mails).to_have_count(3)
    for mail in mails.all():
        mail.get_by_role("button").click()
        frame = ops.frame_locator("iframe")
        expect(frame.get_by_role("heading")).to_contain_text("<")
        expect(frame.locator(ELEMENTS)).to_have_count(0)
        links = [link.get_attribute("href") or "" for link in frame.get_by_role("link").all()]
        assert len(links) == 1
        assert links[0].startswith(f"{tocsin.stack.address}/l/")
        ops.get_by_role("button", name="Close").click()
    assert page.title() == "Tocsin handset"
