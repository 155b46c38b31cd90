"""An incident in Slack, on the running stack: its card, what is pressed, asked and said there, and Slack being down."""

from __future__ import annotations

from typing import Any

import pytest

from local.handset.client import buttons, words
from tests.stack.conftest import Tocsin

CHANNEL = "#incidents"


def _open(tocsin: Tocsin, name: str, title: str) -> int:
    tocsin.send(tocsin.key("chatty"), {"action": "trigger", "dedup_key": name, "title": title})
    return tocsin.incident_of(name, "chatty").number


def _card(tocsin: Tocsin, number: int, text: str = "", channel: str = CHANNEL) -> Any:
    """The incident's card in a channel, once it says ``text``."""

    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(channel)
            if f"#{number} " in words(one)
            and text in words(one)
            and not one["thread"]
            and not one["only_for"]
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"a card of #{number} that says {text!r}")


def _under(tocsin: Tocsin, card: Any, text: str) -> Any:
    def look() -> Any:
        found = [
            one
            for one in tocsin.handset.chat(CHANNEL)
            if one["thread"] == card["provider_id"] and text in words(one)
        ]
        return found[-1] if found else None

    return tocsin.wait(look, what=f"{text!r} under the card")


def _told(tocsin: Tocsin, user: str, text: str) -> Any:
    return tocsin.wait(
        lambda: [one for one in tocsin.handset.chat(only_for=user) if text in words(one)],
        what=f"{user} is told {text!r}",
    )


def test_a_card_is_posted_acted_on_and_changed_in_place(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "The lift is stuck")
    card = _card(tocsin, number, "Round 1, step 1: Dia Chatty")
    labels = [one["label"] for one in buttons(card)]
    assert labels == ["Acknowledge", "Resolve", "Escalate", "Runbook"]
    dm = _card(tocsin, number, channel="Dia Chatty")
    tocsin.handset.chat_press("dia", card, "Acknowledge")
    tocsin.until(number, "acknowledged")
    after = _card(tocsin, number, "Acknowledged by Dia Chatty (Slack)")
    assert after["id"] == card["id"]
    assert [one["label"] for one in buttons(after)][:3] == ["Snooze 1 h", "Resolve", "Give back"]
    assert _card(tocsin, number, "Acknowledged by Dia Chatty", channel="Dia Chatty")["id"] == dm["id"]
    _under(tocsin, card, "Dia Chatty (Slack) acknowledged it, until ")
    tocsin.handset.chat_press("dia", after, "Resolve")
    tocsin.until(number, "resolved")
    over = _card(tocsin, number, "Resolved by Dia Chatty (Slack)")
    assert [one["label"] for one in buttons(over)] == ["Runbook"]
    assert over["id"] == card["id"]
    acked = [line for line in tocsin.timeline(number) if line.kind == "acknowledged"]
    assert [(line.actor.name, line.actor.via) for line in acked] == [("dia", "slack")]


def test_what_is_said_under_the_card_and_what_is_noted_elsewhere_are_one_timeline(
    tocsin: Tocsin, name: str
) -> None:
    number = _open(tocsin, name, "Two places, one story")
    card = _card(tocsin, number)
    tocsin.handset.chat_reply("dia", card, "I restarted it <b>twice</b>")
    note = tocsin.wait(
        lambda: [line for line in tocsin.timeline(number) if line.kind == "note"], what="the note"
    )[0]
    assert (note.actor.name, note.details["text"]) == ("dia", "I restarted it <b>twice</b>")
    from tests.stack.test_who import tocsin_command

    tocsin_command(tocsin, "incident", "note", str(number), "the disk was full", "--as", "ops")
    _under(tocsin, card, "Ops (command) noted: the disk was full")
    said = next(one for one in tocsin.handset.chat(CHANNEL) if "restarted it" in words(one))
    assert said["author"] == "dia"
    echoed = [one for one in tocsin.handset.chat(CHANNEL) if "noted: I restarted" in words(one)]
    assert echoed == []
    tocsin.handset.chat_ask("dia", f"res {number}")
    tocsin.until(number, "resolved")
    _told(tocsin, "dia", f"#{number} resolved")


def test_a_channel_that_is_told_again_is_told_under_its_card(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Nobody listens")
    card = _card(tocsin, number)
    tocsin.handset.chat_press("dia", card, "Escalate")
    _under(tocsin, card, "Round 1, step 2")
    tocsin.wait(lambda: tocsin.kinds(number).count("post_sent") == 2, what="the second post")
    mine = [one for one in tocsin.handset.chat(CHANNEL) if f"#{number} " in words(one) and not one["thread"]]
    assert len(mine) == 1
    tocsin.handset.chat_ask("dia", f"res {number}")
    tocsin.until(number, "resolved")


def test_strangers_are_told_who_they_are_and_change_nothing(tocsin: Tocsin, name: str) -> None:
    number = _open(tocsin, name, "Hands off")
    card = _card(tocsin, number)
    tocsin.handset.chat_press("sam", card, "Resolve")
    _told(tocsin, "sam", "chat: {slack: U00000SAM}")
    assert tocsin.store.incident(number).state.value == "triggered"
    tocsin.handset.chat_ask("dia", "open")
    _told(tocsin, "dia", f"#{number} triggered, chatty: Hands off")
    tocsin.handset.chat_ask("dia", f"res {number}")
    tocsin.until(number, "resolved")


def test_slack_being_down_delays_a_card_and_nothing_else(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.chat_refuse("down", times=2)
    number = _open(tocsin, name, "Slack is down, too")
    card = _card(tocsin, number)
    assert "post_sent" in tocsin.wait(
        lambda: [kind for kind in tocsin.kinds(number) if kind == "post_sent"], what="the post"
    )
    tocsin.handset.chat_refuse("internal_error", times=1)
    tocsin.handset.chat_ask("dia", f"ack {number}")
    tocsin.until(number, "acknowledged")
    tocsin.handset.chat_ask("dia", f"res {number}")
    tocsin.until(number, "resolved")
    _card(tocsin, number, "Resolved by Dia Chatty")
    assert card["id"] == _card(tocsin, number)["id"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-request-timestamp": "1", "x-slack-signature": "v0=" + "0" * 64},
    ],
)
def test_what_slack_did_not_sign_is_refused(tocsin: Tocsin, headers: dict[str, str]) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert tocsin.http("POST", "/v1/slack", b"payload={}", {**kind, **headers}).status == 401


def test_hostile_titles_stay_words(tocsin: Tocsin, name: str) -> None:
    title = "<!channel> <https://evil.example|click> *bold* `x` @here\u202e\x00 &lt; " + "y" * 10_000
    number = _open(tocsin, name, title)
    card = _card(tocsin, number)
    assert "<!channel>" not in str(card["sections"]) or "channel" in words(card)
    assert not [one for one in buttons(card) if "evil" in str(one)]
    tocsin.handset.chat_ask("dia", f"res {number}")
    tocsin.until(number, "resolved")
