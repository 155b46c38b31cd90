"""Microsoft Teams: what is sent, by which token, to whom, and what each answer of the Connector means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given

from tests.unit.paging import hostile
from tests.unit.paging.cards import CARD, cards
from tests.unit.paging.teams_service import (
    ANSWERS,
    APP,
    NOW,
    PASSWORD,
    SERVICE,
    SETTINGS,
    TENANT,
    Microsoft,
    refuses,
    says,
)
from tocsin.paging.channels import teams
from tocsin.paging.channels.base import REASONS, Later, Message, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.channels.teams import Connector
from tocsin.paging.chat import Asked, Person, Pressed, Spoke, read_button

CHANNEL = "19:0123456789abcdef@thread.tacv2"
TO = f"{SERVICE}/ {CHANNEL}"
ALONE = "a:1qhNLqpUtmuI6U35gzjsJn7u"
PAGE = Message("1042-post", TO, "", 1042, card=CARD, at=NOW)
ANA = Person("teams", "11111111-2222-3333-4444-555555555555", "Ana Souza")
ESCAPED = "19%3A0123456789abcdef%40thread.tacv2"


def send(microsoft: Microsoft, message: Message = PAGE) -> Sent | Refused | Later:
    return teams.send(Connector(microsoft), SETTINGS, message)


def shown(microsoft: Microsoft) -> dict[str, Any]:
    """The card of the last activity."""
    (attachment,) = json.loads(microsoft.to_connector()[-1].body)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card: dict[str, Any] = attachment["content"]
    return card


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """All objects of a card."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from parts(one)
    elif isinstance(value, list):
        for one in value:
            yield from parts(one)


# ----------------------------------------------------------------------------------------------- what is sent


def test_a_card_is_posted_to_its_conversation_with_a_token_of_the_bot() -> None:
    microsoft = Microsoft()
    assert send(microsoft) == Sent(f"{CHANNEL}/1764122400000")
    login, post = microsoft.asked
    assert login.url == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert parse_qs(login.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [APP],
        "client_secret": [PASSWORD],
        "scope": ["https://api.botframework.com/.default"],
    }
    assert (post.method, post.url) == ("POST", f"{SERVICE}/v3/conversations/{ESCAPED}/activities")
    assert post.headers["authorization"] == f"Bearer {ANSWERS['login']['access_token']}"
    body = json.loads(post.body)
    assert body["type"] == "message"
    assert body["summary"] == "#1042 checkout: disk full"
    assert body["channelData"] == {"notification": {"alert": True}}


def test_a_card_is_one_of_version_1_5_with_actions_that_carry_their_button() -> None:
    microsoft = Microsoft()
    send(microsoft)
    card = shown(microsoft)
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.5")
    assert card["actions"] == [
        {
            "type": "Action.Execute",
            "title": "Acknowledge",
            "verb": "acknowledge",
            "data": {"value": "acknowledge:1042:7"},
        },
        {
            "type": "Action.Execute",
            "title": "Resolve",
            "verb": "resolve",
            "data": {"value": "resolve:1042:7"},
        },
        {"type": "Action.OpenUrl", "title": "Open", "url": "https://tocsin.example.com/i/1042"},
        {"type": "Action.OpenUrl", "title": "Runbook", "url": "https://wiki.example.com/disk"},
    ]
    words = [part["text"] for part in parts(card) if part.get("type") == "TextRun"]
    assert words == [
        "🔴 checkout: disk full",
        "#1042 · triggered · high urgency · critical · 3 alerts · since 26 Nov 2026 02:00 UTC",
        "Paged Ana Souza by SMS",
    ]
    assert card["body"][0]["style"] == "attention"


@pytest.mark.parametrize(
    ("state", "urgency", "style"),
    [
        ("triggered", "high", "attention"),
        ("triggered", "low", "warning"),
        ("acknowledged", "high", "warning"),
        ("snoozed", "low", "accent"),
        ("resolved", "high", "good"),
    ],
)
def test_the_colour_says_how_it_stands(state: str, urgency: str, style: str) -> None:
    microsoft = Microsoft()
    send(microsoft, replace(PAGE, card=replace(CARD, state=state, urgency=urgency)))
    assert shown(microsoft)["body"][0]["style"] == style


