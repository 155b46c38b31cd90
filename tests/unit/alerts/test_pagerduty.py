from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.events.library import text
from tocsin.alerts.enqueue import problems
from tocsin.alerts.event import Parsed
from tocsin.alerts.parsers import parse


def read(name: str) -> Parsed:
    (event,) = parse("pagerduty", {}, text(f"pagerduty/{name}"))
    return event


def body(**changes: Any) -> dict[str, Any]:
    payload = {"summary": "Disk full", "source": "db1", "severity": "critical"}
    return {"routing_key": "a" * 32, "event_action": "trigger", "payload": payload, **changes}


def test_a_trigger_is_read_with_everything_it_tells() -> None:
    event = read("trigger.json")
    assert (event.action, event.dedup_key, event.title) == ("trigger", "db1/disk", "Disk full on db1")
    assert event.severity == "critical"
    assert event.occurred_at == datetime(2026, 11, 23, 2, 0, 0, 315_000, tzinfo=UTC)
    assert event.details == {
        "source": "db1.example.com",
        "component": "postgres",
        "group": "prod-data",
        "class": "disk",
        "custom_details": {"free": "0 B", "ping time": "1500ms", "load avg": 0.75},
        "client": "Checks",
    }
    assert [link.text for link in event.links] == ["Runbook", "Checks", "Disk of db1"]


@pytest.mark.parametrize(
    ("name", "action", "key"),
    [
        ("acknowledge.json", "acknowledge", "db1/disk"),
        ("resolve.json", "resolve", "db1/disk"),
        ("alertmanager_resolve.json", "resolve", "f3ad5c2b0e19"),
    ],
)
def test_acknowledge_and_resolve_name_their_alert(name: str, action: str, key: str) -> None:
    event = read(name)
    assert (event.action, event.dedup_key, event.parsed) == (action, key, True)


def test_a_trigger_without_a_key_leaves_it_to_the_door() -> None:
    event = read("trigger_without_dedup_key.json")
    assert (event.dedup_key, event.parsed) == ("", True)


def test_the_routing_key_is_not_kept() -> None:
    assert "KEY" not in json.dumps(read("trigger.json").as_json())


def test_a_long_summary_is_cut_and_kept_whole_in_the_details() -> None:
    summary = "x" * 2000
    payload = {"summary": summary, "source": "s", "severity": "info"}
    (event,) = parse("pagerduty", {}, json.dumps(body(payload=payload)))
    assert len(event.title) == 1024
    assert event.details["summary"] == summary


@pytest.mark.parametrize(
    "changes",
    [
        {"event_action": "explode"},
        {"event_action": None},
        {"payload": None},
        {"payload": {"summary": ""}},
        {"event_action": "resolve"},
    ],
)
def test_what_is_no_event_is_a_trigger_with_its_text(changes: dict[str, Any]) -> None:
    sent = json.dumps(body(**changes))
    (event,) = parse("pagerduty", {}, sent)
    assert (event.action, event.parsed, event.raw) == ("trigger", False, sent)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, []),
        ({"routing_key": "a" * 31}, ["Length of 'routing_key' is incorrect (should be 32 characters)"]),
        ({"routing_key": None}, ["'routing_key' is missing or blank"]),
        ({"routing_key": 7}, ["'routing_key' must be a string"]),
        ({"event_action": None}, ["'event_action' is missing or blank"]),
        (
            {"event_action": "explode"},
            [
                "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
            ],
        ),
        ({"event_action": "acknowledge"}, ["'dedup_key' is missing or blank"]),
        ({"event_action": "resolve", "dedup_key": ""}, ["'dedup_key' is missing or blank"]),
        ({"event_action": "resolve", "dedup_key": "k", "payload": None}, []),
        ({"event_action": "resolve", "dedup_key": "k", "payload": {"severity": "odd"}}, []),
        ({"dedup_key": ""}, []),
        ({"dedup_key": 7}, ["'dedup_key' must be a string"]),
        ({"payload": None}, ["'payload' is missing or blank"]),
        ({"payload": []}, ["'payload' must be an object"]),
        (
            {"payload": {}},
            [
                "'payload.summary' is missing or blank",
                "'payload.source' is missing or blank",
                "'payload.severity' is missing or blank",
            ],
        ),
        (
            {"payload": {"summary": ["x"], "source": " ", "severity": "page"}},
            [
                "'payload.summary' must be a string",
                "'payload.source' is missing or blank",
                "'payload.severity' is invalid "
                "(must be one of the following: 'critical', 'warning', 'error' or 'info')",
            ],
        ),
        ({"payload": {"summary": "x" * 2000, "source": "s", "severity": "info"}}, []),
    ],
)
def test_what_pagerduty_would_refuse_is_named_in_its_words(
    changes: dict[str, Any], errors: list[str]
) -> None:
    assert problems(body(**changes)) == errors


@pytest.mark.parametrize("event", [None, [], "x", 7])
def test_what_is_no_object_is_no_event(event: Any) -> None:
    assert problems(event) == ["Event must be a JSON object"]
