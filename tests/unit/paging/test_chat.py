"""What a button carries back, and what an answer over HTTP means for a page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.paging.channels.base import Later, Refused
from tocsin.paging.channels.http import HttpAnswer, refusal, retry_after
from tocsin.paging.chat import Button, Card, Person, button_value, read_button

CARD = Card(
    1042, 7, "checkout", "disk full", "triggered", "high", "critical", 1, datetime(2026, 11, 1, tzinfo=UTC)
)


def test_a_button_carries_its_incident_and_what_was_seen_of_it() -> None:
    assert read_button(button_value(CARD, Button("acknowledge", "Acknowledge"))) == ("acknowledge", 1042, 7)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "acknowledge",
        "acknowledge:1042",
        "acknowledge:x:7",
        "acknowledge:1042:-7",
        "acknowledge:1042:7:8",
        ":1:1",
        "a" * 21 + ":1:1",
        "ack\N{COMBINING ACUTE ACCENT}:1:1",
        "acknowledge:\N{ARABIC-INDIC DIGIT ONE}:1",
        "x:1:" + "9" * 10,
    ],
)
def test_what_no_button_of_ours_carries_is_none(value: str) -> None:
    assert read_button(value) is None


@pytest.mark.parametrize(
    ("status", "headers", "meant"),
    [
        (429, {"retry-after": "7"}, Later("throttled", 7, "HTTP 429")),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, Later("throttled", None, "HTTP 429")),
        (503, {}, Later("carrier_down", None, "HTTP 503", maybe_sent=True)),
        (401, {}, Refused("access_denied", "HTTP 401")),
        (404, {}, Refused("no_such_channel", "HTTP 404")),
        (302, {}, Refused("rejected", "HTTP 302")),
    ],
)
def test_an_answer_that_is_no_success_is_the_next_contact_or_another_try(
    status: int, headers: dict[str, str], meant: Refused | Later
) -> None:
    assert refusal(HttpAnswer(status, b"", headers), {404: "no_such_channel"}) == meant


def test_a_long_wait_is_not_read() -> None:
    assert retry_after("999999") is None


def test_somebody_without_a_name_is_shown_by_their_id() -> None:
    assert Person("slack", "U1", "\N{RIGHT-TO-LEFT OVERRIDE} ").shown() == "U1"
    assert Person("slack", "U1", "Ana\nSouza").shown() == "Ana Souza"