def test_a_resolved_incident_has_nothing_left_to_press() -> None:
    microsoft = Microsoft()
    send(microsoft, replace(PAGE, card=replace(CARD, state="resolved", buttons=(), link="", runbook="")))
    assert "actions" not in shown(microsoft)


def test_a_notice_is_a_card_of_lines() -> None:
    microsoft = Microsoft()
    send(microsoft, Message("n", TO, "Your turn begins.\n\n**not bold** {{DATE(x)}}", at=NOW))
    words = [part["text"] for part in parts(shown(microsoft)) if part.get("type") == "TextRun"]
    assert words == ["Your turn begins.", "**not bold** {\u2060{DATE(x)}}"]


def test_a_message_without_the_time_is_a_defect_of_ours() -> None:
    with pytest.raises(ValueError, match="time of its sending"):
        send(Microsoft(), replace(PAGE, at=None))


def test_a_card_is_edited_in_place_without_ringing_again() -> None:
    microsoft = Microsoft()
    assert send(microsoft, replace(PAGE, edits=f"{CHANNEL}/1764122400000")) == Sent(
        f"{CHANNEL}/1764122400000"
    )
    (put,) = microsoft.to_connector()
    assert put.method == "PUT"
    assert put.url == f"{SERVICE}/v3/conversations/{ESCAPED}/activities/1764122400000"
    assert "channelData" not in json.loads(put.body)


def test_an_edit_that_is_answered_with_nothing_is_done() -> None:
    microsoft = Microsoft([HttpAnswer(200)])
    assert send(microsoft, replace(PAGE, edits=f"{CHANNEL}/7")) == Sent(f"{CHANNEL}/7")


def test_a_card_that_somebody_deleted_is_sent_anew() -> None:
    microsoft = Microsoft([refuses(404, "ActivityNotFoundInConversation"), says(ANSWERS["sent"])])
    assert send(microsoft, replace(PAGE, edits=f"{CHANNEL}/7")) == Sent(f"{CHANNEL}/1764122400000")
    assert [one.method for one in microsoft.to_connector()] == ["PUT", "POST"]


def test_a_card_that_is_only_to_be_changed_where_it_stands_is_not_sent_anew() -> None:
    microsoft = Microsoft([refuses(404, "ActivityNotFoundInConversation")])
    outcome = send(microsoft, replace(PAGE, to="", edits=f"{ALONE}/7"))
    assert isinstance(outcome, Refused)
    assert [one.method for one in microsoft.to_connector()] == ["PUT"]


def test_an_edit_that_is_too_early_is_no_new_message() -> None:
    microsoft = Microsoft([HttpAnswer(429, b"", {"retry-after": "3"})])
    assert send(microsoft, replace(PAGE, edits=f"{CHANNEL}/7")) == Later("throttled", 3, "HTTP 429")
    assert len(microsoft.to_connector()) == 1


@pytest.mark.parametrize(
    ("thread", "conversation"),
    [
        (f"{CHANNEL}/1764122400000", f"{ESCAPED}%3Bmessageid%3D1764122400000"),
        (f"{CHANNEL};messageid=5/9", f"{ESCAPED}%3Bmessageid%3D5"),
        ("19:another@thread.tacv2/7", ESCAPED),
        ("nonsense", ESCAPED),
    ],
)
def test_a_card_stands_in_the_thread_of_its_channel(thread: str, conversation: str) -> None:
    microsoft = Microsoft()
    send(microsoft, replace(PAGE, thread=thread))
    assert f"/conversations/{conversation}/activities" in microsoft.to_connector()[0].url


def test_a_chat_without_threads_gets_the_message_itself() -> None:
    microsoft = Microsoft()
    send(microsoft, replace(PAGE, to=f"{SERVICE} {ALONE}", thread=f"{ALONE}/7"))
    assert microsoft.to_connector()[0].url.endswith("/conversations/a%3A1qhNLqpUtmuI6U35gzjsJn7u/activities")


def test_a_conversation_without_an_address_is_reached_by_the_one_set_up() -> None:
    microsoft = Microsoft()
    send(microsoft, replace(PAGE, to=CHANNEL))
    assert microsoft.to_connector()[0].url.startswith("https://smba.trafficmanager.net/teams/v3/")


