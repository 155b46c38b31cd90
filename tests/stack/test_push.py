"""Push on the running stack: switched on by a link, answered on the notification, gone when the browser forgets it."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command
from tocsin.incidents.incident import Actor


def switched_on(tocsin: Tocsin) -> str:
    """Pia opens the link on her phone: the browser's id."""
    link = json.loads(tocsin_command(tocsin, "contact", "push", "pia", "--show", "--json"))["link"]
    return str(tocsin.handset.switch_push_on("pia", link)["id"])


def paged(tocsin: Tocsin, name: str, via: str = "push") -> tuple[int, dict[str, Any]]:
    tocsin.send(
        tocsin.key("pushed"), {"title": f"Queue is full {name}", "dedup_key": name, "severity": "critical"}
    )
    message = tocsin.handset.wait_for_message("pia", via, text=name)
    return tocsin.incident_of(name, "pushed").number, message


def shown(tocsin: Tocsin) -> list[dict[str, Any]]:
    rows = json.loads(tocsin_command(tocsin, "contact", "list", "pia", "--json"))["contacts"]
    return [row for row in rows if row["kind"] == "push"]


def test_a_link_comes_by_mail_and_from_then_on_pages_are_notifications_that_can_be_answered(
    tocsin: Tocsin, name: str
) -> None:
    said = tocsin_command(tocsin, "contact", "push", "pia")
    assert said == "A link was sent to email, good for a day: pia opens it on their phone.\n"
    mail = tocsin.handset.wait_for_message("pia", "email", text="switch push on")
    [link] = [line for line in mail["text"].splitlines() if line.startswith("http")]
    browser = tocsin.handset.switch_push_on("pia", link)
    assert browser["name"] == "Chrome on Android"
    assert [row["address"] for row in shown(tocsin)] == ["Chrome on Android"]

    number, page = paged(tocsin, name)
    assert page["text"] == f"pushed: Queue is full {name}\n#{number}, critical. Nobody has it yet."
    assert [one["label"] for one in page["buttons"]] == ["Acknowledge", "Escalate"]
    told = tocsin.handset.press_notification("pia", page["id"], "Acknowledge")
    assert told == {"said": "It is yours. Nobody else is being woken.", "state": "acknowledged"}
    assert tocsin.store.incident(number).acked_by == Actor("user", "pia", "link")
    assert tocsin.handset.messages("pia", "sms") == []

    tocsin_command(tocsin, "incident", "resolve", str(number), "--as", "ops")
    over = tocsin.handset.wait_for_message("pia", "push", text=f"#{number} was resolved by Ops")
    assert over["context"]["urgency"] == "low"
    assert over["context"]["tag"] == page["context"]["tag"]


def test_a_browser_that_is_gone_is_forgotten_its_person_texted_at_once_and_told(
    tocsin: Tocsin, name: str
) -> None:
    switched_on(tocsin)
    tocsin.handset.forget_push("pia")
    number, _ = paged(tocsin, name, "sms")
    refused = [line.details for line in tocsin.timeline(number) if line.kind == "page_refused"]
    assert [(row["channel"], row["reason"]) for row in refused] == [("push", "subscription_gone")]
    tocsin.handset.wait_for_message("pia", "email", text="push is off in Chrome on Android")
    assert shown(tocsin) == []
    tocsin_command(tocsin, "incident", "resolve", str(number), "--as", "ops")


def test_a_push_service_that_fails_once_is_asked_again(tocsin: Tocsin, name: str) -> None:
    switched_on(tocsin)
    tocsin.handset.refuse("pia", "internal", times=1)
    number, page = paged(tocsin, name)
    assert page["status"] == "delivered"
    waits = [line.details["reason"] for line in tocsin.timeline(number) if line.kind == "page_waiting"]
    assert waits == ["carrier_down"]
    tocsin_command(tocsin, "incident", "resolve", str(number), "--as", "ops")


def test_a_pager_test_reaches_the_browser_and_whoever_lost_the_phone_is_not_pushed_to(
    tocsin: Tocsin, name: str
) -> None:
    switched_on(tocsin)
    tests = json.loads(tocsin_command(tocsin, "contact", "test", "pia", "--contact", "push", "--json"))[
        "tests"
    ]
    assert [(row["contact"], row["via"], row["said"]) for row in tests] == [("push", "push", "sent")]
    tocsin.handset.wait_for_message("pia", "push", text="a test for pia")
    assert tocsin_command(tocsin, "contact", "push", "pia", "--off") == "Push is off in Chrome on Android.\n"
    assert shown(tocsin) == []
