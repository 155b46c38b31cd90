"""The HTTP API on the running stack: programs read, act, and ask what would happen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stack.conftest import Answer, Tocsin
from tocsin.alerts.keys import hash_key, new_key
from tocsin.store.configuration import Access


@pytest.fixture
def tokens(tocsin: Tocsin) -> tuple[str, str]:
    reads, acts = new_key(), new_key()
    now = datetime.now(UTC)
    for key, subject in ((reads, ""), (acts, "act")):
        tocsin.store.put_access(Access(hash_key(key), "api", subject, "tests", now, "tests"))
    return reads, acts


def ask(tocsin: Tocsin, token: str, path: str, body: Any = None, **headers: str) -> Answer:
    given = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}
    if body is None:
        return tocsin.http("GET", path, None, given)
    return tocsin.http("POST", path, json.dumps(body).encode(), given)


def test_a_program_finds_an_incident_takes_it_and_reads_who_has_it(
    tocsin: Tocsin, name: str, tokens: tuple[str, str]
) -> None:
    reads, acts = tokens
    tocsin.send(tocsin.key("search"), {"title": f"Search is slow {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ana", "sms", text=name)
    number = tocsin.incident_of(name, "search").number
    listed = ask(tocsin, reads, "/v1/incidents?service=search")
    assert listed.status == 200
    assert number in [row["number"] for row in listed.body["incidents"]]
    commands = f"/v1/incidents/{number}/commands"
    wish = {"action": "acknowledge", "user": "ben"}
    assert ask(tocsin, reads, commands, wish).status == 403
    for _ in range(2):
        done = ask(tocsin, acts, commands, wish, **{"idempotency-key": name})
        assert (done.status, done.body["answer"]) == (200, "done")
    shown = ask(tocsin, reads, f"/v1/incidents/{number}").body
    assert (shown["state"], shown["acknowledged_by"]) == ("acknowledged", "ben")
    acked = [line for line in shown["timeline"] if line["kind"] == "acknowledged"]
    assert [(line["by"], line["via"]) for line in acked] == [("ben", "api")]
    assert ask(tocsin, acts, commands, {"action": "resolve", "user": "ben"}).status == 200
    text = tocsin.handset.wait_for_message("ana", "sms", text=f"#{number} resolved")
    assert text["text"].startswith(f"#{number} resolved by Ben Okafor (API).")


def test_what_the_api_simulates_is_what_happens(tocsin: Tocsin, name: str, tokens: tuple[str, str]) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    foretold = ask(tocsin, tokens[0], f"/v1/simulate?service=foretold&until={until}")
    assert foretold.status == 200
    pages = [(page["user"], page["via"], page["after_seconds"]) for page in foretold.body["pages"]]
    assert pages == [("ops", "email", 0), ("p3", "email", 6)]
    tocsin.send(tocsin.key("foretold"), {"title": f"It is down {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ops", "email", text=name)
    tocsin.handset.wait_for_message("p3", "email", text=name)
    number = tocsin.incident_of(name, "foretold").number
    shown = ask(tocsin, tokens[0], f"/v1/incidents/{number}").body
    due = [line for line in shown["timeline"] if line["kind"] == "page_due"]
    assert [(line["details"]["user"], line["details"]["via"]) for line in due] == [
        ("ops", "email"),
        ("p3", "email"),
    ]
    assert ask(tocsin, tokens[0], "/v1/simulate?service=nothing").status == 404
    assert ask(tocsin, "z" * 32, "/v1/simulate?service=checkout").status == 401


def test_whoever_subscribes_reads_what_becomes_of_it(
    tocsin: Tocsin, name: str, tokens: tuple[str, str]
) -> None:
    tocsin.send(tocsin.key("search"), {"title": f"Search is slow {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("ana", "sms", text=name)
    number = tocsin.incident_of(name, "search").number
    commands = f"/v1/incidents/{number}/commands"
    assert ask(tocsin, tokens[1], commands, {"action": "subscribe", "user": "ops"}).status == 200
    tocsin.handset.reply("ana", f"ack {number}", answering="")
    mail = tocsin.handset.wait_for_message("ops", "email", text=name)
    assert mail["text"].startswith("Ana Souza (text) acknowledged it, until ")
    assert ask(tocsin, tokens[1], commands, {"action": "resolve", "user": "ana"}).status == 200
    over = tocsin.handset.wait_for_message("ops", "email", text=f"#{number} was resolved")
    assert over["subject"] == f"Resolved: search: Search is slow {name} [#{number}]"