@pytest.mark.parametrize(
    "service",
    [
        "https://evil.example.com/teams",
        "http://smba.trafficmanager.net/teams",
        "https://smba.trafficmanager.net.evil.com/",
        "https://smba.trafficmanager.net@evil.com/",
        "https://evil.com#smba.trafficmanager.net",
        "https://smba.trafficmanager.net:444/teams",
        "https://smba.trafficmanager.net/../x",
        "https://smba.trafficmanager.net/teams?x=1",
        "https://smba.trafficmanager.net/teams%2f..",
        "https://[smba.trafficmanager.net/teams",
        "https://SMBA.trafficmanager.net/teams",
    ],
)
def test_the_token_of_the_bot_goes_to_no_host_but_microsofts(service: str) -> None:
    microsoft = Microsoft()
    outcome = send(microsoft, replace(PAGE, to=f"{service} {CHANNEL}"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_channel"
    assert not microsoft.asked


@pytest.mark.parametrize("to", ["", "#incidents", " ", "a b c", f"{SERVICE}", f"{SERVICE} a/b", "x" * 401])
def test_what_is_no_conversation_is_refused(to: str) -> None:
    microsoft = Microsoft([refuses(404, "ConversationNotFound")])
    outcome = send(microsoft, replace(PAGE, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason in ("no_such_channel", "no_such_person")


# ----------------------------------------------------------------------------------------------- people


PERSON = "11111111-2222-3333-4444-555555555555"


def to_person(
    microsoft: Microsoft, connector: Connector | None = None, **change: Any
) -> Sent | Refused | Later:
    message = replace(PAGE, to=PERSON, **change)
    return teams.send(connector or Connector(microsoft), SETTINGS, message)


def test_a_person_is_written_to_alone_in_a_conversation_that_is_made_once() -> None:
    microsoft = Microsoft(sends=[says({"id": ALONE}), says({"id": "7"}), says({"id": "8"})])
    connector = Connector(microsoft)
    assert to_person(microsoft, connector) == Sent(f"{ALONE}/7")
    assert to_person(microsoft, connector) == Sent(f"{ALONE}/8")
    made, first, second = microsoft.to_connector()
    assert made.url == "https://smba.trafficmanager.net/teams/v3/conversations"
    assert json.loads(made.body) == {
        "bot": {"id": f"28:{APP}"},
        "isGroup": False,
        "members": [{"id": PERSON}],
        "tenantId": TENANT,
        "channelData": {"tenant": {"id": TENANT}},
    }
    assert first.url == second.url
    assert first.url.endswith("/v3/conversations/a%3A1qhNLqpUtmuI6U35gzjsJn7u/activities")


def test_a_persons_card_is_changed_where_it_stands() -> None:
    microsoft = Microsoft(sends=[says({"id": "7"})])
    assert to_person(microsoft, edits=f"{ALONE}/7") == Sent(f"{ALONE}/7")
    [put] = microsoft.to_connector()
    assert (put.method, put.url.rpartition("/")[2]) == ("PUT", "7")


@pytest.mark.parametrize("status", [403, 404])
def test_somebody_for_whom_the_app_is_not_installed_is_nobody_it_reaches(status: int) -> None:
    outcome = to_person(Microsoft(sends=[refuses(status, "BotNotInConversationRoster")]))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_person"


@pytest.mark.parametrize("made", [{}, {"id": ""}, {"id": "a b"}, {"id": 7}, []])
def test_an_answer_without_a_conversation_is_asked_again(made: Any) -> None:
    assert isinstance(to_person(Microsoft(sends=[says(made)])), Later)


def test_a_person_is_looked_for_in_no_tenant_that_is_not_named() -> None:
    microsoft = Microsoft()
    settings = replace(SETTINGS, teams_tenant="botframework.com")
    outcome = teams.send(Connector(microsoft), settings, replace(PAGE, to=PERSON))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, "teams_tenant" in outcome.detail) == ("channel_off", True)
    assert microsoft.to_connector() == []


def test_a_service_that_was_set_up_gets_the_token_too() -> None:
    own = replace(SETTINGS, teams_service_url="http://127.0.0.1:8484/teams/")
    microsoft = Microsoft()
    outcome = teams.send(
        Connector(microsoft), own, replace(PAGE, to=f"http://127.0.0.1:8484/teams {CHANNEL}")
    )
    assert outcome == Sent(f"{CHANNEL}/1764122400000")
    assert microsoft.to_connector()[0].url.startswith("http://127.0.0.1:8484/teams/v3/conversations/")


@given(cards)
def test_no_alert_can_make_a_card_that_teams_would_read_as_its_own(card: Any) -> None:
    microsoft = Microsoft()
    assert send(microsoft, replace(PAGE, card=card)) == Sent(f"{CHANNEL}/1764122400000")
    assert len(microsoft.to_connector()[0].body) < 28_000, "Teams takes no larger message everywhere"
    made = shown(microsoft)
    for part in parts(made):
        assert part.get("type") not in ("TextBlock", "FactSet"), "these read Markdown"
        if part.get("type") == "TextRun":
            assert part["text"].strip()
            assert "\n" not in part["text"]
            assert "{{" not in part["text"]
            assert not re.search(r"https?://|\bwww\.\w\w|\0", part["text"])
    for action in made.get("actions", []):
        assert action["title"].strip()
        if action["type"] == "Action.OpenUrl":
            assert re.fullmatch(r"https://[!-~]+", action["url"])
        else:
            assert read_button(action["data"]["value"])
    assert len(made.get("actions", [])) <= 6


@given(hostile.texts)
def test_no_notice_is_one_that_teams_would_refuse(text: str) -> None:
    microsoft = Microsoft()
    send(microsoft, Message("n", TO, text, at=NOW))
    assert all(part["text"] for part in parts(shown(microsoft)) if part.get("type") == "TextRun")
    assert json.loads(microsoft.to_connector()[0].body)["summary"]


# ------------------------------------------------------------------------------------------------- the token


def test_a_token_is_kept_for_its_life() -> None:
    microsoft = Microsoft()
    connector = Connector(microsoft)
    for minutes in (0, 1, 57):
        teams.send(connector, SETTINGS, replace(PAGE, at=NOW + timedelta(minutes=minutes)))
    assert len(microsoft.log_ins()) == 1
    teams.send(connector, SETTINGS, replace(PAGE, at=NOW + timedelta(minutes=58, seconds=30)))
    assert len(microsoft.log_ins()) == 2


def test_a_token_of_another_bot_is_not_used() -> None:
    microsoft = Microsoft()
    connector = Connector(microsoft)
    teams.send(connector, SETTINGS, PAGE)
    teams.send(connector, replace(SETTINGS, teams_app_id=APP.replace("4", "5")), PAGE)
    assert len(microsoft.log_ins()) == 2


def test_a_token_that_was_taken_back_is_asked_for_anew_once() -> None:
    microsoft = Microsoft([HttpAnswer(401), says(ANSWERS["sent"])])
    assert send(microsoft) == Sent(f"{CHANNEL}/1764122400000")
    assert len(microsoft.log_ins()) == 2
    refused = send(Microsoft([HttpAnswer(401)]))
    assert isinstance(refused, Refused)
    assert refused.reason == "access_denied"


@pytest.mark.parametrize(("name", "status"), [("login_refused", 401), ("login_unknown", 400)])
def test_a_bot_that_microsoft_does_not_know_has_no_access(name: str, status: int) -> None:
    microsoft = Microsoft(login=says(ANSWERS[name], status))
    outcome = send(microsoft)
    assert outcome == Refused("access_denied", f"HTTP {status}: log-in: {ANSWERS[name]['error']}")
    assert not microsoft.to_connector()


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (says(ANSWERS["login_busy"], 400), "carrier_down"),
        (HttpAnswer(503), "carrier_down"),
        (HttpAnswer(429), "throttled"),
        (HttpAnswer(200, b"<html>"), "carrier_down"),
        (says({"access_token": "a\r\nx: y", "expires_in": 3600}), "carrier_down"),
        (says({"access_token": "", "expires_in": 3600}), "carrier_down"),
        (says({"access_token": "x"}), "carrier_down"),
        (HttpFailed("timeout", PASSWORD, True), "timeout"),
        (HttpFailed("no_connection", "", False), "no_connection"),
    ],
)
def test_a_log_in_that_fails_for_now_sent_nothing(login: HttpAnswer | HttpFailed, reason: str) -> None:
    outcome = send(Microsoft(login=login))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_sent) == (reason, False)


