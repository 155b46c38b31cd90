"""A page in Slack: its card, in place when it changes, and what each of Slack's errors means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging import blockkit, hostile
from tests.unit.paging.receiver import Receiver
from tocsin.paging import channels
from tocsin.paging.channels import slack, slack_cards, slack_errors
from tocsin.paging.channels.base import REASONS, ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.chat import Asked, Button, Card, Ignored, Person, Pressed

RECORDED = json.loads((Path(__file__).parent / "recorded/slack_answers.json").read_text())
TOKEN, SECRET = "xoxb-s3cr3t-token", "s1gn1ng-s3cr3t"
SETTINGS = ChannelSettings(slack_token=TOKEN, slack_signing_secret=SECRET)
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="disk full",
    state="triggered",
    urgency="high",
    severity="critical",
    count=3,
    opened_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
    line="Ana Souza is being paged",
    link="https://tocsin.example.com/i/1042",
    runbook="https://wiki.example.com/disk",
    buttons=(Button("acknowledge", "Acknowledge"), Button("resolve", "Resolve")),
)
PAGE = Message("1042-c1-r1-s1-slack-0", "#incidents", "", 1042, card=CARD)
EARLIER = "C123ABC456/1401383885.000061"
ANA = Person("slack", "U123ABC456", "ana")
HOOK = "https://hooks.slack.com/actions/A1/2/h00k-s3cr3t"
PRESS = Pressed("slack-1", ANA, "acknowledge", 1042, 7, EARLIER, HOOK)


def recorded(name: str) -> HttpAnswer:
    answer = RECORDED[name]
    return HttpAnswer(answer["status"], json.dumps(answer["body"]).encode(), answer.get("headers", {}))


def says(error: str, **more: Any) -> HttpAnswer:
    return HttpAnswer(200, json.dumps({"ok": False, "error": error, **more}).encode())


def send(message: Message = PAGE, *answers: HttpAnswer | HttpFailed) -> tuple[Outcome, Receiver]:
    receiver = Receiver(*(answers or (recorded("posted"),)))
    outcome = slack.send(receiver, SETTINGS, message)
    is_told_well(outcome)
    return outcome, receiver


def is_told_well(outcome: Outcome) -> None:
    """With words for it, and without what is secret."""
    for secret in (TOKEN, SECRET, "h00k-s3cr3t"):
        assert secret not in repr(outcome)
    if isinstance(outcome, Refused | Later):
        assert outcome.reason in REASONS
        assert len(outcome.detail) <= 500


def asked(receiver: Receiver, index: int = -1) -> dict[str, Any]:
    found = json.loads(receiver.asked[index].body)
    assert isinstance(found, dict)
    return found


def methods(receiver: Receiver) -> list[str]:
    return [one.url.removeprefix("https://slack.com/api/") for one in receiver.asked]


def test_a_page_is_a_card_in_the_channel() -> None:
    outcome, receiver = send()
    assert outcome == Sent("C123ABC456/1503435956.000247")
    assert methods(receiver) == ["chat.postMessage"]
    assert receiver.asked[0].method == "POST"
    assert receiver.asked[0].headers == {
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json; charset=utf-8",
    }
    body = asked(receiver)
    assert (body["channel"], body["parse"], body["link_names"]) == ("#incidents", "none", False)
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
    assert "thread_ts" not in body
    blockkit.takes(body)


def test_the_card_says_what_is_broken_how_it_stands_and_what_can_be_done() -> None:
    body = slack_cards.body(PAGE)
    assert body["text"] == "#1042 checkout: disk full"
    assert body["blocks"] == [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": "#1042 checkout: disk full", "emoji": False},
        }
    ]
    (details,) = body["attachments"]
    facts, line, actions = details["blocks"]
    assert [field["text"] for field in facts["fields"]] == [
        "*State*\nTriggered",
        "*Severity*\nCritical",
        "*Urgency*\nHigh",
        "*Since*\n<!date^1795399200^{date_short_pretty}, {time}|2026-11-23 02:00 UTC>",
        "*Alerts*\n3",
    ]
    assert line["elements"][0]["text"] == "Ana Souza is being paged"
    assert [(one["text"]["text"], one.get("value", one.get("url"))) for one in actions["elements"]] == [
        ("Acknowledge", "acknowledge:1042:7"),
        ("Resolve", "resolve:1042:7"),
        ("Open in Tocsin", "https://tocsin.example.com/i/1042"),
        ("Runbook", "https://wiki.example.com/disk"),
    ]


def test_a_changed_card_has_a_colour_and_a_block_of_its_own() -> None:
    def seen(state: str, urgency: str, version: int) -> tuple[str, str]:
        card = replace(CARD, state=state, urgency=urgency, version=version)
        (details,) = slack_cards.body(replace(PAGE, card=card))["attachments"]
        return details["color"], details["blocks"][-1]["block_id"]

    drawn = [
        seen("triggered", "high", 1),
        seen("triggered", "low", 2),
        seen("acknowledged", "high", 3),
        seen("snoozed", "high", 4),
        seen("resolved", "high", 5),
    ]
    assert len({colour for colour, _ in drawn}) == 5
    assert len({block for _, block in drawn}) == 5


def test_what_is_over_has_nothing_to_press_but_links() -> None:
    body = slack_cards.body(replace(PAGE, card=replace(CARD, state="resolved")))
    assert body["text"] == "Resolved: #1042 checkout: disk full"
    (details,) = body["attachments"]
    assert all("value" not in one for one in details["blocks"][-1]["elements"])
    bare = replace(CARD, state="resolved", link="", runbook="")
    (details,) = slack_cards.body(replace(PAGE, card=bare))["attachments"]
    assert [block["type"] for block in details["blocks"]] == ["section", "context"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://a b", "https://x/" + "y" * 3_000, "//x"])
def test_what_is_no_address_becomes_no_button(link: str) -> None:
    body = slack_cards.body(replace(PAGE, card=replace(CARD, buttons=(), link=link, runbook=link)))
    assert all(block["type"] != "actions" for block in body["attachments"][0]["blocks"])


def test_a_long_title_is_whole_under_its_heading() -> None:
    title = "The queue of payments " + "grows and " * 30 + "ends"
    body = slack_cards.body(replace(PAGE, card=replace(CARD, title=title)))
    assert body["blocks"][0]["text"]["text"].endswith("...")
    assert body["blocks"][1]["text"]["text"] == title
    blockkit.takes(body)


def test_an_alerts_words_wake_no_channel_and_become_no_link() -> None:
    title = "<!channel> @here <https://evil.example.com|ok> *bold* :fire: &lt; #general <@U1>"
    body = slack_cards.body(replace(PAGE, card=replace(CARD, title=title, line=title)))
    blockkit.takes(body)
    assert "&lt;!channel&gt;" in body["blocks"][0]["text"]["text"]


@given(hostile.texts, hostile.texts, hostile.texts)
def test_whatever_an_alert_says_slack_takes_it_as_words(title: str, service: str, line: str) -> None:
    card = replace(
        CARD, title=title, service=service, line=line, severity=line, buttons=(Button("ack", title),)
    )
    blockkit.takes(slack_cards.body(replace(PAGE, card=card)))
    blockkit.takes(slack_cards.body(Message("n", "#x", f"{title}\n{service}\n{line}")))


def test_a_notice_is_its_lines() -> None:
    outcome, receiver = send(Message("notice-1", "U123ABC456", "You are on call.\nUntil 09:00, <ana> & co"))
    assert outcome == Sent("C123ABC456/1503435956.000247")
    body = asked(receiver)
    assert body["blocks"][0]["text"]["text"] == "You are on call.\nUntil 09:00, &lt;ana&gt; &amp; co"
    assert body["attachments"] == []
    blockkit.takes(body)


def test_a_card_is_edited_in_place() -> None:
    outcome, receiver = send(replace(PAGE, edits=EARLIER), recorded("updated"))
    assert outcome == Sent(EARLIER)
    assert methods(receiver) == ["chat.update"]
    body = asked(receiver)
    assert (body["channel"], body["ts"], body["parse"]) == ("C123ABC456", "1401383885.000061", "none")
    assert body["attachments"]


def test_a_reply_stands_under_its_message() -> None:
    _, receiver = send(replace(PAGE, thread=EARLIER))
    assert methods(receiver) == ["chat.postMessage"]
    body = asked(receiver)
    assert (body["channel"], body["thread_ts"]) == ("C123ABC456", "1401383885.000061")


@pytest.mark.parametrize("error", sorted(slack_errors.NOT_TO_EDIT))
def test_a_card_that_is_gone_is_posted_anew(error: str) -> None:
    outcome, receiver = send(replace(PAGE, edits=EARLIER), says(error), recorded("posted"))
    assert outcome == Sent("C123ABC456/1503435956.000247")
    assert methods(receiver) == ["chat.update", "chat.postMessage"]
    assert asked(receiver)["channel"] == "#incidents"


def test_a_card_that_is_only_to_be_changed_where_it_stands_is_not_posted_anew() -> None:
    outcome, receiver = send(replace(PAGE, to="", edits=EARLIER), says("message_not_found"))
    assert isinstance(outcome, Refused)
    assert methods(receiver) == ["chat.update"]


@pytest.mark.parametrize("error", sorted(slack_errors.NOT_TO_THREAD))
def test_a_reply_whose_thread_is_gone_is_a_message(error: str) -> None:
    outcome, receiver = send(replace(PAGE, thread=EARLIER), says(error), recorded("posted"))
    assert isinstance(outcome, Sent)
    assert "thread_ts" not in asked(receiver)


def test_what_is_no_id_of_ours_edits_nothing() -> None:
    for odd in ("1042-c1-r1-s1-slack-0", "#incidents/?", "C1/x", "C1/1.2/3", "C1"):
        _, receiver = send(replace(PAGE, edits=odd, thread=odd))
        assert methods(receiver) == ["chat.postMessage"]
        assert "thread_ts" not in asked(receiver)


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
def test_a_card_that_slack_does_not_take_goes_as_a_line(error: str) -> None:
    outcome, receiver = send(PAGE, says(error), recorded("posted"))
    assert isinstance(outcome, Sent)
    body = asked(receiver)
    assert (body["text"], body["blocks"], body["attachments"]) == ("#1042 checkout: disk full", [], [])
    outcome, receiver = send(PAGE, says(error))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "message_invalid"
    assert len(receiver.asked) == 2


@pytest.mark.parametrize(("error", "reason"), sorted(slack_errors.REFUSED.items()))
def test_what_slack_refuses_moves_on(error: str, reason: str) -> None:
    outcome, _ = send(PAGE, says(error))
    assert outcome == Refused(reason, error)


@pytest.mark.parametrize(("error", "meant"), sorted(slack_errors.LATER.items()))
def test_what_passes_is_tried_again(error: str, meant: tuple[str, bool]) -> None:
    outcome, _ = send(replace(PAGE, edits=EARLIER), says(error))
    assert outcome == Later(meant[0], None, error, meant[1])


def test_a_person_whom_slack_does_not_know_is_no_channel() -> None:
    assert send(replace(PAGE, to="U0NOBODY0"), recorded("refused"))[0] == Refused(
        "no_such_person", "channel_not_found"
    )
    assert send(PAGE, recorded("refused"))[0] == Refused("no_such_channel", "channel_not_found")


def test_an_error_says_what_is_to_be_mended() -> None:
    assert send(PAGE, recorded("unscoped"))[0] == Refused("access_denied", "missing_scope: chat:write")
    refused = send(PAGE, recorded("invalid"))[0]
    assert isinstance(refused, Refused)
    assert "json-pointer:/blocks/1/elements" in refused.detail


def test_a_limit_is_waited_for_as_slack_asks() -> None:
    assert send(PAGE, recorded("limited"))[0] == Later("throttled", 30, "HTTP 429: ratelimited")


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (HttpAnswer(503), Later("carrier_down", None, "HTTP 503", maybe_sent=True)),
        (HttpAnswer(302), Refused("rejected", "HTTP 302")),
        (HttpAnswer(403), Refused("access_denied", "HTTP 403")),
        (HttpFailed("no_connection", "x", False), Later("no_connection", None, "x")),
        (HttpFailed("timeout", "x", True), Later("timeout", None, "x", maybe_sent=True)),
        (says("something_new"), Refused("rejected", "something_new")),
    ],
)
def test_no_answer_of_slacks_is_told_rightly(answer: HttpAnswer | HttpFailed, meant: Outcome) -> None:
    assert send(PAGE, answer)[0] == meant


@given(
    st.binary(max_size=60) | st.sampled_from([b"[]", b"null", b'{"ok":1}', b"[" * 20_000, b'{"ok":false}'])
)
def test_an_answer_that_nobody_understands_may_have_been_a_page(body: bytes) -> None:
    outcome, _ = send(PAGE, HttpAnswer(200, body))
    assert isinstance(outcome, Later)
    assert outcome.maybe_sent


def test_a_page_that_was_taken_is_sent_whatever_else_slack_says() -> None:
    for body in (
        b'{"ok":true}',
        b'{"ok":true,"channel":7,"ts":[]}',
        b'{"ok":true,"channel":"c 1","ts":"1.1"}',
    ):
        assert send(PAGE, HttpAnswer(200, body))[0] == Sent("#incidents/?")


def test_slack_repeating_our_token_does_not_tell_it() -> None:
    metadata = {"messages": [f"[ERROR] {TOKEN} is wrong", 7, None]}
    outcome, _ = send(PAGE, says("invalid_arguments", response_metadata=metadata, needed=TOKEN))
    assert isinstance(outcome, Refused)
    send(PAGE, says(TOKEN))


@pytest.mark.parametrize("to", ["", "#", "a b", "#a,#b", "<!here>", "C1/2", "x" * 90, "a\nb"])
def test_what_is_no_channel_is_refused_before_slack_is_asked(to: str) -> None:
    outcome, receiver = send(replace(PAGE, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_channel"
    assert not receiver.asked


@pytest.mark.parametrize("token", ["", "xoxb a", "xoxb\r\nx: y", "xöxb"])
def test_without_a_token_the_channel_is_off(token: str) -> None:
    outcome = slack.send(Receiver(recorded("posted")), replace(SETTINGS, slack_token=token), PAGE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "channel_off"
    assert not token or token not in repr(outcome)
    assert channels.choose("slack", SETTINGS) == "slack"


def test_settings_do_not_show_their_secrets() -> None:
    assert TOKEN not in repr(SETTINGS)
    assert SECRET not in repr(SETTINGS)


def tell(
    came: Any, answer: HttpAnswer | HttpFailed, url: str = "https://slack.com/api"
) -> tuple[Outcome, Receiver]:
    receiver = Receiver(answer)
    outcome = slack.tell(receiver, replace(SETTINGS, slack_url=url), came, "You have #1042.\n<!here>")
    is_told_well(outcome)
    return outcome, receiver


def test_a_word_to_whoever_pressed_is_seen_by_nobody_else() -> None:
    outcome, receiver = tell(PRESS, HttpAnswer(200, b"ok"))
    assert outcome == Sent("slack-1")
    (one,) = receiver.asked
    assert one.url == HOOK
    assert "authorization" not in one.headers
    body = json.loads(one.body)
    assert (body["response_type"], body["replace_original"]) == ("ephemeral", False)
    blockkit.takes({**body, "attachments": []})
    assert tell(Asked("a", ANA, "help", "C1", HOOK), HttpAnswer(200, b'{"ok":true}'))[0] == Sent("a")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example.com/x",
        "https://hooks.slack.com@evil.example.com/x",
        "https://evil.example.com\\@hooks.slack.com/x",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://[hooks.slack.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://hooks.slack.com/ x",
        "https://hooks.slack.com/\u202e",
        "file:///etc/passwd",
        "https://hooks.slack.com/" + "x" * 3_000,
    ],
)
def test_nobody_but_slack_is_called(url: str) -> None:
    outcome, receiver = tell(replace(PRESS, reply_to=url), HttpAnswer(200, b"ok"))
    assert isinstance(outcome, Refused)
    assert not receiver.asked
    assert not url or url not in repr(outcome)


def test_the_address_that_is_set_up_may_be_answered() -> None:
    local = replace(PRESS, reply_to="http://127.0.0.1:8080/slack/respond/1")
    assert tell(local, HttpAnswer(200, b"ok"), "http://127.0.0.1:8080/slack/api")[0] == Sent("slack-1")
    assert isinstance(tell(local, HttpAnswer(200), "http://127.0.0.1:9090/slack/api")[0], Refused)


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (HttpAnswer(404, b'{"ok":false,"error":"used_url"}'), Refused("answer_too_late", "used_url")),
        (HttpAnswer(200, b'{"ok":false,"error":"expired_url"}'), Refused("answer_too_late", "expired_url")),
        (HttpAnswer(404, b"no"), Refused("answer_too_late", "HTTP 404")),
        (HttpAnswer(200, b'{"ok":false,"error":"h00k-s3cr3t !"}'), Refused("rejected")),
        (HttpAnswer(429, b"", {"retry-after": "3"}), Later("throttled", 3, "HTTP 429")),
        (HttpAnswer(500), Later("carrier_down", None, "HTTP 500", maybe_sent=True)),
        (HttpFailed("timeout", "x", True), Later("timeout", None, "x", maybe_sent=True)),
    ],
)
def test_a_word_that_comes_too_late_is_given_up(answer: HttpAnswer | HttpFailed, meant: Outcome) -> None:
    assert tell(PRESS, answer)[0] == meant


def test_whoever_has_no_address_is_told_nothing() -> None:
    assert isinstance(tell(Ignored("x"), HttpAnswer(200))[0], Refused)
