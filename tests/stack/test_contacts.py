"""Somebody new on the running stack: passed over until their contacts are verified, and paged from then on."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command


def _contact(tocsin: Tocsin, *words: str) -> Any:
    return json.loads(tocsin_command(tocsin, "contact", *words, "--json"))


def _code(text: str) -> str:
    found = re.search(r"\b[0-9]{6}\b", text)
    assert found is not None, text
    return found[0]


def test_somebody_new_is_passed_over_verifies_their_contacts_and_is_paged(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("newcomer")
    tocsin.send(key, {"title": f"Before {name}", "dedup_key": f"{name}-before"})
    tocsin.handset.wait_for_message("ops", "email", text=f"Before {name}")
    number = tocsin.incident_of(f"{name}-before", "newcomer").number
    refused = [line.details for line in tocsin.timeline(number) if line.kind == "page_refused"]
    assert [(row["user"], row["contact"], row["reason"]) for row in refused] == [
        ("new", "mobile", "unverified"),
        ("new", "email", "unverified"),
    ]
    assert tocsin.handset.messages("new") == []

    said = tocsin_command(tocsin, "contact", "verify", "new", "--contact", "mobile")
    assert said.startswith("A code was sent to mobile, good for 15 minutes.")
    text = tocsin.handset.wait_for_message("new", "sms", text="proves that this phone is new's")
    tocsin.handset.reply("new", _code(text["text"]))
    tocsin.handset.wait_for_message("new", "sms", text="Tocsin: verified. Pages for new reach this phone.")

    assert _contact(tocsin, "verify", "new", "--contact", "email")["said"] == "sent"
    mail = tocsin.handset.wait_for_message("new", "email", text="proves that this address is new's")
    assert _contact(tocsin, "confirm", "new", _code(mail["text"])) == {
        "verdict": "right",
        "contacts": ["email"],
    }
    rows = _contact(tocsin, "list", "new")["contacts"]
    assert [(row["contact"], row["verified"]["how"]) for row in rows] == [
        ("email", "code"),
        ("mobile", "code"),
    ]

    tests = _contact(tocsin, "test", "new", "--voice")["tests"]
    assert [(row["contact"], row["via"], row["said"]) for row in tests] == [
        ("email", "email", "sent"),
        ("mobile", "sms", "sent"),
        ("mobile", "voice", "sent"),
    ]
    tocsin.handset.wait_for_message("new", "voice", text="This is a test by Tocsin for new.")

    tocsin.send(key, {"title": f"After {name}", "dedup_key": f"{name}-after"})
    tocsin.handset.wait_for_message("new", "sms", text=f"After {name}")