@pytest.mark.parametrize(
    "change",
    [
        {"teams_app_id": ""},
        {"teams_app_id": "../x"},
        {"teams_app_password": ""},
        {"teams_tenant": ""},
        {"teams_tenant": "a/b"},
    ],
)
def test_without_a_bot_the_channel_is_off(change: dict[str, Any]) -> None:
    microsoft = Microsoft()
    outcome = teams.send(Connector(microsoft), replace(SETTINGS, **change), PAGE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "channel_off"
    assert not microsoft.asked


def test_no_secret_is_told() -> None:
    token = ANSWERS["login"]["access_token"]
    connector = Connector(Microsoft([HttpFailed("timeout", f"{token} {PASSWORD}", True)]))
    outcome = teams.send(connector, SETTINGS, PAGE)
    assert outcome == Later("timeout", None, "", True)
    for secret in (token, PASSWORD):
        assert secret not in repr(SETTINGS)
        assert secret not in repr(connector).replace(repr(connector.http), "")


# ------------------------------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(("status", "code", "words", "reason"), ANSWERS["refusals"])
def test_each_refusal_says_why(status: int, code: str, words: str, reason: str) -> None:
    outcome = send(Microsoft([refuses(status, code, words)]))
    assert outcome == Refused(
        reason, f"HTTP {status}: {code}: {words}" if words else f"HTTP {status}: {code}"
    )
    assert reason in REASONS


def test_somebody_who_blocked_the_bot_is_nobody_it_reaches() -> None:
    outcome = send(
        Microsoft([refuses(403, "ConversationBlockedByUser", "User blocked the conversation with the bot.")]),
        replace(PAGE, to=ALONE),
    )
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_such_person"


def test_two_changes_at_once_are_tried_again() -> None:
    outcome = send(Microsoft([refuses(412, "PreconditionFailed", "try again")]))
    assert outcome == Later("carrier_down", None, "HTTP 412: PreconditionFailed: try again")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_connector_may_have_sent_it(status: int) -> None:
    outcome = send(Microsoft([refuses(status, "ServiceError")]))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_sent) == ("carrier_down", True)


