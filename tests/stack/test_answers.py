"""People answer by text and by link, and only they."""

from __future__ import annotations

import re

from tests.stack.conftest import Tocsin


def test_a_reply_by_short_code_acknowledges_and_another_resolves_each_confirmed_once(
    tocsin: Tocsin, name: str
) -> None:
    tocsin.send(tocsin.key("search"), {"title": f"Search is slow {name}", "dedup_key": name})
    text = tocsin.handset.wait_for_message("ana", "sms", text=name)
    code = re.search(r"\b(\d+)a\b", text["text"])
    assert code is not None, text["text"]
    incident = tocsin.incident_of(name, "search")
    tocsin.handset.reply("ana", f" {code[1]}A ", answering="")
    assert tocsin.until(incident.number, "acknowledged").acked_by.name == "ana"
    tocsin.handset.wait_for_message("ana", "sms", text=f"#{incident.number} acknowledged")
    tocsin.handset.reply("ana", f"res {incident.number}", answering="")
    tocsin.until(incident.number, "resolved")
    tocsin.handset.wait_for_message("ana", "sms", text=f"#{incident.number} resolved")
    confirmations = [
        one["text"]
        for one in tocsin.handset.messages("ana", "sms")
        if one["text"].startswith(f"#{incident.number} ")
    ]
    assert len(confirmations) == 2


def test_the_bare_word_goes_to_the_message_being_answered(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("search")
    for part in ("first", "second"):
        tocsin.send(key, {"title": f"{part} {name}", "dedup_key": f"{name}-{part}"})
        tocsin.handset.wait_for_message("ana", "sms", text=f"{part} {name}")
    first = tocsin.handset.wait_for_message("ana", "sms", text=f"first {name}")
    tocsin.handset.reply("ana", "ack", answering=first["id"])
    tocsin.until(tocsin.incident_of(f"{name}-first", "search").number, "acknowledged")
    assert tocsin.incident_of(f"{name}-second", "search").state.value == "triggered"


def test_somebody_who_was_not_paged_cannot_answer(tocsin: Tocsin, name: str) -> None:
    tocsin.send(tocsin.key("search"), {"title": f"Not yours {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ana", "sms", text=name)
    incident = tocsin.incident_of(name, "search")
    tocsin.handset.reply("p1", f"ack {incident.number}", answering="")
    tocsin.handset.reply("ana", f"ack {incident.number}", answering="")
    assert tocsin.until(incident.number, "acknowledged").acked_by.name == "ana"


def test_looking_at_a_link_changes_nothing_and_its_button_acts_until_the_incident_is_over(
    tocsin: Tocsin, name: str
) -> None:
    tocsin.send(tocsin.key("search"), {"title": f"Tap me {name}", "dedup_key": name})
    text = tocsin.handset.wait_for_message("ana", "sms", text=name)["text"]
    link = re.search(r"https?://\S+/l/\S+", text)
    assert link is not None, text
    path = "/l/" + link[0].split("/l/")[1]
    incident = tocsin.incident_of(name, "search")
    for _ in range(3):
        page = tocsin.http("GET", path)
        assert page.status == 200
        assert f"Tap me {name}" in page.body
    assert tocsin.store.incident(incident.number).state.value == "triggered"
    form = {"content-type": "application/x-www-form-urlencoded"}
    pressed = tocsin.http("POST", path, b"action=acknowledge", form)
    assert pressed.status == 200
    assert tocsin.store.incident(incident.number).state.value == "acknowledged"
    assert tocsin.http("POST", path, b"action=resolve", form).status == 200
    assert tocsin.store.incident(incident.number).state.value == "resolved"
    assert tocsin.http("GET", path).status == 410
    assert tocsin.http("POST", path, b"action=acknowledge", form).status == 410
    assert tocsin.http("GET", "/l/" + "x" * 22).status == 410


def test_stop_is_respected_and_shown_and_the_next_page_goes_elsewhere(tocsin: Tocsin, name: str) -> None:
    tocsin.send(tocsin.key("spare"), {"title": f"One {name}", "dedup_key": f"{name}-1"})
    tocsin.handset.wait_for_message("chi", "sms", text=f"One {name}")
    first = tocsin.incident_of(f"{name}-1", "spare")
    tocsin.handset.refuse("chi", "opted_out", times=1)
    tocsin.send(tocsin.key("spare"), {"title": f"Two {name}", "dedup_key": f"{name}-2"})
    second = tocsin.incident_of(f"{name}-2", "spare")
    tocsin.wait(
        lambda: [
            line
            for line in tocsin.timeline(second.number)
            if line.kind == "page_sent" and line.details["contact"] == "spare"
        ],
        what="a page to the other number at once",
    )
    refused = [line for line in tocsin.timeline(second.number) if line.kind == "page_refused"]
    assert refused[0].details["reason"] == "opted_out"
    assert first.number != second.number
