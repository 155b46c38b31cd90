"""Who is on call, on the running stack: by command, by the API, in a calendar; and changes that people make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import icalendar

from local.ministack import CREDENTIALS, REGION
from tests.stack.conftest import Tocsin


def tocsin_command(tocsin: Tocsin, *words: str) -> str:
    """What the command prints."""
    where = ("--stack", tocsin.stack.name, "--region", REGION, "--endpoint-url", tocsin.stack.endpoint)
    done = subprocess.run(
        [sys.executable, "-m", "tocsin_cli.main", *words, *where],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **CREDENTIALS, "PYTHONPATH": "layers/core/python:cli"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _shifts_from(calendar: str, start: datetime) -> list[icalendar.cal.Component]:
    """The calendar's shifts that begin at ``start``; others may be there, of the past."""
    events = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    return [event for event in events if event["DTSTART"].dt == start]


def test_an_override_by_command_is_seen_by_everybody_at_once_and_taken_back(tocsin: Tocsin) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    span = ("--from", start.isoformat(), "--to", (start + timedelta(hours=2)).isoformat())
    told = tocsin_command(tocsin, "override", "pair", "--user", "ops", "--for", "p2", *span)
    assert "Ops (ops): +2h" in told
    id = told.rsplit(" ", 1)[1].strip()

    token = json.loads(tocsin_command(tocsin, "token", "create", "test", "--json"))["token"]
    address = json.loads(tocsin_command(tocsin, "calendar", "create", "--user", "ops", "--json"))["url"]
    calendar = "/v1/calendars/" + address.rsplit("/", 1)[1]
    headers = {"authorization": f"Bearer {token}"}

    now = tocsin.http("GET", "/v1/oncall?schedule=pair", headers=headers)
    assert now.status == 200
    assert now.body["schedules"][0]["now"]["users"] == ["p2", "p3"]
    assert now.body["schedules"][0]["next"]["users"] == ["ops", "p3"]
    assert (
        json.loads(tocsin_command(tocsin, "now", "--user", "ops", "--json"))["schedules"][0]["schedule"]
        == "pair"
    )

    read = tocsin.http("GET", calendar)
    (event,) = _shifts_from(read.body, start)
    assert event["DTEND"].dt == start + timedelta(hours=2)

    tocsin_command(tocsin, "cancel", id)
    assert tocsin.http("GET", "/v1/oncall?user=ops", headers=headers).body["schedules"] == []
    assert _shifts_from(tocsin.http("GET", calendar).body, start) == []
    revoked = json.loads(tocsin_command(tocsin, "calendar", "list", "--json"))["rows"][0]["id"]
    tocsin_command(tocsin, "calendar", "revoke", revoked)
    assert tocsin.http("GET", calendar).status == 404
    assert tocsin.http("GET", "/v1/oncall").status == 401