@pytest.mark.parametrize("body", [b"", b"null", b'{"error":"x"}', b'{"error":{"code":[]}}', b"[" * 90_000])
def test_a_refusal_in_other_words_is_still_one(body: bytes) -> None:
    outcome = send(Microsoft([HttpAnswer(403, body)]))
    assert outcome == Refused("no_such_channel", "HTTP 403")


# -------------------------------------------------------------------------------------------------- the answer


def test_a_press_is_answered_with_a_word_or_with_the_card_as_it_is_now() -> None:
    assert json.loads(teams.answer("#1042 acknowledged.")) == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "#1042 acknowledged.",
    }
    card = json.loads(teams.answer("", replace(CARD, state="acknowledged")))
    assert card["type"] == "application/vnd.microsoft.card.adaptive"
    assert card["value"]["type"] == "AdaptiveCard"
    assert json.loads(teams.answer(" "))["value"] == "Nothing was changed."


@pytest.mark.parametrize(
    ("came", "conversation"),
    [
        (
            Asked("1", ANA, "ack 1042", f"{SERVICE} {CHANNEL}", f"{SERVICE} {CHANNEL};messageid=5"),
            "messageid%3D5",
        ),
        (Spoke("1", ANA, "noted", f"{CHANNEL}/5", f"{SERVICE} {CHANNEL}"), "messageid%3D5"),
        (Pressed("1", ANA, "resolve", 1, 1, f"{ALONE}/7", f"{SERVICE} {ALONE}"), "a%3A1qhN"),
    ],
)
def test_an_answer_stands_where_it_was_asked_for(came: Any, conversation: str) -> None:
    microsoft = Microsoft()
    assert isinstance(teams.tell(Connector(microsoft), SETTINGS, came, "#1042 acknowledged.", NOW), Sent)
    assert conversation in microsoft.to_connector()[0].url


def test_an_answer_goes_to_no_host_but_microsofts() -> None:
    microsoft = Microsoft()
    came = Asked("1", ANA, "ack", "", f"https://evil.example.com {CHANNEL}")
    assert isinstance(teams.tell(Connector(microsoft), SETTINGS, came, "x", NOW), Refused)
    assert not microsoft.asked
