"""The HTTP API, as API Gateway calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import icalendar

from tests.functions import lambda_events as events
from tests.functions.deployment import TEAM, Deployment
from tocsin.alerts.keys import hash_key
from tocsin.store.configuration import Access

Deploy = Callable[..., Deployment]
TOKEN, CALENDAR = "a" * 32, "b" * 32
ROTA = TEAM.replace(
    "policies:",
    """schedules:
  primary:
    timezone: UTC
    layers: [{users: [ana, ben], starts: "2026-01-01T00:00", rotate: {unit: week}}]
policies:""",
)


def deployed(deploy: Deploy) -> Deployment:
    tocsin = deploy(ROTA)
    now = tocsin.clock.now()
    tocsin.store.put_access(Access(hash_key(TOKEN), "api", "", "ci", now, "ana"))
    tocsin.store.put_access(Access(hash_key(CALENDAR), "calendar", "user:ana", "ana", now, "ana"))
    return tocsin


def get(tocsin: Deployment, path: str, route: str, **more: Any) -> Any:
    return tocsin.invoke("api", events.http("GET", path, route=route, **more))


def test_who_is_on_call_is_answered_in_json_that_nobody_keeps(deploy: Deploy) -> None:
    tocsin = deployed(deploy)
    found = get(tocsin, "/v1/oncall", "GET /v1/oncall", headers={"Authorization": f"Bearer {TOKEN}"})
    assert found["statusCode"] == 200
    assert found["headers"]["content-type"] == "application/json"
    assert found["headers"]["cache-control"] == "no-store"
    assert json.loads(found["body"])["schedules"][0]["schedule"] == "primary"


def test_without_a_token_it_is_401(deploy: Deploy) -> None:
    found = get(deployed(deploy), "/v1/oncall", "GET /v1/oncall")
    assert (found["statusCode"], found["headers"]["www-authenticate"]) == (401, "Bearer")


def test_a_calendar_is_text_that_a_calendar_reads(deploy: Deploy) -> None:
    tocsin = deployed(deploy)
    path = f"/v1/calendars/{CALENDAR}.ics"
    route = "GET /v1/calendars/{file}"
    found = get(tocsin, path, route, parameters={"file": f"{CALENDAR}.ics"})
    assert found["headers"]["content-type"] == "text/calendar; charset=utf-8"
    assert icalendar.Calendar.from_ical(found["body"]).walk("VEVENT")
    again = get(
        tocsin,
        path,
        route,
        parameters={"file": f"{CALENDAR}.ics"},
        headers={"If-None-Match": found["headers"]["etag"]},
    )
    assert (again["statusCode"], again["body"]) == (304, "")


def test_a_command_by_http_is_done_once_and_shown_with_its_timeline(deploy: Deploy) -> None:
    tocsin = deployed(deploy)
    bot = "c" * 32
    tocsin.store.put_access(Access(hash_key(bot), "api", "act", "bot", tocsin.clock.now(), "ana"))
    number = tocsin.alert().number
    route = "POST /v1/incidents/{number}/commands"
    for _ in range(2):
        done = tocsin.invoke(
            "reply",
            events.http(
                "POST",
                f"/v1/incidents/{number}/commands",
                json.dumps({"action": "note", "user": "ana", "text": "disk is full"}),
                {
                    "Authorization": f"Bearer {bot}",
                    "Idempotency-Key": "k",
                    "content-type": "application/json",
                },
                parameters={"number": str(number)},
                route=route,
            ),
        )
        assert (done["statusCode"], json.loads(done["body"])["answer"]) == (200, "done")
    found = get(
        tocsin,
        f"/v1/incidents/{number}",
        "GET /v1/incidents/{number}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        parameters={"number": str(number)},
    )
    notes = [line for line in json.loads(found["body"])["timeline"] if line["kind"] == "note"]
    assert [(line["by"], line["via"], line["details"]["text"]) for line in notes] == [
        ("ana", "api", "disk is full")
    ]
