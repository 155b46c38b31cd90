"""Secret addresses of calendars and tokens of the API: made, listed without their secret, revoked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functions.deployment import TEAM
from tests.unit.cli.running import Done
from tocsin.alerts.keys import hash_key
from tocsin.store.dynamo import DynamoStore

Command = Callable[..., Done]


@pytest.fixture
def applied(command: Command, store: DynamoStore, tmp_path: Path) -> DynamoStore:
    file = tmp_path / "tocsin.yaml"
    file.write_text(TEAM, encoding="utf-8")
    assert command("apply", file).code == 0
    return store


def test_a_calendar_is_made_listed_and_revoked(command: Command, applied: DynamoStore) -> None:
    done = command("calendar", "create", "--user", "ana", "--alarm", "1h", "--json")
    assert done.json["url"].startswith("https://alerts.example/v1/calendars/")
    key = done.json["url"].rsplit("/", 1)[1].removesuffix(".ics")
    known = applied.access(hash_key(key))
    assert (known.kind, known.subject, known.alarms) == ("calendar", "user:ana", (3600,))
    listed = command("calendar", "list")
    assert "user:ana" in listed.out
    assert key not in listed.out
    id = command("calendar", "list", "--json").json["rows"][0]["id"]
    assert command("token", "revoke", id).code == 2
    assert "opens nothing any more" in command("calendar", "revoke", id).out
    assert applied.access(hash_key(key)).revoked_at is not None
    assert "revoked" in command("calendar", "list").out


def test_a_token_is_shown_once(command: Command, applied: DynamoStore) -> None:
    assert command("token", "list").out == "There is none yet.\n"
    done = command("token", "create", "ci")
    (known,) = applied.accesses()
    assert (known.kind, known.name) == ("api", "ci")
    assert "curl -H 'Authorization: Bearer " in done.out
    key = done.out.split("Bearer ")[1][:32]
    assert hash_key(key) == known.hash


def test_a_token_that_may_change_incidents_is_asked_for_and_listed_as_such(
    command: Command, applied: DynamoStore
) -> None:
    assert "/v1/incidents" in command("token", "create", "bot", "--acts").out
    (known,) = applied.accesses()
    assert (known.subject, known.name) == ("act", "bot")
    assert "bot (acts)" in command("token", "list").out


def test_a_calendar_of_nobody_is_not_made(command: Command, applied: DynamoStore) -> None:
    done = command("calendar", "create", "--user", "anna")
    assert (done.code, done.out) == (2, "")
    assert "did you mean" in done.err
    assert command("calendar", "revoke", "abc").code == 2
