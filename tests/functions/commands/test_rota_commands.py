"""Who is on call now, and the changes from day to day, by the command, against a stack deployed in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.running import Done
from tocsin.config.revision import pack
from tocsin.store.dynamo import DynamoStore

Command = Callable[..., Done]

#: The Monday of last week, at nine.
_TODAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
MONDAY = _TODAY - timedelta(days=_TODAY.weekday() + 7)
TEAM = f"""
version: 1
users:
  ana: {{name: Ana Souza, email: ana@example.com}}
  ben: {{name: Ben Okafor, email: ben@example.com}}
  chi: {{name: Chi Tanaka, email: chi@example.com}}
schedules:
  primary:
    timezone: UTC
    layers: [{{name: w, users: [ana, ben], starts: "{MONDAY:%Y-%m-%dT%H:%M}", rotate: {{unit: day, every: 3650}}}}]
policies:
  p: {{steps: [{{page: [{{schedule: primary}}], wait: 5m}}, {{page: [{{user: chi}}]}}]}}
services:
  checkout: {{policy: p}}
catch_all: checkout
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tocsin.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path


@pytest.fixture
def applied(command: Command, store: DynamoStore, file: Path) -> DynamoStore:
    assert command("apply", file).code == 0
    return store


def hence(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0).isoformat()


def spans(command: Command, *more: str) -> list[str]:
    done = command("oncall", "--schedule", "primary", "--from", hence(1), "--to", hence(9), "--json", *more)
    assert done.code == 0, done.err
    return [" ".join(span["users"]) for span in done.json["spans"]]


def test_an_override_is_shown_before_it_is_made(command: Command, applied: DynamoStore) -> None:
    wish = ("override", "primary", "--user", "chi", "--from", hence(2), "--to", hence(4))
    seen = command(*wish, "--dry-run")
    assert (seen.code, seen.err) == (0, "")
    assert "Chi Tanaka (chi): +2h" in seen.out
    assert "Ana Souza (ana): -2h" in seen.out
    assert applied.changes().rows == ()
    done = command(*wish)
    id = applied.changes().rows[0].made.id
    assert f"Made: {id}. To take it back: tocsin cancel {id}" in done.out
    assert spans(command) == ["ana", "chi", "ana"]


def test_an_apply_leaves_changes_as_they_are(command: Command, applied: DynamoStore, file: Path) -> None:
    command("override", "primary", "--user", "chi", "--from", hence(2), "--to", hence(4))
    file.write_text(TEAM.replace("[ana, ben]", "[ana, ben, chi]"), encoding="utf-8")
    done = command("apply", file)
    assert done.code == 0
    assert spans(command) == ["ana", "chi", "ana"]


def test_changes_are_listed_and_cancelled(command: Command, applied: DynamoStore) -> None:
    assert command("changes").out == "Nothing was changed from day to day that still matters.\n"
    command("away", "ana", "--from", hence(2), "--to", hence(4), "--delegate", "ben")
    shift = f"chi,{hence(5)},{hence(6)}"
    command("temporary", "primary", "--name", "fair", "--from", hence(5), "--to", hence(6), "--shift", shift)
    assert spans(command) == ["ana", "ben", "ana", "chi", "ana"]
    listed = command("changes")
    assert "ana is away, ben stands in" in listed.out
    assert "primary: temporary schedule fair, 1 shifts" in listed.out
    rows = command("changes", "--json").json["changes"]
    assert [row["kind"] for row in rows] == ["away", "temporary"]
    seen = command("cancel", rows[0]["id"], "--dry-run")
    assert "Ana Souza (ana): +2h" in seen.out
    assert spans(command) == ["ana", "ben", "ana", "chi", "ana"]
    assert f"{rows[0]['id']} is cancelled from now on.\n" in command("cancel", rows[0]["id"]).out
    assert spans(command) == ["ana", "chi", "ana"]


