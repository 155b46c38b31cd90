"""Calendars by the command: how those fare that the configuration names, and time off from a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.running import Done
from tests.unit.oncall.calendars.feeds import feed
from tocsin.store.dynamo import DynamoStore
from tocsin.store.feeds import FeedState

Command = Callable[..., Done]

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, timezone: America/Sao_Paulo, away_feed: "https://hr.example/s3cr3t-ana.ics"}
  ben: {name: Ben Okafor}
schedules:
  primary:
    timezone: UTC
    layers: [{name: w, users: [ana, ben], starts: "2026-01-05T09:00", rotate: {unit: day, every: 3650}}]
    feed: {url: "https://calendar.example/s3cr3t.ics", as: schedule}
policies:
  p: {steps: [{page: [{schedule: primary}]}]}
services:
  checkout: {policy: p}
catch_all: checkout
"""
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tocsin.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path


@pytest.fixture
def applied(command: Command, store: DynamoStore, file: Path) -> DynamoStore:
    assert command("apply", file).code == 0
    return store


# how feeds fare


def test_each_feed_is_told_with_what_is_wrong_and_never_with_its_address(
    command: Command, applied: DynamoStore
) -> None:
    fresh = command("feeds")
    assert fresh.out.splitlines() == [
        "schedule primary: the schedule itself from calendar.example",
        "  not read yet: that is done every quarter of an hour",
        "ana's time off: time off from hr.example",
        "  not read yet: that is done every quarter of an hour",
    ]
    failing = FeedState(
        NOW, NOW - DAY, shifts=14, failures=96, failing_since=NOW - DAY, error="x answers 404"
    )
    applied.put_feed("schedule:primary", failing)
    applied.put_feed("user:ana", FeedState(NOW, NOW, shifts=2, problems=("'zoe': left out",)))
    done = command("feeds")
    day, now = (f"{at:%a %Y-%m-%d %H:%M}" for at in (NOW - DAY, NOW))
    told = [line.replace(f"{NOW:%H:%M:%S}", f"{NOW:%H:%M}") for line in done.out.splitlines()]
    assert told == [
        "schedule primary: the schedule itself from calendar.example",
        f"  read {day} +00:00; shifts to come: 14",
        f"  fails since {day} +00:00 (96 times): x answers 404",
        "ana's time off: time off from hr.example",
        f"  read {now} +00:00; times off to come: 2",
        "  not used: 'zoe': left out",
    ]
    assert (done.code, done.err) == (0, "")
    assert "s3cr3t" not in fresh.out + done.out


def test_programs_are_told_the_same(command: Command, applied: DynamoStore) -> None:
    applied.put_feed("user:ana", FeedState(NOW, NOW, shifts=2, problems=("'zoe': left out",)))
    done = command("feeds", "--json")
    first, second = done.json["feeds"]
    assert (first["name"], first["as"], first["host"]) == ("schedule:primary", "schedule", "calendar.example")
    assert (first["tried_at"], first["last_ok"], first["failures"]) == (None, None, 0)
    assert second == {
        "name": "user:ana",
        "as": "away",
        "host": "hr.example",
        "tried_at": NOW.isoformat(),
        "last_ok": NOW.isoformat(),
        "shifts": 2,
        "failures": 0,
        "failing_since": None,
        "error": "",
        "problems": ["'zoe': left out"],
    }
    assert "s3cr3t" not in done.out


def test_a_feed_that_nobody_even_tries_is_told(command: Command, applied: DynamoStore) -> None:
    applied.put_feed("user:ana", FeedState(NOW - DAY, NOW - DAY))
    assert "was not tried since" in command("feeds").out


def test_without_a_feed_or_a_configuration_it_says_so(
    command: Command, store: DynamoStore, file: Path
) -> None:
    assert command("feeds").code == 2
    bare = TEAM.replace('    feed: {url: "https://calendar.example/s3cr3t.ics", as: schedule}\n', "")
    bare = bare.replace(', away_feed: "https://hr.example/s3cr3t-ana.ics"', "")
    file.write_text(bare, encoding="utf-8")
    command("apply", file)
    assert command("feeds").out == "The configuration names no calendar to read.\n"
    assert command("feeds", "--json").json == {"feeds": []}


def test_a_plan_does_not_tell_the_address(command: Command, applied: DynamoStore, file: Path) -> None:
    file.write_text(TEAM.replace("s3cr3t", "s3cr3t-2"), encoding="utf-8")
    planned = command("plan", file)
    assert "https://calendar.example/… → https://calendar.example/…" in planned.out
    assert "s3cr3t" not in planned.out


# time off from a file


