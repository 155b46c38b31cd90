"""What people press and write in Teams, and whose requests are believed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging.recorded_chat import mangled, recorded
from tests.unit.paging.teams_service import (
    ANSWERS,
    APP,
    NOW,
    SERVICE,
    SETTINGS,
    Microsoft,
    public,
    says,
    signed,
)
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.channels.teams import Connector, NoKeys, read
from tocsin.paging.channels.teams_places import place
from tocsin.paging.chat import Asked, Forged, Ignored, Person, Pressed, Spoke

CHANNEL = "19:0123456789abcdef@thread.tacv2"
ANA = Person("teams", "11111111-2222-3333-4444-555555555555", "Ana Souza")
ACTIVITIES = recorded("teams/activities")
#: One for all tests that do not look at the keys.
CONNECTOR = Connector(Microsoft())


def came(which: str, /, **change: Any) -> Any:
    (one,) = read(
        {"authorization": signed()},
        json.dumps({**ACTIVITIES[which], **change}).encode(),
        SETTINGS,
        NOW,
        CONNECTOR,
    )
    return one


def reads(authorization: str, connector: Connector = CONNECTOR, **change: Any) -> Any:
    body = json.dumps({**ACTIVITIES["press"], **change}).encode()
    (one,) = read({"authorization": authorization}, body, SETTINGS, NOW, connector)
    return one


# ---------------------------------------------------------------------------------------- what people do there


def test_a_press_names_the_incident_what_was_seen_of_it_and_its_card() -> None:
    assert came("press") == Pressed(
        "f:bc319b1a-571a-194f-9ffb-11aa7f0b4bd5",
        ANA,
        "acknowledge",
        1042,
        7,
        message=f"{CHANNEL}/1764122400000",
        reply_to=f"{SERVICE} {CHANNEL};messageid=1764122400000",
    )


def test_a_person_is_the_same_however_their_id_is_written() -> None:
    account = {**ACTIVITIES["press"]["from"], "aadObjectId": "AAAAAAAA-2222-3333-4444-BBBBBBBBBBBB"}
    assert came("press", **{"from": account}).person.id == "aaaaaaaa-2222-3333-4444-bbbbbbbbbbbb"


def test_a_card_that_stands_in_a_thread_is_called_by_its_thread() -> None:
    assert came("press", replyToId="99").message == f"{CHANNEL};messageid=1764122400000/99"


def test_a_call_of_the_bot_is_asked_without_its_name() -> None:
    asked = came("command")
    assert asked == Asked(
        "1764122500000",
        ANA,
        "ack 1042",
        f"{SERVICE} {CHANNEL}",
        f"{SERVICE} {CHANNEL};messageid=1764122500000",
    )
    assert place(asked.channel, SETTINGS) is not None, "somebody can set this up as the to of messages"


def test_a_call_of_the_bot_under_a_message_names_it() -> None:
    where = {**ACTIVITIES["command"]["conversation"], "id": f"{CHANNEL};messageid=1764122400000"}
    assert came("command", conversation=where).thread == f"{CHANNEL}/1764122400000"


def test_alone_with_the_bot_its_name_is_not_needed() -> None:
    asked = came("personal")
    assert asked.text == "ack 1042"
    assert asked.channel == f"{SERVICE} a:1qhNLqpUtmuI6U35gzjsJn7u_RnCkW8N-iZALHfN8"
    assert asked.thread == ""


def test_an_answer_is_said_under_the_message() -> None:
    assert came("answer") == Spoke(
        "1764122700000",
        ANA,
        "the disk is being grown, Ben helps",
        f"{CHANNEL}/1764122400000",
        f"{SERVICE} {CHANNEL}",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<at>Tocsin</at> <b>ack</b> &lt;1042&gt;", "<b>ack</b> <1042>"),
        ("ack  1042 <at>Tocsin</at>", "ack 1042"),
        ('<at id="0">Tocsin</at> ack', "Tocsin ack"),
        ("<at>Tocsin</at> note 1042 one\r\ntwo", "note 1042 one\ntwo"),
        ("<at>Tocsin</at> a&#0;&#xd800;b", "a\ufffd\ufffdb"),
    ],
)
def test_the_marks_around_names_are_taken_away(text: str, said: str) -> None:
    assert came("command", text=text).text == said


def test_a_conversation_that_the_bot_came_into_is_named_for_whoever_sets_it_up() -> None:
    assert came("added") == Ignored(f"conversationUpdate in {SERVICE} {CHANNEL}")


@pytest.mark.parametrize(
    "change",
    [
        {"channelId": "webchat"},
        {"type": "typing"},
        {"type": None},
        {"id": None},
        {"id": "a b"},
        {"id": "a/b"},
        {"conversation": {}},
        {"from": {}},
        {"from": {"id": "28:another-bot", "name": "Robot"}},
        {"text": "<at>Tocsin</at> "},
        {"entities": []},
    ],
)
def test_what_no_person_said_to_the_bot_is_ignored(change: dict[str, Any]) -> None:
    assert isinstance(came("command", **change), Ignored)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "composeExtension/query"},
        {"value": {"action": {"verb": "acknowledge", "data": {"value": "acknowledge:x:7"}}}},
        {"value": {"action": "acknowledge"}},
        {"value": None},
    ],
)
def test_what_is_no_button_of_ours_acts_on_nothing(change: dict[str, Any]) -> None:
    assert isinstance(came("press", **change), Ignored)


def test_another_tenant_that_took_the_bot_in_is_not_heard() -> None:
    where = {**ACTIVITIES["press"]["conversation"], "tenantId": "99999999-86f1-41af-91ab-2d7cd011db47"}
    assert came("press", conversation=where) == Ignored("an activity of another tenant")


def test_an_unknown_host_is_told_and_gets_nothing() -> None:
    one = reads(
        signed(serviceurl="https://new.microsoft.example/"), serviceUrl="https://new.microsoft.example/"
    )
    assert isinstance(one, Ignored)


# ------------------------------------------------------------------------------------------------ who is believed


def test_a_token_of_the_bot_framework_is_believed() -> None:
    assert isinstance(reads(signed()), Pressed)
    assert isinstance(reads(signed().replace("Bearer", "bearer")), Pressed)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/"},
        {"iss": None},
        {"aud": "00000000-1111-2222-3333-555555555555"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 10**30},
        {"exp": int((NOW - timedelta(minutes=5, seconds=1)).timestamp())},
        {"nbf": int((NOW + timedelta(minutes=5, seconds=1)).timestamp())},
        {"serviceurl": None},
        {"serviceurl": "https://smba.trafficmanager.net/amer/"},
        {"serviceurl": [SERVICE]},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_forged(claims: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        reads(signed(**claims))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int((NOW - timedelta(minutes=4)).timestamp())},
        {"nbf": int((NOW + timedelta(minutes=4)).timestamp())},
        {"nbf": None},
        {"serviceurl": None, "serviceUrl": SERVICE},
    ],
    ids=str,
)
def test_clocks_may_be_five_minutes_apart(claims: dict[str, Any]) -> None:
    assert isinstance(reads(signed(**claims)), Pressed)


def test_a_signature_of_another_key_is_forged() -> None:
    with pytest.raises(Forged):
        reads(signed("key-2", {"kid": "key-1"}))


def test_a_token_signed_by_nobody_or_by_the_public_key_is_forged() -> None:
    claims = jwt.decode(signed().removeprefix("Bearer "), options={"verify_signature": False})
    nobody = jwt.encode(claims, "", "none", {"kid": "key-1"})
    shared = jwt.encode(claims, "x" * 64, "HS256", {"kid": "key-1"})
    for token in (nobody, shared, signed(algorithm="PS256").removeprefix("Bearer ")):
        with pytest.raises(Forged):
            reads(f"Bearer {token}")


def test_a_key_vouches_for_its_own_channels_alone() -> None:
    other = Connector(Microsoft(keys=says({"keys": [public("key-1", endorsements=["webchat"])]})))
    with pytest.raises(Forged, match="does not vouch"):
        reads(signed(), other)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer a.b.c",
        "Bearer é.b.c",
        "Bearer " + "a" * 9_000,
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
        "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.e30.x",
        "Bearer W10.e30.x",
        "Bearer ..",
    ],
)
def test_what_is_no_token_is_forged(authorization: str) -> None:
    with pytest.raises(Forged):
        reads(authorization)


def test_without_an_app_id_nobody_is_believed() -> None:
    with pytest.raises(Forged):
        read({"authorization": signed()}, b"{}", replace(SETTINGS, teams_app_id=""), NOW, CONNECTOR)


def test_no_part_of_a_token_is_told() -> None:
    with pytest.raises(Forged) as forged:
        reads(signed("key-2", {"kid": "key-1"}))
    assert signed("key-2").split(".")[1] not in str(forged.value)
    assert forged.value.__cause__ is None


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
def test_any_header_is_forged(guess: str) -> None:
    for authorization in (guess, f"Bearer {guess}", f"Bearer eyJraWQiOiJrZXktMSJ9.{guess}.x"):
        with pytest.raises(Forged):
            reads(authorization)


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 50_000, b'{"a":' * 50_000, b" " * 300_000]))
def test_any_bytes_are_forged_or_ignored(body: bytes) -> None:
    with pytest.raises(Forged):
        read({"authorization": signed()}, body, SETTINGS, NOW, CONNECTOR)


@given(mangled(list(ACTIVITIES.values())))
def test_any_activity_is_understood_or_ignored_or_forged(activity: Any) -> None:
    try:
        found = read({"authorization": SIGNED}, json.dumps(activity).encode(), SETTINGS, NOW, CONNECTOR)
    except Forged:
        return
    for one in found:
        assert isinstance(one, (Pressed, Asked, Spoke, Ignored))
        repr(one).encode()


SIGNED = signed()


# --------------------------------------------------------------------------------------------------- the keys


def read_at(connector: Connector, minutes: float, name: str = "key-1") -> None:
    at = NOW + timedelta(minutes=minutes)
    until = int((at + timedelta(hours=1)).timestamp())
    body = json.dumps(ACTIVITIES["press"]).encode()
    (one,) = read({"authorization": signed(name, exp=until)}, body, SETTINGS, at, connector)
    assert isinstance(one, Pressed)


def test_the_keys_are_kept_for_a_day() -> None:
    microsoft = Microsoft()
    connector = Connector(microsoft)
    for minutes in (0, 10, 24 * 60 - 1):
        read_at(connector, minutes)
    assert [one.url for one in microsoft.asked] == [
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "https://login.botframework.com/v1/.well-known/keys",
    ]
    read_at(connector, 24 * 60 + 1)
    assert len(microsoft.asked) == 4


def test_a_new_key_is_looked_for_but_not_at_every_guess() -> None:
    microsoft = Microsoft()
    connector = Connector(microsoft)
    read_at(connector, 0)
    for _ in range(5):
        with pytest.raises(Forged):
            read_at(connector, 1, "key-2")
    assert len(microsoft.asked) == 2
    microsoft.keys = says({"keys": [public("key-1"), public("key-2")]})
    read_at(connector, 6, "key-2")
    assert len(microsoft.asked) == 4


def test_the_keys_of_before_are_used_while_the_new_ones_cannot_be_had() -> None:
    microsoft = Microsoft()
    connector = Connector(microsoft)
    read_at(connector, 0)
    microsoft.metadata = HttpFailed("timeout", "", True)
    read_at(connector, 3 * 24 * 60)
    with pytest.raises(NoKeys):
        read_at(connector, 6 * 24 * 60)


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": HttpFailed("no_connection", "", False)},
        {"metadata": HttpAnswer(503)},
        {"metadata": HttpAnswer(200, b"<html>")},
        {"metadata": says({**ANSWERS["metadata"], "jwks_uri": "http://login.botframework.com/keys"})},
        {"metadata": says({**ANSWERS["metadata"], "jwks_uri": 7})},
        {"keys": HttpAnswer(500)},
        {"keys": says({"keys": "none"})},
        {"keys": says({"keys": [7, {}, {"kid": "key-1"}, {"kid": "key-1", "kty": "EC", "crv": "P-256"}]})},
        {"keys": says({"keys": [{"kid": "key-1", "kty": "RSA", "n": "AQAB", "e": "!"}]})},
    ],
    ids=str,
)
def test_without_keys_nothing_is_said_of_a_request_and_soon_they_are_asked_for_again(
    change: dict[str, Any],
) -> None:
    microsoft = Microsoft(**change)
    connector = Connector(microsoft)
    with pytest.raises(NoKeys):
        read_at(connector, 0)
    before = len(microsoft.asked)
    with pytest.raises(NoKeys):
        read_at(connector, 0.1)
    assert len(microsoft.asked) == before
    microsoft.metadata, microsoft.keys = Microsoft().metadata, Microsoft().keys
    read_at(connector, 0.5)


def test_the_app_id_is_the_audience() -> None:
    assert isinstance(reads(signed(aud=[APP, "another"])), Pressed)