def test_time_is_given_away_and_taken_in_parts(command: Command, applied: DynamoStore) -> None:
    asked = command("cover", "ask", "primary", "--user", "ana", "--from", hence(2), "--to", hence(6))
    assert "ana stays on call until somebody takes it." in asked.out
    id = applied.changes().rows[0].made.id
    done = command("cover", "take", id, "--user", "chi", "--from", hence(2.5), "--to", hence(4))
    assert "Taken by chi." in done.out
    assert spans(command) == ["ana", "chi", "ana"]
    assert "chi has" in command("changes").out
    assert (
        "chi has it already."
        in command("cover", "take", id, "--user", "chi", "--from", hence(2.6), "--to", hence(3)).out
    )


def test_what_cannot_be_says_why_and_ends_with_2(command: Command, applied: DynamoStore) -> None:
    for words, why in (
        (
            ("override", "other", "--user", "chi", "--from", hence(1), "--to", hence(2)),
            "no schedule named 'other'",
        ),
        (("override", "primary", "--user", "chi", "--from", hence(-2), "--to", hence(-1)), "over already"),
        (("away", "zoe", "--from", hence(1), "--to", hence(2)), "no user named 'zoe'"),
        (("away", "ana"), "say from when to when"),
        (("cancel", "nothing"), "there is no change 'nothing'"),
        (("cover", "take", "nothing", "--user", "chi"), "there is no request 'nothing'"),
        (
            ("cover", "ask", "primary", "--user", "chi", "--from", hence(1), "--to", hence(2)),
            "chi is not on call",
        ),
    ):
        done = command(*words)
        assert (done.code, done.out) == (2, ""), words
        assert why in done.err


def test_who_is_on_call_now_of_schedules_services_and_people(command: Command, applied: DynamoStore) -> None:
    command("override", "primary", "--user", "chi", "--from", hence(2), "--to", hence(4))
    now = command("now", "--json").json
    assert now["schedules"][0]["now"]["users"] == ["ana"]
    assert now["schedules"][0]["next"]["users"] == ["chi"]
    assert "Ana Souza (ana)" in command("now").out
    steps = command("now", "--service", "checkout", "--json").json["steps"]
    assert [(one["step"], one["after_seconds"], one["users"]) for one in steps] == [
        (1, 0, ["ana"]),
        (2, 300, ["chi"]),
    ]
    mine = command("now", "--user", "chi", "--json").json["schedules"]
    assert [(one["schedule"], one["now"], one["next"]["users"]) for one in mine] == [
        ("primary", None, ["chi"])
    ]
    assert command("now", "--user", "ben").out == "Ben Okafor (ben) is on no schedule within 100 days.\n"
    assert command("now", "--schedule", "secondary").code == 2


def test_the_past_is_asked_of_what_was_in_force_then(
    command: Command, applied: DynamoStore, file: Path
) -> None:
    asked = command("oncall", "--schedule", "primary", "--from", hence(-30), "--to", hence(1), "--json")
    assert [" ".join(span["users"]) for span in asked.json["spans"]] == ["ana"]
    assert len(asked.json["gaps"]) == 1  # before the apply
    before = command("now", "--at", hence(-1))
    assert before.code == 2
    assert "nothing was applied before" in before.err
    offline = command("now", file, "--at", hence(-1), "--json")
    assert offline.json["schedules"][0]["now"]["users"] == ["ana"]


def test_the_simulator_asks_the_stack_what_was_changed_from_day_to_day(
    command: Command, applied: DynamoStore, file: Path
) -> None:
    command("override", "primary", "--user", "ben", "--from", hence(2), "--to", hence(4))
    for files, who in (((), "ben"), ((file,), "ana")):
        told = command("simulate", *files, "--service", "checkout", "--at", hence(3), "--json")
        assert told.json["pages"][0]["user"] == who


def test_an_apply_comes_after_the_last_one_whatever_the_clocks_say(
    command: Command, applied: DynamoStore, file: Path
) -> None:
    id, config = applied.config()
    ahead = datetime.now(UTC) + timedelta(minutes=10)
    other = {**config.document, "catch_all": "checkout", "teams": {"t": ["ana"]}}
    applied.apply(*pack(other), id, ahead, "somebody whose clock is ahead")
    assert command("apply", file).code == 0
    last = applied.applies(ahead + timedelta(days=1), ahead + timedelta(days=1))[0]
    assert last.revision == applied.current_revision()
    assert last.at > ahead
