"""What SES says about a mail of ours: it came, it never will, it is on its way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.channels.base import REASONS
from tocsin.paging.mail_receipts import read
from tocsin.paging.receipts import Receipt, Unrecognised

RECORDED = Path(__file__).parent / "recorded" / "ses"
ID = "0102018f3c2a4b5e-61b59c11-9236-41e6-8f96-7be8aexample-000000"
PAGE = "1042-c1-r1-s1-ana-0"


def recorded(name: str) -> dict[str, Any]:
    """An event, whose source the file names."""
    found = json.loads((RECORDED / f"{name}.json").read_text())
    assert found["source"].startswith(("Amazon SES developer guide", "AWS Lambda developer guide"))
    event: dict[str, Any] = found["event"]
    return event


def receipt(name: str, **part: object) -> Receipt:
    event = recorded(name)
    event[name] = event.get(name, {}) | part
    found = read(json.dumps(event))
    assert isinstance(found, Receipt)
    assert not found.reason or found.reason in REASONS
    return found


def test_an_address_that_does_not_exist_calls_the_next_contact() -> None:
    at = datetime(2026, 11, 23, 2, 4, 41, 669_000, tzinfo=UTC)
    expected = Receipt(ID, "email", "bounce", True, "invalid_address", "ana@example.com", PAGE, at)
    assert receipt("bounce") == expected


@pytest.mark.parametrize(
    ("kind", "subtype", "reason"),
    [
        ("Permanent", "General", "invalid_address"),
        ("Permanent", "NoEmail", "invalid_address"),
        ("Permanent", "Suppressed", "address_blocked"),
        ("Permanent", "OnAccountSuppressionList", "address_blocked"),
        ("Permanent", "UnsubscribedRecipient", "address_blocked"),
        ("Permanent", "SomethingNew", "invalid_address"),
        ("Transient", "General", ""),
        ("Transient", "MailboxFull", ""),
        ("Transient", "ContentRejected", ""),
        ("Undetermined", "Undetermined", ""),
    ],
)
def test_only_a_permanent_bounce_moves_on(kind: str, subtype: str, reason: str) -> None:
    found = receipt("bounce", bounceType=kind, bounceSubType=subtype)
    assert (found.hard, found.reason) == (bool(reason), reason)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("delivery", "delivery", ""),
        ("complaint", "complaint", ""),
        ("delivery_delay", "deliverydelay", ""),
        ("send", "send", ""),
        ("reject", "reject", "rejected"),
    ],
)
def test_every_other_event_is_told_apart(name: str, status: str, reason: str) -> None:
    found = receipt(name)
    assert (found.provider_id, found.page_id, found.to) == (ID, PAGE, "ana@example.com")
    assert (found.status, found.hard, found.reason) == (status, bool(reason), reason)
    assert found.at is not None


def test_it_is_read_within_an_envelope_and_by_its_older_name() -> None:
    event = recorded("bounce")
    event["notificationType"] = event.pop("eventType")
    event["mail"].pop("headers")
    body = json.dumps({"Type": "Notification", "MessageId": "m", "Message": json.dumps(event)})
    found = read(body)
    assert isinstance(found, Receipt)
    assert (found.status, found.page_id) == ("bounce", None)


def test_a_pages_id_is_decoded() -> None:
    event = recorded("bounce")
    event["mail"]["headers"][3]["value"] = "1042-c1-%C3%A3n"
    found = read(json.dumps(event))
    assert isinstance(found, Receipt)
    assert found.page_id == "1042-c1-ãn"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"Message": "x"}',
        '{"eventType": "Bounce"}',
        '{"eventType": "Open", "mail": {"messageId": "x"}}',
        '{"eventType": {}, "mail": []}',
        json.dumps({"x": "y" * 1_100_000}),
    ],
)
def test_what_is_no_event_is_not_recognised(body: str) -> None:
    assert isinstance(read(body), Unrecognised)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    _json, st.sampled_from(["eventType", "bounce", "mail"]), st.sampled_from(["", "headers", "destination"])
)
def test_no_event_that_somebody_makes_up_is_an_exception(value: object, key: str, inner: str) -> None:
    event = recorded("bounce")
    if inner:
        event["mail"][inner] = value
    else:
        event[key] = value
    assert isinstance(read(json.dumps(event)), (Receipt, Unrecognised))
    assert isinstance(read(json.dumps(value)), Unrecognised)
