"""Slack on the handset: what the product sends is shown, and what people do comes as Slack sends it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.handset.chats.slack import SIGNING_SECRET, TOKEN
from local.handset.client import HandsetError, buttons, words
from tests.unit.handset import kit
from tests.unit.handset.kit import Answer, Request, Served
from tocsin.edge.http import HttpClient
from tocsin.paging.channels import slack
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.chat import Asked, Pressed, Spoke

pytestmark = pytest.mark.enable_socket

CARD = replace(kit.CARD, title="<!channel> disk *full* :fire:")
PAGE = Message("p1", "#incidents", "", 1042, card=CARD)


def settings(served: Served) -> ChannelSettings:
    return ChannelSettings(
        slack_url=f"{served.url}/slack/api", slack_token=TOKEN, slack_signing_secret=SIGNING_SECRET
    )


def send(served: Served, message: Message = PAGE) -> Outcome:
    return slack.send(HttpClient(), settings(served), message)


def sent(served: Served, message: Message = PAGE) -> str:
    outcome = send(served, message)
    assert isinstance(outcome, Sent), outcome
    return outcome.provider_id


def came(served: Served, request: Request) -> Any:
    """What the product reads of a request that came to its address."""
    assert (request.method, request.path) == ("POST", "/v1/slack")
    headers = {name.lower(): value for name, value in request.headers}
    (one,) = slack.read(headers, request.body, settings(served), datetime.now(UTC))
    return one


def call(served: Served, method: str, token: str = TOKEN, **asked: Any) -> dict[str, Any]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{served.url}/slack/api/{method}", json.dumps(asked).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        said = json.load(answer)
    assert isinstance(said, dict)
    return said


def test_a_card_is_shown_in_its_channel_and_its_words_are_only_words(served: Served) -> None:
    provider_id = sent(served)
    [message] = served.handset.chat("#incidents")
    assert f"{message['channel']}/{message['provider_id']}" == provider_id
    assert "#1042 checkout: <!channel> disk *full* :fire:" in words(message)
    texts = [text for section in message["sections"] for part in section["parts"] for text in part["texts"]]
    assert {span["style"] for text in texts for span in text} == {"", "bold"}, "bold are our own names alone"
    assert [button["label"] for button in buttons(message)] == ["Acknowledge", "Resolve", "Open in Tocsin"]
    assert [section["tone"] for section in message["sections"]] == ["", "#c8463a"]
    [line] = served.handset.log("chat")
    assert line["text"] == "Slack message in #incidents"


def test_a_card_changes_in_place_and_replies_stand_under_it(served: Served) -> None:
    provider_id = sent(served)
    over = replace(
        PAGE, card=replace(CARD, state="resolved", line="Resolved by Ana Souza"), edits=provider_id
    )
    assert sent(served, over) == provider_id
    [message] = served.handset.chat("#incidents")
    assert "Resolved by Ana Souza" in words(message)
    assert [button["label"] for button in buttons(message)] == ["Open in Tocsin"]
    assert message["edited_at"]
    sent(served, Message("n1", "#incidents", "Ana Souza joins", thread=provider_id))
    reply = served.handset.chat("#incidents")[-1]
    assert reply["thread"] == message["provider_id"]


def test_a_direct_message_is_in_the_hands_of_one_person(served: Served) -> None:
    provider_id = sent(served, replace(PAGE, to="U00000ANA"))
    assert provider_id.startswith("D00000ANA/")
    message = served.handset.wait_for_chat("checkout", "Ana Souza")
    with pytest.raises(HandsetError, match="Ana Souza's direct messages"):
        served.handset.chat_press("ben", message, "Acknowledge")
    assert send(served, replace(PAGE, to="U0NOBODY0")) == Refused("no_such_person", "channel_not_found")


def test_a_button_comes_as_slack_sends_it_and_is_answered_to_the_presser_alone(served: Served) -> None:
    provider_id = sent(served)
    served.handset.chat_press("ben", served.handset.chat()[0], "Acknowledge")
    one = came(served, served.api.requests[0])
    assert isinstance(one, Pressed)
    assert (one.person.id, one.person.name) == ("U00000BEN", "ben")
    assert (one.action, one.number, one.version, one.message) == ("acknowledge", 1042, 7, provider_id)
    told = slack.tell(HttpClient(), settings(served), one, "Ana has it already.")
    assert told == Sent(one.id)
    [aside] = served.handset.chat(only_for="ben")
    assert words(aside) == "Ana has it already."
    with pytest.raises(HandsetError, match="only somebody else sees"):
        served.handset.chat_reply("ana", aside, "what?")


def test_a_response_url_serves_five_answers(served: Served) -> None:
    sent(served)
    served.handset.chat_press("ben", served.handset.chat()[0], "Acknowledge")
    one = came(served, served.api.requests[0])
    told = [slack.tell(HttpClient(), settings(served), one, f"{n}") for n in range(6)]
    assert told == [Sent(one.id)] * 5 + [Refused("answer_too_late", "used_url")]
    unknown = replace(one, reply_to=f"{served.url}/slack/respond/x")
    assert slack.tell(HttpClient(), settings(served), unknown, "x") == Refused(
        "answer_too_late", "expired_url"
    )


def test_a_command_is_asked_and_its_answer_is_seen_by_whoever_asked(served: Served) -> None:
    served.api.answers = lambda request: Answer(200, [("content-type", "text/plain")], b"Nothing is open.")
    served.handset.chat_ask("chi", "list <all> & more")
    one = came(served, served.api.requests[0])
    assert isinstance(one, Asked)
    assert (one.person.id, one.text) == ("U00000CHI", "list <all> & more")
    [aside] = served.handset.chat(only_for="chi")
    assert words(aside) == "Nothing is open."
    served.api.answers = lambda request: Answer(
        200, [], b'{"response_type": "in_channel", "text": "*One* is."}'
    )
    served.handset.chat_ask("chi", "list")
    assert words(served.handset.chat("#incidents")[-1]) == "One is."
    assert served.handset.chat("#incidents")[-1]["only_for"] is None


def test_what_is_written_under_a_card_comes_as_an_event(served: Served) -> None:
    provider_id = sent(served)
    served.handset.chat_reply("ana", served.handset.chat()[0], "note 1042 disk of <db-1> & co")
    one = came(served, served.api.requests[0])
    assert isinstance(one, Spoke)
    assert (one.person.id, one.thread) == ("U00000ANA", provider_id)
    assert one.text == "note 1042 disk of <db-1> & co"
    reply = served.handset.chat("#incidents")[-1]
    assert (reply["author"], words(reply)) == ("ana", "note 1042 disk of <db-1> & co")
    served.handset.chat_reply("ben", reply, "thanks")
    assert came(served, served.api.requests[1]).thread == provider_id, (
        "a reply to a reply stands in its thread"
    )


def test_a_link_that_is_followed_is_told_too(served: Served) -> None:
    sent(served)
    served.handset.chat_press("ana", served.handset.chat()[0], "Open in Tocsin")
    assert came(served, served.api.requests[0]).reason == "a link was followed"


REFUSALS: list[tuple[str, Outcome]] = [
    ("channel_not_found", Refused("no_such_channel", "channel_not_found")),
    ("is_archived", Refused("no_such_channel", "is_archived")),
    ("not_in_channel", Refused("no_such_channel", "not_in_channel")),
    ("missing_scope", Refused("access_denied", "missing_scope: chat:write")),
    ("token_revoked", Refused("access_denied", "token_revoked")),
    ("invalid_blocks", Refused("message_invalid", "invalid_blocks")),
    ("ratelimited", Later("throttled", 2, "HTTP 429: ratelimited")),
    ("internal_error", Later("carrier_down", None, "internal_error", maybe_sent=True)),
    ("lost", Later("carrier_down", None, "HTTP 502", maybe_sent=True)),
    ("down", Later("carrier_down", None, "HTTP 503", maybe_sent=True)),
]


@pytest.mark.parametrize(("kind", "meant"), REFUSALS)
def test_slack_refuses_by_a_switch_and_serves_again(served: Served, kind: str, meant: Outcome) -> None:
    served.handset.chat_refuse(kind)
    assert send(served) == meant
    assert len(served.handset.chat()) == (1 if kind == "lost" else 0)
    assert served.handset.log("chat_refused")[-1]["error"] == kind
    served.handset.chat_refuse(None)
    assert isinstance(send(served), Sent)
    served.handset.chat_refuse(kind, times=1)
    send(served)
    assert served.handset.state()["services"][0]["refuses"] is None


def test_every_switch_is_tried(served: Served) -> None:
    assert set(served.handset.state()["services"][0]["kinds"]) == {kind for kind, _ in REFUSALS}
    with pytest.raises(HandsetError, match="no such refusal"):
        served.handset.chat_refuse("moon")
    with pytest.raises(HandsetError, match="no chat is called 'pigeon'"):
        served.handset.chat_refuse(None, vendor="pigeon")


def test_blocks_that_are_refused_once_come_as_a_line(served: Served) -> None:
    served.handset.chat_refuse("invalid_blocks", times=1)
    assert isinstance(send(served), Sent)
    [message] = served.handset.chat()
    assert buttons(message) == []
    assert "#1042 checkout" in words(message)


def test_nothing_can_be_done_where_slack_is_down(served: Served) -> None:
    sent(served)
    message = served.handset.chat()[0]
    served.handset.chat_refuse("down")
    with pytest.raises(HandsetError, match="Slack is down"):
        served.handset.chat_press("ana", message, "Acknowledge")
    with pytest.raises(HandsetError, match="Slack is down"):
        served.handset.chat_ask("ana", "help")
    assert served.api.requests == []


def test_an_app_that_does_not_take_it_is_told(served: Served) -> None:
    sent(served)
    served.api.answers = lambda request: Answer(500)
    with pytest.raises(HandsetError, match='502: the app answered 500 to the button "Resolve"'):
        served.handset.chat_press("ana", served.handset.chat()[0], "Resolve")
    assert served.handset.log("trouble")[-1]["text"] == "The app did not take it"


def test_a_button_that_has_gone_cannot_be_pressed(served: Served) -> None:
    provider_id = sent(served)
    before = served.handset.chat()[0]
    sent(served, replace(PAGE, card=replace(CARD, version=8), edits=provider_id))
    with pytest.raises(HandsetError, match="no such button any more"):
        served.handset.chat_press("ana", before, "Acknowledge")


TEXT = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "action_id": "a", "text": TEXT}


def block(**more: Any) -> dict[str, Any]:
    return {"text": "x", "blocks": [{"type": "section", "text": TEXT} | more]}


@pytest.mark.parametrize(
    "content",
    [
        {"blocks": "x"},
        {"blocks": [7]},
        {"blocks": [{"type": "section", "text": TEXT}] * 51},
        {"attachments": [{"color": "red!", "blocks": []}]},
        block(text={"type": "plain_text", "text": ""}),
        block(text={"type": "plain_text", "text": "x" * 3001}),
        block(text={"type": "html", "text": "x"}),
        block(text="x"),
        block(block_id="x" * 256),
        block(type="header", text={"type": "plain_text", "text": "x" * 151}),
        block(type="header", text={"type": "mrkdwn", "text": "x"}),
        block(fields=[TEXT] * 11),
        block(fields=[{"type": "mrkdwn", "text": "x" * 2001}]),
        {"blocks": [{"type": "section"}]},
        {"blocks": [{"type": "video"}]},
        {"blocks": [{"type": "context", "elements": []}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON] * 26}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON, BUTTON]}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON | {"value": "x" * 2001}]}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON | {"url": "not a url"}]}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON | {"style": "loud"}]}]},
        {"blocks": [{"type": "actions", "elements": [BUTTON | {"text": TEXT | {"text": "x" * 76}}]}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "datepicker", "action_id": "a"}]}]},
    ],
)
def test_what_slack_would_not_take_is_not_taken(served: Served, content: dict[str, Any]) -> None:
    said = call(served, "chat.postMessage", channel="#incidents", **content)
    assert (said["ok"], said["error"]) == (False, "invalid_blocks")
    assert "json-pointer" in said["response_metadata"]["messages"][0]
    assert served.handset.chat() == []


def test_the_methods_say_what_is_wrong_in_slacks_words(served: Served) -> None:
    posted = call(served, "chat.postMessage", channel="#incidents", text="hello")
    assert posted["ok"]
    at = {"channel": posted["channel"], "ts": posted["ts"]}
    assert call(served, "chat.postMessage", "wrong", channel="#incidents")["error"] == "invalid_auth"
    assert call(served, "chat.postMessage", "", channel="#incidents")["error"] == "not_authed"
    assert call(served, "chat.postMessage", channel="#incidents")["error"] == "no_text"
    assert call(served, "chat.postMessage", channel="C0NOWHERE0", text="x")["error"] == "channel_not_found"
    assert (
        call(served, "chat.postMessage", channel="#incidents", text="x" * 40_001)["error"] == "msg_too_long"
    )
    assert call(served, "chat.postMessage", channel="#incidents", text="x", thread_ts="1.2")["error"] == (
        "thread_not_found"
    )
    assert (
        call(served, "chat.update", channel=at["channel"], ts="1.2", text="x")["error"] == "message_not_found"
    )
    assert (
        call(served, "chat.update", channel="#incidents", ts=at["ts"], text="x")["error"]
        == "channel_not_found"
    )
    served.handset.chat_reply("ana", served.handset.chat()[0], "mine")
    mine = served.handset.chat()[-1]
    assert call(served, "chat.update", **at | {"ts": mine["provider_id"]}, text="x")["error"] == (
        "cant_update_message"
    )
    assert call(served, "chat.delete", **at)["error"] == "unknown_method"
    assert call(served, "auth.test")["bot_id"] == "B0TOCSIN"


def test_a_form_is_taken_as_json_is(served: Served) -> None:
    form = f"token={TOKEN}&channel=%23incidents&text=x&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D"
    request = urllib.request.Request(f"{served.url}/slack/api/chat.postMessage", form.encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.load(answer)["ok"]


def test_starting_over_forgets_what_was_written(served: Served) -> None:
    provider_id = sent(served)
    served.handset.chat_refuse("down")
    served.handset.reset()
    state = served.handset.state()
    assert state["messages"] == []
    assert [one["name"] for one in state["channels"] if one["vendor"] == "slack"] == ["#incidents"]
    assert state["services"][0]["refuses"] is None
    assert isinstance(send(served, replace(PAGE, edits=provider_id)), Sent), "what is gone is posted anew"
