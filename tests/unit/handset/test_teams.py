"""Teams on the handset: what the product sends is shown, and what people do comes as Teams sends it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.handset.chats.teams import APP, PASSWORD, TENANT
from local.handset.chats.teams_cards import ConnectorError, read
from local.handset.client import HandsetError, buttons, words
from tests.unit.handset import kit
from tests.unit.handset.kit import BEN_THERE, TEAM, Answer, Request, Served
from tocsin.edge.http import HttpClient
from tocsin.paging.channels import teams
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.teams import Connector
from tocsin.paging.chat import Asked, Forged, Pressed, Spoke

pytestmark = pytest.mark.enable_socket

CARD = replace(
    kit.CARD, title="**disk** [x](https://evil.example) {{DATE(2026-01-01T00:00:00Z)}} <at>Ana</at>"
)


def page(**more: Any) -> Message:
    return replace(Message("p1", TEAM, "", 1042, card=CARD, at=datetime.now(UTC)), **more)


def settings(served: Served) -> ChannelSettings:
    base = f"{served.url}/teams"
    return ChannelSettings(
        teams_service_url=base,
        teams_login_url=f"{base}/login",
        teams_keys_url=f"{base}/openid",
        teams_app_id=APP,
        teams_tenant=TENANT,
        teams_app_password=PASSWORD,
    )


def send(served: Served, message: Message | None = None) -> Outcome:
    return teams.send(Connector(HttpClient()), settings(served), message or page())


def sent(served: Served, message: Message | None = None) -> str:
    outcome = send(served, message)
    assert isinstance(outcome, Sent), outcome
    return outcome.provider_id


def came(served: Served, request: Request | None = None) -> Any:
    """What the product reads of a request that came to its address; by default the last one."""
    request = request or served.api.requests[-1]
    assert (request.method, request.path) == ("POST", "/v1/teams")
    headers = {name.lower(): value for name, value in request.headers}
    (one,) = teams.read(headers, request.body, settings(served), datetime.now(UTC), Connector(HttpClient()))
    return one


def card(served: Served, channel: str = "Alerts") -> Any:
    return served.handset.chat(channel)[0]


def answers(served: Served, body: bytes) -> None:
    served.api.answers = lambda request: Answer(200, [("content-type", "application/json")], body)


def spans(message: Any) -> Iterator[Any]:
    for section in message["sections"]:
        for part in section["parts"]:
            for text in part["texts"]:
                yield from text


def test_a_card_is_shown_in_its_channel_and_its_words_are_only_words(served: Served) -> None:
    place = sent(served)
    message = card(served)
    assert f"{message['channel']}/{message['provider_id']}" == place
    assert "🔴 checkout: **disk**" in words(message)
    assert {(span["style"], span["href"]) for span in spans(message)} == {("bold", ""), ("", "")}
    assert [button["label"] for button in buttons(message)] == ["Acknowledge", "Resolve", "Open"]
    assert [section["tone"] for section in message["sections"]] == ["#c4314b", ""]


def test_a_card_changes_in_place_and_what_happened_stands_in_its_thread(served: Served) -> None:
    place = sent(served)
    over = replace(CARD, state="resolved", line="Resolved by Ana Souza", buttons=())
    assert sent(served, page(card=over, edits=place)) == place
    message = card(served)
    assert "Resolved by Ana Souza" in words(message)
    assert [button["label"] for button in buttons(message)] == ["Open"]
    line = Message("n1", TEAM, "Ana Souza joins", thread=place, at=datetime.now(UTC))
    assert sent(served, line).startswith(f"{TEAM};messageid={message['provider_id']}/")
    assert served.handset.chat("Alerts")[-1]["thread"] == message["provider_id"]


def test_a_person_is_reached_by_the_id_of_the_file_in_a_chat_of_their_own(served: Served) -> None:
    assert sent(served, page(to=BEN_THERE)).startswith(f"a:{BEN_THERE}/")
    with pytest.raises(HandsetError, match="Ben Okafor's direct messages"):
        served.handset.chat_press("ana", card(served, "Ben Okafor"), "Acknowledge")
    unknown = send(served, page(to="99999999-2222-3333-4444-555555555555"))
    assert isinstance(unknown, Refused)
    assert unknown.reason == "no_such_person"


def test_a_button_comes_as_teams_sends_it_and_a_word_is_shown_to_the_presser_alone(served: Served) -> None:
    place = sent(served)
    answers(served, teams.answer("Ana has it already."))
    served.handset.chat_press("ben", card(served), "Acknowledge")
    one = came(served)
    assert isinstance(one, Pressed)
    assert (one.person.id, one.person.name) == (BEN_THERE, "Ben Okafor")
    assert (one.action, one.number, one.version, one.message) == ("acknowledge", 1042, 7, place)
    [aside] = served.handset.chat(only_for="ben")
    assert words(aside) == "Ana has it already."


def test_a_card_that_answers_a_press_has_to_be_one(served: Served) -> None:
    sent(served)
    answers(served, teams.answer("", CARD))
    served.handset.chat_press("ben", card(served), "Acknowledge")
    for body in (
        b"",
        b"{}",
        b'{"statusCode":500,"type":"x"}',
        teams.answer("", CARD).replace(b"Rich", b"Fat"),
    ):
        answers(served, body)
        with pytest.raises(HandsetError, match=r"Teams (does not show|shows what went wrong)"):
            served.handset.chat_press("ben", card(served), "Acknowledge")
    assert served.handset.chat(only_for="ben") == []


def test_what_is_written_to_the_bot_and_under_a_card_comes_as_such(served: Served) -> None:
    place = sent(served)
    served.handset.chat_reply("ben", card(served), "disk of <db-1> & co")
    spoke = came(served)
    assert isinstance(spoke, Spoke)
    assert (spoke.person.id, spoke.thread, spoke.text) == (BEN_THERE, place, "disk of <db-1> & co")
    served.handset.chat_ask("ben", "ack 1042", "Alerts", vendor="teams")
    asked = came(served)
    assert isinstance(asked, Asked)
    assert asked.text == "ack 1042"
    assert words(served.handset.chat("Alerts")[-1]) == "@Tocsin ack 1042"
    told = teams.tell(
        Connector(HttpClient()), settings(served), asked, "#1042 acknowledged.", datetime.now(UTC)
    )
    assert isinstance(told, Sent)
    mine, answer = served.handset.chat("Alerts")[-2:]
    assert answer["thread"] == mine["provider_id"], "it is answered under their words"
    served.handset.chat_ask("ben", "open", "Ben Okafor", vendor="teams")
    alone = came(served)
    assert (alone.text, alone.channel) == ("open", f"{served.url}/teams a:{BEN_THERE}")


def test_what_is_signed_holds_for_what_was_signed_alone(served: Served) -> None:
    sent(served)
    answers(served, teams.answer("x"))
    served.handset.chat_press("ben", card(served), "Acknowledge")
    request = served.api.requests[-1]
    elsewhere = replace(request, body=request.body.replace(b"/teams/", b"/steam/"))
    with pytest.raises(Forged):
        came(served, elsewhere)
    token = [(name, value[:-8] + "AAAAAAAA") for name, value in request.headers if name == "authorization"]
    with pytest.raises(Forged):
        came(served, replace(request, headers=token))


def test_a_link_that_is_followed_is_nobodys_business(served: Served) -> None:
    sent(served)
    served.handset.chat_press("ana", card(served), "Open")
    assert served.api.requests == []


#: The switch, and what it means to a channel's card.
REFUSALS: list[tuple[str, str]] = [
    ("not_in_roster", "no_such_channel"),
    ("disabled", "no_such_channel"),
    ("not_found", "no_such_channel"),
    ("unauthorized", "access_denied"),
    ("too_many", "throttled"),
    ("internal", "carrier_down"),
    ("lost", "carrier_down"),
    ("down", "carrier_down"),
]


@pytest.mark.parametrize(("kind", "reason"), REFUSALS)
def test_teams_refuses_by_a_switch_and_serves_again(served: Served, kind: str, reason: str) -> None:
    served.handset.chat_refuse(kind, vendor="teams")
    outcome = send(served)
    assert isinstance(outcome, (Refused, Later))
    assert outcome.reason == reason
    assert len(served.handset.chat("Alerts")) == (1 if kind == "lost" else 0)
    assert served.handset.log("chat_refused")[-1]["error"] == kind
    served.handset.chat_refuse(None, vendor="teams")
    sent(served)
    served.handset.chat_refuse(kind, times=1, vendor="teams")
    send(served)
    assert service(served)["refuses"] is None


def service(served: Served) -> Any:
    return next(one for one in served.handset.state()["services"] if one["name"] == "teams")


def test_a_person_blocks_the_bot_and_a_change_meets_another(served: Served) -> None:
    served.handset.chat_refuse("blocked", vendor="teams")
    refused = send(served, page(to=BEN_THERE))
    assert isinstance(refused, Refused)
    assert refused.reason == "no_such_person"
    place = sent(served)
    served.handset.chat_refuse("conflict", times=1, vendor="teams")
    sent(served)
    assert isinstance(send(served, page(edits=place)), Later)
    assert set(service(served)["kinds"]) == {kind for kind, _ in REFUSALS} | {"blocked", "conflict"}


def test_only_the_bot_is_let_in(served: Served) -> None:
    known = settings(served)
    for wrong in (
        replace(known, teams_app_password="guess"),
        replace(known, teams_app_id=TENANT),
        replace(known, teams_tenant=APP),
    ):
        outcome = teams.send(Connector(HttpClient()), wrong, page())
        assert isinstance(outcome, Refused)
        assert outcome.reason == "access_denied"
    url = f"{served.url}/teams/v3/conversations/{TEAM}/activities"
    request = urllib.request.Request(url, b"{}", {"authorization": "Bearer guess"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 401
    assert served.handset.chat("Alerts") == []


def test_what_is_gone_is_posted_anew(served: Served) -> None:
    place = sent(served)
    served.handset.reset()
    assert served.handset.chat() == []
    assert sent(served, page(edits=place)) != place


RUN = {"type": "TextRun", "text": "x"}
BLOCK = {"type": "RichTextBlock", "inlines": [RUN]}
EXECUTE = {"type": "Action.Execute", "title": "Do", "verb": "do"}


def activity(*body: Any, actions: Any = None, **more: Any) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": actions, **more}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"type": "message", "attachments": [attachment]}


def test_what_the_client_would_fill_in_is_seen() -> None:
    [section] = read(
        activity({**BLOCK, "inlines": [{**RUN, "text": "at {{TIME(2026-01-01T00:00:00Z)}} UTC"}]})
    )
    assert [span.style for span in section.parts[0].texts[0]] == ["", "mention", ""]


def test_six_actions_are_shown() -> None:
    [section] = read(activity(actions=[EXECUTE] * 9))
    assert len(section.parts[0].buttons) == 6


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"type": "message", "text": "hello"}, "BadSyntax"),
        ({"type": "message", "attachments": [{"contentType": "text/html"}]}, "BadSyntax"),
        (activity(BLOCK, version="1.6"), "BadSyntax"),
        (activity(BLOCK, type="Card"), "BadSyntax"),
        (activity({"type": "TextBlock", "text": "**x**"}), "BadSyntax"),
        (activity({**BLOCK, "inlines": ["x"]}), "BadSyntax"),
        (activity({"type": "Container", "style": "loud", "items": [BLOCK]}), "BadSyntax"),
        (activity({"type": "Container", "items": "x"}), "BadSyntax"),
        (activity(actions=[{**EXECUTE, "title": ""}]), "BadSyntax"),
        (activity(actions=[{**EXECUTE, "type": "Action.Submit"}]), "BadSyntax"),
        (activity(actions=[{"type": "Action.OpenUrl", "title": "x", "url": "javascript:x"}]), "BadSyntax"),
        (activity({**BLOCK, "inlines": [{**RUN, "text": "x" * 60_000}]}), "MessageSizeTooBig"),
    ],
)
def test_what_teams_would_not_take_is_not_taken(asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ConnectorError) as refused:
        read(asked)
    assert refused.value.body["error"]["code"] == code