def leave(tmp_path: Path, *events: tuple[str, int, int], more: str = "") -> Path:
    """A file of events in days from today on, all day."""
    texts = []
    for number, (summary, start, end) in enumerate(events):
        first, last = (f"{NOW + day * DAY:%Y%m%d}" for day in (start, end))
        texts.append(f"UID:{number}\nSUMMARY:{summary}\nDTSTART;VALUE=DATE:{first}\nDTEND;VALUE=DATE:{last}")
    path = tmp_path / "leave.ics"
    path.write_bytes(feed(*texts, *([more] if more else [])))
    return path


def test_the_days_of_a_file_are_shown_and_then_noted(
    command: Command, applied: DynamoStore, tmp_path: Path
) -> None:
    path = leave(tmp_path, ("Beach", 5, 7), ("Dentist", 20, 21), ("Last year", -400, -390))
    seen = command("away", "ana", "--ical", path, "--dry-run")
    assert (seen.code, seen.err) == (0, "")
    assert seen.out.count(" 00:00 -03:00 → ") == 2
    assert "Ana Souza (ana): -3d" in seen.out
    assert "Ben Okafor (ben): +3d" in seen.out
    assert applied.changes().rows == ()
    done = command("away", "ana", "--ical", path)
    assert "Noted: 2 times. To take one back: tocsin cancel ID" in done.out
    rows = applied.changes().rows
    assert [(row.user, row.delegate, (row.end - row.start).days) for row in rows] == [
        ("ana", None, 2),
        ("ana", None, 1),
    ]
    assert all(row.made.by.startswith("cli:") for row in rows)


def test_noted_again_nothing_is_added_but_what_is_new(
    command: Command, applied: DynamoStore, tmp_path: Path
) -> None:
    command("away", "ana", "--ical", leave(tmp_path, ("Beach", 5, 7)), "--delegate", "ben")
    before = applied.changes()
    again = command("away", "ana", "--ical", leave(tmp_path, ("Beach", 5, 7)), "--delegate", "ben")
    assert "(noted already)" in again.out
    assert "Noted" not in again.out
    assert applied.changes() == before
    command("away", "ana", "--ical", leave(tmp_path, ("Beach", 5, 7), ("Hills", 9, 10)), "--delegate", "ben")
    assert [row.delegate for row in applied.changes().rows] == ["ben", "ben"]


def test_a_day_that_was_taken_back_by_hand_is_not_noted_again(
    command: Command, applied: DynamoStore, tmp_path: Path
) -> None:
    path = leave(tmp_path, ("Beach", 5, 7))
    command("away", "ana", "--ical", path)
    command("cancel", applied.changes().rows[0].made.id)
    before = applied.changes()
    assert "(noted already)" in command("away", "ana", "--ical", path).out
    assert applied.changes() == before


def test_the_file_may_come_by_standard_input(command: Command, applied: DynamoStore, tmp_path: Path) -> None:
    data = leave(tmp_path, ("Beach", 5, 7)).read_bytes()
    assert command("away", "ana", "--ical", "-", stdin=data).code == 0
    assert len(applied.changes().rows) == 1


def test_what_of_a_file_cannot_be_used_is_told_and_the_rest_is_noted(
    command: Command, applied: DynamoStore, tmp_path: Path
) -> None:
    done = command(
        "away", "ana", "--ical", leave(tmp_path, ("Beach", 5, 7), more="SUMMARY:Odd\nDTSTART:soon")
    )
    assert done.code == 0
    assert "leave.ics: 'Odd': left out: " in done.err
    assert len(applied.changes().rows) == 1
    nothing = command("away", "ana", "--ical", leave(tmp_path, ("Gone", -5, -3)))
    assert nothing.out == "The file has no event to come.\n"


def test_a_file_that_cannot_be_used_notes_nothing(
    command: Command, applied: DynamoStore, tmp_path: Path
) -> None:
    huge = leave(tmp_path, ("Years", 5, 900)).rename(tmp_path / "long.ics")
    many = leave(tmp_path, *((f"d{n}", 5 + 2 * n, 6 + 2 * n) for n in range(101)))
    cut = tmp_path / "cut.ics"
    cut.write_bytes(many.read_bytes()[:-20])
    text = tmp_path / "text.ics"
    text.write_text("no calendar")
    for words, why in (
        (("ana", "--ical", many), "it has 101 events to come: 100 are the most"),
        (("ana", "--ical", huge), "it is too long: 732 days are the most"),
        (("ana", "--ical", cut), "breaks off"),
        (("ana", "--ical", text), "calendar"),
        (("ana", "--ical", tmp_path / "none.ics"), "No such file"),
        (("zoe", "--ical", many), "no user named 'zoe'"),
        (("ana", "--ical", many, "--from", NOW.isoformat()), "leave out --from and --to"),
    ):
        done = command("away", *words)
        assert (done.code, done.out) == (2, ""), words
        assert why in done.err
    assert applied.changes().rows == ()
