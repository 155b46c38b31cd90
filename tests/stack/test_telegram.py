"""An incident in Telegram, on the running stack: its card, what is pressed and written, refusals, and Telegram down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.handset.chats.telegram import SECRET
from local.handset.client import buttons, words
from tests.stack.conftest import Tocsin

GROUP, TOM = "-1001234567890", "Tom Grammes"


def _open(tocsin: Tocsin, name: str, title: str) -> int:
    tocsin.send(tocsin.key("telegraphed"), {"action": "trigger", "dedup_key": name, "title": title})
    return tocsin.incident_of(name, "telegraphed").number


def _card(tocsin: Tocsin, number: int, text: str = "", chat: str = GROUP) -> Any:
    """The incident's latest card in a chat, once it says ``text``."""

    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(chat)
            if f"#{number} · " in words(one) and text in words(one) and not one["thread"]
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"a card of #{number} in {chat} that says {text!r}")


def _answer(tocsin: Tocsin, message: Any, text: str, chat: str = GROUP) -> Any:
    """What the bot wrote as an answer to a message."""

    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(chat)
            if one["thread"] == message["provider_id"] and one["author"] is None and text in words(one)
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"an answer that says {text!r}")


def _write(tocsin: Tocsin, user: str, text: str, chat: str = GROUP) -> Any:
    tocsin.handset.chat_ask(user, text, chat, vendor="telegram")
    return [one for one in tocsin.handset.chat(chat) if one["author"] == user][-1]


def _update(tocsin: Tocsin, body: dict[str, Any], secret: str | None) -> int:
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-telegram-bot-api-secret-token"] = secret
    return tocsin.http("POST", "/v1/telegram", json.dumps(body).encode(), headers).status


def _press(number: int, action: str, update: int, who: int = 1_000_001) -> dict[str, Any]:
    """A press on a card of its own making: it names an incident, and nothing else that is true."""
    person = {"id": who, "is_bot": False, "first_name": "Tom"}
    message = {"message_id": 999_999, "chat": {"id": int(GROUP), "type": "supergroup"}, "date": 0}
    data = f"{action}:{number}:2"
    query = {"id": f"{update}", "from": person, "message": message, "chat_instance": "1", "data": data}
    return {"update_id": update, "callback_query": query}


def test_a_card_is_posted_acted_on_and_changed_in_place(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "The lift is stuck")
    card = _card(tocsin, number, "Round 1, step 1: Tom Grammes")
    assert [one["label"] for one in buttons(card)] == ["Acknowledge", "Resolve", "Escalate", "Runbook"]
    own = _card(tocsin, number, chat=TOM)
    tocsin.handset.chat_press("tom", own, "Acknowledge")
    tocsin.until(number, "acknowledged")
    after = _card(tocsin, number, "Acknowledged by Tom Grammes (Telegram)")
    assert after["id"] == card["id"]
    assert [one["label"] for one in buttons(after)][:3] == ["Snooze 1 h", "Resolve", "Give back"]
    assert _card(tocsin, number, "Acknowledged by Tom Grammes", TOM)["id"] == own["id"]
    _answer(tocsin, card, "Tom Grammes (Telegram) acknowledged it, until ")
    tocsin.handset.chat_press("tom", after, "Resolve")
    tocsin.until(number, "resolved")
    over = _card(tocsin, number, "Resolved by Tom Grammes (Telegram)")
    assert over["id"] == card["id"]
    assert [one["label"] for one in buttons(over)] == ["Runbook"]
    acked = [line for line in tocsin.timeline(number) if line.kind == "acknowledged"]
    assert [(line.actor.name, line.actor.via) for line in acked] == [("tom", "telegram")]
    assert tocsin.handset.log("chat_waits") == [], "every press was answered"
    assert tocsin.handset.messages("tom", "sms") == [], "nobody who answered is texted"


