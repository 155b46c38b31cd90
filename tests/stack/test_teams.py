"""An incident in Microsoft Teams, on the running stack: its card, what is pressed and written there, what is forged."""

from __future__ import annotations

import json
import time
from typing import Any

from local.handset.chats.teams import APP, TENANT
from local.handset.client import buttons, words
from tests.stack.conftest import Tocsin
from tests.unit.paging.recorded_chat import recorded
from tests.unit.paging.teams_service import signed

#: The channel of the team's file, as the handset calls it, and Tea's own chat with the bot.
CHANNEL, TEA = "stack", "Tea Teamed"


def _open(tocsin: Tocsin, name: str, title: str) -> int:
    tocsin.send(tocsin.key("teamed"), {"action": "trigger", "dedup_key": name, "title": title})
    return tocsin.incident_of(name, "teamed").number


def _card(tocsin: Tocsin, number: int, text: str = "", channel: str = CHANNEL) -> Any:
    """The incident's latest card in a conversation, once it says ``text``."""

    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(channel)
            if f"#{number} · " in words(one) and text in words(one) and not one["only_for"]
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"a card of #{number} that says {text!r}")


def _under(tocsin: Tocsin, message: Any, text: str) -> Any:
    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(CHANNEL)
            if one["thread"] == message["provider_id"] and text in words(one) and one["author"] is None
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"{text!r} in the thread")


def _write(tocsin: Tocsin, user: str, text: str, channel: str = CHANNEL) -> Any:
    tocsin.handset.chat_ask(user, text, channel, vendor="teams")
    return [one for one in tocsin.handset.chat(channel) if one["author"] == user][-1]


def test_a_card_is_posted_acted_on_and_changed_in_place(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "The lift is stuck")
    card = _card(tocsin, number, "Round 1, step 1: Tea Teamed")
    assert [one["label"] for one in buttons(card)] == ["Acknowledge", "Resolve", "Escalate"]
    own = _card(tocsin, number, channel=TEA)
    # The handset checks the card that answers a press.
    assert tocsin.handset.chat_press("tea", card, "Acknowledge") == {"status": 200}
    tocsin.until(number, "acknowledged")
    after = _card(tocsin, number, "Acknowledged by Tea Teamed (Teams)")
    assert after["id"] == card["id"]
    assert _card(tocsin, number, "Acknowledged by Tea Teamed (Teams)", TEA)["id"] == own["id"]
    _under(tocsin, card, "Tea Teamed (Teams) acknowledged it")
    tocsin.handset.chat_reply("tea", card, "I restarted it <b>twice</b>")
    note = tocsin.wait(
        lambda: [line for line in tocsin.timeline(number) if line.kind == "note"], what="the note"
    )[0]
    assert (note.actor.name, note.details["text"]) == ("tea", "I restarted it <b>twice</b>")
    _write(tocsin, "tea", f"res {number}", TEA)
    tocsin.until(number, "resolved")
    assert _card(tocsin, number, "Resolved by Tea Teamed (Teams)")["id"] == card["id"]
    acked = [line for line in tocsin.timeline(number) if line.kind == "acknowledged"]
    assert [(line.actor.name, line.actor.via) for line in acked] == [("tea", "teams")]


def test_who_calls_the_bot_is_answered_under_their_words(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Called by its name")
    _card(tocsin, number)
    asked = _write(tocsin, "tea", "open")
    _under(tocsin, asked, f"#{number} triggered, teamed: Called by its name")
    _write(tocsin, "tea", f"res {number}")
    tocsin.until(number, "resolved")


def test_strangers_and_forgers_change_nothing(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Hands off")
    card = _card(tocsin, number)
    tocsin.handset.chat_press("sam", card, "Resolve")
    [told] = tocsin.handset.chat(only_for="sam")
    assert "chat: {teams: " in words(told)
    service, at = f"{tocsin.stack.address}/teams", int(time.time())
    action = {"type": "Action.Execute", "verb": "resolve", "data": {"value": f"resolve:{number}:2"}}
    activity = {
        **recorded("teams/activities")["press"],
        "serviceUrl": service,
        "conversation": {"id": f"a:{TENANT}", "conversationType": "personal", "tenantId": TENANT},
        "value": {"action": action, "trigger": "manual"},
    }
    # All of it is right, but the key: it is none of Microsoft's.
    forged = signed(aud=APP, serviceurl=service, nbf=at - 60, exp=at + 3_600)
    for authorization in ("", "Bearer x.y.z", forged, forged.replace("Bearer ", "Basic ")):
        headers = {"content-type": "application/json", "authorization": authorization}
        assert tocsin.http("POST", "/v1/teams", json.dumps(activity).encode(), headers).status == 401
    assert tocsin.store.incident(number).state.value == "triggered"
    tocsin.handset.chat_press("tea", card, "Resolve")
    tocsin.until(number, "resolved")


def test_teams_being_down_delays_a_card_and_nothing_else(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.chat_refuse("down", vendor="teams")
    number = _open(tocsin, name, "Teams is down, too")
    tocsin.wait(lambda: "post_waiting" in tocsin.kinds(number), what="the post waits")
    tocsin.handset.chat_refuse(None, vendor="teams")
    card = _card(tocsin, number, "Teams is down, too")
    tocsin.handset.chat_refuse("conflict", times=1, vendor="teams")
    tocsin.handset.chat_press("tea", card, "Acknowledge")
    assert _card(tocsin, number, "Acknowledged by Tea Teamed")["id"] == card["id"]
    tocsin.handset.chat_press("tea", _card(tocsin, number), "Resolve")
    tocsin.until(number, "resolved")
    assert _card(tocsin, number, "Resolved by Tea Teamed")["id"] == card["id"]


def test_hostile_titles_stay_words(tocsin: Tocsin, name: str) -> None:
    title = (
        "**bold** [x](https://evil.example) {{DATE(2026-01-01T00:00:00Z)}} <at>Tea</at> \u202e\x00 "
        + "y" * 9_000
    )
    number = _open(tocsin, name, title)
    card = _card(tocsin, number)
    parts = [part for section in card["sections"] for part in section["parts"]]
    spans = [span for part in parts for text in part["texts"] for span in text]
    assert {(span["style"], span["href"]) for span in spans} == {("bold", ""), ("", "")}
    assert not [one for one in buttons(card) if "evil" in str(one)]
    _write(tocsin, "tea", f"res {number}")
    tocsin.until(number, "resolved")
