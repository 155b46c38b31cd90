"""An incident as JSON at a team's own address: signed as Standard Webhooks has it, and checked as the docs say."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from standardwebhooks import Webhook

from tests.unit.paging import hostile
from tests.unit.paging.receiver import Receiver
from tocsin.paging.channels import webhook
from tocsin.paging.channels.base import REASONS, ChannelSettings, Later, Message, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed
from tocsin.paging.chat import Button, Card

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 64).decode()
SETTINGS = ChannelSettings(webhook_secrets=(NEW,))
URL = "https://hooks.example.com/s3cr3t"
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="disk full",
    state="acknowledged",
    urgency="high",
    severity="critical",
    count=3,
    opened_at=NOW - timedelta(minutes=5),
    line="Acknowledged by Ana Souza (SMS)",
    link="https://tocsin.example.com/i/1042",
    runbook="https://wiki.example.com/disk",
    buttons=(Button("resolve", "Resolve"),),
)
MESSAGE = Message("1042-c1-webhook", URL, "disk full", 1042, card=CARD, at=NOW)
DOCS = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()


def example(name: str, language: str = "python") -> str:
    """A block of docs/webhooks.md, by the comment before it."""
    found = re.search(rf"<!-- {name} -->\n```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


def of_docs(name: str, function: str) -> Callable[..., Any]:
    known: dict[str, Any] = {}
    exec(example(name), known)
    return known[function]


VALID = jsonschema.Draft202012Validator(
    json.loads(example("schema", "json")), format_checker=jsonschema.FormatChecker()
)


def send(
    message: Message = MESSAGE, answer: HttpAnswer | HttpFailed | None = None, settings: Any = SETTINGS
) -> tuple[Sent | Refused | Later, Receiver]:
    receiver = Receiver(answer or HttpAnswer(204))
    outcome = webhook.send(receiver, settings, message)
    told = repr(outcome)
    assert "s3cr3t" not in told
    assert not any(len(secret) > 6 and secret in told for secret in settings.webhook_secrets)
    if isinstance(outcome, (Refused, Later)):
        assert outcome.reason in REASONS
    return outcome, receiver


def test_an_incident_is_posted_as_json_that_keeps_its_schema() -> None:
    outcome, receiver = send()
    assert outcome == Sent(webhook.message_id(MESSAGE.page_id))
    [asked] = receiver.asked
    assert (asked.method, asked.url) == ("POST", URL)
    assert asked.headers["content-type"] == "application/json"
    body = json.loads(asked.body)
    VALID.validate(body)
    assert body == {
        "type": "incident.acknowledged",
        "timestamp": NOW.isoformat(),
        "data": {
            "incident": {
                "number": 1042,
                "version": 7,
                "service": "checkout",
                "title": "disk full",
                "state": "acknowledged",
                "urgency": "high",
                "severity": "critical",
                "alerts": 3,
                "opened_at": (NOW - timedelta(minutes=5)).isoformat(),
                "happened": "Acknowledged by Ana Souza (SMS)",
                "link": "https://tocsin.example.com/i/1042",
                "runbook": "https://wiki.example.com/disk",
            }
        },
    }


def test_it_says_what_happened_and_a_notice_has_words_alone() -> None:
    _, receiver = send(replace(MESSAGE, event="responder.added"))
    assert json.loads(receiver.asked[0].body)["type"] == "incident.responder.added"
    _, receiver = send(replace(MESSAGE, event="Odd\nthing"))
    assert json.loads(receiver.asked[0].body)["type"] == "incident.changed"
    for event, kind in (("", "notice"), ("handoff", "notice.handoff")):
        _, receiver = send(replace(MESSAGE, card=None, text="You are\non call", event=event))
        body = json.loads(receiver.asked[0].body)
        VALID.validate(body)
        assert (body["type"], body["data"]) == (kind, {"text": "You are on call"})


def test_a_receiver_can_check_it_with_the_library_and_as_the_docs_say() -> None:
    _, receiver = send()
    [asked] = receiver.asked
    body = json.loads(asked.body)
    assert Webhook(NEW).verify(asked.body, dict(asked.headers)) == body
    assert of_docs("library", "read")(NEW, asked.headers, asked.body) == body
    is_from_tocsin = of_docs("verify", "is_from_tocsin")
    assert is_from_tocsin([NEW], asked.headers, asked.body)


def test_what_is_forged_changed_or_old_is_found_out_as_the_docs_say() -> None:
    _, receiver = send()
    [asked] = receiver.asked
    is_from_tocsin, read = of_docs("verify", "is_from_tocsin"), of_docs("library", "read")
    later = {"webhook-timestamp": str(int(NOW.timestamp()) + 1)}
    other = {"webhook-id": "msg_other"}
    for headers, body, secret in (
        (asked.headers, asked.body + b" ", NEW),
        (asked.headers, asked.body, OLD),
        ({**asked.headers, **later}, asked.body, NEW),
        ({**asked.headers, **other}, asked.body, NEW),
        ({}, asked.body, NEW),
    ):
        assert not is_from_tocsin([secret], headers, body)
        assert read(secret, headers, body) is None
    assert not is_from_tocsin([NEW], asked.headers, asked.body, NOW.timestamp() + 301)


def test_while_a_secret_is_rotated_either_one_checks_it() -> None:
    _, receiver = send(settings=replace(SETTINGS, webhook_secrets=(NEW, OLD)))
    [asked] = receiver.asked
    assert asked.headers["webhook-signature"].count("v1,") == 2
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(asked.body, dict(asked.headers))


def test_its_id_stays_the_same_when_it_is_tried_again_and_the_time_does_not() -> None:
    _, first = send()
    _, again = send(replace(MESSAGE, at=NOW + timedelta(seconds=20)))
    _, other = send(replace(MESSAGE, page_id="1042-c2-webhook"))
    ids = [receiver.asked[0].headers["webhook-id"] for receiver in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"msg_[0-9a-f]{32}", ids[0])
    times = [int(receiver.asked[0].headers["webhook-timestamp"]) for receiver in (first, again)]
    assert times[1] - times[0] == 20


@pytest.mark.parametrize(
    "secrets",
    [
        (),
        ("",),
        ("whsec_",),
        (OLD.removeprefix("whsec_"),),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(),),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(),),
        ("whsec_not base64!" * 4,),
        ("whsec_" + "é" * 40,),
        (NEW, "whsec_oops"),
    ],
)
def test_without_proper_secrets_nothing_is_posted(secrets: tuple[str, ...]) -> None:
    outcome, receiver = send(settings=replace(SETTINGS, webhook_secrets=secrets))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "channel_off"
    assert receiver.asked == []


def test_settings_do_not_show_their_secrets() -> None:
    assert "whsec" not in repr(SETTINGS)


@pytest.mark.parametrize(
    "url",
    ["", "http://hooks.example.com/s3cr3t", "https://ana:s3cr3t@x.example/", "https://x:22/s3cr3t", "s3cr3t"],
)
def test_only_a_plain_https_address_is_posted_to(url: str) -> None:
    outcome, receiver = send(replace(MESSAGE, to=url))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "address_refused"
    assert receiver.asked == []


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (HttpAnswer(200), Sent(webhook.message_id(MESSAGE.page_id))),
        (HttpAnswer(410), Refused("webhook_gone", "HTTP 410")),
        (HttpAnswer(301, b"", {"location": "https://s3cr3t"}), Refused("rejected", "HTTP 301")),
        (HttpAnswer(400, b"s3cr3t"), Refused("rejected", "HTTP 400")),
        (HttpAnswer(401), Refused("access_denied", "HTTP 401")),
        (HttpAnswer(404), Refused("rejected", "HTTP 404")),
        (HttpAnswer(408), Later("carrier_down", None, "HTTP 408", maybe_sent=True)),
        (HttpAnswer(425), Later("carrier_down", None, "HTTP 425", maybe_sent=True)),
        (HttpAnswer(429, b"", {"retry-after": "9"}), Later("throttled", 9, "HTTP 429")),
        (HttpAnswer(500, b"s3cr3t"), Later("carrier_down", None, "HTTP 500", maybe_sent=True)),
        (HttpAnswer(503, b"", {"retry-after": "9"}), Later("carrier_down", 9, "HTTP 503", maybe_sent=True)),
        (HttpFailed("timeout", "late", True), Later("timeout", None, "late", maybe_sent=True)),
        (HttpFailed("no_connection", "none", False), Later("no_connection", None, "none")),
        (HttpFailed("address_refused", "inside", False), Refused("address_refused", "inside")),
    ],
)
def test_every_answer_is_a_delivery_another_try_or_the_next_contact(
    answer: HttpAnswer | HttpFailed, meant: Sent | Refused | Later
) -> None:
    outcome, _ = send(answer=answer)
    assert outcome == meant


def test_a_message_without_its_time_is_a_defect_of_ours() -> None:
    with pytest.raises(ValueError, match="time"):
        webhook.send(Receiver(HttpAnswer(204)), SETTINGS, replace(MESSAGE, at=None))


@given(hostile.texts, hostile.texts)
def test_whatever_an_alert_says_is_one_plain_line_that_any_receiver_can_read(title: str, other: str) -> None:
    card = replace(CARD, title=title, service=other, line=title, severity=other, link=title, runbook=other)
    _, receiver = send(replace(MESSAGE, page_id=title, card=card))
    [asked] = receiver.asked
    assert asked.body.isascii()
    assert len(asked.body) < 20_000
    body: Mapping[str, Any] = Webhook(NEW).verify(asked.body, dict(asked.headers))
    VALID.validate(body)
    said = body["data"]["incident"]
    for part in ("title", "service", "happened", "severity"):
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in said[part])
    assert all(value.isascii() and value.isprintable() for value in asked.headers.values())
