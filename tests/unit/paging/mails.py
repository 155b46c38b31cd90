"""Mails as SES hands them on, put together for the tests."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.paging.test_mail_receipts import recorded
from tocsin.paging.mail_answers import MailAnswer, NotTaken, Stored, read
from tocsin.paging.replies import Kind

TOKEN = "Zk3v-9_tQe0cW1uR8sYb2A"
RECEIVED = "d6iitobk75ur44p8kdnnp7g2n800"
HEAD = [
    "Return-Path: <ana@example.com>",
    "From: Ana Souza <ana@example.com>",
    "Subject: Re: checkout: disk full [#1042]",
]
PLAIN = "Content-Type: text/plain; charset=UTF-8"


def event(content: str | None = None, **receipt: object) -> dict[str, Any]:
    found = recorded("received_sns")
    if content is not None:
        found["content"] = content
    found["receipt"] |= receipt
    return found


def mail(*headers: str, body: str = "#ack", instead: str = "") -> str:
    """A mail with these headers more; ``instead`` names one that is left out."""
    kept = [line for line in HEAD if not instead or not line.startswith(f"{instead}:")]
    typed = [] if any(line.lower().startswith("content-type:") for line in headers) else [PLAIN]
    return "\r\n".join([*kept, *headers, *typed, "", body])


def came(content: str | None = None, **receipt: object) -> MailAnswer | Stored | NotTaken:
    return read(json.dumps(event(content, **receipt)))


def answer(content: str | None = None, **receipt: object) -> MailAnswer:
    found = came(content, **receipt)
    assert isinstance(found, MailAnswer), found
    return found


def said(body: str) -> Kind:
    """What these words in a mail mean."""
    return answer(mail(body=body)).kind


def not_taken(content: str | None = None, **receipt: object) -> str:
    found = came(content, **receipt)
    assert isinstance(found, NotTaken), found
    assert len(found.reason) < 120
    return found.reason
