"""What comes from Slack: nothing that it did not sign, and nothing that can hurt."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.channels.slack import read
from tocsin.paging.chat import Asked, Came, Challenge, Forged, Ignored, Person, Pressed, Spoke

RECORDED = json.loads((Path(__file__).parent / "recorded/slack_requests.json").read_text())
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SECRET = "s1gn1ng-s3cr3t"
SETTINGS = ChannelSettings(slack_signing_secret=SECRET)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signed(body: bytes, kind: str, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    return {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def came(body: bytes, kind: str) -> tuple[Came, ...]:
    found = read(signed(body, kind), body, SETTINGS, NOW)
    assert found
    for one in found:
        assert SECRET not in repr(one)
        json.dumps([getattr(one, name) for name in ("id", "reason", "text") if hasattr(one, name)]).encode()
    return found


def pressed(payload: Any) -> tuple[Came, ...]:
    return came(urlencode({"payload": json.dumps(payload)}).encode(), FORM)


def asked(form: dict[str, str]) -> Came:
    (one,) = came(urlencode(form).encode(), FORM)
    return one


def told(payload: Any) -> Came:
    (one,) = came(json.dumps(payload).encode(), JSON)
    return one


def recorded(name: str, what: str = "payload") -> Any:
    return json.loads(json.dumps(RECORDED[name][what]))


def test_a_request_is_believed_as_slack_documents_it() -> None:
    example = RECORDED["signed"]
    headers = {
        "content-type": FORM,
        "x-slack-request-timestamp": example["timestamp"],
        "x-slack-signature": example["signature"],
    }
    settings = ChannelSettings(slack_signing_secret=example["secret"])
    now = datetime.fromtimestamp(int(example["timestamp"]), UTC)
    (one,) = read(headers, example["body"].encode(), settings, now + timedelta(minutes=5))
    assert isinstance(one, Asked)
    assert (one.person, one.text, one.channel) == (
        Person("slack", "U2CERLKJA", "roadrunner"),
        "",
        "G8PSS9T3V",
    )
    with pytest.raises(Forged, match="too old"):
        read(headers, example["body"].encode(), settings, now + timedelta(minutes=5, seconds=1))
    with pytest.raises(Forged, match="too old"):
        read(headers, example["body"].encode(), settings, now - timedelta(minutes=5, seconds=1))
    with pytest.raises(Forged, match="signature"):
        read(headers, example["body"].encode() + b"&text=x", settings, now)


BODY = b"command=%2Ftocsin&user_id=U1&text=res+1042"


@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": signed(BODY, FORM, secret="another")["x-slack-signature"]},
        {"x-slack-signature": signed(BODY, FORM)["x-slack-signature"].upper()},
        {"x-slack-signature": "v0=\udcff\N{GREEK SMALL LETTER ALPHA}"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "\N{ARABIC-INDIC DIGIT ONE}"},
        {"x-slack-request-timestamp": "9" * 5_000},
        {"x-slack-request-timestamp": "1795399200.0"},
        {"x-slack-request-timestamp": str(int(NOW.timestamp()) + 1)},
    ],
)
def test_what_slack_did_not_sign_is_not_read(change: dict[str, str]) -> None:
    with pytest.raises(Forged) as caught:
        read(signed(BODY, FORM) | change, BODY, SETTINGS, NOW)
    assert SECRET not in str(caught.value)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Forged):
        read(signed(BODY, FORM, secret=""), BODY, ChannelSettings(), NOW)
    with pytest.raises(Forged):
        read({}, BODY, SETTINGS, NOW)


@given(st.dictionaries(st.sampled_from(list(signed(b"", FORM))), st.text()), st.binary())
def test_whatever_a_stranger_sends_is_forged_and_nothing_else(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Forged):
        read(headers, body, SETTINGS, NOW)


def test_a_button_names_who_pressed_what_and_where() -> None:
    (one,) = pressed(recorded("button"))
    assert isinstance(one, Pressed)
    assert one.person == Person("slack", "UA8RXUSPL", "jtorrance")
    assert (one.action, one.number, one.version) == ("acknowledge", 1042, 7)
    assert one.message == "CBR2V3XEX/1548261231.000200"
    assert one.reply_to == "https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209"
    assert pressed(recorded("button")) == (one,)


def test_two_presses_are_two_things_and_one_that_comes_twice_is_one() -> None:
    def name(change: dict[str, Any]) -> str:
        payload = recorded("button")
        payload["actions"][0] |= change
        (one,) = pressed(payload)
        assert isinstance(one, Pressed)
        return one.id

    assert name({}) == name({})
    assert name({}) != name({"action_ts": "1548426417.840181"})
    assert name({}) != name({"value": "acknowledge:1043:7"})


def test_a_link_that_was_followed_is_nothing_to_act_on() -> None:
    payload = recorded("button")
    action = payload["actions"][0]
    del action["value"]
    action["url"] = "https://tocsin.example.com/i/1042"
    assert pressed(payload) == (Ignored("a link was followed"),)
    payload["actions"] = [action, recorded("button")["actions"][0]]
    assert [type(one) for one in pressed(payload)] == [Ignored, Pressed]


@pytest.mark.parametrize("kind", ["view_submission", "shortcut", "message_action", None, 7])
def test_other_interactions_are_ignored(kind: object) -> None:
    (one,) = pressed(recorded("button") | {"type": kind})
    assert isinstance(one, Ignored)


def test_a_command_is_what_somebody_asks() -> None:
    one = asked(recorded("command", "form"))
    assert isinstance(one, Asked)
    assert one.person == Person("slack", "U2147483697", "Steve")
    assert (one.text, one.channel) == ("ack 1042", "C2147483705")
    assert one.reply_to == "https://hooks.slack.com/commands/1234/5678"
    again = asked(recorded("command", "form") | {"trigger_id": "2.3.x"})
    assert isinstance(again, Asked)
    assert again.id != one.id
    assert asked(recorded("command", "form")) == one


def test_a_check_of_the_certificate_is_ignored() -> None:
    assert asked({"ssl_check": "1", "token": "x"}) == Ignored("a check of the certificate")


def test_a_challenge_is_answered_as_it_came() -> None:
    assert told(recorded("challenge")) == Challenge("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
    odd: object
    for odd in ("", "\r\nSet-Cookie: x", "x" * 2_000, None, {}):
        assert isinstance(told({"type": "url_verification", "challenge": odd}), Ignored)


def test_what_is_written_under_a_message_is_read_as_it_was_seen() -> None:
    one = told(recorded("reply"))
    assert one == Spoke(
        "Ev123ABC456",
        Person("slack", "U123ABC456"),
        "note 1042 the disk of <db-1> is full, see the wiki, @U222ABC456",
        "C123ABC456/1355517500.000100",
        "C123ABC456",
    )
    broadcast = told(recorded("broadcast"))
    assert isinstance(broadcast, Spoke)
    assert broadcast.text == "broadcasting this reply"


@pytest.mark.parametrize("name", ["edited", "own"])
def test_edits_and_bots_are_nobody_who_speaks(name: str) -> None:
    assert isinstance(told(recorded(name)), Ignored)


@pytest.mark.parametrize(
    "change",
    [
        {"thread_ts": None},
        {"thread_ts": "1355517523.000005"},
        {"parent_user_id": "U999"},
        {"user": None},
        {"user": "U1/../x"},
        {"channel": ""},
        {"text": "  "},
        {"text": None},
        {"subtype": "channel_join"},
        {"subtype": []},
        {"type": "reaction_added"},
        {"bot_id": "B1"},
    ],
)
def test_what_stands_under_no_message_of_ours_is_ignored(change: dict[str, Any]) -> None:
    payload = recorded("reply")
    payload["event"] |= change
    assert isinstance(told(payload), Ignored)


def test_a_workspace_that_names_no_bot_is_believed_about_the_thread() -> None:
    payload = recorded("reply")
    payload["authorizations"] = "x"
    assert isinstance(told(payload), Spoke)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_own = RECORDED["button"]["payload"] | RECORDED["reply"]["payload"] | RECORDED["challenge"]["payload"]
fields = st.sampled_from(
    sorted({*_own, *_own["event"], *_own["container"], *_own["actions"][0], "subtype", "bot_id"})
)


@st.composite
def damaged(draw: st.DrawFn, name: str) -> Any:
    """A genuine payload, some fields of which are anything at all."""
    payload = recorded(name)
    for part in (
        payload,
        payload.get("event"),
        payload.get("container"),
        (payload.get("actions") or [{}])[0],
    ):
        if isinstance(part, dict):
            part.update(draw(st.dictionaries(fields, nested, max_size=2)))
    return payload


@given(st.sampled_from(["button", "reply", "edited", "own", "challenge"]).flatmap(damaged))
def test_whatever_the_fields_are_it_is_read_or_ignored(payload: Any) -> None:
    pressed(payload)
    told(payload)


@given(
    st.binary(max_size=200) | nested.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([FORM, JSON, ""]),
)
def test_whatever_is_signed_is_read_or_ignored(body: bytes, kind: str) -> None:
    came(body, kind)
    came(b"payload=" + body, FORM)
    came(b"command=x&user_id=U1&text=" + body, FORM)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 200_000, JSON),
        (b'{"type":' * 50_000, JSON),
        (b'{"type":"event_callback","event_time":' + b"9" * 10_000 + b"}", JSON),
        (b"payload=" + b"%5B" * 100_000, FORM),
        (b"a=1&" * 100_000, FORM),
        (b"%" * 100_000, FORM),
        (b"\xff\xfe" * 1_000, JSON),
        (b'{"type":"event_callback","type":"x"}', JSON),
    ],
)
def test_size_and_nesting_hurt_nothing(body: bytes, kind: str) -> None:
    (one,) = came(body, kind)
    assert isinstance(one, Ignored)


@given(hostile.texts)
def test_whatever_somebody_writes_can_be_stored(text: str) -> None:
    payload = recorded("reply")
    payload["event"]["text"] = text
    one = told(payload)
    if isinstance(one, Spoke):
        one.text.encode()
        assert len(one.text) <= 8_000


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("<!here> <!channel> <!subteam^S1|@ops>", "@here @channel @ops"),
        ("<!date^1^{date}|yesterday>", "yesterday"),
        ("<#C1|ops> <#C1>", "#ops #C1"),
        ("<https://x.example> <mailto:a@b|a@b>", "https://x.example a@b"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
        ("a < b", "a < b"),
    ],
)
def test_control_sequences_are_read_as_people_see_them(sent: str, seen: str) -> None:
    payload = recorded("reply")
    payload["event"]["text"] = sent
    one = told(payload)
    assert isinstance(one, Spoke)
    assert one.text == seen
