"""Whatever comes to the door: accepted and kept, or refused clearly. Never a 5xx, never half."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stack.conftest import Tocsin

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "body", "headers", "status"),
    [
        ("POST", b"", JSON, 400),
        ("POST", b"{", JSON, 400),
        ("POST", b"[1, 2", JSON, 400),
        ("POST", b'"text"', JSON, 400),
        ("POST", b"\xff\xfe", JSON, 400),
        ("GET", None, {}, 405),
        ("PUT", b"{}", JSON, 405),
        ("DELETE", None, {}, 405),
        ("POST", b"title=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        ("POST", b'{"title": "' + b"x" * (512 * 1024) + b'"}', JSON, 413),
        ("POST", b'{"title": "' + b"x" * (3 * 1024 * 1024) + b'"}', JSON, 413),
    ],
)
def test_bad_input_is_refused_with_what_where_and_how_to_mend_it(
    tocsin: Tocsin, method: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    key = tocsin.key("inputs")
    answer = tocsin.http(method, f"/v1/events/{key}", body, headers)
    assert answer.status == status, answer.body
    assert set(answer.body["error"]) == {"code", "message", "where", "hint"}
    assert key not in json.dumps(answer.body)
    if status == 405:
        assert answer.headers.get("Allow", answer.headers.get("allow")) == "POST"


def test_an_unknown_key_is_a_404(tocsin: Tocsin) -> None:
    assert tocsin.send("a" * 32, {"title": "x"}).status == 404
    assert tocsin.send("short", {"title": "x"}).status == 404


def test_valid_json_that_is_not_understood_is_an_incident_with_its_text(tocsin: Tocsin, name: str) -> None:
    body = {"weather": {"is": [name]}}
    answer = tocsin.send(tocsin.key("inputs"), body)
    assert answer.status == 202
    incident = tocsin.incident_of(answer.body["events"][0]["dedup_key"], "inputs")
    assert incident.parsed is False
    _, payload = tocsin.store.alert_of(incident.number, incident.alerts[0])
    assert name in json.loads(payload)["parsed"]["raw"]


def test_a_resolve_before_its_trigger_and_a_duplicate_do_no_harm(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("inputs")
    early = tocsin.send(key, {"title": name, "dedup_key": name, "action": "resolve"})
    assert early.status == 202
    tocsin.send(key, {"title": name, "dedup_key": name})
    incident = tocsin.incident_of(name, "inputs")
    assert incident.state.value == "triggered"
    fate = tocsin.store.alert(incident.alerts[0], [early.body["events"][0]["id"]])[1]
    assert [one.kind.value for one in fate.values()] == ["dropped"]


def test_pagerdutys_events_api_is_spoken_to_the_letter(tocsin: Tocsin) -> None:
    key = tocsin.key("pagerduty")

    def send(event: dict[str, Any]) -> Any:
        return tocsin.http("POST", "/v2/enqueue", json.dumps(event).encode(), JSON)

    payload = {"summary": "Disk full", "source": "db1", "severity": "critical"}
    answer = send({"routing_key": key, "event_action": "trigger", "payload": payload})
    assert answer.status == 202
    assert answer.body["status"] == "success"
    assert answer.body["message"] == "Event processed"
    dedup = answer.body["dedup_key"]
    incident = tocsin.incident_of(dedup, "pagerduty")
    assert (incident.title, incident.severity) == ("Disk full", "critical")
    assert send({"routing_key": key, "event_action": "acknowledge", "dedup_key": dedup}).status == 202
    tocsin.until(incident.number, "acknowledged")
    assert send({"routing_key": key, "event_action": "resolve", "dedup_key": dedup}).status == 202
    tocsin.until(incident.number, "resolved")
    bad = send({"routing_key": "short", "event_action": "trigger", "payload": payload})
    assert bad.status == 400
    assert bad.body["status"] == "invalid event"
    assert isinstance(bad.body["errors"], list)