def test_a_group_that_is_told_again_is_told_below_its_card(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Nobody listens")
    card = _card(tocsin, number)
    tocsin.handset.chat_press("tom", card, "Escalate")
    _answer(tocsin, card, "Round 1, step 2")
    tocsin.wait(lambda: tocsin.kinds(number).count("post_sent") == 2, what="the second post")
    mine = [one for one in tocsin.handset.chat(GROUP) if f"#{number} · " in words(one)]
    assert len(mine) == 1
    _write(tocsin, "tom", f"/res {number}")
    tocsin.until(number, "resolved")


def test_what_is_written_in_the_group_and_to_the_bot_alone_is_done_and_answered(
    tocsin: Tocsin, name: str
) -> None:
    number = _open(tocsin, name, "Two ways to say it")
    card = _card(tocsin, number)
    asked = _write(tocsin, "tom", f"ack {number}", TOM)
    tocsin.until(number, "acknowledged")
    _answer(tocsin, asked, f"#{number}", TOM)
    listed = _write(tocsin, "tom", "open", TOM)
    _answer(tocsin, listed, f"#{number} acknowledged, telegraphed: Two ways to say it", TOM)
    tocsin.handset.chat_reply("tom", card, "I restarted it <b>twice</b>")
    note = tocsin.wait(
        lambda: [line for line in tocsin.timeline(number) if line.kind == "note"], what="the note"
    )[0]
    assert (note.actor.name, note.details["text"]) == ("tom", "I restarted it <b>twice</b>")
    tocsin.handset.chat_reply("tom", card, "/res")
    tocsin.until(number, "resolved")
    _write(tocsin, "tom", "what now?")
    assert tocsin.handset.log("chat_untold")


def test_strangers_are_told_their_number_and_change_nothing(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Hands off")
    card = _card(tocsin, number)
    tocsin.handset.chat_press("sam", card, "Resolve")
    told = tocsin.wait(lambda: tocsin.handset.chat(only_for="sam"), what="Sam is told")[-1]
    assert "chat: {telegram: " in words(told)
    asked = _write(tocsin, "sam", f"/res {number}")
    _answer(tocsin, asked, "chat: {telegram: ")
    assert tocsin.store.incident(number).state.value == "triggered"
    tocsin.handset.chat_press("tom", card, "Resolve")
    tocsin.until(number, "resolved")


def test_whoever_blocked_the_bot_is_texted_at_once(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.chat_refuse("blocked", vendor="telegram")
    number = _open(tocsin, name, "Blocked")
    text = tocsin.handset.wait_for_message("tom", "sms", text="Blocked")
    assert f"#{number}" in text["text"] or str(number) in text["text"]
    refused = [line for line in tocsin.timeline(number) if line.kind == "page_refused"]
    assert [line.details["reason"] for line in refused] == ["no_such_person"]
    _card(tocsin, number)
    tocsin.handset.chat_refuse(None, vendor="telegram")
    _write(tocsin, "tom", f"/res {number}")
    tocsin.until(number, "resolved")


def test_telegram_being_down_delays_a_card_and_nothing_else(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.chat_refuse("down", times=2, vendor="telegram")
    number = _open(tocsin, name, "Telegram is down, too")
    card = _card(tocsin, number)
    own = _card(tocsin, number, chat=TOM)
    assert len(tocsin.handset.log("chat_refused")) == 2
    tocsin.handset.chat_refuse("internal", times=1, vendor="telegram")
    assert _update(tocsin, _press(number, "acknowledge", 10_000 + number), SECRET) == 200
    tocsin.until(number, "acknowledged")
    assert _card(tocsin, number, "Acknowledged by Tom Grammes")["id"] == card["id"]
    assert _card(tocsin, number, "Acknowledged by Tom Grammes", TOM)["id"] == own["id"]
    _write(tocsin, "tom", f"/res {number}")
    tocsin.until(number, "resolved")


def test_an_update_that_comes_again_is_done_once(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Twice")
    _card(tocsin, number)
    for _ in range(2):
        assert _update(tocsin, _press(number, "acknowledge", 20_000 + number), SECRET) == 200
    tocsin.until(number, "acknowledged")
    assert _update(tocsin, _press(number, "unacknowledge", 30_000 + number), SECRET) == 200
    tocsin.until(number, "triggered")
    assert _update(tocsin, _press(number, "acknowledge", 20_000 + number), SECRET) == 200
    assert tocsin.store.incident(number).state.value == "triggered", "an old press acts for nobody again"
    assert tocsin.kinds(number).count("acknowledged") == 1
    assert _update(tocsin, _press(number, "resolve", 40_000 + number), SECRET) == 200
    tocsin.until(number, "resolved")


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x"])
def test_a_forged_update_changes_nothing(tocsin: Tocsin, name: str, secret: str | None) -> None:
    number = _open(tocsin, name, "Forged")
    assert _update(tocsin, _press(number, "resolve", 50_000 + number), secret) == 401
    assert tocsin.store.incident(number).state.value == "triggered"
    assert _update(tocsin, _press(number, "resolve", 50_000 + number), SECRET) == 200
    tocsin.until(number, "resolved")


def test_hostile_titles_stay_words(tocsin: Tocsin, name: str) -> None:
    title = (
        "@everyone /resolve #tag <a href='https://evil.example'>x</a> *b* evil.example \u202e\x00 "
        + "y" * 9_000
    )
    number = _open(tocsin, name, title)
    card = _card(tocsin, number)
    spans = [span for part in card["sections"][0]["parts"] for text in part["texts"] for span in text]
    assert {(span["style"], span["href"]) for span in spans} == {("bold", ""), ("", "")}
    assert "everyone" in words(card)
    assert not [one for one in buttons(card) if "evil" in str(one)]
    _write(tocsin, "tom", f"/res {number}")
    tocsin.until(number, "resolved")
