"""An incident on the handset: somebody raises it, is woken, and answers by text, by call, by mouse or by keyboard."""

from __future__ import annotations

import re
from dataclasses import replace

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.eyes import faults, number_in, phone, tab_to
from tests.stack.conftest import Tocsin
from tocsin.incidents.incident import Actor


def test_who_raises_an_incident_sees_the_text_come_answers_it_and_sees_it_confirmed(
    tocsin: Tocsin, visit: Visit
) -> None:
    page = visit(f"/?key={tocsin.key('search')}")
    assert "key" not in page.url, "a key does not stay in sight"
    expect(page.get_by_text("All quiet")).to_be_visible()
    resolve = page.get_by_role("button", name="Resolve")
    expect(resolve).to_be_disabled()

    page.get_by_role("button", name="Raise an incident").click()
    ana = phone(page, "Ana Souza")
    text = ana.get_by_role("listitem").filter(has_text="Reply").inner_text()
    number = number_in(text)
    assert f"search: {tocsin.store.incident(number).title}" in text
    code = re.search(r"Reply (\d+)a ack", text)
    assert code is not None, text

    ana.get_by_role("textbox", name="Text back as Ana").fill(f"{code[1]}a")
    ana.get_by_role("button", name="Send").click()
    expect(ana.get_by_role("listitem").filter(has_text=f"#{number} acknowledged")).to_be_visible()
    assert tocsin.store.incident(number).acked_by == Actor("user", "ana", "sms")
    expect(page.get_by_role("region", name="What went out, to whom")).to_contain_text("Ana writes back")

    resolve.click()
    tocsin.until(number, "resolved")
    expect(resolve).to_be_disabled()


def test_with_the_first_phone_off_the_second_rings_and_key_4_takes_the_incident(
    tocsin: Tocsin, visit: Visit
) -> None:
    nobody_was_called(tocsin, "ben")
    page = visit(f"/?key={tocsin.key('checkout')}")
    ana, ben = phone(page, "Ana Souza"), phone(page, "Ben Okafor")
    ana.get_by_role("checkbox", name="Ana's phone on").uncheck()
    page.get_by_role("button", name="Raise an incident").click()
    expect(ana.get_by_text("1 message waits")).to_be_visible()

    answer = ben.get_by_role("button", name="Answer")
    expect(answer).to_be_visible()
    expect(page.get_by_text("Ben's phone is ringing")).to_be_visible()
    assert faults(page) == []
    answer.click()
    words = ben.get_by_role("listitem").filter(has_text="Press 4 to acknowledge")
    number = number_in(words.inner_text())
    assert tocsin.store.incident(number).state.value == "triggered", "an answered call is not an ack"
    assert faults(page) == []

    ben.get_by_role("button", name="4", exact=True).click()
    expect(ben.get_by_role("group", name="Call on Ben's phone")).to_contain_text("acknowledged")
    assert tocsin.until(number, "acknowledged").acked_by == Actor("user", "ben", "call")
    log = page.get_by_role("region", name="What went out, to whom")
    for line in ("Text to Ana waits: the phone is off", "Ben answers", "Ben presses 4"):
        expect(log).to_contain_text(line)

    ana.get_by_role("checkbox", name="Ana's phone on").check()
    expect(ana.get_by_role("listitem").filter(has_text=f"#{number}")).to_be_visible()


def test_a_keyboard_alone_raises_an_incident_switches_a_phone_off_and_takes_a_call(
    tocsin: Tocsin, visit: Visit
) -> None:
    nobody_was_called(tocsin, "ben")
    page = visit(f"/?key={tocsin.key('checkout')}")
    ana, ben = phone(page, "Ana Souza"), phone(page, "Ben Okafor")
    expect(ana).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the phones")).to_be_focused()
    tab_to(page, ana.get_by_role("checkbox", name="Ana's phone on"))
    page.keyboard.press("Space")
    expect(ana.get_by_text("no coverage")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Raise an incident"))
    page.keyboard.press("Enter")

    expect(ben.get_by_role("button", name="Answer")).to_be_visible()
    tab_to(page, ben.get_by_role("button", name="Answer"))
    page.keyboard.press("Enter")
    expect(ben.get_by_role("button", name="4", exact=True)).to_be_focused()
    number = number_in(ben.get_by_role("listitem").filter(has_text="Press 4").inner_text())
    page.keyboard.press("4")
    assert tocsin.until(number, "acknowledged").acked_by == Actor("user", "ben", "call")
    expect(ben.get_by_role("group", name="Call on Ben's phone")).to_contain_text("acknowledged")


def test_a_link_opens_on_the_phone_itself_and_its_button_acknowledges(tocsin: Tocsin, visit: Visit) -> None:
    page = visit(f"/?key={tocsin.key('search')}")
    page.get_by_role("button", name="Raise an incident").click()
    ana = phone(page, "Ana Souza")
    text = ana.get_by_role("listitem").filter(has_text="Reply")
    number = number_in(text.inner_text())
    text.get_by_role("link").click()

    opened = ana.frame_locator("iframe")
    expect(opened.get_by_role("heading")).to_have_text(tocsin.store.incident(number).title)
    expect(ana.get_by_role("status")).to_have_count(0)
    assert tocsin.store.incident(number).state.value == "triggered", "looking changes nothing"
    opened.get_by_role("button", name="Acknowledge").click()
    expect(opened.get_by_text("It is yours")).to_be_visible()
    assert tocsin.until(number, "acknowledged").acked_by == Actor("user", "ana", "link")

    page.keyboard.press("Escape")
    if ana.get_by_role("button", name="Close").is_visible():  # the key went to the page within
        ana.get_by_role("button", name="Close").click()
    expect(text.get_by_role("link")).to_be_focused()


def nobody_was_called(tocsin: Tocsin, user: str) -> None:
    """Forgets the calls to somebody: one within two minutes of the last would come as a text."""
    tocsin.store.put_calls(replace(tocsin.store.calls(user), last=None, numbers={}))


def test_a_mail_is_answered_where_it_is_read_and_a_message_of_whatsapp_by_its_button(
    tocsin: Tocsin, visit: Visit
) -> None:
    page = visit(f"/?key={tocsin.key('letters')}")
    page.get_by_role("button", name="Raise an incident").click()
    lea = phone(page, "Lea Letters")
    mail = lea.get_by_role("listitem").filter(has_text="letters: ").get_by_role("button")
    number = number_in(mail.inner_text())
    mail.click()
    answer = lea.get_by_role("textbox", name="Answer the mail as Lea")
    expect(answer).to_be_visible()
    assert faults(page) == []
    answer.fill("#ack")
    answer.press("Enter")
    expect(lea.get_by_text(f"#{number} acknowledged. #res resolves.")).to_be_visible()
    assert tocsin.store.incident(number).acked_by == Actor("user", "lea", "mail")

    page = visit(f"/?key={tocsin.key('messages')}")
    page.get_by_role("button", name="Raise an incident").click()
    wim = phone(page, "Wim Messages")
    resolve = wim.get_by_role("button", name="Resolve")
    expect(resolve).to_be_visible()
    assert faults(page) == []
    resolve.click()
    expect(wim.get_by_text(re.compile(r"#\d+ resolved\."))).to_be_visible()


def test_a_card_in_slack_is_pressed_and_changes_in_place_and_says_who_has_it(
    tocsin: Tocsin, visit: Visit
) -> None:
    page = visit(f"/?key={tocsin.key('chatty')}")
    page.get_by_role("button", name="Raise an incident").click()
    chat = page.get_by_role("region", name="Slack")
    card = chat.get_by_role("listitem").filter(has_text="chatty: ").first
    expect(card.get_by_role("button", name="Acknowledge")).to_be_visible()
    number = number_in(card.inner_text())
    assert faults(page) == []
    chat.get_by_role("combobox", name="Who presses and writes").select_option(label="Dia")
    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_contain_text("Acknowledged by Dia Chatty (Slack)")
    expect(card.get_by_role("button", name="Acknowledge")).to_have_count(0)
    assert tocsin.store.incident(number).acked_by == Actor("user", "dia", "slack")
    card.get_by_role("button", name="Resolve").click()
    expect(card).to_contain_text("Resolved by Dia Chatty (Slack)")
    assert tocsin.until(number, "resolved").resolved_by == Actor("user", "dia", "slack")
